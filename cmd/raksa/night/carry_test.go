package night

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"raksa/carrier"
	"raksa/device"
	"raksa/server"
	"raksa/syncengine"
)

// carryOut writes what a device has onto a stick and gives the paths.
func carryOut(t *testing.T, d *device.Device, stick string, order device.CarryOrder) (paths []string) {
	t.Helper()
	order.To = func(name carrier.Name) (device.CarryFile, error) { return carrier.Create(stick, name) }
	out, err := d.CarryOut(t.Context(), order)
	must(t, err)
	for _, name := range out.Parts {
		paths = append(paths, filepath.Join(stick, name.File()))
	}
	return paths
}

// carryIn takes one file in at the office and gives the answer for the way back.
func (n *Night) carryIn(t *testing.T, raw []byte) (server.Carried, []byte, error) {
	t.Helper()
	var back bytes.Buffer
	in, err := n.Office.TakeCarried(t.Context(), bytes.NewReader(raw), func(carrier.Head) (io.Writer, error) { return &back, nil }, 0, nil)
	return in, back.Bytes(), err
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return raw
}

// mark says where a record is, as the list on a device shows it.
func mark(t *testing.T, d *device.Device, id syncengine.RecordID) device.Where {
	t.Helper()
	all, err := d.List(t.Context())
	must(t, err)
	for _, one := range all {
		if one.ID == id {
			return one.Where
		}
	}
	t.Fatal("the record is not on the list")
	return ""
}

// The office is cut off for the whole night. What two tablets wrote reaches it
// on a stick, and the answers reach the tablets on the way back.
func TestCarryBringsANightToTheOfficeAndTheAnswersBack(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, told := somebody(1, "fisher")
	mine := n.begin(t, n.PTC2, who, told)
	who, told = somebody(2, "debt")
	other := n.begin(t, n.KTC1, who, told)
	n.PTC2.Lock() // a locked tablet writes to a stick too

	stick := t.TempDir()
	var backs [][]byte
	for _, path := range append(carryOut(t, n.PTC2, stick, device.CarryOrder{}), carryOut(t, n.KTC1, stick, device.CarryOrder{})...) {
		in, back, err := n.carryIn(t, readFile(t, path))
		must(t, err)
		if in.New == 0 || in.New != in.Changes || in.Held != 0 || in.Gap {
			t.Errorf("the office took %+v", in)
		}
		backs = append(backs, back)
	}
	for _, id := range []syncengine.RecordID{mine, other} {
		if iv := n.officeReads(t, id); len(iv.Answers) < 10 {
			t.Errorf("the office reads %d answers", len(iv.Answers))
		}
	}
	n.signIn(t, n.PTC2, caseOfficer)
	if at := mark(t, n.PTC2, mine); at != device.OnTablet {
		t.Errorf("before the answer came back, the mark is %q", at)
	}
	n.PTC2.Lock() // and takes the answer
	for i, d := range []*device.Device{n.PTC2, n.KTC1} {
		in, err := d.CarryIn(t.Context(), bytes.NewReader(backs[i]), nil)
		must(t, err)
		if in.Gap || in.Stale || in.Held != 0 {
			t.Errorf("the device took %+v", in)
		}
		if _, err := d.CarryIn(t.Context(), bytes.NewReader(backs[1-i]), nil); !errors.Is(err, carrier.ErrOtherReceiver) {
			t.Errorf("the answer for another device: %v", err)
		}
	}
	n.signIn(t, n.PTC2, caseOfficer)
	for d, id := range map[*device.Device]syncengine.RecordID{n.PTC2: mine, n.KTC1: other} {
		if at := mark(t, d, id); at != device.AtOffice {
			t.Errorf("with the answer, the mark is %q", at)
		}
		st, err := d.Status(t.Context())
		must(t, err)
		if st.Waiting != 0 {
			t.Errorf("%d changes wait", st.Waiting)
		}
	}
	n.Cut(false)
	before := n.changesAtOffice(t)
	n.meet(t)
	if after := n.changesAtOffice(t); after != before {
		t.Errorf("the wire brought %d changes that the stick had not", after-before)
	}
	n.allWell(t)
}

// Everything twice, in the wrong order, in parts: the office ends with the same,
// and an old answer takes nothing back.
func TestCarryTwiceAndInAnyOrder(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	stick := t.TempDir()
	var ids []syncengine.RecordID
	who, told := somebody(3, "cheated")
	ids = append(ids, n.begin(t, n.PTC1, who))
	early := readFile(t, carryOut(t, n.PTC1, stick, device.CarryOrder{})[0])
	n.write(t, n.PTC1, ids[0], told)
	for i := range 3 {
		who, told := somebody(4+i, "fisher")
		ids = append(ids, n.begin(t, n.PTC1, who, told))
	}
	late := readFile(t, carryOut(t, n.PTC1, stick, device.CarryOrder{})[0])

	_, backLate, err := n.carryIn(t, late)
	must(t, err)
	held := n.changesAtOffice(t)
	in, backEarly, err := n.carryIn(t, early)
	must(t, err)
	if in.New != 0 || n.changesAtOffice(t) != held {
		t.Errorf("the older stick brought %d changes", in.New)
	}
	in, _, err = n.carryIn(t, late)
	must(t, err)
	if in.New != 0 || n.changesAtOffice(t) != held {
		t.Errorf("the same stick brought %d changes at its second time", in.New)
	}

	_, err = n.PTC1.CarryIn(t.Context(), bytes.NewReader(backLate), nil)
	must(t, err)
	for what, raw := range map[string][]byte{"again": backLate, "an older one": backEarly} {
		in, err := n.PTC1.CarryIn(t.Context(), bytes.NewReader(raw), nil)
		must(t, err)
		if !in.Stale || in.New != 0 {
			t.Errorf("an answer %s: %+v", what, in)
		}
		for _, id := range ids {
			if at := mark(t, n.PTC1, id); at != device.AtOffice {
				t.Errorf("an answer %s takes a mark back to %q", what, at)
			}
		}
	}
	// Everything once more, however often it is confirmed.
	in, _, err = n.carryIn(t, readFile(t, carryOut(t, n.PTC1, stick, device.CarryOrder{All: true})[0]))
	must(t, err)
	if in.Changes < 10 || in.New != 0 {
		t.Errorf("everything again: %+v", in)
	}
	n.Cut(false)
	n.meet(t)
	n.allWell(t)
}

// Parts may come in any order: one that follows a part which is not there is
// told, and does no harm.
func TestCarryInPartsOverSeveralSticks(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	id := n.begin(t, n.PTC2)
	for i := range 60 {
		must(t, saveOneHour(t.Context(), n.PTC2, id, i))
	}
	first := carryOut(t, n.PTC2, t.TempDir(), device.CarryOrder{})
	var upto uint64
	view(t, n.PTC2.Store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		upto = self.Seq
		return err
	})
	for i := range 60 {
		must(t, saveOneHour(t.Context(), n.PTC2, id, 100+i))
	}
	node := n.nodeOf(t, n.PTC2)
	second := carryOut(t, n.PTC2, t.TempDir(), device.CarryOrder{Since: map[syncengine.NodeID]uint64{syncengine.NodeID(node): upto}})

	before := n.changesAtOffice(t)
	in, back, err := n.carryIn(t, readFile(t, second[0]))
	must(t, err)
	if !in.Gap || in.New != 0 || n.changesAtOffice(t) != before {
		t.Errorf("a part without the one before it: %+v", in)
	}
	_, err = n.PTC2.CarryIn(t.Context(), bytes.NewReader(back), nil)
	must(t, err)
	for _, path := range append(first, second...) {
		in, back, err = n.carryIn(t, readFile(t, path))
		must(t, err)
		if in.Gap || in.New == 0 {
			t.Errorf("in order: %+v", in)
		}
		_, err = n.PTC2.CarryIn(t.Context(), bytes.NewReader(back), nil)
		must(t, err)
	}
	if at := mark(t, n.PTC2, id); at != device.AtOffice {
		t.Errorf("the mark is %q", at)
	}
	n.Cut(false)
	n.meet(t)
	n.allWell(t)
}

func saveOneHour(ctx context.Context, d *device.Device, id syncengine.RecordID, at int) error {
	_, err := saveHours(ctx, d, id, at%24)
	return err
}

// What is not whole, not ours, not for here or not from a device of ours is
// refused by its reason, and what the office took before stays good.
func TestCarryRefusesWhatIsNotRight(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, told := somebody(5, "fisher")
	id := n.begin(t, n.PTC2, who, told)
	raw := readFile(t, carryOut(t, n.PTC2, t.TempDir(), device.CarryOrder{})[0])
	before := n.changesAtOffice(t)

	for at := 0; at < len(raw); at += 64 {
		in, _, err := n.carryIn(t, raw[:at])
		if want := carrier.ErrCut; !errors.Is(err, want) && at > 0 {
			t.Fatalf("cut at %d: %v", at, err)
		}
		if in.New > 0 && at < len(raw)/8 {
			t.Fatalf("cut at %d: %d changes came in", at, in.New)
		}
	}
	for at := 3; at < len(raw); at += 499 {
		flipped := bytes.Clone(raw)
		flipped[at] ^= 4
		if _, _, err := n.carryIn(t, flipped); err == nil {
			t.Fatalf("a flipped byte at %d was taken", at)
		}
	}
	stranger, _ := begin(t) // another office with devices of its own
	foreign := readFile(t, carryOut(t, stranger.PTC2, t.TempDir(), device.CarryOrder{})[0])
	answer := func() []byte { _, back, err := n.carryIn(t, raw); must(t, err); return back }()
	for _, row := range []struct {
		what string
		raw  []byte
		want error
	}{
		{"for another office", foreign, carrier.ErrOtherReceiver},
		{"an answer", answer, carrier.ErrOtherReceiver},
		{"no file of ours", []byte("%PDF-1.7 and more than enough of it to be read as a line"), carrier.ErrForeign},
	} {
		if _, _, err := n.carryIn(t, row.raw); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.what, err)
		}
	}
	if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(raw), nil); !errors.Is(err, carrier.ErrOtherReceiver) {
		t.Errorf("a device's own file on a device: %v", err)
	}
	for at := 64; at < len(answer); at += 640 {
		if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(answer[:at]), nil); !errors.Is(err, carrier.ErrCut) {
			t.Fatalf("an answer cut at %d: %v", at, err)
		}
	}
	_, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(answer), nil)
	must(t, err)
	if at := mark(t, n.PTC2, id); at != device.AtOffice {
		t.Errorf("after all of it the mark is %q", at)
	}
	if n.changesAtOffice(t) == before {
		t.Error("the whole file brought nothing")
	}
	n.Cut(false)
	n.meet(t)
	n.allWell(t)
}

// A revoked device's stick is taken into quarantine, and its answer holds
// orders and nothing else. A record that was erased meanwhile stays erased.
func TestCarryOfARevokedDeviceAndAnErasedRecord(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(6, "fisher")
	erased := n.begin(t, n.KTC1, who)
	n.meet(t)
	n.Cut(true)
	stick := t.TempDir()
	all := carryOut(t, n.KTC1, stick, device.CarryOrder{All: true}) // with the wrap of what will be erased
	who, _ = somebody(7, "debt")
	n.begin(t, n.PTC1, who)
	revoked := carryOut(t, n.PTC1, stick, device.CarryOrder{})
	hall, err := n.PTC1.Status(t.Context())
	must(t, err)
	n.atOffice(t, func(tx syncengine.Tx) error {
		must(t, n.Office.Erase(tx, erased, n.Staff[supervisor].ID))
		return n.Office.Revoke(tx, hall.Device, n.Staff[supervisor].ID)
	})
	in, back, err := n.carryIn(t, readFile(t, all[0]))
	must(t, err)
	if in.New != 0 {
		t.Errorf("%d changes were new", in.New)
	}
	if left := wraps(t, n.store, erased); len(left) != 0 {
		t.Errorf("the stick brought %d wraps of an erased record back", len(left))
	}
	_, err = n.KTC1.CarryIn(t.Context(), bytes.NewReader(back), nil)
	must(t, err)
	if left := wraps(t, n.KTC1.Store, erased); len(left) != 0 {
		t.Errorf("the order on the stick left %d wraps on the device", len(left))
	}
	in, back, err = n.carryIn(t, readFile(t, revoked[0]))
	must(t, err)
	if in.New == 0 || in.Held != in.New {
		t.Errorf("of a revoked device: %+v", in)
	}
	_, err = n.PTC1.CarryIn(t.Context(), bytes.NewReader(back), nil)
	must(t, err)
	if st, err := n.PTC1.Status(t.Context()); err != nil || !st.Revoked || !st.Locked {
		t.Errorf("the order on the stick was not obeyed: %+v, %v", st, err)
	}
	if n.heldBack(t) == 0 {
		t.Error("nothing is in quarantine")
	}
}
