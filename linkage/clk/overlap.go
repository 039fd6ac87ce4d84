package clk

import (
	"cmp"
	"math"
	"slices"
)

const (
	// LeastRecords is the size under which a list is refused: in a small list a
	// count says something about a person.
	LeastRecords = 500
	// MostRecords bounds the work: the comparisons of two full lists take
	// minutes.
	MostRecords = 200_000
	// likeness from which two filters are held for one person. Chosen on one
	// half of the labelled development set.
	likeness = 0.64
	// bestKept bounds what is remembered of one record.
	bestKept = 8
)

// An Overlap says how many persons of the shorter list are on the other one.
type Overlap struct {
	Matched int // pairs of filters that are held for one person, one to one
	Best    int // estimate: chance matches taken out, missed ones put in
	Low     int // 95 % range of the estimate, with the range of the recall
	High    int
}

// Recall of the matching at likeness: the share of true pairs that it finds,
// seen on the development set over lists of much and of little overlap, and the
// range that other lists may have. Errors of a list change it.
const (
	recallSeen = 0.90
	recallLow  = 0.85
	recallHigh = 0.95
)

type match struct {
	a, b int
	like float64
}

// Count compares two lists of filters, in each of which a person stands once.
// It calls each after every record of a, and stops when that reports an error.
func Count(a, b []Filter, each func(done int) error) (Overlap, error) {
	if len(a) > len(b) {
		a, b = b, a
	}
	matches, err := compare(a, b, each)
	if err != nil {
		return Overlap{}, err
	}
	pairs := oneToOne(matches, len(a), len(b))
	return estimate(len(pairs), chance(matches, len(a)), len(a)), nil
}

// oneToOne keeps the matches of filters that no better match has taken.
func oneToOne(matches []match, a, b int) (pairs []match) {
	takenA, takenB := make([]bool, a), make([]bool, b)
	for _, m := range matches {
		if !takenA[m.a] && !takenB[m.b] {
			takenA[m.a], takenB[m.b] = true, true
			pairs = append(pairs, m)
		}
	}
	return pairs
}

// compare gives the matches, the most alike first; equals in a fixed order.
func compare(a, b []Filter, each func(int) error) ([]match, error) {
	onesB := make([]float64, len(b))
	for j := range b {
		onesB[j] = trueOnes(&b[j])
	}
	var all, row []match
	for i := range a {
		row = row[:0]
		onesA := trueOnes(&a[i])
		for j := range b {
			if like := alike(a[i].common(&b[j]), onesA, onesB[j]); like >= likeness {
				row = append(row, match{i, j, like})
			}
		}
		slices.SortFunc(row, byLikeness)
		all = append(all, row[:min(len(row), bestKept)]...)
		if err := each(i + 1); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, byLikeness)
	return all, nil
}

func byLikeness(x, y match) int {
	return cmp.Or(cmp.Compare(y.like, x.like), cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b))
}

// trueOnes estimates how many bits were set before the noise.
func trueOnes(f *Filter) float64 {
	return (float64(f.Ones()) - FlipRate*Bits) / (1 - 2*FlipRate)
}

// alike is the Dice coefficient of two filters with noise and chance taken out:
// 1 for equal ones, about 0 for strangers, whatever the lists' noise.
func alike(common int, onesA, onesB float64) float64 {
	const f = FlipRate
	before := (float64(common) - (onesA+onesB)*f*(1-2*f) - Bits*f*f) / ((1 - 2*f) * (1 - 2*f))
	byChance := onesA * onesB / Bits
	if room := (onesA+onesB)/2 - byChance; room > 0 {
		return (before - byChance) / room
	}
	return 0
}

// chance estimates the share of records that resemble a stranger: as a person
// stands once in a list, a record's second match is one.
func chance(matches []match, records int) float64 {
	count := make([]int, records)
	second := 0
	for _, m := range matches {
		if count[m.a]++; count[m.a] == 2 {
			second++
		}
	}
	return float64(second) / float64(records)
}

// estimate solves matched = persons × recall + (records − persons) × chance.
func estimate(matched int, chance float64, records int) Overlap {
	persons := func(matched, recall float64) int {
		n := (matched - float64(records)*chance) / max(recall-chance, 0.1)
		return int(math.Round(min(max(n, 0), float64(records))))
	}
	// The counted part is binomial; the recall's range does not shrink with it.
	share := float64(matched) / float64(max(records, 1))
	noise := 1.96 * math.Sqrt(float64(matched)*(1-share))
	return Overlap{
		Matched: matched,
		Best:    persons(float64(matched), recallSeen),
		Low:     persons(float64(matched)-noise, recallHigh),
		High:    persons(float64(matched)+noise, recallLow),
	}
}
