package server

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func TestATicketIsShownOnce(t *testing.T) {
	d := newDesk(t)
	d.address = "office.example:8443"
	b := d.another("Dara")
	status, page := b.post("/devices/ticket", "label", "PTC-9", "center", "PTC", "profile", "capture", "person", d.staff["Interviewer"].ID.String())
	at := strings.Index(page, "raksa1.")
	if status != http.StatusOK || at < 0 {
		t.Fatalf("got %d", status)
	}
	ticket, err := casefile.ParseTicket(page[at : at+strings.Index(page[at:], "<")])
	if err != nil || ticket.Person != d.staff["Interviewer"].ID {
		t.Fatalf("the ticket on the page: %v", err)
	}
	if _, again := b.get("/devices"); strings.Contains(again, "raksa1.") {
		t.Error("it is shown again")
	}
	if strings.Contains(d.log.String(), "raksa1.") {
		t.Error("it is in the log")
	}
}

func TestATicketForAPartnerNamesItsOrganisation(t *testing.T) {
	d := newDesk(t)
	d.address = "office.example:8443"
	b := d.another("Dara")
	if status, _ := b.post("/organisations/add", "name", "Shelter Example", "agency", "ngo", "place", "Poipet", "service", "shelter"); status != http.StatusOK {
		t.Fatalf("adding it: %d", status)
	}
	var org casefile.Organisation
	d.do(func(tx syncengine.Tx) error {
		return d.everyOrganisation(tx, func(o casefile.Organisation) error { org = o; return nil })
	})
	if org.Name != "Shelter Example" || len(org.Services) != 1 {
		t.Fatalf("the directory has %+v", org)
	}
	here, partner := d.staff["Interviewer"].ID.String(), ""
	b.post("/people/add", "name", "Shelter Worker Example", "role", "partner", "agency", "ngo", "organisation", org.ID.String())
	d.do(func(tx syncengine.Tx) error {
		return d.everyStaff(tx, func(s casefile.Staff) error {
			if s.Organisation != "" {
				partner = s.ID.String()
			}
			return nil
		})
	})
	for name, row := range map[string]struct {
		fields []string
		want   int
	}{
		"an organisation":    {[]string{"label", "P-1", "profile", "partner", "organisation", org.ID.String(), "person", partner}, http.StatusOK},
		"a center":           {[]string{"label", "P-1", "profile", "partner", "center", "PTC", "person", here}, http.StatusUnprocessableEntity},
		"no name":            {[]string{"profile", "capture", "center", "PTC"}, http.StatusUnprocessableEntity},
		"no center":          {[]string{"label", "T-1", "profile", "capture", "person", here}, http.StatusUnprocessableEntity},
		"the desk as device": {[]string{"label", "T-1", "profile", "desk", "center", "PTC", "person", here}, http.StatusUnprocessableEntity},
		"nobody first":       {[]string{"label", "T-1", "profile", "capture", "center", "PTC"}, http.StatusUnprocessableEntity},
		"of another center":  {[]string{"label", "T-1", "profile", "capture", "center", "KTC", "person", here}, http.StatusUnprocessableEntity},
		"of no organisation": {[]string{"label", "P-1", "profile", "partner", "organisation", org.ID.String(), "person", here}, http.StatusUnprocessableEntity},
		"a partner's":        {[]string{"label", "T-1", "profile", "capture", "center", "PTC", "person", partner}, http.StatusUnprocessableEntity},
	} {
		if status, page := b.post("/devices/ticket", row.fields...); status != row.want || (status == http.StatusOK) != strings.Contains(page, "raksa1.") {
			t.Errorf("%s: %d, want %d", name, status, row.want)
		}
	}
}

func TestDevicesAndTheirRevocation(t *testing.T) {
	d := newDesk(t)
	id := syncengine.RecordID{9}
	d.do(func(tx syncengine.Tx) error {
		row := deviceRow{ID: id, Entry: casefile.Device{Name: "PTC-9", Profile: screening.Capture, Center: "PTC"}}
		row.LastMillis, row.Forks = d.now.UnixMilli(), 1
		return d.publishDevice(tx, &row)
	})
	b := d.as("Dara")
	state := func(code string) string { return web.CodeWord(web.Khmer, "device", code) }
	if _, page := b.get("/devices"); !strings.Contains(page, state("active")) || !strings.Contains(page, web.CodeWord(web.Khmer, "quarantine", "fork")) {
		t.Error("an active device with a fork is not shown as one")
	}
	d.now = d.now.Add(silentAfter)
	b = d.another("Dara")
	if _, page := b.get("/devices"); !strings.Contains(page, state("silent")) {
		t.Error("a silent device is not shown as one")
	}
	if status, body := b.post("/devices/revoke", "device", id.String()); status < 400 || !says(body, "reason_missing") {
		t.Errorf("without a reason: %d", status)
	}
	if status, page := b.post("/devices/revoke", "device", id.String(), "reason", "stolen"); status != http.StatusOK || !strings.Contains(page, state("revoked")) {
		t.Errorf("got %d", status)
	}
	if found := d.leavesOf("revoke"); len(found) != 1 || found[0].Device != id.String() {
		t.Errorf("the log has %v", found)
	}
}

func TestPeopleAreAddedWithOrWithoutAPlaceAtTheDesk(t *testing.T) {
	d := newDesk(t)
	b := d.another("Dara")
	for name, row := range map[string]struct {
		fields []string
		want   string // error code
	}{
		"no name":        {[]string{"role", "supervisor", "agency", "ngo"}, "name_missing"},
		"no role":        {[]string{"name", "X Example", "role", "king", "agency", "ngo"}, "choice_missing"},
		"no agency":      {[]string{"name", "X Example", "role", "auditor", "agency", "cia"}, "choice_missing"},
		"no such center": {[]string{"name", "X Example", "role", "auditor", "agency", "ngo", "center", "XXX"}, "choice_missing"},
		"a lone partner": {[]string{"name", "X Example", "role", "partner", "agency", "ngo"}, "choice_missing"},
		"a short secret": {[]string{"name", "X Example", "role", "auditor", "agency", "ngo", "secret", "short"}, "desk_secret_short"},
	} {
		if status, body := b.post("/people/add", row.fields...); status != http.StatusUnprocessableEntity || !says(body, row.want) {
			t.Errorf("%s: %d", name, status)
		}
	}
	for name, secret := range map[string]string{"New Example": goodSecret, "Tablet Example": ""} {
		if status, _ := b.post("/people/add", "name", name, "role", "supervisor", "agency", "social_affairs", "center", "KTC", "secret", secret); status != http.StatusOK {
			t.Fatalf("%s: %d", name, status)
		}
		d.now = d.now.Add(time.Second)
		status, _ := d.browser().post("/sign-in", "name", name, "secret", goodSecret)
		if (status == http.StatusOK) != (secret != "") {
			t.Errorf("%s signs in: %d", name, status)
		}
	}
}
