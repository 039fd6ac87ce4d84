package night

import (
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

// sentBy gives what became of an interview's referrals at the office.
func (n *Night) sentBy(t *testing.T, id syncengine.RecordID) (sent []server.SentReferral) {
	t.Helper()
	n.atOffice(t, func(tx syncengine.Tx) (err error) {
		sent, err = n.Office.Referrals(tx, id)
		return err
	})
	return sent
}
