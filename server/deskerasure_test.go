package server

import (
	"net/http"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

func TestErasingAsksTwiceAndForgets(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	d.do(func(tx syncengine.Tx) error {
		for n, name := range []string{"", "PTC-2", "KTC-1"} {
			if name == "" {
				continue
			}
			row := deviceRow{ID: syncengine.RecordID{byte(n)}, Entry: casefile.Device{Name: name, Profile: screening.CaseDevice, Center: name[:3]}}
			if err := d.publishDevice(tx, &row); err != nil {
				return err
			}
		}
		return nil
	})
	path := "/records/" + id.String() + "/erase"
	b := d.as("Dara")
	_, page := b.get(path)
	if !strings.Contains(page, "PTC-2") || strings.Contains(page, "KTC-1") {
		t.Error("the holders are those of the record's center")
	}
	for name, fields := range map[string][]string{
		"nothing typed": {"reason", "asked"}, "something else typed": {"confirm", "00000000", "reason", "asked"},
		"the whole id": {"confirm", id.String(), "reason", "asked"}, "no reason": {"confirm", id.String()[:shortID]},
	} {
		if status, _ := b.post(path, fields...); status != http.StatusUnprocessableEntity || d.opened(id).Record.Erased {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status, _ := b.post(path, "confirm", id.String()[:shortID], "reason", "she asked for it"); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	for _, path := range []string{"/records", "/records/" + id.String(), "/records?q=" + canaryName, "/", "/audit", path} {
		status, page := b.get(path)
		if status >= 500 || strings.Contains(page, "Sreymom") || strings.Contains(page, "she asked for it") {
			t.Errorf("%s still tells of her, or fails: %d", path, status)
		}
	}
	if status, _ := b.post(path, "confirm", id.String()[:shortID], "reason", "again"); status != http.StatusConflict {
		t.Errorf("erasing twice: %d", status)
	}
	if found := d.leavesOf("erase"); len(found) != 1 || found[0].Person != d.staff["Dara"].ID.String() {
		t.Errorf("the log has %v", found)
	}
}

func TestOnlyInterviewsAreErasedHere(t *testing.T) {
	d := newDesk(t)
	staff := syncengine.RecordID(d.staff["Bopha"].ID)
	b := d.another("Dara")
	if status, _ := b.post("/records/"+staff.String()+"/erase", "confirm", staff.String()[:shortID], "reason", "x"); status != http.StatusNotFound {
		t.Errorf("erasing a colleague: %d", status)
	}
}

func TestASlipOfNobody(t *testing.T) {
	d := newDesk(t)
	d.interviewOf(somebody("Sreymom"))
	b := d.another("Dara")
	for _, slip := range []string{"", "SLIP-none"} {
		if status, _ := b.post("/withdraw", "slip", slip, "scope", "all"); status != http.StatusNotFound {
			t.Errorf("slip %q: %d", slip, status)
		}
	}
	if status, body := b.post("/withdraw", "slip", "SLIP-none", "scope", "some"); status < 400 || !says(body, "choice_missing") {
		t.Errorf("a scope that is none: %d", status)
	}
}
