package sheet

import (
	"errors"
	"fmt"
	"io"

	"raksa/linkage"
)

// Decisions reads the columns rec_a, rec_b and verdict (same, different or
// cannot_tell), and by if there is one: an id of the person who decided. A
// later row of one person on one pair replaces the earlier.
func Decisions(r io.Reader) ([]linkage.Decision, error) {
	var decisions []linkage.Decision
	err := eachRow(r, []string{"rec_a", "rec_b", "verdict"}, func(_ int, cell row) error {
		d := linkage.Decision{
			A: cell("rec_a"), B: cell("rec_b"), Verdict: linkage.Verdict(cell("verdict")),
			By: cell("by"), Order: int64(len(decisions)),
		}
		switch d.Verdict {
		case linkage.Same, linkage.Different, linkage.CannotTell:
		default:
			return errors.New("verdict must be same, different or cannot_tell")
		}
		decisions = append(decisions, d)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("decisions: %w", err)
	}
	return decisions, nil
}
