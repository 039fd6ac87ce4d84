package casefile_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// One page touches every class, and comes out as one change with each field in
// the block of its class.
func TestAPageBecomesOneChangeWithEachFieldInItsClass(t *testing.T) {
	iv := newInterview(t, nil).interview()
	answers := answerEverything(iv.Form, screening.ShareNeeds)
	draft, err := iv.Draft(page(iv, dara, answers))
	if err != nil {
		t.Fatal(err)
	}
	if draft.Record != recordA || draft.Kind != casefile.KindInterview || draft.Form != "vif/1" || draft.Author != dara {
		t.Errorf("drafted %+v", draft)
	}
	written := 0
	for class, writes := range draft.Writes {
		for _, w := range writes {
			written++
			if want, _ := iv.Form.Class(w.Field); syncengine.Class(want) != class {
				t.Errorf("%s lies in class %d, want %v", w.Field, class, want)
			}
			if want := answers[w.Field].Value.Canonical(); string(w.Value) != want || w.State != syncengine.State(screening.Answered) {
				t.Errorf("%s: state %d", w.Field, w.State)
			}
		}
	}
	if written != len(answers) || len(draft.Writes) != len(screening.AllClasses()) {
		t.Errorf("%d writes in %d classes, want %d in %d", written, len(draft.Writes), len(answers), len(screening.AllClasses()))
	}
}

func TestTheFirstChangeOfAnInterview(t *testing.T) {
	def := form.Builtin()
	draft, err := casefile.OpeningDraft(def, casefile.Opening{
		Record: recordA, Author: dara, Commit: [16]byte{7}, Center: "ptc", Kind: form.Registration,
		Answers: map[string]screening.Answer{"idn_sex": code("female")},
	})
	if err != nil || len(draft.Commit) != 16 || draft.Commit[0] != 7 {
		t.Fatalf("%+v, %v", draft, err)
	}
	b := newBook(t, recordA, casefile.KindInterview, def.Version())
	b.keep(draft, nil)
	iv := b.interview()
	if iv.Center != "ptc" || iv.Kind != form.Registration || iv.State != screening.Registered || iv.Closed {
		t.Errorf("reads as %+v", iv)
	}
	if !iv.Group.Zero() || iv.Number != 0 || iv.Slip != "" || iv.Answers.Code("idn_sex") != "female" {
		t.Errorf("what was not known was made up: %+v", iv)
	}
	iv = newInterview(t, nil).interview()
	if iv.Group != recordB || iv.Number != 7 || iv.Slip != "K7-22" {
		t.Errorf("group, number or slip were lost: %+v", iv)
	}
}

func TestASaveReplacesOnlyWhatWasOnTheScreen(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_given_latin": text("Chanthy")})
	before := b.interview()
	b.keep(before.Draft(page(before, maly, map[string]screening.Answer{"idn_given_latin": text("Chanty")})))  // meanwhile
	b.keep(before.Draft(page(before, dara, map[string]screening.Answer{"idn_given_latin": text("Chantey")}))) // the old page
	if got := b.live("idn_given_latin"); got != "Chanty | Chantey" {
		t.Errorf("live: %s", got)
	}
	now := b.interview()
	if !slices.Equal(now.Contested, []string{"idn_given_latin"}) {
		t.Errorf("contested: %v", now.Contested)
	}
	b.keep(now.Draft(page(now, sothea, map[string]screening.Answer{"idn_given_latin": text("Chanty")})))
	if got := b.live("idn_given_latin"); got != "Chanty" || len(b.interview().Contested) != 0 {
		t.Errorf("settled, live: %s", got)
	}
}

func TestAPageThatShowedNothingReplacesNothing(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_sex": code("female")})
	b.keep(b.interview().Draft(casefile.Edit{Author: maly, Answers: map[string]screening.Answer{"idn_sex": code("male")}}))
	if got := b.live("idn_sex"); got != "female | male" {
		t.Errorf("live: %s", got)
	}
}

func TestAnAnswerThatStandsAlreadyIsNotWritten(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_sex": code("female"), "idn_reads": screening.Saying(screening.Refused)})
	iv := b.interview()
	same := map[string]screening.Answer{"idn_sex": code("female"), "idn_reads": screening.Saying(screening.Refused)}
	if _, err := iv.Draft(page(iv, dara, same)); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("the same again: %v", err)
	}
	same["idn_marital"] = code(iv.Form.Choices(iv.Form.Item("idn_marital").List)[0].Code)
	draft, err := iv.Draft(page(iv, dara, same))
	if got := fieldsOf(draft); err != nil || !slices.Equal(got, []string{"idn_marital"}) {
		t.Errorf("beside a new one: %v, %v", got, err)
	}
	if _, err := iv.Draft(casefile.Edit{Author: dara}); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("an empty page: %v", err)
	}
}

// A refusal in place of an answer, and the other way round, is news.
func TestEveryStateIsKeptAsItIs(t *testing.T) {
	for _, state := range []screening.State{screening.DontKnow, screening.Refused, screening.Skipped, screening.NotApplicable} {
		b := newInterview(t, map[string]screening.Answer{"hrm_sexual": code("yes")})
		iv := b.interview()
		b.keep(iv.Draft(page(iv, dara, map[string]screening.Answer{"hrm_sexual": screening.Saying(state)})))
		if got := b.interview(); b.live("hrm_sexual") != state.String() || got.Answers["hrm_sexual"].State != state {
			t.Errorf("%v: live %s", state, b.live("hrm_sexual"))
		}
	}
}

func TestTakingBackStrikesOut(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_aliases": text("Dy")})
	iv := b.interview()
	b.keep(iv.Draft(page(iv, dara, map[string]screening.Answer{"idn_aliases": {}})))
	if got := b.live("idn_aliases"); got != "-" {
		t.Errorf("live: %s", got)
	}
	after := b.interview()
	if _, there := after.Answers["idn_aliases"]; there {
		t.Error("what was struck out is still shown")
	}
	if _, err := after.Draft(page(after, dara, map[string]screening.Answer{"idn_aliases": {}})); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("struck out twice: %v", err)
	}
	if _, err := iv.Draft(casefile.Edit{Author: dara, Answers: map[string]screening.Answer{"idn_mother": {}}}); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("struck out what was never there: %v", err)
	}
}

func TestAnEditThatDoesNotFitWritesNothing(t *testing.T) {
	iv := newInterview(t, nil).interview()
	set := func(codes ...string) screening.Answer { return screening.Of(screening.SetOf(codes...)) }
	excluding := ""
	for _, choice := range iv.Form.Choices(iv.Form.Item("ref_needs").List) {
		if choice.Excludes {
			excluding = choice.Code
		}
	}
	for name, row := range map[string]struct {
		field  string
		answer screening.Answer
		want   error
	}{
		"an item of another form":        {"idn_shoe_size", text("secret-canary"), &casefile.UnknownField{Field: "idn_shoe_size", Form: "vif/1"}},
		"no name of a field":             {"idn sex", text("secret-canary"), &casefile.UnknownField{Field: "idn sex", Form: "vif/1"}},
		"one of the program's own":       {"$closed", text("secret-canary"), &casefile.UnknownField{Field: "$closed", Form: "vif/1"}},
		"an unknown item, struck out":    {"idn_shoe_size", screening.Answer{}, &casefile.UnknownField{Field: "idn_shoe_size", Form: "vif/1"}},
		"a text where a code belongs":    {"idn_sex", text("secret-canary"), &casefile.Unfit{Field: "idn_sex", Code: form.WrongKind}},
		"an answer without a value":      {"idn_sex", screening.Answer{State: screening.Answered}, &casefile.Unfit{Field: "idn_sex", Code: form.WrongKind}},
		"a code that is not on the list": {"idn_sex", code("secret-canary"), &casefile.Unfit{Field: "idn_sex", Code: form.NotOnList}},
		"a set with one that is not":     {"ref_needs", set("shelter", "secret-canary"), &casefile.Unfit{Field: "ref_needs", Code: form.NotOnList}},
		"none beside another":            {"ref_needs", set(excluding, "shelter"), &casefile.Unfit{Field: "ref_needs", Code: form.NotTogether}},
		"a state that nobody knows":      {"idn_sex", screening.Answer{State: 77}, &casefile.Unfit{Field: "idn_sex", Code: form.WrongKind}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := iv.Draft(page(iv, dara, map[string]screening.Answer{"idn_given_latin": text("Chanthy"), row.field: row.answer}))
			if err == nil || err.Error() != row.want.Error() {
				t.Fatalf("got %v, want %v", err, row.want)
			}
			var unknown *casefile.UnknownField
			var unfit *casefile.Unfit
			if !errors.As(err, &unknown) && !errors.As(err, &unfit) {
				t.Errorf("%T names no item", err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Error("the error tells the answer")
			}
		})
	}
}

func TestAReasonLiesInTheClassOfItsItem(t *testing.T) {
	for _, item := range []string{"idn_given_latin", "idn_phone", "hrm_physical", "rec_story", "jus_because_of", "prp_name", "con_interview"} {
		iv := newInterview(t, nil).interview()
		class, _ := iv.Form.Class(item)
		draft, err := iv.Draft(casefile.Edit{
			Author: dara, Answers: map[string]screening.Answer{item: answerTo(iv.Form, iv.Form.Item(item))},
			Reasons: map[string]string{item: "asked again", "idn_mother": "an answer that was not touched"},
		})
		if got := fieldsOf(draft); err != nil || !slices.Equal(got, []string{"$why." + item, item}) || len(draft.Writes[syncengine.Class(class)]) != 2 {
			t.Errorf("%s: %v, %v", item, got, err)
		}
	}
}

func TestABlankReasonIsNone(t *testing.T) {
	iv := newInterview(t, nil).interview()
	draft, err := iv.Draft(casefile.Edit{
		Author: dara, Answers: map[string]screening.Answer{"idn_sex": code("female")}, Reasons: map[string]string{"idn_sex": " \n\u200b"},
	})
	if got := fieldsOf(draft); err != nil || !slices.Equal(got, []string{"idn_sex"}) {
		t.Errorf("%v, %v", got, err)
	}
}

// The order of a map must not show: a repeated draft is the same draft.
func TestTheSameEditIsTheSameDraft(t *testing.T) {
	iv := newInterview(t, nil).interview()
	edit := page(iv, dara, answerEverything(iv.Form, screening.ShareFull))
	first, _ := iv.Draft(edit)
	for range 5 {
		again, _ := iv.Draft(edit)
		for class, writes := range first.Writes {
			if string(syncengine.EncodeWrites(writes)) != string(syncengine.EncodeWrites(again.Writes[class])) {
				t.Fatalf("class %d differs", class)
			}
		}
	}
}

// fieldsOf lists what a draft writes, sorted.
func fieldsOf(d syncengine.Draft) []string {
	fields := map[string]bool{}
	for _, writes := range d.Writes {
		for _, w := range writes {
			fields[w.Field] = true
		}
	}
	return slices.Sorted(maps.Keys(fields))
}
