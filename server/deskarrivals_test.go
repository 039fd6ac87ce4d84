package server

import (
	"bytes"
	"context"
	"io"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/web"
)

// groupAtDesk opens a group as a supervisor does, and gives its page.
func groupAtDesk(t *testing.T, d *testDesk, b *browser) (page string) {
	t.Helper()
	if status, _ := b.post("/arrivals", "center", "PTC", "gate", "POE-POIPET", "declared", "๔๗", "counted", "45"); status != http.StatusOK {
		t.Fatalf("a group is refused with %d", status)
	}
	d.do(func(tx syncengine.Tx) error {
		return d.everyOf(tx, casefile.KindGroup, func(rec *syncengine.Record) error {
			page = "/arrivals/" + rec.ID.String()
			return nil
		})
	})
	if page == "" {
		t.Fatal("no group was opened")
	}
	return page
}

// brings posts a file as a browser does, and gives the page that comes of it.
func (b *browser) brings(path, name string, data []byte) (int, string) {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(b.t, form.WriteField("csrf", b.csrf))
	part, err := form.CreateFormFile("list", name)
	must(b.t, err)
	_, err = part.Write(data)
	must(b.t, err)
	must(b.t, form.Close())
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, &body)
	must(b.t, err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.send(r)
}

var tokenField = regexp.MustCompile(`name="token" value="([0-9a-f]+)"`)

// Scenario 2: a batch is opened, 47 declared and 45 counted; a list comes in the
// letters of old Windows; nothing is taken before somebody has looked; then
// lines without a person and people without a line stand there by name.
func TestAListIsLookedAtTakenInAndUndone(t *testing.T) {
	d := newDesk(t)
	b := d.another("Dara")
	group := groupAtDesk(t, d, b)
	old, err := charmap.Windows874.NewEncoder().Bytes([]byte("ลำดับ,ชื่อ-สกุล,วันเกิด,อายุ\n1,โสเพีย สุข,12/05/2541,28\n2,ดารา ลี,2542,x\n3,จันที แก้ว,2545,\n"))
	must(t, err)
	status, page := b.brings(group+"/list", "old.csv", old)
	if status != http.StatusOK || !strings.Contains(page, "โสเพีย สุข") || !strings.Contains(page, "1998-05-12 / 2541") || !strings.Contains(page, "<td>3</td>") {
		t.Fatalf("the preview, %d: %s", status, page)
	}
	if _, shown := b.get(group); strings.Contains(shown, "โสเพีย") {
		t.Fatal("the list was taken in before somebody said so")
	}
	token := tokenField.FindStringSubmatch(page)[1]
	if status, _ := b.post(group+"/take", "token", "0000000000000000"); status == http.StatusOK {
		t.Error("another list than the one that was shown is taken in")
	}
	if status, _ := b.post(group+"/take", "token", token); status != http.StatusOK {
		t.Fatalf("taking it in: %d", status)
	}
	_, shown := b.get(group)
	for _, want := range []string{"โสเพีย สุข", "จันที แก้ว", "<strong>47</strong>", "<strong>45</strong>", "<strong>2</strong>"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the group's page has no %s", want)
		}
	}
	if status, _ := b.post(group+"/undo", "import", token[:8]); status != http.StatusOK {
		t.Fatalf("undoing it: %d", status)
	}
	if _, shown := b.get(group); strings.Contains(shown, "โสเพีย") {
		t.Error("the undone list still counts")
	}
	if status, _ := b.post(group+"/redo", "import", token[:8]); status != http.StatusOK {
		t.Fatalf("bringing it back: %d", status)
	}
	if _, shown := b.get(group); !strings.Contains(shown, "โสเพีย สุข") {
		t.Error("the list did not come back")
	}
	for _, act := range []string{"group_open", "list_take", "list_undo", "list_redo"} {
		if n := len(d.leavesOf(act)); n != 1 {
			t.Errorf("%d leaves of %s", n, act)
		}
	}
}

// A workbook is opened by whoever is handed in, and one that is not sound is
// said to be so.
func TestAWorkbookOfArrivalsAtTheDesk(t *testing.T) {
	d := newDesk(t)
	b := d.another("Dara")
	group := groupAtDesk(t, d, b)
	workbook := []byte("PK\x03\x04 made up")
	if _, page := b.brings(group+"/list", "a.xlsx", workbook); !strings.Contains(page, web.CodeWord(web.Khmer, "csv", casefile.ListNoWorkbook)) {
		t.Error("without a reader a workbook is not refused")
	}
	d.Workbook = func(_ context.Context, name string, from io.Reader) ([]casefile.Sheet, error) {
		if raw, err := io.ReadAll(from); err != nil || !bytes.Equal(raw, workbook) || name != "a.xlsx" {
			t.Errorf("handed over %q, %v", name, err)
		}
		return []casefile.Sheet{{Name: "s", Rows: [][]string{{"name", "age"}, {"Dara", "27"}, {"Srey", "x"}}}}, nil
	}
	if _, page := b.brings(group+"/list", "a.xlsx", workbook); !strings.Contains(page, "Dara") || !strings.Contains(page, "<td>s, 3</td><td>B age</td>") {
		t.Errorf("the preview: %s", page)
	}
	if status, _ := b.brings(group+"/list", "big.csv", bytes.Repeat([]byte("a"), casefile.ListFileMax+1)); status != http.StatusRequestEntityTooLarge && status != http.StatusUnprocessableEntity {
		t.Errorf("a file that is too large: %d", status)
	}
}
