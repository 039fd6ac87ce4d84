package server

import (
	"cmp"
	"encoding/binary"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
)

// The queue of the review desk: one question for each unsure pair of persons,
// the one first whose answer changes most.

// Why a pair is asked. The codes are of web's family "queued".
const (
	askedNew      = "new"      // it looks like one person, and nobody has spoken
	askedDisputed = "disputed" // decisions contradict each other
	askedSample   = "sample"   // linked without a person, and drawn for checking
	askedAgain    = "again"    // somebody could not tell, and it weighs something else now
	askedSecond   = "second"   // drawn to be asked of two supervisors
)

const (
	sampleMonthly = 200  // links without a person that are checked in a month
	asideShare    = 0.10 // of the queue is asked out of turn, so that what is learned is not only of hard pairs
	secondShare   = 0.05 // of the pairs are asked of two supervisors
)

// Asked is a pair in the queue with why it is there.
type Asked struct {
	PairView
	Why string
	// Change is the expected number of persons by which an answer moves the
	// count, with the records of other people that a wrong link mixes in.
	Change float64
}

// Queue lists what one supervisor may be asked now; the zero person is asked
// everything but second answers.
func (o *Office) Queue(tx syncengine.Tx, by syncengine.PersonID) ([]Asked, error) {
	views, err := o.Pairs(tx)
	if err != nil {
		return nil, err
	}
	force, err := o.linking(tx)
	if err != nil {
		return nil, err
	}
	sampled := o.sampled(views)
	asked := map[[2]syncengine.RecordID]Asked{}
	settled := map[[2]syncengine.RecordID]bool{} // somebody said that these persons are two
	for _, view := range views {
		question := [2]syncengine.RecordID{view.Persons[0], view.Persons[1]}
		if view.says(casefile.DifferentPeople) && !view.Disputed {
			settled[question] = true
		}
		why := o.whyAsked(view, by, force, sampled[view.Pair])
		if why == "" {
			continue
		}
		one := Asked{PairView: view, Why: why, Change: o.change(view, why)}
		if view.Together || why == askedDisputed || why == askedSecond {
			question = [2]syncengine.RecordID{view.Pair.A, view.Pair.B} // not about two persons as they stand
		}
		if before, here := asked[question]; !here || one.Change > before.Change {
			asked[question] = one
		}
	}
	var queue []Asked
	for question, one := range asked {
		if one.Why == askedNew && settled[question] {
			continue // another pair of their records has answered it
		}
		queue = append(queue, one)
	}
	slices.SortFunc(queue, func(a, b Asked) int {
		return cmp.Or(cmp.Compare(b.Change, a.Change), slices.Compare(a.Pair.Key(), b.Pair.Key()))
	})
	return queue, nil
}

// whyAsked gives the reason why a person is asked about a pair, "" for none.
func (o *Office) whyAsked(view PairView, by syncengine.PersonID, force linking, sampled bool) string {
	own := slices.ContainsFunc(view.Said, func(s casefile.Said) bool { return s.By == by })
	unsure := slices.IndexFunc(view.Said, func(s casefile.Said) bool { return s.Verdict == casefile.CannotTell })
	switch {
	case view.Disputed:
		return askedDisputed
	case view.decided() || unsure >= 0 && !own:
		if !own && len(view.Said) == 1 && !by.Zero() && o.drawn("second", view.Pair) < secondShare {
			return askedSecond
		}
		if view.decided() {
			return ""
		}
		fallthrough
	case unsure >= 0:
		if view.Said[unsure].Weighed == force.weighed(view.Comparison) {
			return "" // nothing new has come
		}
		return askedAgain
	case view.Automatic && sampled:
		return askedSample
	case view.Together || view.Comparison.Weight < queueFromBits:
		return ""
	}
	return askedNew
}

// change is what an answer is expected to change: a person more or fewer, and
// the people whose records would be mixed.
func (o *Office) change(view PairView, why string) float64 {
	probability := view.Comparison.Probability
	var expected float64
	switch {
	case why == askedDisputed:
		expected = 2 // a person's word is wrong here, and it binds nothing
	case view.Together:
		expected = 3 * (1 - probability) // a person is missing, and two people's records are mixed
	default:
		expected = probability
	}
	if o.drawn("aside", view.Pair) < asideShare {
		expected += 1 // asked by chance: early enough to be answered
	}
	return expected
}

// drawn gives a number from 0 to 1 that is the pair's own and that nobody
// without the office's keys can foretell.
func (o *Office) drawn(lot string, pair casefile.Pair) float64 {
	hash := o.Keys.BlockingHash("draw/"+lot, pair.Key())
	return float64(binary.BigEndian.Uint32(hash[:])) / (1 << 32)
}

// sampled draws the links without a person that are checked this month.
func (o *Office) sampled(views []PairView) map[casefile.Pair]bool {
	month := time.UnixMilli(o.Now().UnixMilli()).In(siteZone).Format("2006-01")
	var linked []casefile.Pair
	for _, view := range views {
		if view.Together && view.Automatic && len(view.Said) == 0 {
			linked = append(linked, view.Pair)
		}
	}
	slices.SortFunc(linked, func(a, b casefile.Pair) int {
		return cmp.Or(cmp.Compare(o.drawn(month, a), o.drawn(month, b)), slices.Compare(a.Key(), b.Key()))
	})
	drawn := map[casefile.Pair]bool{}
	for _, pair := range linked[:min(len(linked), sampleMonthly)] {
		drawn[pair] = true
	}
	return drawn
}

// Agreement is how far two supervisors who were asked the same pair agree.
type Agreement struct {
	Twice int     // pairs that two answered
	Alike int     // of them answered alike
	Kappa float64 // Cohen's: 1 is full agreement, 0 is what chance would give
}

// Agreement compares what was said about pairs that two supervisors answered.
func (o *Office) Agreement(tx syncengine.Tx) (a Agreement, _ error) {
	first, second := map[casefile.Verdict]int{}, map[casefile.Verdict]int{}
	err := verdictOf.Each(tx, nil, func(key []byte, _ string) error {
		view := PairView{Pair: pairFromKey(key)}
		if err := o.addSaid(tx, &view); err != nil || len(view.Said) < 2 {
			return err
		}
		said := slices.SortedFunc(slices.Values(view.Said), func(a, b casefile.Said) int { return cmp.Compare(a.Stamp, b.Stamp) })
		a.Twice++
		if said[0].Verdict == said[1].Verdict {
			a.Alike++
		}
		first[said[0].Verdict]++
		second[said[1].Verdict]++
		return nil
	})
	if a.Twice == 0 {
		return a, err
	}
	chance, n := 0.0, float64(a.Twice)
	for verdict, times := range first {
		chance += float64(times) / n * float64(second[verdict]) / n
	}
	a.Kappa = 1
	if chance < 1 {
		a.Kappa = (float64(a.Alike)/n - chance) / (1 - chance)
	}
	return a, err
}

// automaticLinks lists the links that no person made, where there are any.
func (o *Office) automaticLinks(tx syncengine.Tx) ([]PairView, error) {
	force, err := o.linking(tx)
	if err != nil || !force.automatic() {
		return nil, err
	}
	views, err := o.Pairs(tx)
	return slices.DeleteFunc(views, func(v PairView) bool { return !v.Automatic }), err
}
