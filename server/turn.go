package server

import (
	"fmt"
	"sync"
	"time"

	"raksa/syncengine"
)

// Several processes may serve one store, and each has a follower. One works at a
// time: the one that holds the turn, a cell that is read and written in the
// follower's own transactions. Updates run one at a time, so whoever lost the
// turn finds out in the very transaction that would have written: nothing
// written after a take-over is of the former holder.
//
// No clock of another process is trusted. A turn does not say until when it
// runs; every transaction of its holder moves its beat, and who has watched the
// same beat for turnLife by its own clock takes the turn over, under the next
// term. A holder with nothing left to do lets it go.

// turn is who follows; elsewhere such a thing is called a lease, which here is how
// long a device may read.
type turn struct {
	Holder string `json:"holder"` // drawn by each process when it opens the office
	Term   uint64 `json:"term"`   // rises with every take-over
	Beat   uint64 `json:"beat"`   // rises with every transaction of the holder
}

const turns syncengine.Table[turn] = "turn"

const (
	turnKey = "follower"
	// turnLife is far longer than one transaction of the follower, and short
	// enough that nobody waits for pairs after a process was killed.
	turnLife = 10 * time.Second
)

// OtherFollows says that another process is at work on the log.
type OtherFollows struct{ Term uint64 }

func (e *OtherFollows) Error() string {
	return fmt.Sprintf("server: another process follows the log, in term %d", e.Term)
}

// watch is what a process has seen of a turn that is not its own.
type watch struct {
	mu    sync.Mutex
	held  turn
	since time.Time
}

// still reports for how long the turn has stood as it stands.
func (w *watch) still(held turn, now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if held != w.held || w.since.IsZero() || now.Before(w.since) {
		w.held, w.since = held, now
	}
	return now.Sub(w.since)
}

// lead runs one transaction of the follower: with the turn, or OtherFollows.
// While more is to be done the turn is kept or taken; in the end it is let go,
// and its term stays, so that it never falls. A store that one process has for
// itself needs none.
func (o *Office) lead(tx syncengine.Tx, work func() (more bool, err error)) (more bool, err error) {
	if !o.shared() {
		return work()
	}
	held, _, err := turns.Get(tx, []byte(turnKey))
	if err != nil {
		return false, err
	}
	own := held.Holder == o.process
	if !own && held.Holder != "" && o.watch.still(held, o.Now()) < turnLife {
		return false, &OtherFollows{Term: held.Term}
	}
	if more, err = work(); err != nil {
		return false, err
	}
	next := turn{Term: held.Term}
	switch {
	case more && own:
		next = turn{Holder: o.process, Term: held.Term, Beat: held.Beat + 1}
	case more:
		next = turn{Holder: o.process, Term: held.Term + 1}
	}
	if next == held {
		return more, nil // nothing to do, and nobody holds it
	}
	return more, turns.Put(tx, []byte(turnKey), next)
}

// shared reports that other processes may write to the same store.
func (o *Office) shared() bool {
	store, is := syncengine.Find[interface{ Shared() bool }](o.Store)
	return is && store.Shared()
}
