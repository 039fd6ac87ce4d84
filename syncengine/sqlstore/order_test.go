//go:build linux

package sqlstore_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
)

const stream = "center/PTC"

// office is what several processes do to one database: four stores, each with
// four writers, append to one stream, and four readers watch it.
type office struct {
	t        *testing.T
	stores   []*sqlstore.Postgres
	mu       sync.Mutex
	acked    map[syncengine.ChangeID]bool
	unknown  int      // commits of which nobody knew
	refusals int      // everything else that went wrong with the server
	faults   []string // of the order
	odd      []string // errors that say nothing a program could act on
	views    int
	crash    sync.RWMutex // held while the server is down
	hasty    bool         // ends at the first fault
}

const (
	officeStores     = 4
	writersPerStore  = 4
	changesPerWriter = 25
)

func newOffice(t *testing.T, url string) *office {
	o := &office{t: t, acked: map[syncengine.ChangeID]bool{}}
	for range officeStores {
		o.stores = append(o.stores, openPostgres(t, url))
	}
	return o
}

func (o *office) fault(text string, args ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.faults = append(o.faults, fmt.Sprintf(text, args...))
}

func (o *office) enough() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.hasty && len(o.faults) > 0
}

// work lets all writers write, and calls after with the number of the change
// that was just acknowledged.
func (o *office) work(acknowledged func(n int)) {
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for i, store := range o.stores {
		readers.Go(func() { o.read(store, done) })
		for j := range writersPerStore {
			writers.Go(func() { o.write(store, byte(1+i*writersPerStore+j), acknowledged) })
		}
	}
	writers.Wait()
	close(done)
	readers.Wait()
}

// write appends a chain of changes. What fails is repeated, as an exchange is.
func (o *office) write(store *sqlstore.Postgres, node byte, acknowledged func(int)) {
	prev := syncengine.ChangeID{}
	for seq := uint64(1); seq <= changesPerWriter && !o.enough(); {
		c := storetest.Make(node, seq, prev, node, map[syncengine.Class]string{1: "an answer"})
		err := store.Update(context.Background(), func(tx syncengine.Tx) error {
			if _, err := tx.Append(c); err != nil {
				return err
			}
			_, err := syncengine.AppendStream(tx, stream, c.ID())
			return err
		})
		o.mu.Lock()
		switch {
		case err == nil:
			o.acked[c.ID()] = true
			acknowledged(len(o.acked))
			prev, seq = c.ID(), seq+1
		case errors.Is(err, syncengine.ErrOutcomeUnknown):
			o.unknown++
		case errors.Is(err, syncengine.ErrUnavailable), errors.Is(err, syncengine.ErrBusy):
			o.refusals++
		default:
			o.odd = append(o.odd, err.Error())
		}
		o.mu.Unlock()
		if err != nil {
			o.wait()
		}
	}
}

// wait ends when the server is up again.
func (o *office) wait() {
	o.crash.RLock()
	defer o.crash.RUnlock()
}

// read looks at the stream until done: its end never goes back, everything up to
// it is there, and what was seen once stays as it was.
func (o *office) read(store *sqlstore.Postgres, done chan struct{}) {
	before := syncengine.Position{Stream: stream}
	for {
		var head syncengine.Position
		err := store.View(context.Background(), func(tx syncengine.Tx) (err error) {
			if head, _, err = syncengine.StreamHead(tx, stream); err != nil {
				return err
			}
			if head.Position < before.Position {
				o.fault("the end went from %d back to %d", before.Position, head.Position)
			}
			same, err := syncengine.StreamAt(tx, stream, before.Position)
			if err == nil && same != before {
				o.fault("position %d was seen with another salt before", before.Position)
			}
			return errors.Join(err, o.dense(tx, head.Position))
		})
		if err == nil {
			before = head
		} else {
			o.wait()
		}
		o.mu.Lock()
		o.views++
		o.mu.Unlock()
		select {
		case <-done:
			return
		default:
		}
	}
}

// dense finds a gap, a position past the end, and a position without its change.
func (o *office) dense(tx syncengine.Tx, head uint64) error {
	next, seen := uint64(1), map[syncengine.ChangeID]bool{}
	err := tx.Scan("stream", append([]byte(stream), 0), func(key, value []byte) error {
		at := binary.BigEndian.Uint64(key[len(key)-8:])
		if at != next {
			o.fault("after position %d comes %d", next-1, at)
		}
		next++
		id := syncengine.ChangeID(value[:32])
		if seen[id] {
			o.fault("%s stands twice", id)
		}
		seen[id] = true
		return nil
	})
	if err == nil && next != head+1 {
		o.fault("the end is %d, and %d positions are there", head, next-1)
	}
	return err
}

// settle holds the end against what was acknowledged: all of it, each once, and
// in one order.
func (o *office) settle() {
	err := o.stores[0].View(context.Background(), func(tx syncengine.Tx) error {
		head, _, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return err
		}
		if want := uint64(officeStores * writersPerStore * changesPerWriter); head.Position != want {
			o.fault("the stream has %d positions, want %d", head.Position, want)
		}
		for id := range o.acked {
			if _, err := tx.Change(id); err != nil {
				o.fault("acknowledged, and gone: %v", err)
			}
			if in, err := syncengine.InStream(tx, stream, id); err != nil || !in {
				o.fault("acknowledged, and in no stream: %v", err)
			}
		}
		return o.dense(tx, head.Position)
	})
	if err != nil {
		o.fault("%v", err)
	}
}

// I6: positions rise in commit order, and no reader sees one that was committed
// after it read a later one. The server crashes and comes back meanwhile.
func TestSixteenWritersMakeOneOrder(t *testing.T) {
	server := sharedServer(t)
	o := newOffice(t, server.Database(t))
	crashes := make(chan struct{}, 1)
	var crashing sync.WaitGroup
	crashing.Go(func() {
		for range crashes {
			o.crash.Lock()
			if err := errors.Join(server.Stop("immediate"), server.Run()); err != nil {
				t.Error(err)
			}
			o.crash.Unlock()
		}
	})
	o.work(func(n int) {
		if n == 100 || n == 200 || n == 300 {
			crashes <- struct{}{}
		}
	})
	close(crashes)
	crashing.Wait()
	o.settle()
	for _, fault := range append(o.faults, o.odd...) {
		t.Error(fault)
	}
	if o.refusals == 0 {
		t.Error("no crash was felt: they came too late to prove anything")
	}
	t.Logf("%d acknowledged, %d refused, %d unknown and repeated, %d views", len(o.acked), o.refusals, o.unknown, o.views)
}

// Without its lock the store must fail the same test.
func TestWithoutItsLockTheOrderBreaks(t *testing.T) {
	o := newOffice(t, sharedServer(t).Database(t)+"&options=-c%20deadlock_timeout%3D10ms")
	o.hasty = true
	for _, store := range o.stores {
		store.Unlock()
	}
	o.work(func(int) {})
	if len(o.faults) == 0 {
		o.settle()
	}
	if len(o.faults) == 0 {
		t.Error("nobody noticed that the lock was gone")
	}
}
