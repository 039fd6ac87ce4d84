package night

import (
	"context"
	"fmt"
	"strings"

	"raksa/casefile"
	"raksa/server"
	"raksa/syncengine"
)

// Check holds what the desk shows against what was put in and gives a summary
// and every difference.
func (n *Night) Check(ctx context.Context) (summary string, differences []string, err error) {
	var count server.CountReport
	var pairs []server.PairView
	referrals := map[casefile.ReferralState]int{}
	contested, held := 0, 0
	err = n.store.View(ctx, func(tx syncengine.Tx) (err error) {
		if count, err = n.Office.Count(tx, server.CountQuery{}); err != nil {
			return err
		}
		if pairs, err = n.Office.OpenPairs(tx); err != nil {
			return err
		}
		if contested, err = n.Office.CountContested(tx); err != nil {
			return err
		}
		sent, err := n.Office.AllReferrals(tx)
		for _, list := range sent {
			for _, one := range list {
				referrals[one.State]++
			}
		}
		if err != nil {
			return err
		}
		return syncengine.Quarantined(tx, func(syncengine.ChangeID, syncengine.QuarantineState) error { held++; return nil })
	})
	if err != nil {
		return "", nil, err
	}
	differ := func(what string, got, want int) {
		if got != want {
			differences = append(differences, fmt.Sprintf("%s: the desk shows %d, %d were put in", what, got, want))
		}
	}
	want := n.expected
	differ("interviews", count.Records, want.Records)
	differ("closed forms", count.Forms, want.Closed)
	differ("persons before anybody decided", count.Persons, want.Records)
	differ("contested answers", contested, want.Contested)
	differ("changes in quarantine", held, 0)
	for state, number := range want.Referrals {
		differ("referrals "+string(state), referrals[state], number)
	}
	if len(pairs) < want.Twice {
		differ("possible duplicates, at least", len(pairs), want.Twice)
	}
	for _, d := range n.devices() {
		status, err := d.Status(ctx)
		if err != nil {
			return "", nil, err
		}
		differ("changes waiting on "+status.Name, status.Waiting, 0)
	}
	lines := []string{
		fmt.Sprintf("arrived: declared %d, counted %d, on the list %d", want.Declared, want.Counted, want.Listed),
		fmt.Sprintf("interviews: %d, closed: %d", count.Records, count.Forms),
		fmt.Sprintf("persons: %d (%d to %d while %d pairs are open), episodes: %d", count.Persons, count.PersonsLow, count.PersonsHigh, count.OpenPairs, count.Episodes),
		fmt.Sprintf("contested answers: %d, in quarantine: %d", contested, held),
		fmt.Sprintf("referrals: %d accepted, %d declined", referrals[casefile.Accepted], referrals[casefile.Declined]),
	}
	return strings.Join(lines, "\n"), differences, nil
}
