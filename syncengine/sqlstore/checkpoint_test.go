package sqlstore_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// What was written comes into the main file while the store is in use, and no
// commit has to bring it there. Afterwards everything is read as before.
func TestTheLogIsMovedBesideTheWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raksa.db")
	s := open(t, path)
	const commits, rows = 20, 150
	write := func(commit int) {
		err := s.Update(t.Context(), func(tx syncengine.Tx) error {
			for row := range rows {
				key := binary.BigEndian.AppendUint32(nil, uint32(commit*rows+row))
				if err := tx.Put("made-up", key, bytes.Repeat(key, 50)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(0)
	before := size(t, path)
	for commit := 1; commit < commits; commit++ {
		write(commit)
	}
	sqlstore.Moved(s)
	if after := size(t, path); after <= before+commits*rows*50 {
		t.Errorf("the main file has %d bytes, before %d: the log was not moved", after, before)
	}
	count := 0
	err := s.View(t.Context(), func(tx syncengine.Tx) error {
		return tx.Scan("made-up", nil, func(key, value []byte) error {
			count++
			if !bytes.Equal(value, bytes.Repeat(key, 50)) {
				t.Errorf("%x is not what was written", key)
			}
			return nil
		})
	})
	if err != nil || count != commits*rows {
		t.Errorf("%d of %d are there, %v", count, commits*rows, err)
	}
}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
