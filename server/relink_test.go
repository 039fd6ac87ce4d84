package server

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

func TestTheThresholdRestsOnDecisions(t *testing.T) {
	many := func(n int, bits float64, same bool) (all []judged) {
		for range n {
			all = append(all, judged{bits: bits, same: same})
		}
		return all
	}
	for name, row := range map[string]struct {
		decided []judged
		bears   bool
		bits    float64
	}{
		"none":                                   {nil, false, 0},
		"599 right ones are too few":             {many(599, 12, true), false, 0},
		"600 right ones":                         {many(600, 12, true), true, 12},
		"one wrong among 700":                    {append(many(700, 12, true), judged{bits: 12}), false, 0},
		"one wrong among 1,000":                  {append(many(1000, 12, true), judged{bits: 12}), true, 12},
		"wrong ones below do not count":          {append(many(600, 12, true), many(50, 8, false)...), true, 12},
		"right ones below let it fall":           {append(many(600, 12, true), many(50, 8, true)...), true, 8},
		"a weight stands or falls as one":        {append(many(600, 12, true), append(many(5, 8, true), many(5, 8, false)...)...), true, 12},
		"a negative weight never is a threshold": {many(600, -1, true), true, 0.001},
	} {
		if bits, bears := threshold(row.decided); bears != row.bears || bits != row.bits {
			t.Errorf("%s: %g, %t", name, bits, bears)
		}
	}
}

// inForce writes a setting and takes it over.
func (d *testDesk) inForce(s casefile.LinkSetting) (id syncengine.RecordID) {
	d.t.Helper()
	d.now = d.now.Add(1e9)
	d.do(func(tx syncengine.Tx) (err error) {
		if id, err = d.ProposeLinking(tx, officeHand, s); err != nil {
			return err
		}
		return d.TakeLinking(tx, id, d.staff["Dara"].ID, nil)
	})
	must(d.t, d.CatchUp(d.t.Context()))
	return id
}

func table(linkBits float64) casefile.LinkSetting {
	m := linkage.DefaultModel()
	return casefile.LinkSetting{Base: m.Version(), Shares: m.Shares(), LinkBits: linkBits}
}

func TestASettingTakesEffectWhenItIsTakenOver(t *testing.T) {
	d := newHouse(t)
	left, right := d.twins()
	before := d.pairView(left, right).Comparison.Weight
	rarer := table(0)
	rarer.Shares = linkage.Shares{Same: 0.01, Household: 0.01, Unrelated: 0.98}
	var id syncengine.RecordID
	d.do(func(tx syncengine.Tx) (err error) { id, err = d.ProposeLinking(tx, officeHand, rarer); return err })
	must(t, d.CatchUp(t.Context()))
	if got := d.pairView(left, right).Comparison.Weight; got != before {
		t.Fatalf("proposed only, and the pair weighs %g instead of %g", got, before)
	}
	d.do(func(tx syncengine.Tx) error { return d.TakeLinking(tx, id, d.staff["Dara"].ID, nil) })
	must(t, d.CatchUp(t.Context()))
	if got := d.pairView(left, right).Comparison.Weight; got >= before {
		t.Errorf("in force, and the pair weighs %g, not less than %g", got, before)
	}
	left1 := d.derived()
	if diff := cmp.Diff(d.fromNothing(), left1); diff != "" {
		t.Errorf("from nothing (-) and as left (+):\n%s", diff)
	}
	d.inForce(table(0)) // the earlier one again
	if got := d.pairView(left, right).Comparison.Weight; got != before {
		t.Errorf("taken back, and the pair weighs %g instead of %g", got, before)
	}
}

func TestALinkWithoutAPersonIsMarkedSampledAndUndone(t *testing.T) {
	d := newHouse(t)
	left, right := d.twins()
	d.inForce(table(5))
	if view := d.pairView(left, right); !view.Automatic || !view.Together || view.Linked {
		t.Fatalf("automatic %t, together %t, said %v", view.Automatic, view.Together, view.Said)
	}
	if _, report := d.queueAndCount(); report.Persons != 1 {
		t.Errorf("%d persons", report.Persons)
	}
	if asked := d.asks("Dara"); len(asked) != 1 || asked[0].Why != askedSample {
		t.Errorf("asked: %v", asked)
	}
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(left, right), d.staff["Dara"].ID, casefile.CannotTell, "", nil)
	})
	if view := d.pairView(left, right); view.Together {
		t.Error("one word does not part them")
	}
	d.inForce(table(0))
	if _, report := d.queueAndCount(); report.Persons != 2 {
		t.Errorf("switched off: %d persons", report.Persons)
	}
	left1 := d.derived()
	if diff := cmp.Diff(d.fromNothing(), left1); diff != "" {
		t.Errorf("from nothing (-) and as left (+):\n%s", diff)
	}
}

func TestTooFewDecisionsBearNoAutomaticLink(t *testing.T) {
	d := newHouse(t)
	d.samePerson(d.twins())
	if _, err := d.EstimateLinking(t.Context(), true); !errors.Is(err, errTooFewDecisions) {
		t.Errorf("got %v", err)
	}
}

// The difference that is shown is the one that comes about.
func TestAnEstimateSaysWhatItChanges(t *testing.T) {
	d := newHouse(t)
	for i := range 34 { // 561 pairs: enough to fit shares to
		answers := somebody(fmt.Sprint("Name", i%7))
		answers["idn_phone"] = text("+85512345678")
		d.interviewOf(answers)
	}
	must(t, d.CatchUp(t.Context()))
	s, err := d.EstimateLinking(t.Context(), false)
	must(t, err)
	if s.Change.Pairs < 500 || s.Shares == linkage.DefaultModel().Shares() || s.Change.PersonsBefore != 34 {
		t.Fatalf("%+v", s)
	}
	inQueue := func() (n int) {
		d.do(func(tx syncengine.Tx) error {
			views, err := d.Pairs(tx)
			for _, v := range views {
				if v.Comparison.Weight >= queueFromBits {
					n++
				}
			}
			return err
		})
		return n
	}
	before := inQueue()
	d.inForce(s)
	_, report := d.queueAndCount()
	if after := inQueue(); after-before != s.Change.Enter-s.Change.Leave || report.Persons != s.Change.PersonsAfter {
		t.Errorf("the queue went from %d to %d and %d persons are counted, announced: %+v", before, after, report.Persons, s.Change)
	}
}

func TestAnEstimateIsProposedOnceInAWhile(t *testing.T) {
	d := newHouse(t)
	proposals := func() (n int) {
		d.do(func(tx syncengine.Tx) error {
			return settings.Each(tx, nil, func([]byte, settingRow) error { n++; return nil })
		})
		return n
	}
	for range 34 {
		d.interviewOf(somebody("Sreymom"))
	}
	for _, row := range []struct{ days, want int }{{0, 1}, {1, 1}, {30, 2}, {1, 2}} {
		d.now = d.now.AddDate(0, 0, row.days)
		must(t, d.CatchUp(t.Context()))
		if n := proposals(); n != row.want {
			t.Errorf("%d days later: %d proposals, want %d", row.days, n, row.want)
		}
	}
}
