package device_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

const list = "ល.រ,នាមត្រកូល,នាមខ្លួន,ភេទ,អាយុ\n1,សុខ,ចន្ធី,ស្រី,27\n2,ម៉ៅ,ដារ៉ា,ប្រុស,17\n3,,,ប្រុស,30\n4,គឹម,លី,?,40\n"

func TestAListIsImportedAndALineBeginsAnInterview(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	b := browse(t, d)
	if code, _ := b.post("/import", map[string]any{"csv": list}); code == 200 {
		t.Fatal("a list was imported without a group")
	}
	b.must("/group", map[string]any{"gate": "PTC", "declared": "47", "counted": "45"})
	text := b.must("/import", map[string]any{"csv": list})
	if strings.Count(text, "<tr>") < 5 { // two lines, two faults, a heading at least
		t.Fatalf("the two right and the two wrong lines are not shown: %s", text)
	}
	if text := b.must("/pick", nil); strings.Contains(text, "ចន្ធី") {
		t.Fatal("the list was taken in before somebody said so")
	}
	b.must("/import", map[string]any{"csv": list, "take": "yes"})
	if text := b.must("/pick", map[string]any{"q": "ចន្ធី"}); !strings.Contains(text, "ចន្ធី") || strings.Contains(text, "ដារ៉ា") {
		t.Fatal("the search in the list does not find the one line")
	}
	b.must("/record", map[string]any{"line": "1"})
	id, err := syncengine.ParseRecordID(b.record)
	must(t, err)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	for item, want := range map[string]string{
		"idn_family_km": "=សុខ", "idn_given_km": "=ចន្ធី", "idn_sex": "=female", "idn_age_stated": "=27", "bat_line": "=1",
		"bat_declared_count": "=47", "bat_counted": "=45", "ses_site": "=PTC",
	} {
		if got := seen.Answers[item].Canonical(); got != want {
			t.Errorf("%s reads %q, want %q", item, got, want)
		}
	}
	if text := b.must("/pick", nil); strings.Contains(text, "ចន្ធី") || !strings.Contains(text, "ដារ៉ា") {
		t.Fatal("a line that has its person is still offered")
	}
}

func TestAnotherTabletOfTheCenterSeesTheGroupAndLosesTheListAtItsClosing(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	other := o.enroll(options{profile: screening.Capture, person: bopha, name: "PTC-3"})
	group, err := d.NewGroup(t.Context(), device.GroupOpening{Gate: "PTC", Declared: 47, Counted: -1})
	must(t, err)
	must(t, d.ImportList(t.Context(), group, casefile.ReadSheets(casefile.SplitList(list))))
	must(t, d.SyncOnce(t.Context()))
	must(t, other.SyncOnce(t.Context()))
	groups, err := other.Groups(t.Context())
	must(t, err)
	if len(groups) != 1 || len(groups[0].Lines) != 2 || groups[0].Declared != 47 || groups[0].Counted != -1 {
		t.Fatalf("the other tablet sees %+v", groups)
	}
	must(t, d.CloseGroup(t.Context(), group))
	must(t, d.SyncOnce(t.Context()))
	must(t, other.SyncOnce(t.Context()))
	for name, tablet := range map[string]*device.Device{"the one that closed it": d, "the other": other} {
		if opened := thief(t, tablet, group); opened != 0 {
			t.Errorf("%s still opens %d parts of a closed group's list", name, opened)
		}
	}
}

func TestWhoCameInNoGroupStaysFindableOnceATruckArrives(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	alone := begin(t, d, "con_interview", "yes", "idn_given_km", "ចន្ធី")
	closeInterview(t, d, alone)
	_, err := d.NewGroup(t.Context(), device.GroupOpening{Gate: "PTC", Declared: 47, Counted: 45})
	must(t, err)
	b := browse(t, d)
	if text := b.must("/tonight", nil); !strings.Contains(text, "/record/"+alone.String()) {
		t.Fatal("who was interviewed before the truck is nowhere on the page")
	}
}

func TestWhoStillWaitsStandsAboveWhoIsDone(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	done := begin(t, d, "con_interview", "yes")
	closeInterview(t, d, done)
	waits := begin(t, d, "con_interview", "yes")
	text := browse(t, d).must("/tonight", nil)
	if above, below := strings.Index(text, waits.String()), strings.Index(text, done.String()); above < 0 || below < above {
		t.Fatalf("who waits stands at %d, who is done at %d", above, below)
	}
}

func TestAListThatClosedWhileLockedIsGoneAtSignIn(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	other := o.enroll(options{profile: screening.Capture, person: bopha, name: "PTC-3"})
	group, err := d.NewGroup(t.Context(), device.GroupOpening{Gate: "PTC", Declared: 47, Counted: -1})
	must(t, err)
	must(t, d.ImportList(t.Context(), group, casefile.ReadSheets(casefile.SplitList(list))))
	must(t, d.SyncOnce(t.Context()))
	must(t, other.SyncOnce(t.Context()))
	other.Lock()
	must(t, d.CloseGroup(t.Context(), group))
	must(t, d.SyncOnce(t.Context()))
	must(t, other.SyncOnce(t.Context()))
	o.down.Store(true)
	must(t, other.SignIn(t.Context(), bopha, []byte(secret)))
	if opened := thief(t, other, group); opened != 0 {
		t.Fatalf("after signing in, %d parts of the closed list open", opened)
	}
}

// A file that is no UTF-8 comes as it is, and a workbook is never opened here.
func TestAListOfOldWindowsIsReadOnATablet(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	b := browse(t, d)
	b.must("/group", map[string]any{"gate": "PTC", "declared": "2", "counted": "2"})
	old, err := charmap.Windows874.NewEncoder().Bytes([]byte("ลำดับ;ชื่อ-สกุล;วันเกิด\n1;โสเพีย สุข;12/05/2541\n"))
	must(t, err)
	text := b.must("/import", map[string]any{"raw": base64.StdEncoding.EncodeToString(old)})
	if !strings.Contains(text, "โสเพีย สุข</span>") || !strings.Contains(text, "1998-05-12 / 2541") {
		t.Fatalf("the preview: %s", text)
	}
	text = b.must("/import", map[string]any{"raw": base64.StdEncoding.EncodeToString([]byte("PK\x03\x04\x00\x00\xff\xfe"))})
	if !strings.Contains(text, web.CodeWord(web.Khmer, "csv", casefile.ListNotText)) {
		t.Fatalf("a workbook: %s", text)
	}
}

// The wrong truck's list is undone on the group's page; who was begun from it
// stays, and is shown as not on the list.
func TestAWrongListIsUndoneOnATablet(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	b := browse(t, d)
	b.must("/group", map[string]any{"gate": "PTC", "declared": "2", "counted": "2"})
	b.must("/import", map[string]any{"csv": list, "take": "yes"})
	b.must("/record", map[string]any{"line": "1"})
	groups, err := d.Groups(t.Context())
	must(t, err)
	page := "/group/" + groups[0].ID.String()
	undo := map[string]any{"import": groups[0].Imports[0].ID}
	b.must(page+"/undo", undo)
	groups, err = d.Groups(t.Context())
	must(t, err)
	if len(groups[0].Lines) != 0 || !groups[0].Imports[0].Undone {
		t.Fatalf("after undoing it: %+v", groups[0])
	}
	if text := b.must(page, nil); !strings.Contains(text, b.record) {
		t.Error("who was begun from the list is not shown")
	}
	b.must(page+"/redo", undo)
	groups, err = d.Groups(t.Context())
	must(t, err)
	if len(groups[0].Lines) != 2 {
		t.Errorf("brought back: %+v", groups[0])
	}
	if code, _ := b.post(page+"/undo", map[string]any{"import": "ffffffff"}); code == 200 {
		t.Error("a list that nobody took in is undone")
	}
}
