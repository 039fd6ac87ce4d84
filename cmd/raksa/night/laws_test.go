package night

import (
	"path/filepath"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/syncengine/wire"
	"raksa/vault"
)

// A device that was revoked pushes late: kept apart. Enrolled again it is another
// device, which reads what its center has and whose work counts.
func TestARevokedDeviceIsEnrolledAgainAsANewOne(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	id := n.begin(t, n.PTC2, who)
	n.meet(t)
	former := deviceID(t, n.PTC2)
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Revoke(tx, former, n.Staff[supervisor].ID) })
	n.write(t, n.PTC2, id, map[string]string{"wrk_sector": "fishing"})
	late := last(changesOf(t, n.PTC2.Store, id)).ID()
	must(t, n.PTC2.SyncOnce(t.Context()))
	if reason := n.held(t, late); reason != "device_revoked" {
		t.Errorf("the late push is held back for %q", reason)
	}
	must(t, n.PTC2.Close())
	order := server.TicketOrder{Name: "PTC-2 again", Profile: screening.CaseDevice, Center: "PTC", Person: n.Staff[caseOfficer].ID}
	anew, err := n.enroll(t.Context(), order)
	must(t, err)
	n.PTC2 = anew
	if deviceID(t, anew) == former {
		t.Error("it is the same device again")
	}
	n.write(t, anew, id, told)
	n.meet(t)
	if got := n.values(t, id, "wrk_sector"); len(got) != 1 || got[0] != told["wrk_sector"] {
		t.Errorf("the office reads %q, want what the new device wrote alone", got)
	}
	if held := n.heldBack(t); held != 1 {
		t.Errorf("%d changes are in quarantine, want the late one", held)
	}
	n.allWell(t)
}

// A record moves from PTC to KTC over a link that loses each step in turn.
func TestATransferHoldsWhateverIsLost(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	n.meet(t)
	whole := t // a device that is opened anew outlives its row
	for _, row := range []struct {
		name     string
		up, down int64 // bytes after which the link is cut; below zero never
		kill     bool
	}{
		{"the request", 1800, -1, false},
		{"the request, and the tablet dies", 1800, -1, true},
		{"the answer, from its first byte", -1, 1, false},
		{"the answer, in its middle", -1, 4000, false},
		{"the answer, late, and the tablet dies", -1, 5500, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			id := n.begin(t, n.PTC2, who, told)
			must(t, n.PTC2.SyncOnce(t.Context()))
			by := n.Staff[supervisor].ID
			n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Transfer(tx, id, "KTC", by) })
			n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Evict(tx, id, "PTC", by) })
			line := newWire(t, n)
			n.link.setCut(true) // kept connections end
			n.link.setCut(false)
			set := func(up, down int64) {
				line.cutUp.Store(up)
				line.cutDown.Store(down)
			}
			set(row.up, row.down)
			if n.KTC1.SyncOnce(t.Context()) == nil {
				t.Errorf("nothing was lost after %d bytes up, %d down: it proves nothing", line.up.Load(), line.down.Load())
			}
			if row.kill {
				must(t, n.KTC1.Close())
				n.KTC1 = n.open(whole, filepath.Join(n.Dir, "KTC-1"))
				n.signIn(t, n.KTC1, ktcOfficer)
			}
			set(-1, -1)
			must(t, n.KTC1.SyncOnce(t.Context()))
			must(t, n.PTC2.SyncOnce(t.Context()))
			seen, err := n.KTC1.Record(t.Context(), id)
			must(t, err)
			if live := seen.Record.Field("wrk_sector").Live(); len(live) != 1 {
				t.Errorf("KTC reads %d answers", len(live))
			}
			for cell := range wraps(t, n.PTC2.Store, id) {
				if !strings.HasPrefix(cell, vault.BucketOfficeWraps) { // that one only the office opens
					t.Error("PTC still holds a key of it")
				}
			}
		})
	}
	if ordered := n.leaves(t, "transfer"); len(ordered) != 5 {
		t.Errorf("%d transfers were noted", len(ordered))
	}
	n.allWell(t)
}

// A tablet is put back to a copy that still opens a record which was erased
// since. At its first contact it drops it.
func TestARestoredTabletDropsWhatWasErased(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	id := n.begin(t, n.PTC2, who, told)
	n.meet(t)
	copied := copyFolder(t, n.folder("PTC-2"))
	n.atOffice(t, func(tx syncengine.Tx) error { return n.Office.Erase(tx, id, n.Staff[supervisor].ID) })
	n.meet(t)
	must(t, n.PTC2.Close())
	n.PTC2 = n.open(t, copied)
	n.signIn(t, n.PTC2, caseOfficer)
	if len(wraps(t, n.PTC2.Store, id)) == 0 {
		t.Fatal("the copy holds no key of it: it proves nothing")
	}
	must(t, n.PTC2.SyncOnce(t.Context()))
	if left := wraps(t, n.PTC2.Store, id); len(left) != 0 {
		t.Errorf("%d keys of the erased record are left", len(left))
	}
	if rec := n.officeRecord(t, id); !rec.Erased || len(rec.Classes) != 0 {
		t.Error("the office reads it again")
	}
	n.allWell(t)
}

// A change that a device gives back and nobody vouches for is kept, and does not count.
func TestAnUnprovenRelayIsKeptApart(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	n.meet(t)
	n.link.setCut(true)
	n.write(t, n.PTC1, id, told) // the office has not got it yet
	c := last(changesOf(t, n.PTC1.Store, id))
	n.link.setCut(false)
	giver := n.callAs(t, n.PTC2, caseOfficer)
	var request *syncengine.Request
	view(t, giver.store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(t, err)
		acked, err := syncengine.Acked(tx, self.Node)
		must(t, err)
		request = &syncengine.Request{Node: self.Node, Claim: acked}
		request.Returned = &syncengine.Returned{Stream: "center/PTC", Changes: []*syncengine.Change{c}}
		streams, err := syncengine.Streams(tx)
		for _, stream := range streams {
			head, _, err := syncengine.StreamHead(tx, stream)
			must(t, err)
			request.Positions = append(request.Positions, head)
		}
		return err
	})
	if code, reason := giver.says(t, wire.FromRequest(request)); code != 0 {
		t.Fatalf("the office says %v, %q", code, reason)
	}
	if !has(t, n.store, c.ID()) {
		t.Fatal("it was dropped")
	}
	if reason := n.held(t, c.ID()); reason != "relay_unproven" {
		t.Errorf("it is held back for %q", reason)
	}
	if got := n.values(t, id, "wrk_sector"); len(got) != 0 {
		t.Errorf("it counts: %q", got)
	}
	n.allWell(t)
}
