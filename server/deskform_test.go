package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// What was typed stands on the page again, beside the sentence that says what
// to mend; nothing was kept, and a secret never comes back.
func TestARefusedFormComesBackOnItsPage(t *testing.T) {
	d := newDesk(t)
	d.address = "office.example:8443"
	id := d.interviewOf(somebody("Sreymom"))
	d.closeInterview(id)
	record := "/records/" + id.String()
	b := d.another("Dara")
	for name, row := range map[string]struct {
		path   string
		fields []string
		field  string // id of the field at fault
		code   string
		kept   []string
	}{
		"a person":        {"/people/add", []string{"name", "Kept Example", "role", "auditor", "agency", "ngo", "secret", "tooshort"}, "secret", "desk_secret_short", []string{`value="Kept Example"`, `value="auditor" selected`}},
		"a long name":     {"/people/add", []string{"name", strings.Repeat("x", nameLettersMax+1), "role", "auditor", "agency", "ngo"}, "new-name", "too_big", []string{`value="auditor" selected`}},
		"an organisation": {"/organisations/add", []string{"name", " ", "agency", "ngo", "place", "Kept Street", "service", "shelter"}, "org-name", "name_missing", []string{`value="Kept Street"`, `value="shelter" checked`}},
		"a ticket":        {"/devices/ticket", []string{"label", "Kept-9", "profile", "capture", "center", "KTC", "person", d.staff["Interviewer"].ID.String()}, "person", "person_elsewhere", []string{`value="Kept-9"`, `value="KTC" selected`}},
		"a slip":          {"/withdraw", []string{"slip", "Kept-K7", "scope", "sharing"}, "slip", "slip_unknown", []string{`value="Kept-K7"`, `value="sharing" selected`}},
		"a scope":         {record + "/withdraw", []string{"scope", "some"}, "scope", "choice_missing", nil},
		"a transfer":      {record + "/transfer", []string{"center", "XXX"}, "center", "choice_missing", nil},
		"an erasure":      {record + "/erase", []string{"confirm", "kept-0000", "reason", "kept reason"}, "confirm", "confirm_differs", []string{`value="kept reason"`}},
		"a decision":      {record + "/decision", []string{"decision", "pending", "dissent", "kept dissent"}, "grounds", "reason_missing", []string{"kept dissent</textarea>", `value="pending" required checked`}},
		"an outdated one": {record + "/decision", []string{"decision", "victim", "grounds", "kept grounds", "basis", "zz"}, "", "page_outdated", []string{"kept grounds</textarea>"}},
	} {
		t.Run(name, func(t *testing.T) {
			status, page := b.post(row.path, row.fields...)
			if status < 400 || status >= 500 || !says(page, row.code) || row.field != "" && !strings.Contains(page, `id="`+row.field+`-fault"`) {
				t.Errorf("got %d; the field says %s: %t", status, row.code, says(page, row.code))
			}
			for _, want := range row.kept {
				if !strings.Contains(page, want) {
					t.Errorf("the page has lost %s", want)
				}
			}
			if strings.Contains(page, "tooshort") {
				t.Error("the page shows a secret")
			}
		})
	}
	if iv := d.opened(id); iv.Record.Erased || len(iv.Consent().Withdrawn) > 0 {
		t.Error("a refused form did something")
	}
}

func TestConsentIsTakenBackOnTheRecordsPage(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	b := d.another("Dara")
	if status, _ := b.post("/records/"+id.String()+"/withdraw", "scope", "sharing"); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	if !d.opened(id).Consent().Taken(screening.ScopeSharing) {
		t.Error("it still stands")
	}
	if found := d.leavesOf("withdraw"); len(found) != 1 || found[0].Person != d.staff["Dara"].ID.String() || found[0].Reason != "sharing" {
		t.Errorf("the log has %v", found)
	}
}

func TestARecordGoesToAnotherCenter(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	b := d.another("Dara")
	_, page := b.get("/records/" + id.String())
	if !strings.Contains(page, `<option value="KTC"`) || strings.Contains(page, `<option value="PTC"`) {
		t.Error("the page offers the record's own center, or no other")
	}
	for range 2 { // twice is once
		if status, _ := b.post("/records/"+id.String()+"/transfer", "center", "KTC"); status != http.StatusOK {
			t.Fatalf("got %d", status)
		}
	}
	var streams []string
	d.do(func(tx syncengine.Tx) (err error) {
		streams, _, err = scope.Get(tx, id[:])
		return err
	})
	if !slices.Contains(streams, streamCenter("KTC")) || !slices.Contains(streams, streamCenter("PTC")) {
		t.Errorf("it is in %v", streams)
	}
	b.post("/records/"+id.String()+"/erase", "confirm", id.String()[:shortID], "reason", "asked")
	for _, act := range []string{"/transfer", "/withdraw"} {
		if status, body := b.post("/records/"+id.String()+act, "center", "KTC", "scope", "all"); status != http.StatusGone || !says(body, "record_erased") {
			t.Errorf("%s after the erasure: %d", act, status)
		}
	}
}

// Every choice that the forms offer is one that the office takes.
func TestTheFormsOfferWhatTheOfficeTakes(t *testing.T) {
	for _, service := range web.Codes("need") {
		if known := slices.Contains(screening.Services(), service); known == (service == "none") {
			t.Errorf("service %q: known %t", service, known)
		}
	}
	for _, agency := range web.Codes("agency") {
		if _, err := screening.ParseAgency(agency); err != nil {
			t.Error(err)
		}
	}
	for _, role := range web.Codes("role") {
		if _, err := screening.ParseRole(role); err != nil {
			t.Error(err)
		}
	}
	for _, taken := range web.Codes("withdrawal") {
		if !slices.Contains(screening.Scopes(), screening.Scope(taken)) {
			t.Errorf("scope %q", taken)
		}
	}
	if len(web.Codes("withdrawal")) != len(screening.Scopes()) {
		t.Error("a scope cannot be taken back")
	}
}

// Every act of the log has words: an auditor reads it as a sentence.
func TestEveryActOfTheLogHasWords(t *testing.T) {
	names, err := filepath.Glob("*.go")
	must(t, err)
	acts := map[string]bool{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			pair, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, isKey := pair.Key.(*ast.Ident)
			value, isText := pair.Value.(*ast.BasicLit)
			if isKey && isText && key.Name == "What" {
				act, err := strconv.Unquote(value.Value)
				must(t, err)
				acts[act] = true
			}
			return true
		})
	}
	delete(acts, "verdict") // shown as link or unlink
	delete(acts, "refused") // shown as what was refused
	if len(acts) < 15 {
		t.Fatalf("found %d acts only", len(acts))
	}
	for act := range acts {
		if web.CodeWord(web.Khmer, "act", act) == act { // web holds that English has what Khmer has
			t.Errorf("no words for %q", act)
		}
	}
}
