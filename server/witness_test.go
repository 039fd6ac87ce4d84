package server

import (
	"crypto/rand"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/witness"
	"raksa/vault"
)

func TestADeviceThatLostSavesIsShownAtTheDeskAndInTheLog(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	said := &syncengine.Request{Node: r.node, LostSaves: []syncengine.Loss{{Node: r.node, From: 9, To: 12}}}
	for range 2 { // the first answer may have been lost
		_, err := d.Exchange(t.Context(), r.device, said)
		must(t, err)
	}
	b := d.another("Dara")
	if status, page := b.get("/devices"); status != http.StatusOK || !strings.Contains(page, "9–12") {
		t.Errorf("the page of devices does not show it (%d)", status)
	}
	told := 0
	d.do(func(tx syncengine.Tx) error {
		return leaves.Each(tx, nil, func(_ []byte, leaf Leaf) error {
			if leaf.What == "saves_lost" && leaf.Reason == "9–12" && leaf.Device == r.device.String() {
				told++
			}
			return nil
		})
	})
	if told != 1 {
		t.Errorf("%d leaves, want one", told)
	}
}

func TestAnOfficeThatWasPutBackWritesItsNextOrderAsAnotherNode(t *testing.T) {
	file, err := witness.Open(filepath.Join(t.TempDir(), "office.witness"))
	must(t, err)
	t.Cleanup(func() { must(t, file.Close()) })
	keys, err := vault.NewOffice(rand.Reader)
	must(t, err)
	open := func(store syncengine.Store) *Office {
		o, err := Open(t.Context(), Config{
			Store: store, Keys: keys, Forms: newDesk(t).Forms, Now: newDesk(t).Now, Random: rand.Reader, Log: zerolog.Nop(),
			SecretCost: vault.Params{Passes: 1, MemoryKiB: 8, Threads: 1}, Witness: file,
		})
		must(t, err)
		return o
	}
	order := func(o *Office) {
		must(t, o.update(t.Context(), func(tx syncengine.Tx) error {
			return o.control(tx, syncengine.RecordID{1}, officeHand, syncengine.Control{Op: syncengine.OpErase})
		}))
	}
	self := func(o *Office) (self syncengine.Self) {
		must(t, o.Store.View(t.Context(), func(tx syncengine.Tx) (err error) { self, err = syncengine.LoadSelf(tx); return err }))
		return self
	}
	store := &memstore.Store{}
	first := open(store)
	order(first)
	backup := store.Clone()
	order(first)
	before := self(first)
	if again := self(open(store)); again.Node != before.Node || again.Seq != 2 {
		t.Fatalf("a sound office begins anew as %s at seq %d", again.Node, again.Seq)
	}
	second := open(backup)
	if now := self(second); now.Node == before.Node || now.Seq != 0 {
		t.Fatalf("after the restore it is still node %s at seq %d", now.Node, now.Seq)
	}
	order(second)
	lost, logged := 0, 0
	must(t, second.Store.View(t.Context(), func(tx syncengine.Tx) error {
		must(t, leaves.Each(tx, nil, func(_ []byte, leaf Leaf) error {
			if leaf.What == "office_lost" && leaf.Reason == "2–2" {
				logged++
			}
			return nil
		}))
		return ownLost.Each(tx, nil, func(_ []byte, row lostRow) error { lost++; return nil })
	}))
	if lost != 1 || logged != 1 {
		t.Errorf("%d rows and %d leaves say so, want one of each", lost, logged)
	}
}
