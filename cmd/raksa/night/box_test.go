package night

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"raksa/device"
	"raksa/syncengine"
)

// boxOn makes a device the box of its center, and gives its address.
func boxOn(t *testing.T, d *device.Device, dir string) (*device.Box, string) {
	t.Helper()
	box, err := d.Box(dir)
	must(t, err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- box.Serve(ctx, listener) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the box ended with %v", err)
		}
	})
	return box, listener.Addr().String()
}

// The office is away. The tablet in the hall leaves its work at the box of its
// center, which brings it to the office later and keeps the answer for it. The
// three marks are told apart all the way.
func TestBoxBringsWhatATabletLeftAndKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	dir := t.TempDir()
	box, address := boxOn(t, n.PTC2, dir)
	must(t, n.PTC1.SetCenterBox(t.Context(), address))
	who, told := somebody(1, "fisher")
	planted := canaries{"a name in the box": "Qüezzovarblim"}
	who["idn_family_latin"] = planted["a name in the box"]
	id := n.begin(t, n.PTC1, who)
	if at := mark(t, n.PTC1, id); at != device.OnTablet {
		t.Errorf("at first the mark is %q", at)
	}
	n.PTC1.Lock()
	must(t, n.PTC1.VisitBox(t.Context()))
	n.signIn(t, n.PTC1, hallOfficer)
	if at := mark(t, n.PTC1, id); at != device.AtCenter {
		t.Errorf("left at the box, the mark is %q", at)
	}
	if st, err := box.Status(); err != nil || st.Bundles != 1 || st.Devices != 1 {
		t.Errorf("the box holds %+v, %v", st, err)
	}
	for _, hit := range newSearch(planted).in(files(t, dir)) {
		t.Error("in the box: " + hit)
	}
	n.write(t, n.PTC1, id, told)
	if at := mark(t, n.PTC1, id); at != device.OnTablet {
		t.Errorf("with something newer the mark is %q", at)
	}
	must(t, n.PTC1.VisitBox(t.Context()))
	must(t, n.PTC1.VisitBox(t.Context())) // nothing new: leaves nothing
	if st, err := box.Status(); err != nil || st.Bundles != 2 {
		t.Errorf("the box holds %+v, %v", st, err)
	}
	if err := box.Forward(t.Context()); !errors.Is(err, device.ErrUnreachable) {
		t.Errorf("the box reaches an office that is away: %v", err)
	}

	n.Cut(false)
	must(t, box.Forward(t.Context()))
	if iv := n.officeReads(t, id); len(iv.Answers) < 10 {
		t.Errorf("the office reads %d answers", len(iv.Answers))
	}
	n.Cut(true)
	if at := mark(t, n.PTC1, id); at != device.AtCenter {
		t.Errorf("the tablet does not know yet, and the mark is %q", at)
	}
	must(t, n.PTC1.VisitBox(t.Context()))
	if at := mark(t, n.PTC1, id); at != device.AtOffice {
		t.Errorf("with the answer, the mark is %q", at)
	}
	if st, err := box.Status(); err != nil || st.Answers != 0 {
		t.Errorf("the box still holds %+v, %v", st, err)
	}
	n.Cut(false)
	before := n.changesAtOffice(t)
	must(t, n.PTC1.SyncOnce(t.Context()))
	if n.changesAtOffice(t) != before {
		t.Error("the wire brought what the box had brought")
	}
	n.meet(t)
	n.allWell(t)
}

// A box that lost its disk: the tablet notices at its next visit, takes the mark
// back and leaves everything again.
func TestBoxThatLosesItsDiskIsNoticed(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	dir := t.TempDir()
	box, address := boxOn(t, n.PTC2, dir)
	must(t, n.PTC1.SetCenterBox(t.Context(), address))
	who, _ := somebody(2, "fisher")
	id := n.begin(t, n.PTC1, who)
	must(t, n.PTC1.VisitBox(t.Context()))
	must(t, os.RemoveAll(filepath.Join(dir, "in")))
	must(t, n.PTC1.VisitBox(t.Context()))
	if st, err := box.Status(); err != nil || st.Bundles != 1 {
		t.Errorf("the box holds %+v, %v", st, err)
	}
	if at := mark(t, n.PTC1, id); at != device.AtCenter {
		t.Errorf("left again, the mark is %q", at)
	}
	n.Cut(false)
	must(t, box.Forward(t.Context()))
	n.meet(t)
	n.allWell(t)
}

// The box answers devices of its own center's directory, each with its own
// things; a device of another center, a revoked one and a stranger not at all.
// And a tablet leaves nothing at a box that is none.
func TestBoxKnowsItsOwn(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	_, address := boxOn(t, n.PTC2, t.TempDir())
	who, _ := somebody(3, "fisher")
	n.begin(t, n.PTC1, who)
	must(t, n.KTC1.SetCenterBox(t.Context(), address))
	if err := n.KTC1.VisitBox(t.Context()); !errors.Is(err, device.ErrPeer) {
		t.Errorf("a device of another center: %v", err)
	}
	stranger, _ := begin(t)
	_, other := boxOn(t, stranger.PTC2, t.TempDir())
	must(t, n.PTC1.SetCenterBox(t.Context(), other))
	if err := n.PTC1.VisitBox(t.Context()); !errors.Is(err, device.ErrPeer) {
		t.Errorf("a box of another office: %v", err)
	}
	must(t, n.PTC1.SetCenterBox(t.Context(), address))
	must(t, n.PTC1.VisitBox(t.Context()))
	hall, err := n.PTC1.Status(t.Context())
	must(t, err)
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Revoke(tx, hall.Device, n.Staff[supervisor].ID) })
	must(t, n.PTC2.SyncOnce(t.Context()))
	if err := n.PTC1.VisitBox(t.Context()); err == nil {
		t.Error("a revoked device still reaches the box")
	}
}
