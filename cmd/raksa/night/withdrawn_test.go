package night

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
)

// Scenario 14: she takes consent back at KTC, with the slip in her hand, while a
// tablet at PTC with a queued referral is out of reach. At the tablet's next
// contact the withdrawal is applied first; the referral is never sent; who
// received an earlier one gets a stop notice and confirms the deletion; the log
// shows all of it.
func TestConsentIsTakenBackWhileAReferralIsQueuedOutOfReach(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(2, "fisher")
	told["con_share_health"] = "needs"
	id := n.begin(t, n.PTC2, who, told)
	must(t, n.PTC2.CloseInterview(t.Context(), id))
	refer := func(service string) string {
		request, err := n.PTC2.Refer(t.Context(), id, casefile.Request{Organisation: n.Shelter.String(), Service: service, Urgency: "24h"})
		must(t, err)
		return request
	}
	earlier := refer("shelter")
	n.meet(t)
	if inbox, err := n.Partner.Inbox(t.Context()); err != nil || len(inbox) != 1 {
		t.Fatalf("the shelter has %d referrals, %v", len(inbox), err)
	}

	n.Alone("PTC-2", true)
	queued := refer("legal")
	seen, err := n.PTC2.Record(t.Context(), id)
	must(t, err)
	must(t, n.KTC1.FileWithdrawal(t.Context(), seen.Slip, screening.ScopeReferral))
	n.meet(t)

	n.Alone("PTC-2", false)
	n.meet(t)
	t.Run("the office never releases it", func(t *testing.T) {
		for _, sent := range n.sentBy(t, id) {
			switch sent.Request.ID {
			case queued:
				if !sent.Copy.Zero() || sent.Refused != "consent_withdrawn" {
					t.Errorf("the queued one: copy %s, refused %q", sent.Copy, sent.Refused)
				}
			case earlier:
				if sent.State != casefile.Withdrawn || sent.StoppedMillis == 0 || sent.DeletedMillis != 0 {
					t.Errorf("the earlier one: %+v", sent)
				}
			}
		}
	})
	t.Run("the tablet says why", func(t *testing.T) {
		sent, err := n.PTC2.Referrals(t.Context(), id)
		must(t, err)
		for _, one := range sent {
			if one.State != casefile.Withdrawn || one.Stopped.IsZero() {
				t.Errorf("referral %s: %s, stopped %v", one.ID, one.State, one.Stopped)
			}
		}
		if _, err := n.PTC2.Refer(t.Context(), id, casefile.Request{Organisation: n.Shelter.String(), Service: "health", Urgency: "24h"}); device.Code(err) != "consent_withdrawn" {
			t.Errorf("it refers again: %v", err)
		}
	})
	t.Run("the receiver of the earlier one stops, and says that it has deleted", func(t *testing.T) {
		inbox, err := n.Partner.Inbox(t.Context())
		must(t, err)
		if len(inbox) != 1 || !inbox[0].Stopped {
			t.Fatalf("the partner has no stop notice: %+v", inbox)
		}
		must(t, n.Partner.ConfirmDeletion(t.Context(), inbox[0].ID))
		n.meet(t)
		for _, sent := range n.sentBy(t, id) {
			if sent.Request.ID == earlier && (sent.DeletedMillis == 0 || sent.State != casefile.Withdrawn) {
				t.Errorf("the office was not told: %+v", sent)
			}
		}
		if inbox, err := n.Partner.Inbox(t.Context()); err != nil || len(inbox) != 0 {
			t.Errorf("it is still there: %v, %v", inbox, err)
		}
	})
	t.Run("the audit shows it", func(t *testing.T) {
		_, page := n.atDesk(t, supervisor).get("/audit")
		for _, act := range []string{"took consent back", "did not send a referral", "was told that a copy is deleted"} {
			if strings.Count(page, "<td>"+act+"</td>") != 1 {
				t.Errorf("the log has %d leaves that say: %s", strings.Count(page, "<td>"+act+"</td>"), act)
			}
		}
	})
}

// Whoever reaches the office first, and whatever the tablet that does not know
// yet writes meanwhile: once the withdrawal is at the office nothing is sent, and
// what was sent before is stopped.
func TestAWithdrawalBeatsAGrantInEveryOrder(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(2, "fisher")
	agreed := map[string]string{"con_interview": "yes", "con_referral": "yes", "con_share_ngo": "needs"}
	steps := map[string]func(*testing.T){
		"PTC-2 syncs":        func(t *testing.T) { must(t, n.PTC2.SyncOnce(t.Context())) },
		"KTC-1 syncs":        func(t *testing.T) { must(t, n.KTC1.SyncOnce(t.Context())) },
		"the office follows": func(t *testing.T) { must(t, n.Office.CatchUp(t.Context())) },
	}
	for _, order := range [][]string{
		{"PTC-2 syncs", "KTC-1 syncs", "the office follows"},
		{"PTC-2 syncs", "the office follows", "KTC-1 syncs"},
		{"KTC-1 syncs", "PTC-2 syncs", "the office follows"},
		{"KTC-1 syncs", "the office follows", "PTC-2 syncs"},
		{"the office follows", "PTC-2 syncs", "KTC-1 syncs"},
		{"the office follows", "KTC-1 syncs", "PTC-2 syncs"},
	} {
		for _, known := range []bool{false, true} { // whether the office has the interview before all that
			t.Run(fmt.Sprint(order, known), func(t *testing.T) {
				id := n.begin(t, n.PTC2, who, agreed)
				if known {
					must(t, n.PTC2.SyncOnce(t.Context()))
					must(t, n.Office.CatchUp(t.Context()))
				}
				seen, err := n.PTC2.Record(t.Context(), id)
				must(t, err)
				must(t, n.KTC1.FileWithdrawal(t.Context(), seen.Slip, screening.ScopeSharing))
				n.write(t, n.PTC2, id, map[string]string{"con_share_ngo": "none"})
				n.write(t, n.PTC2, id, map[string]string{"con_share_ngo": "full"}) // she says yes there, at the same time
				_, err = n.PTC2.Refer(t.Context(), id, casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h"})
				must(t, err)
				for _, step := range order {
					steps[step](t)
				}
				must(t, n.Office.CatchUp(t.Context()))
				if share := n.officeReads(t, id).Consent().ShareWith(screening.NGO); share != screening.ShareNone {
					t.Errorf("the grant won: %s", share)
				}
				sent := n.sentBy(t, id)
				if len(sent) != 1 {
					t.Fatalf("%d requests", len(sent))
				}
				// The office also follows by itself, so between the two syncs it may or
				// may not have sent it: then it is stopped.
				one, first := sent[0], slices.Index(order, "KTC-1 syncs") < slices.Index(order, "PTC-2 syncs")
				switch {
				case !one.Copy.Zero() && (first || one.StoppedMillis < one.MadeMillis || one.State != casefile.Withdrawn):
					t.Errorf("it went out after the withdrawal was known, or is not stopped: %+v", one)
				case one.Copy.Zero() && one.Refused != "consent_withdrawn":
					t.Errorf("it is held back for another reason: %q", one.Refused)
				}
			})
		}
	}
}

// sentBy gives what became of an interview's referrals at the office.
func (n *Night) sentBy(t *testing.T, id syncengine.RecordID) (sent []server.SentReferral) {
	t.Helper()
	n.atOffice(t, func(tx syncengine.Tx) (err error) {
		sent, err = n.Office.Referrals(tx, id)
		return err
	})
	return sent
}
