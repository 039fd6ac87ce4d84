package sqlstore_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raksa/syncengine"
	"raksa/syncengine/storetest"
)

// What was read ahead is what would have been read, whatever is written after it.
func TestReadingAheadChangesNoAnswer(t *testing.T) {
	store := open(t, filepath.Join(t.TempDir(), "store.db"))
	var records []syncengine.RecordID
	var prev syncengine.ChangeID
	class := func(text string) map[syncengine.Class]string { return map[syncengine.Class]string{1: text} }
	add := func(tx syncengine.Tx, c *syncengine.Change) {
		if _, err := tx.Append(c); err != nil {
			t.Fatal(err)
		}
	}
	update(t, store, func(tx syncengine.Tx) {
		for seq := range uint64(150) {
			c := storetest.Make(1, seq+1, prev, byte(seq%120), class("a"))
			add(tx, c)
			if prev = c.ID(); seq < 120 {
				records = append(records, c.Record)
			}
		}
		add(tx, storetest.Make(1, 7, syncengine.ChangeID{9}, 200, class("twin")))
	})
	read := func(tx syncengine.Tx, id syncengine.RecordID) []*syncengine.Change {
		changes, err := tx.Record(id)
		if err != nil {
			t.Fatal(err)
		}
		return changes
	}
	want := map[syncengine.RecordID][]*syncengine.Change{}
	update(t, store, func(tx syncengine.Tx) {
		for _, id := range records {
			want[id] = read(tx, id)
		}
	})
	for _, count := range []int{1, 2, 3, 4, 10, 31, 64, 120} {
		update(t, store, func(tx syncengine.Tx) {
			ahead := tx.(syncengine.Ahead)
			if found, err := ahead.RecordsAhead(records[:count]); err != nil || len(found) < count {
				t.Fatalf("%d records: %d changes, %v", count, len(found), err)
			}
			for _, id := range append(records[:count:count], records[0], syncengine.RecordID{99}) {
				if diff := cmp.Diff(want[id], read(tx, id)); diff != "" {
					t.Fatalf("%d records: %s", count, diff)
				}
			}
			var seqs []uint64
			for seq := range uint64(count) {
				seqs = append(seqs, seq+5)
			}
			shared, err := ahead.SeqsShared(syncengine.NodeID{1}, seqs)
			if err != nil || shared[7] != (count > 2) || shared[8] || shared[6] {
				t.Fatalf("%d seqs: %v, %v", count, shared, err)
			}
		})
	}
	update(t, store, func(tx syncengine.Tx) {
		ahead := tx.(syncengine.Ahead)
		if _, err := ahead.RecordsAhead(records); err != nil {
			t.Fatal(err)
		}
		late := storetest.Make(2, 1, syncengine.ChangeID{}, 3, class("late"))
		add(tx, late)
		if got := read(tx, late.Record); len(got) != len(want[late.Record])+1 {
			t.Errorf("a change that came after reading ahead is not found: %d of the record", len(got))
		}
		add(tx, storetest.Make(1, 8, syncengine.ChangeID{9}, 200, class("twin")))
		if shared, err := ahead.SeqsShared(syncengine.NodeID{1}, []uint64{7, 8, 9}); err != nil || !shared[7] || !shared[8] || shared[9] {
			t.Errorf("with a twin that waits to be written: %v, %v", shared, err)
		}
	})
}

func update(t *testing.T, store syncengine.Store, fn func(syncengine.Tx)) {
	t.Helper()
	if err := store.Update(t.Context(), func(tx syncengine.Tx) error { fn(tx); return nil }); err != nil {
		t.Fatal(err)
	}
}
