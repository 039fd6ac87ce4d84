package indicator

import "raksa/screening/expr"

// Outcome is what the dimensions amount to, by the table in outcome. It is
// never a legal determination.
type Outcome string

// The outcomes.
const (
	Indications      Outcome = "indications_of_trafficking"
	ExploitationOnly Outcome = "exploitation_only"
	MeansOnly        Outcome = "means_only"
	NoIndications    Outcome = "no_indications"
	Open             Outcome = "undetermined"
)

// level applies the combination rule of the ILO brochure: two strong; one
// strong and one other; three medium; two medium and one weak. What is not
// positive is undetermined when the unknown indicators could make it so.
func level(findings []Finding, dimension string) Level {
	var present, possible tally
	for _, f := range findings {
		if f.Dimension != dimension || f.State == Absent {
			continue
		}
		possible.add(f.Strength)
		if f.State == Present {
			present.add(f.Strength)
		}
	}
	switch {
	case present.positive():
		return Positive
	case possible.positive():
		return Undetermined
	}
	return Negative
}

type tally struct{ strong, medium, weak int }

func (t *tally) add(s Strength) {
	switch s {
	case Strong:
		t.strong++
	case Medium:
		t.medium++
	case Weak:
		t.weak++
	}
}

func (t tally) positive() bool {
	return t.strong >= 2 ||
		t.strong == 1 && t.medium+t.weak >= 1 ||
		t.medium >= 3 ||
		t.medium == 2 && t.weak >= 1
}

// outcome reads the table: exploitation and a means for an adult, exploitation
// alone for a child (Palermo Protocol, Article 3), and an act in both. With
// exploitation negative, open questions about means change nothing, so they
// never send a person to the long form.
func outcome(set Set, purpose, means Level, act expr.Truth) Outcome {
	switch {
	case purpose == Undetermined:
		return Open
	case purpose == Negative && means == Positive:
		return MeansOnly
	case purpose == Negative:
		return NoIndications
	case set == AdultLabour && means == Negative:
		return ExploitationOnly
	case set == AdultLabour && means == Undetermined:
		return Open
	}
	switch act {
	case expr.True:
		return Indications
	case expr.False:
		return ExploitationOnly
	}
	return Open
}
