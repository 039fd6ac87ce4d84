package device_test

import (
	"strings"
	"testing"

	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
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
	if strings.Count(text, "<tr>")+strings.Count(text, "<li") < 2 {
		t.Fatalf("the two wrong lines are not shown: %s", text)
	}
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
	_, err = d.ImportList(t.Context(), group, list)
	must(t, err)
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
	_, err = d.ImportList(t.Context(), group, list)
	must(t, err)
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
