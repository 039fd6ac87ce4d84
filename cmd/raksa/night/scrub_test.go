package night

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// A disk flips one bit in a change that a case laptop holds. SQLite sees nothing;
// the scrub names it, the next exchange fetches the record again, and the change
// is sound.
func TestADamagedChangeIsFoundAndFetchedAgain(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(3, "ordinary")
	record := n.begin(t, n.PTC1, who, told)
	must(t, n.PTC1.CloseInterview(t.Context(), record))
	n.meet(t)
	must(t, n.PTC2.Close())
	dir := n.folder("PTC-2")
	damaged := flipInRecord(t, filepath.Join(dir, "raksa.db"), record)

	n.PTC2 = n.open(t, dir)
	if err := hasChange(n.PTC2.Store, damaged); !errors.Is(err, syncengine.ErrDamaged) {
		t.Fatalf("before: %v, want ErrDamaged", err)
	}
	list := func() (rows []syncengine.DamageRow, end int64) {
		view(t, n.PTC2.Store, func(tx syncengine.Tx) (err error) {
			rows, end, err = syncengine.Damages(tx)
			return err
		})
		return rows, end
	}
	pass := func() {
		_, before := list()
		for range 200 {
			must(t, n.PTC2.Scrub(t.Context()))
			if _, end := list(); end != before {
				return
			}
		}
		t.Fatal("the scrub does not come round")
	}
	pass()
	rows, _ := list()
	if len(rows) != 1 || !rows[0].Log || rows[0].Record != record {
		t.Fatalf("the scrub lists %+v, want the one change", rows)
	}
	n.signIn(t, n.PTC2, caseOfficer)
	must(t, n.PTC2.SyncOnce(t.Context()))
	if err := hasChange(n.PTC2.Store, damaged); err != nil {
		t.Fatalf("after the next exchange: %v", err)
	}
	nothingWrong(t, "the laptop", n.PTC2.Store, nil)
}

// flipInRecord flips one bit in the middle of a sealed block of a record, and
// gives the change that it is in.
func flipInRecord(t *testing.T, path string, record syncengine.RecordID) (id syncengine.ChangeID) {
	t.Helper()
	store, err := sqlstore.Open(path)
	must(t, err)
	var sealed []byte
	view(t, store, func(tx syncengine.Tx) error {
		changes, err := tx.Record(record)
		for _, c := range changes {
			for _, block := range c.Blocks {
				if len(block) > len(sealed) && len(block) < 300 { // on one page of the file
					id, sealed = c.ID(), block
				}
			}
		}
		return err
	})
	must(t, errors.Join(store.Scour(t.Context()), store.Close()))
	raw, err := os.ReadFile(path)
	must(t, err)
	at := bytes.Index(raw, sealed)
	if len(sealed) == 0 || at < 0 {
		t.Fatal("the block is not in the file")
	}
	raw[at+len(sealed)/2] ^= 1
	must(t, os.WriteFile(path, raw, 0o600))
	return id
}
