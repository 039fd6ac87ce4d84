package server

import (
	"context"
	"errors"
	"testing"
	"time"

	"raksa/syncengine"
)

// sharedStore is a store that says that others may write to it.
type sharedStore struct{ syncengine.Store }

func (sharedStore) Shared() bool { return true }

// twoProcesses are one office served twice, each with a clock of its own.
func twoProcesses(t *testing.T) (a, b *testDesk) {
	a = newDesk(t)
	a.Store = sharedStore{a.Store}
	b = &testDesk{t: t, now: a.now, staff: a.staff}
	config := a.Config
	config.Now = func() time.Time { return b.now }
	var err error
	b.Office, err = Open(t.Context(), config)
	must(t, err)
	return a, b
}

// follows runs one transaction of a follower with so much left to do.
func (d *testDesk) follows(more bool) error {
	return d.Store.Update(d.t.Context(), func(tx syncengine.Tx) error {
		_, err := d.lead(tx, func() (bool, error) { return more, tx.Put("followed-by", []byte(d.process), nil) })
		return err
	})
}

func (d *testDesk) isKeptOut(t *testing.T, err error) {
	t.Helper()
	var other *OtherFollows
	if !errors.As(err, &other) {
		t.Fatalf("got %v, want OtherFollows", err)
	}
}

func (d *testDesk) turnNow() (held turn) {
	d.do(func(tx syncengine.Tx) (err error) {
		held, _, err = turns.Get(tx, []byte(turnKey))
		return err
	})
	return held
}

func TestOneProcessFollowsAtATime(t *testing.T) {
	a, b := twoProcesses(t)
	must(t, a.follows(true))
	b.isKeptOut(t, b.follows(true))
	b.isKeptOut(t, b.CatchUp(t.Context()))
	must(t, a.follows(false)) // nothing left to do
	must(t, b.follows(true))
	a.isKeptOut(t, a.follows(true))
	if held := a.turnNow(); held.Holder != b.process || held.Term != 2 {
		t.Errorf("the turn is %+v", held)
	}
}

func TestATurnThatDoesNotMoveIsTakenOver(t *testing.T) {
	a, b := twoProcesses(t)
	must(t, a.follows(true))
	b.isKeptOut(t, b.follows(true))
	b.now = b.now.Add(turnLife - time.Second)
	must(t, a.follows(true)) // slow, and alive
	b.isKeptOut(t, b.follows(true))
	b.now = b.now.Add(turnLife - time.Second)
	b.isKeptOut(t, b.follows(true))
	b.now = b.now.Add(2 * time.Second)
	must(t, b.follows(true)) // a was killed, or frozen
	a.isKeptOut(t, a.follows(true))
	b.do(func(tx syncengine.Tx) error { return tx.Delete("followed-by", []byte(a.process)) })
	a.isKeptOut(t, a.follows(true)) // awake again, and fenced off
	b.do(func(tx syncengine.Tx) error {
		if wrote, err := tx.Get("followed-by", []byte(a.process)); err != nil || wrote != nil {
			t.Errorf("the former holder has written after the take-over (%v)", err)
		}
		return nil
	})
}

// A clock that is years ahead, or behind, neither takes nor blocks.
func TestNoOtherClockDecidesAboutATurn(t *testing.T) {
	for name, off := range map[string]time.Duration{"ahead": 30_000 * time.Hour, "behind": -30_000 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			a, b := twoProcesses(t)
			a.now = a.now.Add(off)
			must(t, a.follows(true))
			b.isKeptOut(t, b.follows(true))
			b.now = b.now.Add(turnLife)
			must(t, b.follows(true))
		})
	}
}

func TestAStoreOfOneProcessNeedsNoTurn(t *testing.T) {
	d := newDesk(t)
	if postgresStore != nil {
		t.Skip("PostgreSQL is always shared")
	}
	must(t, d.CatchUp(t.Context()))
	if held := d.turnNow(); held != (turn{}) {
		t.Errorf("there is one: %+v", held)
	}
}

// Whoever comes first scours, and one that was killed leaves it to the others.
func TestScouringIsOwedByAllProcesses(t *testing.T) {
	a, b := twoProcesses(t)
	scoured := 0
	count := scouring{sharedStore{b.Config.Store}, &scoured}
	b.Store = count
	id := a.interviewOf(somebody("Sreymom"))
	a.do(func(tx syncengine.Tx) error { return a.Erase(tx, id, a.staff["Dara"].ID) })
	must(t, b.CatchUp(t.Context()))
	must(t, b.CatchUp(t.Context()))
	if scoured != 1 {
		t.Errorf("scoured %d times", scoured)
	}
}

type scouring struct {
	sharedStore
	times *int
}

func (s scouring) Scour(ctx context.Context) error { *s.times++; return nil }
