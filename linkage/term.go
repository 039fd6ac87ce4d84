package linkage

import "math"

// Terms counts how common names and phones are in a host's records, for the
// term-frequency adjustment: agreeing on a rare name says more than agreeing
// on a common one. A nil Terms adjusts nothing.
type Terms struct {
	names  map[string]int // by sound, family and given names together
	phones map[string]int
	total  int
	random float64 // chance that two names drawn at random sound the same
}

// phoneRecordsMax is how many records one phone may have before it counts as
// an office's or an officer's (linkage study, "Normalize").
const phoneRecordsMax = 8

// CountTerms counts names and phones over all profiles of a host.
func CountTerms(profiles []Profile) *Terms {
	t := &Terms{names: map[string]int{}, phones: map[string]int{}}
	for _, p := range profiles {
		if p.Phone != "" {
			t.phones[p.Phone]++
		}
		if len(p.Names) == 0 {
			continue
		}
		for _, part := range []NamePart{p.Names[0].Family, p.Names[0].Given} {
			if part.Sound != "" {
				t.names[part.Sound]++
				t.total++
			}
		}
	}
	squares := 0 // An integer, so that map order cannot move the sum.
	for _, n := range t.names {
		squares += n * n
	}
	if t.total > 0 {
		t.random = float64(squares) / (float64(t.total) * float64(t.total))
	}
	return t
}

func (t *Terms) sharedPhone(number string) bool {
	return t != nil && t.phones[number] > phoneRecordsMax
}

const (
	// Names are not independent of region and time, so the full logarithm
	// would overstate (linkage study: power 0.6, clamped).
	termPower      = 0.6
	termBitsMax    = 2.5
	termRecordsMin = 200 // below this a count says nothing
)

// bits is what a name's frequency adds to an agreement on it.
func (t *Terms) bits(sound string) float64 {
	if t == nil || t.total < termRecordsMin || sound == "" {
		return 0
	}
	frequency := float64(max(t.names[sound], 1)) / float64(t.total)
	return min(max(termPower*math.Log2(t.random/frequency), -termBitsMax), termBitsMax)
}
