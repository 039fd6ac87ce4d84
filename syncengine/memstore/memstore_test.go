package memstore_test

import (
	"errors"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
)

func TestStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) syncengine.Store { return &memstore.Store{} })
}

func made(seq uint64) *syncengine.Change {
	return storetest.Make(1, seq, syncengine.ChangeID{byte(seq) - 1}, 1, map[syncengine.Class]string{1: "alpha", 2: "beta"})
}

func appendAll(t *testing.T, s *memstore.Store, changes ...*syncengine.Change) {
	t.Helper()
	for _, c := range changes {
		err := s.Update(t.Context(), func(tx syncengine.Tx) error {
			_, err := tx.Append(c)
			return errors.Join(err, tx.Put("b", []byte("last"), []byte{byte(c.Seq)}))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestTheLastCommitsCanBeTakenBack(t *testing.T) {
	s := &memstore.Store{Keep: 2}
	appendAll(t, s, made(1), made(2), made(3), made(4))
	if n := s.RollBack(5); n != 2 {
		t.Errorf("took %d commits back, want the 2 that are kept", n)
	}
	err := s.View(t.Context(), func(tx syncengine.Tx) error {
		left, err := tx.Chain(syncengine.NodeID{1}, 0, 9)
		if len(left) != 2 {
			t.Errorf("%d changes are left, want 2", len(left))
		}
		if last, _ := tx.Get("b", []byte("last")); len(last) != 1 || last[0] != 2 {
			t.Errorf("the cell says %v, want what the second commit wrote", last)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestEveryFlippedBitOfAChangeIsNoticed(t *testing.T) {
	c := made(1)
	for bit := range 8 * len(syncengine.EncodeChange(c)) {
		s := &memstore.Store{Trusting: true}
		appendAll(t, s, c)
		if !s.Damage(c.ID(), bit) {
			t.Fatal("the change is not here")
		}
		_ = s.View(t.Context(), func(tx syncengine.Tx) error {
			if _, err := tx.Change(c.ID()); !errors.Is(err, syncengine.ErrDamaged) {
				t.Errorf("bit %d: %v", bit, err)
			}
			return nil
		})
	}
}
