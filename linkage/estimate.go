package linkage

import (
	"maps"
	"math"
	"slices"
)

// A CountEstimate says how many persons a list holds, with a 95 % interval.
//
// Three things are in it: what the scores leave open (the posterior of every
// join that was made or not made), what blocking and the model miss on labelled
// records (the calibration), and how well the labelled records know that.
type CountEstimate struct {
	Clusters       int     // as clustered
	MissedJoins    float64 // joins that were not made and are expected to be true
	WrongJoins     float64 // joins that were made and are expected to be wrong
	Persons        int     // calibrated
	Low, High      int
	CalibratedWith string // version of the model whose calibration was used; empty: none
}

// The shipped calibration. For each join that was made so many more are true
// than the scores expect: 0.027 on the whole labelled set, 0.022 and 0.023 on its
// halves by household with a model from the other half. They are joins that
// blocking never proposed, or that a wrong name or place spoiled beyond what
// independent fields allow. The error covers what the three differ by.
const (
	calibratedMissed = 0.025
	calibratedError  = 0.004 // one standard error of it
	interval95       = 1.96
	// Of a list that the table was not counted on nothing is known: the error is
	// then about as large as the correction would be.
	uncalibratedError = 0.02
)

// estimate counts persons in a partition. Sums run in the order of positions,
// so that they are the same on every run.
func (g *graph) estimate(label []int, version string) CountEstimate {
	size := make([]int, len(label))
	for _, first := range label {
		size[first]++
	}
	between := map[edge]int64{} // cluster pair: sum of its scored pairs
	scored := map[edge]int{}
	inside := make([]int64, len(label)) // position: sum with the rest of its cluster
	mates := make([]int, len(label))    // scored pairs in it
	for _, l := range g.links {
		if a, b := label[l.a], label[l.b]; a != b {
			e := newEdge(a, b)
			between[e] += l.pull
			scored[e]++
		} else {
			inside[l.a] += l.pull
			inside[l.b] += l.pull
			mates[l.a]++
			mates[l.b]++
		}
	}
	c := CountEstimate{CalibratedWith: version}
	for _, e := range g.rulings.different { // Decided: nothing is expected of it.
		delete(between, newEdge(label[e.a], label[e.b]))
	}
	for _, e := range g.rulings.same {
		inside[e.a] -= forbidden
		inside[e.b] -= forbidden
	}
	variance := 0.0
	for _, e := range slices.SortedFunc(maps.Keys(between), compareEdges) {
		unscored := int64(size[e.a]*size[e.b]-scored[e]) * g.unscored
		p := probability(between[e] + unscored)
		c.MissedJoins += p
		variance += p * (1 - p)
	}
	for i, first := range label {
		if first == i {
			c.Clusters++
		}
		if size[first] == 1 || size[first] == 2 && first != i {
			continue // A pair is one join, not two.
		}
		p := 1 - probability(inside[i]+int64(size[first]-1-mates[i])*g.unscored)
		c.WrongJoins += p
		variance += p * (1 - p)
	}
	joins := float64(len(label) - c.Clusters)
	missed, unsure := calibratedMissed*joins, calibratedError*joins
	if g.policy.LearnTable {
		missed, unsure, c.CalibratedWith = 0, uncalibratedError*joins, ""
	}
	expected := float64(c.Clusters) - c.MissedJoins + c.WrongJoins - missed
	half := interval95 * math.Sqrt(variance+unsure*unsure)
	clamp := func(n float64) int { return min(max(int(math.Round(n)), min(c.Clusters, 1)), len(label)) }
	c.Persons, c.Low, c.High = clamp(expected), clamp(expected-half), clamp(expected+half)
	return c
}

func probability(steps int64) float64 {
	return 1 / (1 + math.Exp2(-float64(steps)/gridSteps))
}
