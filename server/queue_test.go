package server

import (
	"math"
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

// threeAlike makes three interviews that look like one person.
func (d *testDesk) threeAlike() (ids []syncengine.RecordID) {
	d.t.Helper()
	for range 3 {
		answers := somebody("Sreymom")
		answers["idn_phone"] = text("+85512345678")
		ids = append(ids, d.interviewOf(answers))
	}
	must(d.t, d.CatchUp(d.t.Context()))
	return ids
}

func TestTwoPersonsAreAskedAboutOnce(t *testing.T) {
	d := newHouse(t)
	ids := d.threeAlike()
	if n := len(d.asks("Dara")); n != 3 {
		t.Fatalf("three single records: %d questions", n)
	}
	d.samePerson(ids[0], ids[1])
	fresh := func() (n int) {
		for _, one := range d.asks("Dara") {
			if one.Why == askedNew {
				n++
			}
		}
		return n
	}
	if n := fresh(); n != 1 {
		t.Fatalf("one person of two records against a third: %d questions", n)
	}
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(ids[1], ids[2]), d.staff["Dara"].ID, casefile.DifferentPeople, "", nil)
	})
	if n := fresh(); n != 0 {
		t.Errorf("answered for one of their records, and still %d questions", n)
	}
}

func TestADoubtComesBackWithNewEvidenceOnly(t *testing.T) {
	d := newHouse(t)
	left, right := d.twins()
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(left, right), d.staff["Dara"].ID, casefile.CannotTell, "no photo", nil)
	})
	if asked := d.asks("Dara"); len(asked) != 0 {
		t.Fatalf("asked at once again: %v", asked[0].Why)
	}
	rarer := table(0)
	rarer.Shares.Same, rarer.Shares.Unrelated = rarer.Shares.Same/2, rarer.Shares.Unrelated+rarer.Shares.Same/2
	d.inForce(rarer)
	if asked := d.asks("Dara"); len(asked) != 1 || asked[0].Why != askedAgain {
		t.Errorf("it weighs something else: %v", asked)
	}
}

func TestAShareIsAskedOfTwo(t *testing.T) {
	d := newHouse(t)
	const pairs = 4000
	drawn := 0
	for i := range pairs {
		if d.drawn("second", casefile.PairOf(syncengine.RecordID{1, byte(i), byte(i >> 8)}, syncengine.RecordID{2})) < secondShare {
			drawn++
		}
	}
	if share := float64(drawn) / pairs; math.Abs(share-secondShare) > 0.02 {
		t.Errorf("%.3f of the pairs are asked twice", share)
	}
	for range 200 { // until a pair is drawn
		left, right := d.interviewOf(somebody("Sreymom")), d.interviewOf(somebody("Sreymom"))
		pair := casefile.PairOf(left, right)
		if d.drawn("second", pair) >= secondShare {
			continue
		}
		d.samePerson(left, right)
		if asked := d.asks("Bopha"); len(asked) != 1 || asked[0].Why != askedSecond {
			t.Errorf("Bopha is asked %v", asked)
		}
		if asked := d.asks("Dara"); len(asked) != 0 {
			t.Errorf("Dara, who has answered, is asked %v", asked)
		}
		d.do(func(tx syncengine.Tx) error {
			must(t, d.SayVerdict(tx, pair, d.staff["Bopha"].ID, casefile.SamePerson, "", nil))
			a, err := d.Agreement(tx)
			if a != (Agreement{Twice: 1, Alike: 1, Kappa: 1}) {
				t.Errorf("agreement %+v", a)
			}
			return err
		})
		return
	}
	t.Fatal("no pair was drawn")
}

// What a decision changes: a contradiction first, then what is likely one
// person, and a link that is sure last.
func TestTheQueueBeginsWithWhatChangesMost(t *testing.T) {
	d := newHouse(t)
	o := d.Office
	pair := casefile.PairOf(syncengine.RecordID{1}, syncengine.RecordID{2})
	for n := byte(3); o.drawn("aside", pair) < asideShare; n++ {
		pair = casefile.PairOf(syncengine.RecordID{1}, syncengine.RecordID{n})
	}
	weighs := func(probability float64, together bool) PairView {
		view := PairView{Pair: pair, Together: together}
		view.Comparison.Probability = probability
		return view
	}
	disputed := o.change(weighs(0.5, false), askedDisputed)
	likely, unlikely := o.change(weighs(0.9, false), askedNew), o.change(weighs(0.3, false), askedNew)
	sure, shaky := o.change(weighs(0.999, true), askedSample), o.change(weighs(0.6, true), askedSample)
	if !(disputed > shaky && shaky > likely && likely > unlikely && unlikely > sure) {
		t.Errorf("disputed %g, shaky link %g, likely %g, unlikely %g, sure link %g", disputed, shaky, likely, unlikely, sure)
	}
}
