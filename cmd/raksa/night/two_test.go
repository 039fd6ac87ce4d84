package night

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"raksa/device"
	"raksa/syncengine"
)

// The tablet in the hall and the case laptop answer one question differently
// while the link is cut. Both answers stand at the desk with who, when and
// where, until a named person settles it; the other stays in the history.
func TestTwoAnswersStandAtTheDeskUntilSomebodySettlesThem(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	n.meet(t)
	n.link.setCut(true)
	n.write(t, n.PTC1, id, map[string]string{"rec_found_by": "relative"})
	n.write(t, n.PTC2, id, map[string]string{"rec_found_by": "village_broker"})
	n.link.setCut(false)
	n.meet(t)
	desk := n.atDesk(t, supervisor)
	path := "/contested/" + id.String() + "/rec_found_by"
	if _, list := desk.get("/contested"); !strings.Contains(list, path) {
		t.Fatal("the desk does not list the contested answer")
	}
	status, page := desk.get(path)
	page = html.UnescapeString(page)
	if status != http.StatusOK {
		t.Fatalf("the desk answers %d", status)
	}
	versions := n.officeReads(t, id).Versions("rec_found_by")
	for _, v := range versions {
		if at := time.UnixMilli(v.DeviceMillis).In(time.FixedZone("ICT", 7*60*60)).Format("15:04"); !strings.Contains(page, at) {
			t.Errorf("the page does not say when (%s)", at)
		}
	}
	for _, want := range []string{n.Staff[hallOfficer].Name, n.Staff[caseOfficer].Name, "PTC-1", "PTC-2"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	seen, err := n.PTC2.Record(t.Context(), id) // the hall's tablet is told the state only
	must(t, err)
	if !slices.Contains(seen.Contested, "rec_found_by") {
		t.Error("the case laptop does not mark the answer as contested")
	}
	n.settleAtDesk(t, desk, path, page, versions[0].ID)
	if got := n.values(t, id, "rec_found_by"); !slices.Equal(got, []string{string(versions[0].Value)}) {
		t.Fatalf("after the settlement it reads %q", got)
	}
	if _, list := desk.get("/contested"); strings.Contains(list, path) {
		t.Error("the desk still lists what was settled")
	}
	if got := history(t, n, id, "rec_found_by"); len(got) != 3 || !slices.Contains(got, "relative") || !slices.Contains(got, "village_broker") {
		t.Errorf("the history holds %q", got)
	}
	if settled := n.leaves(t, "settle"); len(settled) != 1 || settled[0].Person != n.Staff[supervisor].ID.String() {
		t.Errorf("the audit log does not name who settled it: %v", settled)
	}
}

var basisField = regexp.MustCompile(`name="basis" value="([^"]+)"`)

func (n *Night) settleAtDesk(t *testing.T, desk *browser, path, page string, choice syncengine.ChangeID) {
	t.Helper()
	basis := basisField.FindStringSubmatch(page)
	if basis == nil {
		t.Fatal("the page carries no basis")
	}
	form := url.Values{"choice": {choice.String()}, "basis": {basis[1]}}
	if desk.post(path, form); len(n.leaves(t, "settle")) != 0 {
		t.Fatal("it was settled without a reason")
	}
	form.Set("reason", "asked again (made up)")
	desk.post(path, form)
}

// Nobody needs to be signed in for what is saved to reach the office, or for
// what others saved to be stored; it is read after the next unlock.
func TestALockedTabletPushesAndStores(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "debt")
	n.link.setCut(true)
	mine := n.begin(t, n.PTC2, who)
	theirs := n.begin(t, n.PTC1, who)
	n.PTC2.Lock()
	n.link.setCut(false)
	must(t, n.PTC1.SyncOnce(t.Context()))
	must(t, n.PTC2.SyncOnce(t.Context()))
	if got := n.values(t, mine, "idn_sex"); len(got) != 1 {
		t.Errorf("of what the locked device saved the office reads %q", got)
	}
	if len(changesOf(t, n.PTC2.Store, theirs)) == 0 {
		t.Error("the locked device did not store what another saved")
	}
	if _, err := n.PTC2.Record(t.Context(), mine); device.Code(err) != "session_ended" {
		t.Errorf("the locked device shows a record: %v", err)
	}
	status, err := n.PTC2.Status(t.Context())
	must(t, err)
	if status.Waiting != 0 || !status.Locked {
		t.Errorf("after the exchange %d changes wait, locked %v", status.Waiting, status.Locked)
	}
	n.signIn(t, n.PTC2, caseOfficer)
	seen, err := n.PTC2.Record(t.Context(), theirs)
	must(t, err)
	if seen.Answers.Code("idn_sex") == "" {
		t.Error("what came while it was locked is not read after the unlock")
	}
}

// A case laptop finds an earlier interview of the same person under another
// spelling, among what it holds. The hall's tablet never looks, and another
// center's laptop holds none of it.
func TestACaseDeviceLooksUpTheNameAmongWhatItHolds(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	p := truck(n.Seed, truckCount)[2]
	earlier := n.begin(t, n.PTC2, identity(p))
	n.meet(t)
	again := identity(p.respelled())
	for _, row := range []struct {
		name  string
		on    *device.Device
		finds bool
	}{{"PTC-2", n.PTC2, true}, {"PTC-1", n.PTC1, false}, {"KTC-1", n.KTC1, false}} {
		id := n.begin(t, row.on, again)
		page := tabletPage(t, row.on, id)
		if finds := strings.Contains(page, "/record/"+earlier.String()); finds != row.finds {
			t.Errorf("%s shows the earlier record: %v", row.name, finds)
		}
	}
	if stranger := n.begin(t, n.PTC2, identity(truck(n.Seed, truckCount)[30])); strings.Contains(tabletPage(t, n.PTC2, stranger), earlier.String()) {
		t.Error("somebody else is shown as the same person")
	}
	if _, err := n.KTC1.Record(t.Context(), earlier); err == nil {
		t.Error("KTC-1 reads a record of the other center")
	}
}

// tabletPage posts for the page of the name, as the tablet's own script does.
func tabletPage(t *testing.T, d *device.Device, id syncengine.RecordID) string {
	t.Helper()
	const address = "127.0.0.1:4711"
	handler, at, err := d.Pages(address)
	must(t, err)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	where, _ := seen.Form.PageOf(seen.Kind, "idn_given_km")
	request := httptest.NewRequest(http.MethodPost, "/record/"+id.String()+"/page/"+where.ID, strings.NewReader("{}"))
	request.Host = address
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+strings.TrimPrefix(at, "http://"+address+"/#t="))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), "idn_given_km") {
		t.Fatalf("the page of the name answers %d", answer.Code)
	}
	return answer.Body.String()
}
