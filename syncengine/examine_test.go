package syncengine_test

import (
	"encoding/binary"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
)

// examined gives the codes that an examination of a small store finds, after
// harm was done to it.
func examined(t *testing.T, harm func(syncengine.Tx) error) map[string]int {
	t.Helper()
	store := &memstore.Store{}
	engine := &syncengine.Engine{Keys: &storetest.Keys{}, Codec: words}
	codes := map[string]int{}
	err := store.Update(t.Context(), func(tx syncengine.Tx) error {
		prev := syncengine.ChangeID{}
		for seq := uint64(1); seq <= 3; seq++ {
			c := storetest.Make(1, seq, prev, 9, map[syncengine.Class]string{1: "block"})
			if _, err := engine.Ingest(tx, c); err != nil {
				return err
			}
			if _, err := syncengine.AppendStream(tx, "center/x", c.ID()); err != nil {
				return err
			}
			prev = c.ID()
		}
		if harm != nil {
			if err := harm(tx); err != nil {
				return err
			}
		}
		report, err := engine.Examine(tx)
		for _, found := range report.Findings {
			codes[found.Code]++
		}
		if report.Changes != 3 || report.Streams != 1 {
			t.Errorf("looked at %d changes and %d streams", report.Changes, report.Streams)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return codes
}

func TestASoundStoreHasNoFindings(t *testing.T) {
	if codes := examined(t, nil); len(codes) != 0 {
		t.Errorf("found %v", codes)
	}
}

func TestExamineNamesWhatIsWrong(t *testing.T) {
	at := func(n uint64) []byte { return binary.BigEndian.AppendUint64([]byte("center/x\x00"), n) }
	for want, harm := range map[string]func(syncengine.Tx) error{
		syncengine.FoundSalt: func(tx syncengine.Tx) error {
			cell, err := tx.Get("stream", at(2))
			if err != nil {
				return err
			}
			cell[len(cell)-1] ^= 1
			return tx.Put("stream", at(2), cell)
		},
		syncengine.FoundDigest: func(tx syncengine.Tx) error {
			return tx.Put("stream-head", []byte("center/x"), append(at(3)[9:], 0, 0, 0, 0, 0, 0, 0, 1))
		},
		syncengine.FoundNotInLog: func(tx syncengine.Tx) error {
			cell, err := tx.Get("stream", at(3))
			if err != nil {
				return err
			}
			cell[0] ^= 1
			return tx.Put("stream", at(3), cell)
		},
	} {
		if codes := examined(t, harm); codes[want] == 0 {
			t.Errorf("%s was not found, but %v", want, codes)
		}
	}
}
