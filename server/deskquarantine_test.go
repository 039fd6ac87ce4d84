package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

// setAside puts a change into quarantine after all, as admission would.
func (d *testDesk) setAside(id syncengine.RecordID) (change syncengine.ChangeID) {
	d.t.Helper()
	d.write(id, "Bopha", itemGivenLatin, text("Sreymum"), casefile.Basis{})
	change = d.opened(id).Versions(itemGivenLatin)[1].ID
	d.do(func(tx syncengine.Tx) error {
		c, err := tx.Change(change)
		if err != nil {
			return err
		}
		return d.quarantine(tx, c, heldClass)
	})
	return change
}

func TestWhatIsSetAsideIsReleasedOrDiscarded(t *testing.T) {
	for action, want := range map[string][]string{"release": {"Sreymom", "Sreymum"}, "discard": {"Sreymom"}} {
		t.Run(action, func(t *testing.T) {
			d := newDesk(t)
			id := d.interviewOf(somebody("Sreymom"))
			change := d.setAside(id)
			if got := texts(d.opened(id).Versions(itemGivenLatin)); !slices.Equal(got, []string{"Sreymom"}) {
				t.Fatalf("before: %v", got)
			}
			b := d.as("Dara")
			_, page := b.get("/quarantine")
			if !strings.Contains(page, change.String()) || !strings.Contains(page, "Bopha Example") || strings.Contains(page, "Sreymum") {
				t.Error("the list must name the change and its author, and show no answer")
			}
			if status, body := b.post("/quarantine", "id", change.String(), "action", action); status < 400 || !says(body, "reason_missing") {
				t.Errorf("without a reason: %d", status)
			}
			if status, _ := b.post("/quarantine", "id", change.String(), "action", action, "reason", "spoke with her"); status != http.StatusOK {
				t.Fatalf("got %d", status)
			}
			if got := texts(d.opened(id).Versions(itemGivenLatin)); !slices.Equal(got, want) {
				t.Errorf("reads %v, want %v", got, want)
			}
			if _, page := b.get("/records/" + id.String()); strings.Contains(page, "Sreymum") != (action == "release") {
				t.Error("the record's page, its history too, must show what was released and nothing else")
			}
			if status, body := b.post("/quarantine", "id", change.String(), "action", action, "reason", "again"); status != http.StatusConflict || !says(body, "already_decided") {
				t.Errorf("twice: %d", status)
			}
			if found := d.leavesOf(action); len(found) != 1 || found[0].Person != d.staff["Dara"].ID.String() {
				t.Errorf("the log has %v", found)
			}
			if _, page := b.get("/audit"); !strings.Contains(page, "spoke with her") {
				t.Error("the reason cannot be read back")
			}
			if _, page := d.as("Auditor").get("/audit"); strings.Contains(page, "spoke with her") {
				t.Error("an auditor reads free text")
			}
		})
	}
}

func TestEveryReasonOfAQuarantineHasWords(t *testing.T) {
	for _, reason := range []string{heldOfficeOnly, heldRevoked, heldUnknownAuthor, heldKind, heldClass, heldOutOfScope, heldUnreadable, heldErased, heldUnproven} {
		if heldWords[reason] == "" {
			t.Errorf("%s has none", reason)
		}
	}
}
