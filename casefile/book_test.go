package casefile_test

import (
	"maps"
	"slices"
	"strings"
	"sync"

	"pgregory.net/rapid"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/form/formtest"
	"raksa/syncengine"
)

// All people in these tests are made up.

var (
	recordA = syncengine.RecordID{0xA}
	recordB = syncengine.RecordID{0xB}
	dara    = syncengine.PersonID{1} // interviewer on one tablet
	maly    = syncengine.PersonID{2} // interviewer on another
	sothea  = syncengine.PersonID{3} // supervisor
	nobody  = syncengine.PersonID{9} // wrote nothing anywhere
	today   = date("2026-11-23")
)

func forms(version string) *form.Definition {
	for _, def := range []*form.Definition{form.Builtin(), second(), third()} {
		if version == def.Version() {
			return def
		}
	}
	return nil
}

// The versions vif/2 and vif/3, which somebody made of the built-in form.
var (
	second = sync.OnceValue(func() *form.Definition { return loaded(formtest.Next()) })
	third  = sync.OnceValue(func() *form.Definition { return loaded(formtest.AfterNext()) })
)

func loaded(text []byte) *form.Definition {
	def, err := form.Load(text)
	if err != nil {
		panic(err)
	}
	return def
}

// A book is a record as one node holds it: every draft that is kept becomes a
// change, and real registers fold it. Two drafts of the same opening are two
// tablets that wrote at the same time.
type book struct {
	t   rapid.TB
	rec *syncengine.Record
	seq uint64
}

func newBook(t rapid.TB, id syncengine.RecordID, kind syncengine.Kind, version string) *book {
	return &book{t: t, rec: &syncengine.Record{ID: id, Kind: kind, Form: version, Classes: map[syncengine.Class]syncengine.Folded{}}}
}

// newInterview opens an interview of made-up answers at Poipet.
func newInterview(t rapid.TB, answers map[string]screening.Answer) *book {
	t.Helper()
	b := newBook(t, recordA, casefile.KindInterview, form.Builtin().Version())
	b.keep(casefile.OpeningDraft(form.Builtin(), casefile.Opening{
		Record: recordA, Author: dara, Center: "ptc", Group: recordB, Number: 7, Kind: form.Short, Slip: "K7-22", Answers: answers,
	}))
	return b
}

// keep folds a draft as the next change and gives its id.
func (b *book) keep(d syncengine.Draft, err error) syncengine.ChangeID {
	b.t.Helper()
	if err != nil {
		b.t.Fatalf("draft: %v", err)
	}
	if d.Record != b.rec.ID || d.Kind != b.rec.Kind {
		b.t.Fatalf("draft of record %s, kind %d, form %q", d.Record, d.Kind, d.Form)
	}
	b.seq++
	e := &syncengine.Envelope{
		Node: syncengine.NodeID{1}, Seq: b.seq, Author: d.Author, DeviceMillis: int64(b.seq),
		Stamp: syncengine.Stamp(b.seq << 16), Record: d.Record, Kind: d.Kind, Form: d.Form, Commit: d.Commit,
	}
	for _, class := range slices.Sorted(maps.Keys(d.Writes)) {
		if b.rec.Classes[class] == nil {
			b.rec.Classes[class] = syncengine.Folded{}
		}
		b.rec.Classes[class].Apply(e, d.Writes[class])
	}
	return e.ID()
}

// put keeps one write as it is, as another program could have written it.
func (b *book) put(field string, state screening.State, value string, supersedes ...syncengine.ChangeID) syncengine.ChangeID {
	b.t.Helper()
	class := screening.Testimony
	if named, err := screening.ParseField(field); err == nil {
		if known, ok := form.Builtin().Class(named.Item); ok {
			class = known
		}
	}
	if strings.HasPrefix(field, "$") {
		class = screening.Admin
	}
	return b.keep(syncengine.Draft{
		Record: b.rec.ID, Kind: b.rec.Kind, Form: b.rec.Form, Author: maly,
		Writes: map[syncengine.Class][]syncengine.Write{syncengine.Class(class): {{
			Field: field, State: syncengine.State(state), Value: []byte(value), Supersedes: supersedes,
		}}},
	}, nil)
}

// interview reads the book as it stands. What was read before stays as it was:
// that is a page which somebody still has on the screen.
func (b *book) interview() *casefile.Interview {
	b.t.Helper()
	still := *b.rec
	still.Classes = map[syncengine.Class]syncengine.Folded{}
	for class, folded := range b.rec.Classes {
		copied, err := syncengine.DecodeFolded(folded.Encode())
		if err != nil {
			b.t.Fatal(err)
		}
		still.Classes[class] = copied
	}
	iv, err := casefile.OpenInterview(&still, forms)
	if err != nil {
		b.t.Fatal(err)
	}
	return iv
}

// live gives what stands in a field, oldest first; "-" is struck out.
func (b *book) live(field string) string {
	var values []string
	for _, v := range b.rec.Field(field).Live() {
		switch {
		case v.State == syncengine.Struck:
			values = append(values, "-")
		case screening.State(v.State) != screening.Answered:
			values = append(values, screening.State(v.State).String())
		default:
			values = append(values, string(v.Value))
		}
	}
	return strings.Join(values, " | ")
}

// page is the edit of somebody who has these fields of an interview on the
// screen, and touches those that have an answer.
func page(iv *casefile.Interview, author syncengine.PersonID, answers map[string]screening.Answer) casefile.Edit {
	return casefile.Edit{Author: author, Answers: answers, Basis: casefile.BasisOf(iv.Record, slices.Collect(maps.Keys(answers))...)}
}

func code(c string) screening.Answer { return screening.Of(screening.Code(c)) }
func text(s string) screening.Answer { return screening.Of(screening.TextOf(s)) }

func date(s string) screening.PartialDate {
	v, err := screening.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return v.(screening.PartialDate)
}

// answerTo makes up an answer of the right type for an item.
func answerTo(def *form.Definition, item *form.Item) screening.Answer {
	made := map[screening.Kind]string{
		screening.KindInt: "30", screening.KindDecimal: "1.5", screening.KindDate: "1996-04", screening.KindText: "made up " + item.ID,
		screening.KindDateTime: "2026-11-23T16:29:00+07:00", screening.KindMoney: "1200000 THB/month",
		screening.KindPlace: "KH|01020101|kh-2026-06|made up", screening.KindRef: "made-up", screening.KindDerived: "ilo-ec/1|open|",
	}[item.Kind]
	if list := def.Choices(item.List); made == "" {
		made = list[0].Code
	}
	value, err := screening.ParseValue(item.Kind, made)
	if err != nil {
		panic(item.ID)
	}
	return screening.Of(value)
}

// answerEverything makes up an answer to every item of the form, with one share
// for every receiver and nothing taken back.
func answerEverything(def *form.Definition, share screening.Share) map[string]screening.Answer {
	answers := map[string]screening.Answer{}
	for _, item := range def.Items() {
		answers[item.ID] = answerTo(def, item)
		if strings.HasPrefix(item.ID, "con_share_") {
			answers[item.ID] = code(share.String())
		}
	}
	for _, item := range []string{"con_interview", "con_referral", "con_recontact"} {
		answers[item] = code("yes")
	}
	for _, item := range []string{"con_withdrawn_scope", "con_withdrawn_at", "con_withdrawn_by"} {
		delete(answers, item)
	}
	return answers
}
