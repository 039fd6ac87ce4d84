package device_test

import (
	"path/filepath"
	"strings"
	"testing"

	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

func node(t *testing.T, d *device.Device) (self syncengine.Self) {
	t.Helper()
	must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) (err error) {
		self, err = syncengine.LoadSelf(tx)
		return err
	}))
	return self
}

func TestATabletThatWasPutBackTakesAnotherNodeAndSaysSo(t *testing.T) {
	o := newOffice(t, newClock())
	store, file := &memstore.Store{}, filepath.Join(t.TempDir(), "raksa.witness")
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store, witness: file})
	id := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	backup, before := store.Clone(), node(t, d)
	save(t, d, id, "idn_given_km", "ចន្ធី")
	save(t, d, id, "idn_sex", "male")
	lost := node(t, d)
	must(t, d.Close())

	d = o.open(options{dir: "", store: backup, witness: file})
	st, err := d.Status(t.Context())
	must(t, err)
	want := syncengine.Loss{Node: before.Node, From: before.Seq + 1, To: lost.Seq}
	if len(st.Lost) != 1 || st.Lost[0].Loss != want || st.Lost[0].Told {
		t.Fatalf("before anybody signs in it says %+v, want %+v", st.Lost, want)
	}
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	if now := node(t, d); now.Node == before.Node || now.Seq != 0 {
		t.Fatalf("signed in, it is still node %s at seq %d", now.Node, now.Seq)
	}
	save(t, d, id, "idn_given_km", "ចន្ធី")

	must(t, d.SyncOnce(t.Context()))
	must(t, d.SyncOnce(t.Context()))
	if len(o.lost) != 1 || o.lost[0] != want {
		t.Fatalf("the office was told %+v, want once %+v", o.lost, want)
	}
	if st, err = d.Status(t.Context()); err != nil || len(st.Lost) != 1 || !st.Lost[0].Told || st.Waiting != 0 {
		t.Fatalf("after the exchange: %+v, %v", st, err)
	}
	must(t, d.Close())

	d = o.open(options{store: backup, witness: file}) // and once only
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	if st, err = d.Status(t.Context()); err != nil || st.Nodes != 2 {
		t.Fatalf("after another start it has been %d nodes, want 2 (%v)", st.Nodes, err)
	}
}

func TestATabletThatWasKilledHasLostNothing(t *testing.T) {
	o := newOffice(t, newClock())
	store, file := &memstore.Store{}, filepath.Join(t.TempDir(), "raksa.witness")
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store, witness: file})
	for range 60 { // past the witness's own fsync
		begin(t, d, "idn_sex", "female")
	}
	again := o.open(options{store: store, witness: file}) // nobody closed the first
	if st, err := again.Status(t.Context()); err != nil || len(st.Lost) != 0 || st.Nodes != 1 {
		t.Fatalf("got %+v, %v", st, err)
	}
}

func TestWhoReadsThatSavesWereLostIsToldOnce(t *testing.T) {
	o := newOffice(t, newClock())
	store, file := &memstore.Store{}, filepath.Join(t.TempDir(), "raksa.witness")
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store, witness: file})
	backup := store.Clone()
	begin(t, d)
	must(t, d.Close())
	d = o.open(options{store: backup, witness: file})
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	b := browse(t, d)
	if page := b.must("/tonight", nil); !strings.Contains(page, "/lost/read") {
		t.Fatal("the page does not say that saves were lost")
	}
	b.must("/lost/read", nil)
	if page := b.must("/tonight", nil); strings.Contains(page, "/lost/read") {
		t.Fatal("it says so again after it was read")
	}
}
