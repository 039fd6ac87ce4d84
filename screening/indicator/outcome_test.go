package indicator

import (
	"testing"

	"raksa/screening/expr"
)

// findings makes one indicator for each letter: S, M, W present with that
// strength, s, m, w unknown, and - a strong one that is absent.
func findings(letters string) []Finding {
	strengths := map[rune]Strength{'S': Strong, 's': Strong, 'M': Medium, 'm': Medium, 'W': Weak, 'w': Weak, '-': Strong}
	var found []Finding
	for _, letter := range letters {
		state := Unknown
		switch {
		case letter == '-':
			state = Absent
		case letter < 'a':
			state = Present
		}
		found = append(found, Finding{Indicator: &Indicator{Dimension: "d"}, Strength: strengths[letter], State: state})
	}
	return found
}

// The combination rule of the ILO brochure with its four stated consequences,
// and the three-valued reading of this project.
func TestDimensionRule(t *testing.T) {
	for letters, want := range map[string]Level{
		"SS": Positive, "SM": Positive, "SW": Positive, "MMM": Positive, "MMW": Positive, "SSSMMM": Positive,
		"S": Negative, "WWWWW": Negative, "MWWW": Negative, "MM": Negative, "": Negative, "-S": Negative,
		"Sw": Undetermined, "Ss": Undetermined, "MMw": Undetermined, "MMm": Undetermined, "Mww": Negative, "Mmw": Undetermined,
		"ss": Undetermined, "mm": Negative, "www": Negative, "mmm": Undetermined, "SMw": Positive, "-M": Negative,
	} {
		if got := level(findings(letters), "d"); got != want {
			t.Errorf("%q: %v, want %v", letters, got, want)
		}
	}
	if level(findings("SS"), "other") != Negative {
		t.Error("an indicator counts in another dimension")
	}
}

// The outcome table, every cell. Columns: act true, unknown, false.
func TestOutcomeTable(t *testing.T) {
	const indications, only, means, none, open = Indications, ExploitationOnly, MeansOnly, NoIndications, Open
	for _, row := range []struct {
		set            Set
		purpose, means Level
		want           [3]Outcome
	}{
		{AdultLabour, Positive, Positive, [3]Outcome{indications, open, only}},
		{AdultLabour, Positive, Undetermined, [3]Outcome{open, open, open}},
		{AdultLabour, Positive, Negative, [3]Outcome{only, only, only}},
		{AdultLabour, Undetermined, Positive, [3]Outcome{open, open, open}},
		{AdultLabour, Undetermined, Undetermined, [3]Outcome{open, open, open}},
		{AdultLabour, Undetermined, Negative, [3]Outcome{open, open, open}},
		{AdultLabour, Negative, Positive, [3]Outcome{means, means, means}},
		{AdultLabour, Negative, Undetermined, [3]Outcome{none, none, none}},
		{AdultLabour, Negative, Negative, [3]Outcome{none, none, none}},
		{ChildLabour, Positive, Positive, [3]Outcome{indications, open, only}},
		{ChildLabour, Positive, Undetermined, [3]Outcome{indications, open, only}},
		{ChildLabour, Positive, Negative, [3]Outcome{indications, open, only}},
		{ChildLabour, Undetermined, Positive, [3]Outcome{open, open, open}},
		{ChildLabour, Undetermined, Undetermined, [3]Outcome{open, open, open}},
		{ChildLabour, Undetermined, Negative, [3]Outcome{open, open, open}},
		{ChildLabour, Negative, Positive, [3]Outcome{means, means, means}},
		{ChildLabour, Negative, Undetermined, [3]Outcome{none, none, none}},
		{ChildLabour, Negative, Negative, [3]Outcome{none, none, none}},
	} {
		for i, act := range []expr.Truth{expr.True, expr.Unknown, expr.False} {
			if got := outcome(row.set, row.purpose, row.means, act); got != row.want[i] {
				t.Errorf("%s, purpose %v, means %v, act %v: %s", row.set, row.purpose, row.means, act, got)
			}
		}
	}
}
