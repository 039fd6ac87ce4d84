package night

import (
	"bytes"
	"encoding/json"
	"html"
	"mime/multipart"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"raksa/screening/form/formtest"
)

var sumField = regexp.MustCompile(`name="sha256" value="([^"]+)"`)

// publish makes a supervisor choose the file of a form at the desk, look at what
// it changes, and publish it. It gives the page that was looked at.
func (b *browser) publish(text []byte) (looked string) {
	b.t.Helper()
	var body bytes.Buffer
	file := multipart.NewWriter(&body)
	must(b.t, file.WriteField("csrf", b.csrf))
	part, err := file.CreateFormFile("form", "vif.json")
	must(b.t, err)
	_, err = part.Write(text)
	must(b.t, err)
	must(b.t, file.Close())
	answer, err := b.http.Post(b.at+"/devices/forms", file.FormDataContentType(), &body)
	must(b.t, err)
	b.read(answer)
	_, looked = b.get("/devices/forms")
	if sum := sumField.FindStringSubmatch(looked); sum != nil {
		b.post("/devices/forms/publish", url.Values{"sha256": {sum[1]}})
	}
	return html.UnescapeString(looked)
}

// Two versions are published while the case laptop at Poipet hears nothing. It
// is two versions behind, syncs all the same, finishes what it began under the
// old form, and moves another interview on purpose. Nothing that anybody said is
// lost, on the tablets, at the desk or in the export.
func TestATabletTwoFormVersionsBehind(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	stays, moves := n.begin(t, n.PTC2, who), n.begin(t, n.PTC2, who)
	n.write(t, n.PTC2, moves, map[string]string{"idn_father": "Made-Up Father", "idn_children": "2", "idn_marital": "divorced"})
	n.meet(t)

	desk := n.atDesk(t, supervisor)
	looked := desk.publish(formtest.Next())
	for _, want := range []string{"question idn_father", "idn_parent", "choice marital/divorced", "question tri_medical_urgent"} {
		if !strings.Contains(looked, want) {
			t.Errorf("the desk does not show %q before it publishes", want)
		}
	}
	broken := bytes.Replace(formtest.AfterNext(), []byte(`"id": "idn_phone", "section": "idn"`), []byte(`"id": "idn_phone", "section": "idn", "repeat": "documents[]"`), 1)
	if page := desk.publish(broken); !strings.Contains(page, "idn_phone") || strings.Contains(page, "/devices/forms/publish") {
		t.Error("a version in which an id means something else may be published")
	}
	desk.publish(formtest.AfterNext())
	if published := n.leaves(t, "form"); len(published) != 2 || published[0].Person != n.Staff[supervisor].ID.String() {
		t.Errorf("the audit log holds %v", published)
	}

	// The hall's tablet hears of both, and begins with the newest.
	must(t, n.PTC1.SyncOnce(t.Context()))
	if got := n.PTC1.FormVersion(); got != "vif/3" {
		t.Fatalf("PTC-1 begins interviews with %s", got)
	}
	newer := n.begin(t, n.PTC1, who)
	n.write(t, n.PTC1, newer, map[string]string{"cls_shoes": "yes"})
	must(t, n.PTC1.SyncOnce(t.Context()))

	// The laptop was away: it goes on under vif/1, and then meets the office.
	if got := n.PTC2.FormVersion(); got != "vif/1" {
		t.Fatalf("PTC-2 begins interviews with %s", got)
	}
	n.write(t, n.PTC2, stays, map[string]string{"idn_children": "3"})
	n.meet(t)
	if status, err := n.PTC2.Status(t.Context()); err != nil || status.Waiting != 0 || n.PTC2.FormVersion() != "vif/3" {
		t.Fatalf("%d changes wait, the form is %s: %v", status.Waiting, n.PTC2.FormVersion(), err)
	}
	other, err := n.PTC2.Record(t.Context(), newer)
	must(t, err)
	if other.Form.Version() != "vif/3" || other.Answers.Code("cls_shoes") != "yes" {
		t.Errorf("PTC-2 reads the newer interview as %s: %v", other.Form.Version(), other.Answers)
	}
	old, err := n.PTC2.Record(t.Context(), stays)
	must(t, err)
	if old.Form.Version() != "vif/1" || old.Answers["idn_children"].Canonical() != "=3" {
		t.Errorf("what was begun under vif/1 stands on %s: %v", old.Form.Version(), old.Answers["idn_children"])
	}

	must(t, n.PTC2.MoveForm(t.Context(), moves, "vif/3"))
	n.meet(t)
	n.seesMoved(t, desk, "/records/"+moves.String())
	n.allWell(t)
}

// seesMoved looks at the interview that was moved: at the laptop, at the desk, and in the export.
func (n *Night) seesMoved(t *testing.T, desk *browser, path string) {
	t.Helper()
	_, page := desk.get(path)
	for _, want := range []string{"Made-Up Father", "vif/1", "vif/3"} {
		if !strings.Contains(html.UnescapeString(page), want) {
			t.Errorf("the desk does not show %q", want)
		}
	}
	_, file := desk.get(path + "/export")
	var lines []string
	for row := range strings.Lines(file) {
		var one struct {
			Field, Form, Value string
			Stands, Counts     bool
		}
		must(t, json.Unmarshal([]byte(row), &one))
		if slices.Contains([]string{"idn_father", "idn_parent", "idn_children", "idn_marital"}, one.Field) {
			lines = append(lines, strings.Join([]string{one.Field, one.Form, one.Value, map[bool]string{true: "counts"}[one.Counts && one.Stands]}, " "))
		}
	}
	want := []string{
		"idn_children vif/1 2 ", "idn_father vif/1 Made-Up Father ", "idn_marital vif/1 divorced counts", "idn_parent vif/3 Made-Up Father counts",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("the export holds %q", lines)
	}
}
