package server

import (
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func TestARecordShowsEveryAnswerWithItsOrigin(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	first := d.opened(id).Versions(itemGivenLatin)[0].ID
	d.write(id, "Bopha", itemGivenLatin, text("Sreymum"), casefile.Basis{itemGivenLatin: {first}})
	_, page := d.as("Dara").get("/records/" + id.String())
	for _, want := range []string{canaryName, canaryStory, "Sreymum", "Sreymom", "Bopha Example", "Interviewer Example", "កាណារី"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	read := d.leavesOf("read")
	if len(read) != 1 || read[0].Record != id.String() || read[0].Person != d.staff["Dara"].ID.String() {
		t.Errorf("reading left %v", read)
	}
}

// Police see how an interview was done, and the rest only under consent.
func TestWhatIsSharedWithWhomDecidesWhatTheySee(t *testing.T) {
	for name, row := range map[string]struct {
		share string
		sees  bool
	}{
		"nothing agreed": {"", false}, "refused": {"none", false}, "agreed in full": {"full", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			answers := somebody("Sreymom")
			if row.share != "" {
				answers["con_share_judicial_police"] = code(row.share)
			}
			id := d.interviewOf(answers)
			first := d.opened(id).Record.Field(itemFamilyLatin).Basis()
			d.write(id, "Bopha", itemFamilyLatin, text(canaryName+"two"), casefile.Basis{itemFamilyLatin: first}) // what stood before is as secret
			d.closeInterview(id)
			b := d.as("Police")
			for _, path := range []string{"/records", "/records/" + id.String(), "/", "/records/" + id.String() + "/decision"} {
				status, page := b.get(path)
				if status != http.StatusOK {
					t.Fatalf("%s: %d", path, status)
				}
				if path != "/" && strings.Contains(page, canaryName) != row.sees {
					t.Errorf("%s shows the name: %t", path, !row.sees)
				}
			}
			if status, page := b.get("/pairs"); status != http.StatusForbidden || strings.Contains(page, canaryName) {
				t.Errorf("pairs: %d", status)
			}
		})
	}
}

func TestLists(t *testing.T) {
	d := newDesk(t)
	child := somebody("Littleone")
	child[itemAge] = screening.Of(screening.Int(12))
	waiting := somebody("Waitingone")
	delete(waiting, itemInterview)
	ids := map[string]syncengine.RecordID{
		"Littleone": d.interviewOf(child), "Waitingone": d.interviewOf(waiting),
		"Doneone": d.interviewOf(somebody("Doneone")), "Twoone": d.contested("Twoone", "Otherone"),
	}
	d.closeInterview(ids["Doneone"])
	b := d.as("Dara")
	for path, want := range map[string][]string{
		"/records":                                      {"Littleone", "Waitingone", "Doneone", canaryName},
		"/records?filter=children":                      {"Littleone"},
		"/records?filter=done":                          {"Doneone"},
		"/records?filter=waiting":                       {"Waitingone"},
		"/records?list=decision":                        {"Doneone"},
		"/records?list=referrals":                       {},
		"/records?q=doneONE":                            {"Doneone"},
		"/records?q=" + canaryName + "+lit":             {"Littleone"},
		"/records?q=" + ids["Waitingone"].String()[:10]: {"Waitingone"},
		"/records?q=nobody":                             {},
		"/records?page=9":                               {},
	} {
		_, page := b.get(path)
		for _, given := range []string{"Littleone", "Waitingone", "Doneone"} {
			if strings.Contains(page, given) != slices.Contains(want, given) {
				t.Errorf("%s shows %s: %t", path, given, !slices.Contains(want, given))
			}
		}
	}
	if _, page := b.get("/records?list=needs_you"); !strings.Contains(page, ids["Twoone"].String()) || strings.Contains(page, ids["Doneone"].String()) {
		t.Error("the list of what needs somebody is wrong")
	}
	if found := d.leavesOf("search"); len(found) < 10 {
		t.Errorf("searching left %d leaves", len(found))
	}
}

func TestAListHasPages(t *testing.T) {
	d := newDesk(t)
	d.do(func(tx syncengine.Tx) error {
		for range rowsAPage + 3 {
			if _, err := d.openInterview(tx, screening.Answers{itemGivenLatin: text("Manyone")}); err != nil {
				return err
			}
		}
		return nil
	})
	b := d.as("Dara")
	for path, want := range map[string]int{"/records": rowsAPage, "/records?page=2": 3, "/records?q=manyone&page=2": 3, "/records?filter=waiting": rowsAPage} {
		_, page := b.get(path)
		if got := strings.Count(page, "Manyone</span>"); got != want {
			t.Errorf("%s shows %d, want %d", path, got, want)
		}
	}
	if _, page := b.get("/records?q=manyone&page=2"); !strings.Contains(html.UnescapeString(page), "/records?page=1&q=manyone") {
		t.Error("no way back that keeps the search")
	}
}

func TestTheMorning(t *testing.T) {
	d := newDesk(t)
	child := somebody("Littleone")
	child[itemAge] = screening.Of(screening.Int(12))
	d.interviewOf(child)
	id := d.interviewOf(somebody("Doneone"))
	d.closeInterview(id)
	d.contested("Twoone", "Otherone")
	group := syncengine.RecordID{}
	d.do(func(tx syncengine.Tx) error {
		var commit []byte
		var err error
		if group, commit, err = d.newRecord(tx); err != nil {
			return err
		}
		arrived, declared, counted := d.now.Add(-time.Hour).UnixMilli(), 47, 45
		draft, err := casefile.GroupDraft(group, d.staff["Interviewer"].ID, nil, casefile.GroupEdit{
			Center: "PTC", Arrived: &arrived, Declared: &declared, Counted: &counted,
		})
		if err != nil {
			return err
		}
		draft.Commit = commit
		if _, err = d.save(tx, draft); err != nil {
			return err
		}
		row := deviceRow{ID: syncengine.RecordID{9}, Entry: casefile.Device{Name: "PTC-9", Profile: screening.Capture, Center: "PTC"}}
		row.LastMillis = d.now.Add(-48 * time.Hour).UnixMilli()
		return d.publishDevice(tx, &row)
	})
	_, page := d.as("Dara").get("/")
	for _, want := range []string{"Littleone", "Doneone", ">47<", ">45<", "PTC-9", group.String()[:shortID], "/records/" + id.String() + "/decision"} {
		if !strings.Contains(page, want) {
			t.Errorf("the morning does not show %q", want)
		}
	}
	if _, page := d.as("Auditor").get("/"); strings.Contains(page, "Littleone") {
		t.Error("an auditor sees the morning")
	}
}

func TestAnEmptyDeskHasEveryPage(t *testing.T) {
	d := newDesk(t)
	b := d.as("Dara")
	for _, path := range []string{"/", "/records", "/contested", "/pairs", "/counts", "/quarantine", "/devices", "/audit"} {
		if status, page := b.get(path); status != http.StatusOK || !strings.Contains(page, "</html>") || strings.Contains(page, "[desk.") {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestGrantsSayWhatStandsAndWhatWasTakenBack(t *testing.T) {
	d := newDesk(t)
	answers := somebody("Sreymom")
	answers["con_share_ngo"] = code("needs")
	id := d.interviewOf(answers)
	b := d.as("Dara")
	taken := func(page string) bool {
		return strings.Contains(page, strings.Split(web.Word(web.Khmer, "consent.taken_back", "|"), "|")[0])
	}
	if _, page := b.get("/records/" + id.String()); taken(page) || !strings.Contains(page, web.CodeWord(web.Khmer, "scope", "needs")) {
		t.Error("a grant that stands is not shown as one")
	}
	slip := d.opened(id).Slip
	b.get("/")
	if status, _ := b.post("/withdraw", "slip", slip, "scope", "sharing"); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	if !d.opened(id).Consent().Taken(screening.ScopeSharing) {
		t.Fatal("nothing was taken back")
	}
	if _, page := b.get("/records/" + id.String()); !taken(page) {
		t.Error("what was taken back is shown as standing")
	}
	if found := d.leavesOf("withdraw"); len(found) != 1 || found[0].Person != d.staff["Dara"].ID.String() {
		t.Errorf("the log has %v", found)
	}
}
