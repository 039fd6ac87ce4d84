package server

import (
	"net/http"
	"strings"
	"testing"

	"raksa/syncengine"
	"raksa/web"
)

// shownLeaves counts the rows of the page's table.
func shownLeaves(page string) int {
	_, table, _ := strings.Cut(page, "<tbody>")
	return strings.Count(table, "<tr>")
}

func TestTheLogIsSearched(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	dara, bopha := d.as("Dara"), d.as("Bopha")
	dara.get("/records/" + id.String())
	bopha.get("/records/" + id.String())
	auditor := d.as("Auditor")
	_, all := auditor.get("/audit")
	if !strings.Contains(all, id.String()[:shortID]) || strings.Contains(all, id.String()) {
		t.Error("an auditor sees the short id of a record, and no way to it")
	}
	if _, page := dara.get("/audit"); !strings.Contains(page, "/records/"+id.String()) {
		t.Error("a supervisor has no way to the record")
	}
	// Bopha signed in, saw the morning and read a record.
	for query, want := range map[string]int{"who=bopha": 3, "who=nobody": 0, "day=2026-11-23&who=bopha": 3, "day=2026-11-22": 0, "device=PTC-9": 0} {
		if _, page := auditor.get("/audit?" + query); shownLeaves(page) != want {
			t.Errorf("%s: %d rows, want %d", query, shownLeaves(page), want)
		}
	}
}

func TestTheLogHasPages(t *testing.T) {
	d := newDesk(t)
	d.do(func(tx syncengine.Tx) error {
		for range 2*leavesAPage + 50 {
			if err := d.audit(tx, Leaf{What: "search"}); err != nil {
				return err
			}
		}
		return nil
	})
	b := d.as("Auditor")
	path, total := "/audit", 0
	for pages := 0; path != "" && pages < 10; pages++ {
		_, page := b.get(path)
		total += shownLeaves(page)
		_, after, more := strings.Cut(page, `class="pager"><a href="`)
		path = ""
		if more {
			path, _, _ = strings.Cut(strings.ReplaceAll(after, "&amp;", "&"), `"`)
		}
	}
	size := 0
	d.do(func(tx syncengine.Tx) error { n, err := auditSize(tx); size = int(n); return err })
	if total != size {
		t.Errorf("the pages show %d of %d leaves", total, size)
	}
}

func TestTheLogIsVerified(t *testing.T) {
	d := newDesk(t)
	d.interviewOf(somebody("Sreymom"))
	b := d.as("Auditor")
	b.get("/audit")
	broken := func(page string, leaf int64) bool {
		return strings.Contains(page, web.Word(web.Khmer, "audit.broken", leaf))
	}
	if status, page := b.post("/audit/verify"); status != http.StatusOK || !strings.Contains(page, `class="note good"`) {
		t.Fatalf("a whole log: %d", status)
	}
	d.do(func(tx syncengine.Tx) error {
		leaf, _, err := leaves.Get(tx, number(2))
		if err != nil {
			return err
		}
		leaf.Person = "somebody else"
		return leaves.Put(tx, number(2), leaf)
	})
	if _, page := b.post("/audit/verify"); !broken(page, 2) || strings.Contains(page, `class="note good"`) {
		t.Error("a changed leaf goes unseen")
	}
}
