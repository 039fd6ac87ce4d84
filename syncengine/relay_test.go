package syncengine_test

import (
	"encoding/binary"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

// An office takes no longer list, and a device that kept one would send it at
// every call, and never anything else.
func TestAListOfWhatTheOfficeLostIsNeverLongerThanItTakes(t *testing.T) {
	store := &memstore.Store{}
	err := store.Update(t.Context(), func(tx syncengine.Tx) error {
		for i := range uint64(syncengine.LostIDsMax + 5) {
			var id syncengine.ChangeID
			binary.BigEndian.PutUint64(id[:], i+1)
			if _, err := syncengine.AppendStream(tx, "center", id); err != nil {
				return err
			}
		}
		head, _, err := syncengine.StreamHead(tx, "center")
		if err != nil {
			return err
		}
		if err := syncengine.KeepLostAfter(tx, "center", 1); err != nil {
			return err
		}
		lists, err := syncengine.LostOf(tx, "center")
		if err != nil || len(lists) != 1 {
			t.Fatalf("%d lists, %v", len(lists), err)
		}
		if n := len(lists[0].IDs); n != syncengine.LostIDsMax {
			t.Errorf("a list of %d ids", n)
		}
		if lists[0].End() != head {
			t.Error("it does not end where the office signed")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// What a device that may read no more is told is a position that it named itself.
func TestARecallTellsNothingButTheLastCommonPosition(t *testing.T) {
	fill := func(store *memstore.Store, ids ...byte) (rungs []syncengine.Position) {
		err := store.Update(t.Context(), func(tx syncengine.Tx) (err error) {
			for _, id := range ids {
				if _, err := syncengine.AppendStream(tx, "center", syncengine.ChangeID{id}); err != nil {
					return err
				}
			}
			rungs, err = syncengine.Ladder(tx, "center")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return rungs
	}
	device, office := &memstore.Store{}, &memstore.Store{}
	rungs := fill(device, 1, 2, 3, 4)
	ahead := fill(office, 1, 2, 9, 8, 7, 6)
	for _, one := range []struct {
		name  string
		named []syncengine.Position
		back  bool
		after uint64
	}{
		{"none", nil, false, 0},
		{"one that the office is past", ahead[2:3], false, 0},
		{"one that the office lost", rungs[:1], true, 0},
		{"a ladder", rungs, true, 2},
	} {
		err := office.View(t.Context(), func(tx syncengine.Tx) error {
			news, back, err := syncengine.Recall(tx, "center", one.named)
			if back != one.back || news.Reset != one.back || news.After.Position != one.after {
				t.Errorf("%s: %v, %+v", one.name, back, news)
			}
			if len(news.Entries) > 0 || news.Head != news.After || news.Digest != 0 || news.Stable != 0 || news.Offer != nil || len(news.Proof) > 0 {
				t.Errorf("%s: it tells more: %+v", one.name, news)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
