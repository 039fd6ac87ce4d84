package night

import (
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
)

// A person takes consent back with the slip in her hand, at a center that never
// heard of her; the interview may come to the office before or after that.
func TestConsentIsTakenBackWhereTheInterviewIsNot(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(2, "fisher")
	agreed := map[string]string{"con_interview": "yes", "con_referral": "yes", "con_share_ngo": "needs"}
	for _, row := range []struct {
		name  string
		first []*device.Device // who reaches the office, in this order
	}{
		{"the interview was at the office", []*device.Device{n.PTC1, n.KTC1}},
		{"the withdrawal came first", []*device.Device{n.KTC1, n.PTC1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			n.link.setCut(true)
			id := n.begin(t, n.PTC1, who, agreed)
			seen, err := n.PTC1.Record(t.Context(), id)
			must(t, err)
			if !seen.Consent().MayRefer() {
				t.Fatal("there is no consent to take back")
			}
			if err := n.KTC1.WithdrawBySlip(t.Context(), seen.Slip, screening.ScopeAll); device.Code(err) != "not_found" {
				t.Fatalf("KTC-1 holds the interview: %v", err)
			}
			if row.first[0] == n.KTC1 {
				must(t, n.KTC1.FileWithdrawal(t.Context(), seen.Slip, screening.ScopeAll))
			}
			n.link.setCut(false)
			must(t, row.first[0].SyncOnce(t.Context()))
			if row.first[0] == n.PTC1 {
				must(t, n.KTC1.FileWithdrawal(t.Context(), seen.Slip, screening.ScopeAll))
			}
			must(t, row.first[1].SyncOnce(t.Context()))
			if consent := n.officeReads(t, id).Consent(); !consent.Taken(screening.ScopeReferral) || consent.MayRefer() {
				t.Fatal("at the office consent still stands")
			}
			must(t, n.PTC1.SyncOnce(t.Context()))
			if _, err := n.PTC1.Refer(t.Context(), id, casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h"}); device.Code(err) != "consent_withdrawn" {
				t.Fatalf("the first tablet refers after the withdrawal: %v", err)
			}
		})
	}
	if held := n.heldBack(t); held != 0 {
		t.Errorf("%d changes are in quarantine", held)
	}
}

func (n *Night) heldBack(t *testing.T) (held int) {
	view(t, n.store, func(tx syncengine.Tx) error {
		return syncengine.Quarantined(tx, func(_ syncengine.ChangeID, state syncengine.QuarantineState) error {
			if state.Held() {
				held++
			}
			return nil
		})
	})
	return held
}
