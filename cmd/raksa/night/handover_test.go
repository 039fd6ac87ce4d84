package night

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"raksa/carrier"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/vault"
)

// handOver writes an open interview for another device and gives the file.
func handOver(t *testing.T, from *device.Device, id, to syncengine.RecordID) []byte {
	t.Helper()
	stick := t.TempDir()
	name, err := from.HandOver(t.Context(), id, to, func(name carrier.Name) (device.CarryFile, error) {
		return carrier.Create(stick, name)
	})
	must(t, err)
	return readFile(t, filepath.Join(stick, name.File()))
}

// The office is away. The tablet in the hall hands an open interview to the case
// laptop by a file; the laptop goes on with it, and comes back to the office
// before the tablet does. Nothing is lost, doubled or set aside.
func TestHandoverWithTheOfficeAway(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, told := somebody(1, "fisher")
	planted := canaries{"a name on the stick": "Qüezzovarblim"}
	who["idn_family_latin"] = planted["a name on the stick"]
	id := n.begin(t, n.PTC1, who)
	file := handOver(t, n.PTC1, id, deviceID(t, n.PTC2))
	for _, hit := range newSearch(planted).in(map[string][]byte{"stick": file}) {
		t.Error(hit)
	}
	in, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(file), nil)
	must(t, err)
	if in.Record != id || in.New == 0 {
		t.Errorf("the laptop took %+v", in)
	}
	again, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(file), nil)
	must(t, err)
	if !again.Stale {
		t.Errorf("the second time it took %+v", again)
	}
	if at := mark(t, n.PTC2, id); at != device.OnTablet {
		t.Errorf("on the laptop the mark is %q", at)
	}
	all, err := n.PTC1.List(t.Context())
	must(t, err)
	if len(all) != 1 || all[0].GivenTo != "PTC-2" {
		t.Errorf("the tablet does not say who has it: %+v", all)
	}
	seen, err := n.PTC2.Record(t.Context(), id)
	must(t, err)
	if seen.Answers["idn_family_latin"].Value.Canonical() != who["idn_family_latin"] {
		t.Error("the laptop does not show the name")
	}
	n.write(t, n.PTC2, id, told)

	n.Cut(false)
	must(t, n.PTC2.SyncOnce(t.Context())) // the tablet is still away
	if held := n.heldBack(t); held != 0 {
		t.Errorf("%d changes are set aside", held)
	}
	iv := n.officeReads(t, id)
	if len(iv.Answers) < 10 || iv.Answers["idn_family_latin"].Value == nil {
		t.Errorf("the office reads %d answers", len(iv.Answers))
	}
	n.meet(t)
	if at := mark(t, n.PTC2, id); at != device.AtOffice {
		t.Errorf("with the office the mark is %q", at)
	}
	n.allWell(t)
}

// Both write after the handover: both answers stand, and the desk is asked. The
// laptop's own work goes to the office on a stick, and takes the tablet's along.
func TestHandoverKeepsWhatBothWrote(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, _ := somebody(2, "debt")
	id := n.begin(t, n.PTC1, who)
	_, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(handOver(t, n.PTC1, id, deviceID(t, n.PTC2))), nil)
	must(t, err)
	n.write(t, n.PTC1, id, map[string]string{"wrk_employer": "A (made up)"})
	n.write(t, n.PTC2, id, map[string]string{"wrk_employer": "B (made up)"})

	in, back, err := n.carryIn(t, readFile(t, carryOut(t, n.PTC2, t.TempDir(), device.CarryOrder{})[0]))
	must(t, err)
	if in.Passed != 1 || in.Held != 0 || in.New == 0 {
		t.Errorf("the stick brought %+v", in)
	}
	_, err = n.PTC2.CarryIn(t.Context(), bytes.NewReader(back), nil)
	must(t, err)
	if at := mark(t, n.PTC2, id); at != device.AtOffice {
		t.Errorf("with the answer, the mark is %q", at)
	}
	n.Cut(false)
	n.meet(t)
	if got := n.values(t, id, "wrk_employer"); len(got) != 2 {
		t.Errorf("the office knows the employers %v", got)
	}
	if held := n.heldBack(t); held != 0 {
		t.Errorf("%d changes are set aside", held)
	}
	n.allWell(t)
}

// By the box of the center: the interview waits there until somebody signs in.
func TestHandoverThroughTheBoxWaitsForASignIn(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	second, err := n.enroll(t.Context(), server.TicketOrder{
		Name: "PTC-3", Profile: screening.CaseDevice, Center: "PTC", Person: n.Staff[caseOfficer].ID,
	})
	must(t, err)
	t.Cleanup(func() { second.Close() })
	n.meet(t)
	n.Cut(true)
	_, address := boxOn(t, n.PTC2, t.TempDir())
	for _, d := range []*device.Device{n.PTC1, second} {
		must(t, d.SetCenterBox(t.Context(), address))
	}
	who, _ := somebody(3, "fisher")
	id := n.begin(t, n.PTC1, who)
	must(t, n.PTC1.HandOverByBox(t.Context(), id, deviceID(t, second)))
	second.Lock()
	must(t, second.VisitBox(t.Context()))
	must(t, second.SignIn(t.Context(), n.Staff[caseOfficer].ID, []byte(Secret)))
	if _, err := second.Record(t.Context(), id); err == nil {
		t.Fatal("a locked device took the interview")
	}
	must(t, second.VisitBox(t.Context()))
	_, err = second.Record(t.Context(), id)
	must(t, err)
}

// Only to a device that may hold it, and only by one that belongs here.
func TestHandoverIsRefused(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	who, _ := somebody(4, "fisher")
	id := n.begin(t, n.PTC2, who)
	no := func(carrier.Name) (device.CarryFile, error) {
		t.Error("a file was begun")
		return nil, errors.New("no")
	}
	for _, row := range []struct {
		what string
		to   syncengine.RecordID
		want error
	}{
		{"a capture tablet", deviceID(t, n.PTC1), device.ErrNotAllowed},
		{"another center", deviceID(t, n.KTC1), device.ErrPeer},
		{"a partner", deviceID(t, n.Partner), device.ErrPeer},
		{"itself", deviceID(t, n.PTC2), device.ErrNotAllowed},
		{"nobody", syncengine.RecordID{9}, device.ErrPeer},
	} {
		if _, err := n.PTC2.HandOver(t.Context(), id, row.to, no); !errors.Is(err, row.want) {
			t.Errorf("to %s: %v", row.what, err)
		}
	}
	open := n.begin(t, n.PTC1, who)
	file := handOver(t, n.PTC1, open, deviceID(t, n.PTC2))
	if _, err := n.KTC1.CarryIn(t.Context(), bytes.NewReader(file), nil); !errors.Is(err, carrier.ErrOtherReceiver) {
		t.Errorf("a third device: %v", err)
	}
	for at := 64; at < len(file); at += 3001 {
		if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(file[:at]), nil); !errors.Is(err, carrier.ErrCut) {
			t.Fatalf("cut at %d: %v", at, err)
		}
	}
	if _, err := n.PTC2.Record(t.Context(), open); err == nil {
		t.Error("half a handover was taken")
	}
	gone := n.begin(t, n.PTC1, who)
	late := handOver(t, n.PTC1, gone, deviceID(t, n.PTC2))
	must(t, n.PTC1.SyncOnce(t.Context()))
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Erase(tx, gone, n.Staff[supervisor].ID) })
	must(t, n.PTC2.SyncOnce(t.Context()))
	if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(late), nil); !errors.Is(err, vault.ErrErased) {
		t.Errorf("a record that was erased: %v", err)
	}
	if left := wraps(t, n.PTC2.Store, gone); len(left) != 0 {
		t.Errorf("the handover brought %d wraps of an erased record back", len(left))
	}
	n.atOffice(t, func(tx syncengine.Tx) error {
		return n.Office.Revoke(tx, deviceID(t, n.PTC1), n.Staff[supervisor].ID)
	})
	must(t, n.PTC2.SyncOnce(t.Context()))
	if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(file), nil); !errors.Is(err, device.ErrPeer) {
		t.Errorf("from a revoked device: %v", err)
	}
}
