package night

import (
	"database/sql"
	"path/filepath"
	"testing"

	_ "modernc.org/sqlite"

	"raksa/device"
	"raksa/syncengine"
)

// behindItsBack takes one change out of a database's log as a bad disk or a
// clumsy hand would: no digest, no head and no stream learns of it.
func behindItsBack(t *testing.T, file string, id syncengine.ChangeID) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(30000)") // the hosts are at work
	must(t, err)
	defer db.Close()
	done, err := db.Exec("DELETE FROM change WHERE id = ?", id[:])
	must(t, err)
	if n, _ := done.RowsAffected(); n != 1 {
		t.Fatalf("%d changes were taken out", n)
	}
}

func placeOf(t *testing.T, d *device.Device, id syncengine.RecordID) device.Where {
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

// calls meets the office until every range of record ids has come round, or ends.
func calls(t *testing.T, d *device.Device, until func() bool) bool {
	t.Helper()
	for range 256/8 + 2 {
		if until() {
			return true
		}
		must(t, d.SyncOnce(t.Context()))
	}
	return until()
}

// "At the office" means it: a change that vanishes from either log behind its
// program's back is missed, told in red, and comes back by itself.
func TestWhatVanishesFromALogIsMissedAndComesBack(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	own := n.begin(t, n.PTC1, who, told)  // of a capture tablet: in no stream of its own
	both := n.begin(t, n.PTC2, who, told) // of a case device: it pulls it too
	n.meet(t)
	office := filepath.Join(n.Dir, "office.db")
	for _, row := range []struct {
		name   string
		file   string
		from   syncengine.Store
		record syncengine.RecordID
		sees   *device.Device
	}{
		{"at the office, known to its author only", office, n.store, own, n.PTC1},
		{"at the office, known to a reader", office, n.store, both, n.PTC2},
		{"on the device, of somebody else's record", filepath.Join(n.Dir, "PTC-2", "raksa.db"), n.PTC2.Store, own, n.PTC2},
	} {
		t.Run(row.name, func(t *testing.T) {
			if at := placeOf(t, row.sees, row.record); row.sees != n.PTC2 && at != device.AtOffice {
				t.Fatalf("before, the record is at %q", at)
			}
			gone := last(changesOf(t, row.from, row.record))
			behindItsBack(t, row.file, gone.ID())
			red := 0
			seen := func() bool {
				st, err := row.sees.Status(t.Context())
				must(t, err)
				red = max(red, st.Differs)
				return len(n.leaves(t, "scope_differs")) > 0
			}
			before := len(n.leaves(t, "scope_differs"))
			missed := calls(t, row.sees, func() bool { seen(); return len(n.leaves(t, "scope_differs")) > before })
			if !missed {
				t.Fatal("nobody missed it")
			}
			back := calls(t, row.sees, func() bool {
				st, err := row.sees.Status(t.Context())
				must(t, err)
				return st.Differs == 0 && has(t, row.from, gone.ID())
			})
			if !back {
				st, _ := row.sees.Status(t.Context())
				t.Fatalf("it did not come back: here %v, %d records differ", has(t, row.from, gone.ID()), st.Differs)
			}
			if row.file == office && len(n.values(t, row.record, "wrk_sector")) != 1 {
				t.Error("the office does not read it")
			}
		})
	}
	n.meet(t)
	if held := n.heldBack(t); held != 0 {
		t.Errorf("%d changes are in quarantine", held)
	}
	n.allWell(t)
}

func has(t *testing.T, store syncengine.Store, id syncengine.ChangeID) (here bool) {
	t.Helper()
	view(t, store, func(tx syncengine.Tx) error {
		_, err := tx.Change(id)
		here = err == nil
		return nil
	})
	return here
}
