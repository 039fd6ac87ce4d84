package night

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"golang.org/x/text/unicode/norm"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// canaries are words that stand nowhere else, one for every place where
// somebody can type freely.
type canaries map[string]string // place: word

// plant makes the canary of a place. They take turns in Latin with marks, in
// Khmer with the subscripts in either order and a zero-width space, in Thai,
// and in plain Latin.
func (c canaries) plant(place string) string {
	mark := fmt.Sprintf("%04d", len(c)+1)
	letters := func(from rune) string {
		return strings.Map(func(digit rune) rune { return from + (digit-'0')*2 }, mark)
	}
	switch len(c) % 4 {
	case 0:
		c[place] = "Qüe\u0301zzovar" + letters('b')
	case 1:
		c[place] = "ស្ត្រី\u200bឃ្លោយ" + letters('ក')
	case 2:
		c[place] = "ស្រ្តី\u200bឃ្លោយ" + letters('ក')
	default:
		c[place] = "Wexlimbor" + letters('B')
	}
	return c[place]
}

// All but what the office may have in the clear is sealed: a night is played in
// which every free field holds a canary, and no byte of any file, log or metric
// holds one, in any encoding.
func TestNoCanaryIsFoundInAnyByte(t *testing.T) {
	t.Parallel()
	n, log := begin(t)
	planted := canaries{"the secret of an officer": Secret}
	n.playCanaries(t, planted)
	if len(planted) < 60 {
		t.Fatalf("only %d canaries were planted", len(planted))
	}
	_, metrics := n.browser(t).get("/metrics")
	everything := files(t, n.Dir)
	everything["log"], everything["metrics"] = log.Bytes(), []byte(metrics)
	search := newSearch(planted)
	for _, hit := range search.in(everything) {
		t.Error(hit)
	}
	// The same search finds what may be in the clear: a name of staff.
	if clear := newSearch(canaries{"staff": n.Staff[ktcOfficer].Name}); len(clear.in(everything)) == 0 {
		t.Error("the search finds nothing that is there: it proves nothing")
	}
	if len(everything["metrics"]) == 0 || len(everything) < 8 {
		t.Errorf("only %d files were searched", len(everything))
	}
}

// playCanaries types a canary into every free field that a person meets.
func (n *Night) playCanaries(t *testing.T, c canaries) {
	group, err := n.PTC1.NewGroup(t.Context(), device.GroupOpening{Gate: "POE-POIPET", Declared: 2, Counted: 2})
	must(t, err)
	list := casefile.ReadSheets(casefile.SplitList(canaryList(c)))
	if len(list.Lines) != 2 {
		t.Fatalf("%d lines would be taken", len(list.Lines))
	}
	must(t, n.PTC1.ImportList(t.Context(), group, list))
	fromList, err := n.PTC1.NewInterview(t.Context(), device.Opening{Group: group, Line: 1})
	must(t, err)
	n.typeCanaries(t, n.PTC1, fromList, c, "PTC-1 ")
	must(t, n.PTC1.CloseInterview(t.Context(), fromList))
	gone := n.begin(t, n.PTC1)
	must(t, n.PTC1.Leave(t.Context(), gone, c.plant("why somebody left")))

	who, told := somebody(1, "fisher")
	who["con_share_ngo"] = "full"
	told["con_share_ngo"] = "full"
	kept := n.begin(t, n.PTC2, who, told)
	n.typeCanaries(t, n.PTC2, kept, c, "PTC-2 ")
	twin := n.begin(t, n.KTC1, who, told) // the same person: scores and profiles are made of the names
	n.copyNames(t, kept, twin)
	n.meet(t)
	n.disputeAndDecide(t, kept, twin, c)
	n.referCanaries(t, kept, c)
	c["the code on the slip"] = n.officeReads(t, kept).Slip
	n.searchAtDesk(t, c)
	n.meet(t)
}

func canaryList(c canaries) string {
	return "no,family_km,given_km,family,given,thai,province\n" + fmt.Sprintf("1,%s,%s,%s,%s,%s,%s\n2,%s,,,,,\n",
		c.plant("list family"), c.plant("list given"), c.plant("list family Latin"), c.plant("list given Latin"),
		c.plant("list Thai"), c.plant("list province"), c.plant("list, nobody came"))
}

// typeCanaries fills in every text and every place of both forms, each with a
// reason for the change where the class may be written at all.
func (n *Night) typeCanaries(t *testing.T, on *device.Device, id syncengine.RecordID, c canaries, where string) {
	t.Helper()
	n.write(t, on, id, map[string]string{"con_interview": "yes", "asm_view": "unclear"})
	seen, err := on.Record(t.Context(), id)
	must(t, err)
	edit := device.Edit{Answers: map[string]screening.Answer{}, Reasons: map[string]string{}}
	var fields []string
	for _, item := range seen.Form.Items() {
		if !seen.MayWrite(item.ID) {
			continue
		}
		switch item.Kind {
		case screening.KindText:
			edit.Answers[item.ID] = screening.Of(screening.TextOf(c.plant(where + item.ID)))
		case screening.KindPlace:
			value, err := screening.ParseValue(item.Kind, "|||"+c.plant(where+item.ID))
			must(t, err)
			edit.Answers[item.ID] = screening.Of(value)
		default:
			continue
		}
		if item.InShort {
			edit.Reasons[item.ID] = c.plant(where + "why " + item.ID)
		}
		fields = append(fields, item.ID)
	}
	edit.Basis = casefile.BasisOf(seen.Record, fields...)
	_, err = on.SaveAnswers(t.Context(), id, edit)
	must(t, err)
}

// copyNames writes the names of one interview into another.
func (n *Night) copyNames(t *testing.T, from, to syncengine.RecordID) {
	t.Helper()
	seen, err := n.PTC2.Record(t.Context(), from)
	must(t, err)
	page := map[string]string{}
	for _, item := range []string{"idn_family_km", "idn_given_km", "idn_family_latin", "idn_given_latin"} {
		page[item] = seen.Answers[item].Value.Canonical()
	}
	n.write(t, n.KTC1, to, page)
}

// disputeAndDecide lets supervisors write reasons, grounds and a dissent.
func (n *Night) disputeAndDecide(t *testing.T, kept, twin syncengine.RecordID, c canaries) {
	t.Helper()
	n.atOffice(t, func(tx syncengine.Tx) error {
		pairs, err := n.Office.OpenPairs(tx)
		must(t, err)
		if len(pairs) == 0 {
			t.Error("the same names made no possible duplicate")
		}
		by := n.Staff[supervisor].ID
		return n.Office.SayVerdict(tx, casefile.PairOf(kept, twin), by, casefile.SamePerson, c.plant("reason of a verdict"), n.signer(t, supervisor))
	})
	_, told := somebody(2, "fisher")
	other := n.begin(t, n.PTC2, told)
	n.meet(t)
	n.settleCanary(t, other, c)
	n.write(t, n.PTC2, other, map[string]string{"wrk_employer": c.plant("one of two employers")})
	must(t, n.PTC2.CloseInterview(t.Context(), other))
	n.meet(t)
	n.atOffice(t, func(tx syncengine.Tx) error {
		iv := n.officeReads(t, other)
		return n.Office.Decide(tx, n.viewer(supervisor), server.Ruling{
			Record: other, Decision: "not_victim", Grounds: c.plant("grounds of a decision"), Dissent: c.plant("dissent"),
			Basis: casefile.BasisOf(iv.Record, "asm_decision"),
		}, n.signer(t, supervisor))
	})
}

// settleCanary lets two devices disagree about a text, and settles it with a reason.
func (n *Night) settleCanary(t *testing.T, id syncengine.RecordID, c canaries) {
	t.Helper()
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Transfer(tx, id, "KTC", n.Staff[supervisor].ID) })
	must(t, n.KTC1.SyncOnce(t.Context()))
	n.write(t, n.PTC2, id, map[string]string{"idn_given_km": c.plant("contested name A")})
	n.write(t, n.KTC1, id, map[string]string{"idn_given_km": c.plant("contested name B")})
	n.meet(t)
	iv := n.officeReads(t, id)
	n.atOffice(t, func(tx syncengine.Tx) error {
		return n.Office.Settle(tx, n.viewer(supervisor), server.Settlement{
			Record: id, Field: "idn_given_km", Choice: iv.Versions("idn_given_km")[0].ID,
			Basis: casefile.BasisOf(iv.Record, "idn_given_km"), Reason: c.plant("reason of a settlement"),
		}, n.signer(t, supervisor))
	})
}

func (n *Night) referCanaries(t *testing.T, id syncengine.RecordID, c canaries) {
	t.Helper()
	for range 2 {
		_, err := n.PTC2.Refer(t.Context(), id, casefile.Request{
			Organisation: n.Shelter.String(), Service: "legal", Urgency: "24h", Note: c.plant(fmt.Sprint("note to the partner ", len(c))),
		})
		must(t, err)
	}
	n.meet(t)
	inbox, err := n.Partner.Inbox(t.Context())
	must(t, err)
	if len(inbox) != 2 {
		t.Fatalf("the partner has %d referrals", len(inbox))
	}
	must(t, n.Partner.AnswerReferral(t.Context(), inbox[0].ID, casefile.Accepted, "", c.plant("note of the partner")))
	must(t, n.Partner.AnswerReferral(t.Context(), inbox[1].ID, casefile.Declined, "full", c.plant("note of a decline")))
}

// searchAtDesk types canaries where the desk is asked for something.
func (n *Night) searchAtDesk(t *testing.T, c canaries) {
	t.Helper()
	stranger := n.browser(t)
	stranger.post("/sign-in", url.Values{"name": {c.plant("name of somebody who is not here")}, "secret": {c.plant("a wrong secret")}})
	desk := n.atDesk(t, supervisor)
	desk.get("/records?q=" + url.QueryEscape(c["PTC-2 idn_family_km"]))
	desk.get("/records?q=" + url.QueryEscape(c.plant("a search for nobody")))
	desk.post("/withdraw", url.Values{"slip": {c.plant("a wrong slip")}, "scope": {"referral"}})
	desk.get("/contested")
	desk.get("/pairs")
}

// search looks for all patterns at once, by their first eight bytes.
type search struct {
	starts map[uint64][]pattern
}

type pattern struct {
	bytes []byte
	what  string
}

// newSearch prepares every encoding of every canary.
func newSearch(c canaries) *search {
	s := &search{starts: map[uint64][]pattern{}}
	for _, place := range slices.Sorted(maps.Keys(c)) {
		for form, text := range map[string]string{"as typed": c[place], "NFC": norm.NFC.String(c[place]), "NFD": norm.NFD.String(c[place])} {
			for encoding, raw := range encodings(text) {
				if len(raw) >= 8 {
					start := binary.BigEndian.Uint64(raw)
					s.starts[start] = append(s.starts[start], pattern{raw, place + ", " + form + ", " + encoding})
				}
			}
		}
	}
	return s
}

func encodings(text string) map[string][]byte {
	all := map[string][]byte{
		"UTF-8": []byte(text), "hex": []byte(hex.EncodeToString([]byte(text))),
		"HEX": []byte(strings.ToUpper(hex.EncodeToString([]byte(text)))), "URL": []byte(url.QueryEscape(text)),
	}
	var json strings.Builder
	for _, unit := range utf16.Encode([]rune(text)) {
		all["UTF-16LE"] = binary.LittleEndian.AppendUint16(all["UTF-16LE"], unit)
		all["UTF-16BE"] = binary.BigEndian.AppendUint16(all["UTF-16BE"], unit)
		fmt.Fprintf(&json, `\u%04x`, unit)
	}
	all["JSON escapes"] = []byte(json.String())
	for offset := range 3 {
		for name, encoding := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "base64url": base64.RawURLEncoding} {
			padded := append(make([]byte, offset), text...)
			from, to := (offset*8+5)/6, len(padded)*8/6 // the letters that the text alone decides
			all[fmt.Sprint(name, " at ", offset)] = []byte(encoding.EncodeToString(padded)[from:to])
		}
	}
	return all
}

// in gives what was found, by file.
func (s *search) in(all map[string][]byte) (hits []string) {
	for _, path := range slices.Sorted(maps.Keys(all)) {
		raw, found := all[path], map[string]bool{}
		for at := 0; at+8 <= len(raw); at++ {
			for _, p := range s.starts[binary.BigEndian.Uint64(raw[at:])] {
				if bytes.HasPrefix(raw[at:], p.bytes) && !found[p.what] {
					found[p.what] = true
					hits = append(hits, fmt.Sprintf("%s: %s", filepath.Base(path), p.what))
				}
			}
		}
	}
	return hits
}

// unsealed holds no keys and seals nothing.
type unsealed struct{}

func (unsealed) SealBlock(_ syncengine.Cells, _ syncengine.RecordID, _ syncengine.Class, _, plain []byte) ([]byte, error) {
	return plain, nil
}

func (unsealed) OpenBlock(_ syncengine.Cells, _ syncengine.RecordID, _ syncengine.Class, _, sealed []byte) ([]byte, error) {
	return sealed, nil
}

func (unsealed) SealState(_ syncengine.Cells, _ syncengine.RecordID, _ syncengine.Class, plain []byte) ([]byte, error) {
	return plain, nil
}

func (unsealed) OpenState(_ syncengine.Cells, _ syncengine.RecordID, _ syncengine.Class, sealed []byte) ([]byte, error) {
	return sealed, nil
}

func (unsealed) Erase(syncengine.Cells, syncengine.RecordID) error { return nil }

// The control: the same engine and store with sealing switched off, and the
// same search finds every canary of an interview, a list and an answer.
func TestTheSameSearchFindsEveryCanaryWithoutSealing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	store, err := sqlstore.Open(filepath.Join(dir, "raksa.db"))
	must(t, err)
	defer store.Close()
	planted := canaries{}
	engine := &syncengine.Engine{Keys: unsealed{}, Codec: casefile.Codec(forms)}
	must(t, store.Update(t.Context(), func(tx syncengine.Tx) error {
		must(t, syncengine.BecomeNode(tx, syncengine.NodeID{1}))
		for _, draft := range canaryDrafts(t, planted) {
			if _, err := engine.Save(tx, draft, syncengine.Moment{WallMillis: time.Now().UnixMilli(), Random: rand.Reader}); err != nil {
				return err
			}
		}
		return nil
	}))
	found := strings.Join(newSearch(planted).in(files(t, dir)), "\n")
	for place := range planted {
		if !strings.Contains(found, place+", ") {
			t.Errorf("without sealing the canary of %q is not found", place)
		}
	}
}

func canaryDrafts(t *testing.T, c canaries) []syncengine.Draft {
	t.Helper()
	var drafts []syncengine.Draft
	for i, item := range form.Builtin().Items() {
		if item.Kind != screening.KindText {
			continue
		}
		// Each in a record of its own: SQLite lays a long value on several pages,
		// and a word across two of them is whole on neither.
		interview, err := casefile.OpeningDraft(form.Builtin(), casefile.Opening{
			Record:  syncengine.RecordID{1, byte(i >> 8), byte(i)},
			Answers: map[string]screening.Answer{item.ID: screening.Of(screening.TextOf(c.plant(item.ID)))},
		})
		must(t, err)
		drafts = append(drafts, interview)
	}
	lines, faults := casefile.ReadList(canaryList(c))
	if len(faults) != 0 {
		t.Fatal(faults)
	}
	group, err := casefile.GroupDraft(syncengine.RecordID{2}, syncengine.PersonID{}, nil, casefile.GroupEdit{Lines: lines})
	must(t, err)
	answer, err := casefile.AnswerDraft(syncengine.RecordID{3}, nil, &casefile.Referral{ID: syncengine.RecordID{4}}, syncengine.PersonID{}, casefile.Accepted, "", c.plant("note of the partner"))
	must(t, err)
	return append(drafts, group, answer)
}
