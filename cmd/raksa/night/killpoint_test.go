package night

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"raksa/syncengine"
)

// childKill names where a child kills itself, with the count of passing by:
// "before-commit 7". Nothing of it is in the program that is shipped: it stands
// in the store that a test gives to the host.
const childKill = "RAKSA_TEST_KILL"

// Points of a life where a process may be killed. What the numbers fall on (a
// save, a receipt, a page of news, an exchange at the office, the admission of
// what came in) is drawn.
const (
	killAfterAppend  = "after-append"  // the change is in the log, and nothing that follows from it
	killBeforeCommit = "before-commit" // all is written, and not committed
	killAfterCommit  = "after-commit"  // committed, and nobody was told
	killAfterRead    = "after-read"    // the request is built and not sent; the answer came and is not taken
)

var killPoints = []string{killAfterAppend, killBeforeCommit, killAfterCommit, killAfterRead}

// drawKill gives a point and a count for one life; every other life has none,
// and is killed from outside at any moment.
func drawKill(random *mathrand.Rand, life, most int) string {
	if life%2 == 0 {
		return ""
	}
	return killPoints[life/2%len(killPoints)] + " " + strconv.Itoa(1+random.IntN(most))
}

// fatal is a store that kills its process at a point.
type fatal struct {
	syncengine.Store
	point string
	left  atomic.Int64
}

// fated puts a store under the point of this child, if it has one.
func fated(store syncengine.Store) (syncengine.Store, error) {
	point, count, named := strings.Cut(os.Getenv(childKill), " ")
	if !named {
		return store, nil
	}
	left, err := strconv.Atoi(count)
	if err != nil {
		return nil, fmt.Errorf("count of the kill: %w", err)
	}
	f := &fatal{Store: store, point: point}
	f.left.Store(int64(left))
	return f, nil
}

// Unwrap gives the store itself.
func (f *fatal) Unwrap() syncengine.Store { return f.Store }

// armed is off while an office starts, which must say where it serves first.
var armed atomic.Bool

func init() { armed.Store(true) }

func (f *fatal) pass(point string) {
	if armed.Load() && f.point == point && f.left.Add(-1) == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// Update implements syncengine.Store.
func (f *fatal) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	err := f.Store.Update(ctx, func(tx syncengine.Tx) error {
		err := fn(&fatalTx{Tx: tx, store: f})
		if err == nil {
			f.pass(killBeforeCommit)
		}
		return err
	})
	if err == nil {
		f.pass(killAfterCommit)
	}
	return err
}

// View implements syncengine.Store.
func (f *fatal) View(ctx context.Context, fn func(syncengine.Tx) error) error {
	err := f.Store.View(ctx, fn)
	f.pass(killAfterRead)
	return err
}

type fatalTx struct {
	syncengine.Tx
	store *fatal
}

// Append implements syncengine.Tx.
func (t *fatalTx) Append(c *syncengine.Change) (bool, error) {
	added, err := t.Tx.Append(c)
	t.store.pass(killAfterAppend)
	return added, err
}
