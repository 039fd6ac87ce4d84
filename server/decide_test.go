package server

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"raksa/screening"
	"raksa/syncengine"
)

func TestTheWayOfACaseToADecision(t *testing.T) {
	for _, row := range []struct {
		name     string
		from     screening.CaseState
		decision string
		want     []screening.CaseState // nil with fails: refused
		fails    bool
	}{
		{"found likely, identified", screening.PreliminaryPositive, "victim", []screening.CaseState{screening.FormalPending, screening.FormallyIdentified}, false},
		{"found unlikely, identified all the same", screening.PreliminaryNegative, "victim", []screening.CaseState{screening.FormalPending, screening.FormallyIdentified}, false},
		{"pending first", screening.PreliminaryPositive, "pending", []screening.CaseState{screening.FormalPending}, false},
		{"then decided", screening.FormalPending, "not_victim", []screening.CaseState{screening.NotIdentified}, false},
		{"forced labour", screening.FormalPending, "victim_forced_labour", []screening.CaseState{screening.FormallyIdentified}, false},
		{"decided anew", screening.NotIdentified, "victim", []screening.CaseState{screening.FormalPending, screening.FormallyIdentified}, false},
		{"the same once more", screening.FormallyIdentified, "victim", nil, false},
		{"back to pending", screening.FormallyIdentified, "pending", []screening.CaseState{screening.FormalPending}, false},
		{"help has begun, and goes on", screening.InService, "not_victim", nil, false},
		{"referred before the decision", screening.Referred, "victim", nil, false},
		{"nobody was asked yet", screening.Registered, "victim", nil, true},
		{"left before", screening.LeftBeforeInterview, "not_victim", nil, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := decisionSteps(row.from, row.decision)
			if !slices.Equal(got, row.want) || (err != nil) != row.fails {
				t.Fatalf("got %v, %v", got, err)
			}
			at := row.from
			for _, to := range got { // each is a step of the specification
				if err := screening.CanStep(at, to, true); err != nil {
					t.Error(err)
				}
				at = to
			}
		})
	}
}

var basisInput = regexp.MustCompile(`name="basis" value="([^"]*)"`)

// decideBy fills in the page of a decision.
func (d *testDesk) decideBy(b *browser, id syncengine.RecordID, fields ...string) (int, string) {
	d.t.Helper()
	_, page := b.get("/records/" + id.String() + "/decision")
	basis := ""
	if found := basisInput.FindStringSubmatch(page); found != nil {
		basis = found[1]
	}
	return b.post("/records/"+id.String()+"/decision", append(fields, "basis", basis)...)
}

func TestADecisionIsKeptSignedAndSeen(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	d.closeInterview(id)
	b := d.as("Dara")
	if status, _ := d.decideBy(b, id, "decision", "victim", "grounds", "debt and locked in", "dissent", "one saw it otherwise"); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	iv := d.opened(id)
	if iv.State != screening.FormallyIdentified || iv.Answers.Code(itemDecision) != "victim" || iv.Answers.Code(itemAgency) != "social_affairs" {
		t.Errorf("state %s, decision %s", iv.State, iv.Answers.Code(itemDecision))
	}
	d.checkSignature("Dara", iv.Record.Field(itemDecision).Live()[0].ID, screening.Indicator)
	d.checkSignature("Dara", iv.Record.Field(fieldState).Live()[0].ID, screening.Admin)
	_, page := b.get("/records/" + id.String() + "/decision")
	for _, want := range []string{"debt and locked in", "one saw it otherwise", "Dara Example"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if found := d.leavesOf("decide"); len(found) != 1 || found[0].Reason != "victim" || found[0].Person != d.staff["Dara"].ID.String() {
		t.Errorf("the log has %v", found)
	}

	d.now = d.now.Add(time.Minute)
	if status, _ := d.decideBy(d.as("Bopha"), id, "decision", "not_victim", "grounds", "new papers"); status != http.StatusOK {
		t.Fatalf("the second: %d", status)
	}
	_, page = b.get("/records/" + id.String() + "/decision")
	iv = d.opened(id)
	if iv.Answers.Code(itemDecision) != "not_victim" || iv.State != screening.NotIdentified || len(iv.Contested) != 0 {
		t.Errorf("state %s, contested %v", iv.State, iv.Contested)
	}
	if !strings.Contains(page, "new papers") || !strings.Contains(page, "debt and locked in") {
		t.Error("the earlier decision is not shown beside the standing one")
	}
}

func TestTwoDecisionsAtOnceStandBesideEachOther(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	d.closeInterview(id)
	dara, bopha := d.as("Dara"), d.as("Bopha")
	path := "/records/" + id.String() + "/decision"
	dara.get(path)
	bopha.get(path) // both look at a page without a decision
	for b, decision := range map[*browser]string{dara: "victim", bopha: "not_victim"} {
		if status, _ := b.post(path, "basis", "", "decision", decision, "grounds", "seen"); status != http.StatusOK {
			t.Fatalf("got %d", status)
		}
	}
	if iv := d.opened(id); !slices.Contains(iv.Contested, itemDecision) {
		t.Errorf("contested: %v", iv.Contested)
	}
}

func TestWhoMayNotDecide(t *testing.T) {
	for name, row := range map[string]struct {
		who    string
		closed bool
		fields []string
		want   string
	}{
		"an organisation":          {"Ngo", true, []string{"decision", "victim", "grounds", "x"}, "not_allowed"},
		"before the interview":     {"Dara", false, []string{"decision", "victim", "grounds", "x"}, "interview_not_closed"},
		"without grounds":          {"Dara", true, []string{"decision", "victim"}, "reason_missing"},
		"without a decision":       {"Dara", true, []string{"grounds", "x"}, "choice_missing"},
		"a code that is not there": {"Dara", true, []string{"decision", "guilty", "grounds", "x"}, "choice_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.interviewOf(somebody("Sreymom"))
			if row.closed {
				d.closeInterview(id)
			}
			before := d.opened(id).State
			status, body := d.decideBy(d.as(row.who), id, row.fields...)
			if status < 400 || !says(body, row.want) {
				t.Errorf("got %d", status)
			}
			if iv := d.opened(id); iv.Answers.Code(itemDecision) != "" || iv.State != before {
				t.Error("something was written")
			}
		})
	}
}

func TestTheOfficeSetsWhoIsEligible(t *testing.T) {
	d := newDesk(t)
	yesterday, tomorrow := d.today(), d.today()
	yesterday.Year--
	tomorrow.Year++
	d.Eligible = screening.Eligibility{
		{From: yesterday, Agencies: []screening.Agency{screening.NGO}},
		{From: tomorrow, Agencies: []screening.Agency{screening.SocialAffairs}},
	}
	if !d.mayRule(d.viewer("Ngo")) || d.mayRule(d.viewer("Dara")) || d.mayRule(d.viewer("Interviewer")) {
		t.Error("the setting is not obeyed")
	}
}
