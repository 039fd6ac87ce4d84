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
