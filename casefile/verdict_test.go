package casefile_test

import (
	"bytes"
	"errors"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

var (
	verdictID = syncengine.RecordID{0xE}
	sisters   = casefile.PairOf(recordB, recordA)
)

// say keeps one supervisor's word about a pair.
func say(b *book, by syncengine.PersonID, v casefile.Verdict, reason string) {
	b.t.Helper()
	rec := b.rec
	if b.seq == 0 {
		rec = nil
	}
	b.keep(casefile.VerdictDraft(verdictID, rec, sisters, by, v, reason, ""))
}

func heard(t *testing.T, b *book) map[syncengine.PersonID]casefile.Said {
	t.Helper()
	pair, said, err := casefile.OpenVerdict(b.rec)
	if err != nil || pair != sisters {
		t.Fatalf("pair %v, %v", pair, err)
	}
	by := map[syncengine.PersonID]casefile.Said{}
	for i, one := range said {
		if i > 0 && bytes.Compare(said[i-1].By[:], one.By[:]) >= 0 {
			t.Error("not in the order of persons")
		}
		by[one.By] = one
	}
	return by
}

func TestAPairHasNoOrder(t *testing.T) {
	if one, two := casefile.PairOf(recordA, recordB), casefile.PairOf(recordB, recordA); one != two || one.A != recordA {
		t.Errorf("%v and %v", one, two)
	}
	if key := sisters.Key(); len(key) != 32 || !bytes.Equal(key[:16], recordA[:]) || !bytes.Equal(key[16:], recordB[:]) {
		t.Errorf("key %x", key)
	}
}

func TestTwoSupervisorsWhoDisagreeBothStand(t *testing.T) {
	b := newBook(t, verdictID, casefile.KindVerdict, "")
	say(b, sothea, casefile.SamePerson, "same mother")
	say(b, maly, casefile.DifferentPeople, "two sisters")
	said := heard(t, b)
	if len(said) != 2 || said[sothea].Verdict != casefile.SamePerson || said[maly].Verdict != casefile.DifferentPeople {
		t.Fatalf("%+v", said)
	}
	if said[sothea].Reason != "same mother" || said[maly].Reason != "two sisters" || said[sothea].Stamp >= said[maly].Stamp {
		t.Errorf("%+v", said)
	}
}

func TestAPersonHasOneWordAboutAPair(t *testing.T) {
	b := newBook(t, verdictID, casefile.KindVerdict, "")
	say(b, sothea, casefile.SamePerson, "same mother")
	say(b, sothea, casefile.CannotTell, "")
	if said := heard(t, b); len(said) != 1 || said[sothea].Verdict != casefile.CannotTell || said[sothea].Reason != "" {
		t.Errorf("%+v", said)
	}
}

// Scenario 12: a confirmed link was wrong; taking it back leaves the other's word.
func TestScenario12AVerdictIsTakenBack(t *testing.T) {
	b := newBook(t, verdictID, casefile.KindVerdict, "")
	say(b, sothea, casefile.SamePerson, "same mother")
	say(b, maly, casefile.SamePerson, "")
	say(b, sothea, "", "")
	said := heard(t, b)
	if _, stands := said[sothea]; stands || len(said) != 1 || said[maly].Verdict != casefile.SamePerson {
		t.Errorf("%+v", said)
	}
	if word, reason := b.live("verdict."+sothea.String()), b.live("reason."+sothea.String()); word != "-" || reason != "-" {
		t.Errorf("not struck out: %s and %s", word, reason)
	}
	say(b, sothea, casefile.DifferentPeople, "two sisters")
	if said := heard(t, b); said[sothea].Verdict != casefile.DifferentPeople || said[sothea].Reason != "two sisters" {
		t.Errorf("after thinking again: %+v", said)
	}
	if _, err := casefile.VerdictDraft(verdictID, b.rec, sisters, dara, "", "", ""); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("taken back by somebody who said nothing: %v", err)
	}
}

// The reason tells of people, and lies where the fewest read.
func TestTheReasonOfAVerdictIsTestimony(t *testing.T) {
	draft, err := casefile.VerdictDraft(verdictID, nil, sisters, sothea, casefile.SamePerson, "same mother", "")
	if err != nil || len(draft.Writes) != 2 || len(draft.Writes[syncengine.Class(screening.Testimony)]) != 1 {
		t.Fatalf("%+v, %v", draft.Writes, err)
	}
	if got := draft.Writes[syncengine.Class(screening.Testimony)][0].Field; got != "reason."+sothea.String() {
		t.Errorf("testimony holds %s", got)
	}
}

func TestOnlyAVerdictOpensAsOne(t *testing.T) {
	broken := newBook(t, verdictID, casefile.KindVerdict, "")
	broken.keep(syncengine.Draft{Record: verdictID, Kind: casefile.KindVerdict, Writes: map[syncengine.Class][]syncengine.Write{
		syncengine.Class(screening.Admin): {{Field: "pair", State: 1, Value: []byte(recordA.String())}},
	}}, nil)
	for name, b := range map[string]*book{"an interview": newInterview(t, nil), "one record and no pair": broken, "an empty record": newBook(t, verdictID, casefile.KindVerdict, "")} {
		var wrong *casefile.NotOfKind
		if _, _, err := casefile.OpenVerdict(b.rec); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
