package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"raksa/syncengine"
)

// crowded holds a store with one Update while others come, and counts the
// transactions that it takes to serve them all.
func crowded(t *testing.T, others int, fn func(tx syncengine.Tx, i int) error) (s *Store, failed []error, transactions int) {
	t.Helper()
	s, err := Open(filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	real := s.group.transact
	s.group.transact = func(ctx context.Context, fn func(*tx) error) error {
		transactions++
		return real(ctx, fn)
	}
	failed = make([]error, others)
	var all sync.WaitGroup
	err = s.Update(t.Context(), func(syncengine.Tx) error {
		for i := range others {
			all.Go(func() {
				defer func() {
					if p := recover(); p != nil {
						failed[i] = fmt.Errorf("panic %v", p)
					}
				}()
				failed[i] = s.Update(t.Context(), func(tx syncengine.Tx) error { return fn(tx, i) })
			})
		}
		for waiting := 0; waiting < others; {
			s.group.mu.Lock()
			waiting = len(s.group.waiting)
			s.group.mu.Unlock()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all.Wait()
	return s, failed, transactions
}

func TestThoseWhoWaitShareOneTransactionAndOneThatFailsTakesNobodyWithIt(t *testing.T) {
	no := errors.New("no")
	s, failed, transactions := crowded(t, 9, func(tx syncengine.Tx, i int) error {
		if err := tx.Put("b", []byte{byte(i)}, []byte("v")); err != nil {
			return err
		}
		switch i {
		case 3:
			return no
		case 6: // the buffer has sent it to the database when this one fails
			return errors.Join(sendNow(tx), no)
		case 8:
			panic("its own")
		}
		return nil
	})
	if transactions != 2 {
		t.Errorf("%d transactions", transactions)
	}
	for i, err := range failed {
		key := []byte{byte(i)}
		var value []byte
		if err := s.View(t.Context(), func(tx syncengine.Tx) (err error) {
			value, err = tx.Get("b", key)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		switch i {
		case 3, 6:
			if !errors.Is(err, no) || value != nil {
				t.Errorf("member %d: error %v, value %q", i, err, value)
			}
		case 8:
			if err == nil || err.Error() != "panic its own" || value != nil {
				t.Errorf("member %d: error %v, value %q", i, err, value)
			}
		default:
			if err != nil || string(value) != "v" {
				t.Errorf("member %d: error %v, value %q", i, err, value)
			}
		}
	}
}

func TestAFailedCommitFailsAllThatShareIt(t *testing.T) {
	disk := errors.New("the disk is gone")
	g := &group{transact: func(_ context.Context, fn func(*tx) error) error { return disk }}
	members := []*member{{ctx: t.Context()}, {ctx: t.Context()}}
	g.together(members)
	for i, m := range members {
		if !errors.Is(m.err, disk) {
			t.Errorf("member %d was told %v", i, m.err)
		}
	}
}

func TestWhoeverGivesUpWaitingTakesNoTurn(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var given error
	s, err := Open(filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	err = s.Update(t.Context(), func(syncengine.Tx) error {
		cancel()
		given = s.Update(ctx, func(syncengine.Tx) error { t.Error("its turn came"); return nil })
		return nil
	})
	if err != nil || !errors.Is(given, context.Canceled) {
		t.Errorf("the holder: %v; the other: %v", err, given)
	}
	if err := s.Update(t.Context(), func(syncengine.Tx) error { return nil }); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
