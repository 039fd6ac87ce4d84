package server

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func TestSmallRowsAreHidden(t *testing.T) {
	for name, row := range map[string]struct {
		records []int
		hidden  []bool
		cells   int
	}{
		"all large":                          {[]int{11, 200}, []bool{false, false}, 0},
		"a small one takes the next with it": {[]int{200, 10, 40}, []bool{false, true, true}, 8},
		"two small ones hide each other":     {[]int{200, 10, 3}, []bool{false, true, true}, 8},
		"nobody is no small number":          {[]int{0, 40}, []bool{false, false}, 0},
		"a small one alone":                  {[]int{4}, []bool{true}, 4},
		"none":                               {nil, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []web.CountRow
			for _, n := range row.records {
				rows = append(rows, web.CountRow{Records: n, Forms: n, Persons: n, Low: n, High: n, Episodes: n})
			}
			if got := suppress(rows); got != row.cells {
				t.Errorf("%d cells, want %d", got, row.cells)
			}
			for i, want := range row.hidden {
				if (rows[i].Persons < 0) != want || (rows[i].High < 0) != want {
					t.Errorf("row %d: %+v", i, rows[i])
				}
			}
		})
	}
}

func TestDaysOfACount(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "1970-01-02": 1, "2026-11-23": 20780} {
		got, err := dayNumber(text)
		if err != nil || got != want || dayInput(got) != text {
			t.Errorf("%q: %d, %v, back %q", text, got, err, dayInput(got))
		}
	}
	for _, text := range []string{"23.11.2026", "2026-13-01", "today"} {
		if _, err := dayNumber(text); err == nil {
			t.Errorf("%q is a day", text)
		}
	}
}

var countPath = regexp.MustCompile(`href="(/counts/[0-9a-f]{32})"`)

func TestAPublishedCountStaysAsItWas(t *testing.T) {
	d := newDesk(t)
	many := func(n int) {
		d.do(func(tx syncengine.Tx) error {
			for range n {
				if _, err := d.openInterview(tx, screening.Answers{}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	many(smallCell + 1)
	b := d.another("Dara")
	if status, page := b.post("/counts/publish", "from", "", "to", ""); status != http.StatusOK || !strings.Contains(page, ">12<") {
		t.Fatalf("publishing: %d", status)
	}
	many(smallCell)
	_, now := b.get("/counts")
	if !strings.Contains(now, ">23<") {
		t.Error("the count of today is another")
	}
	path := countPath.FindStringSubmatch(now)
	if path == nil {
		t.Fatal("the published count is not listed")
	}
	for _, who := range []string{"Dara", "Auditor"} {
		if _, page := d.as(who).get(path[1]); !strings.Contains(page, ">12<") || strings.Contains(page, ">23<") {
			t.Errorf("%s does not read what was published", who)
		}
	}
	status, file := d.as("Auditor").get(path[1] + "/tables.csv")
	for _, want := range []string{"screened\n", ",10,10,10\n", "publication/1", web.CodeWord(web.Khmer, "publisheddef", "screened")} {
		if status != http.StatusOK || !strings.Contains(file, want) {
			t.Errorf("%d, the file does not hold %q:\n%s", status, want, file)
		}
	}
	if status, _ := b.get(path[1] + "/all.csv"); status != http.StatusNotFound {
		t.Errorf("a file that is none: %d", status)
	}
	if _, page := b.get("/counts?from=2030-01-01"); strings.Contains(page, ">23<") {
		t.Error("a time without interviews has some")
	}
}

// Every figure leads to its records, for those who may see them.
func TestAFigureOpensToItsRecords(t *testing.T) {
	d := newDesk(t)
	left, right := d.twins()
	d.samePerson(left, right)
	b := d.as("Dara")
	_, page := b.get("/counts/table?first=center&second=sex")
	path := regexp.MustCompile(`href="(/counts/table/records[^"]+)">2</a></td><td class="num">1</td>`).FindStringSubmatch(page)
	if path == nil {
		t.Fatal("no figure of two records and one person")
	}
	_, list := b.get(html.UnescapeString(path[1]))
	if !strings.Contains(list, left.String()) || !strings.Contains(list, right.String()) {
		t.Error("its records are not listed")
	}
	if status, _ := d.as("Auditor").get("/counts/table"); status != http.StatusForbidden {
		t.Errorf("an auditor: %d", status)
	}
	if status, _ := b.get("/counts/table?first=name"); status != http.StatusUnprocessableEntity {
		t.Errorf("an attribute that is none: %d", status)
	}
}
