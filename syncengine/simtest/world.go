package simtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/storetest"
)

// Result is what one run came to.
type Result struct {
	Seed       uint64
	Violations []string
	Counts     Counts
}

// Counts tells how often each thing happened.
type Counts map[string]int

// Add puts the counts of another run on top.
func (c Counts) Add(other Counts) {
	for what, n := range other {
		c[what] += n
	}
}

const (
	streamCenter  = "center/1"
	streamControl = "control"

	identity  = syncengine.Class(2)
	indicator = syncengine.Class(4)
	interview = syncengine.Kind(2)

	recordsMax = 3
	tabletsMax = 5
	// crashOneIn is how many updates there are for one that is cut before its commit.
	crashOneIn = 25
)

var streams = []string{streamControl, streamCenter} // control goes first

var errCrash = errors.New("killed before the commit")

type world struct {
	steps     Steps
	rng       *rand.Rand
	random    io.Reader
	nowMillis int64
	tablets   []*replica
	office    *replica
	link      []message // in flight, either way
	truth     truth
	counts    Counts
	calm      bool // faults are over
	// everHeld are the ids that some office has committed at some time.
	everHeld   map[syncengine.ChangeID]bool
	violations []string
}

// A replica is a tablet or the office.
type replica struct {
	name    string
	store   *memstore.Store
	engine  *syncengine.Engine
	keys    *storetest.Keys
	backups []*memstore.Store
	// What follows is of tablets only.
	aheadMillis int64           // how wrong its clock is
	narrow      bool            // gets no identity blocks from the office
	open        *screen         // the page that somebody is filling in
	ladder      map[string]bool // streams whose next request offers many positions
	turn        int             // which own chain asks next
	destroyed   bool
}

// Run plays one seed for a number of steps, heals, and checks.
func Run(seed uint64, steps int, with Steps) Result {
	w := &world{
		steps: with, rng: rand.New(rand.NewPCG(seed, 1)), nowMillis: 1_800_000_000_000,
		counts: Counts{}, everHeld: map[syncengine.ChangeID]bool{},
		truth: truth{changes: map[syncengine.ChangeID]*typed{}},
	}
	var key [32]byte
	key[0], key[1], key[2], key[3] = byte(seed), byte(seed>>8), byte(seed>>16), byte(seed>>24)
	w.random = with.Random(rand.NewChaCha8(key))
	w.office = w.newReplica("office")
	for range 2 + w.rng.IntN(2) {
		w.tablets = append(w.tablets, w.newReplica(fmt.Sprintf("tablet %d", len(w.tablets)+1)))
	}
	w.tablets[0].narrow = w.rng.IntN(3) == 0
	for range steps {
		w.nowMillis += w.rng.Int64N(60_000)
		w.act()
		if len(w.violations) > 0 {
			break
		}
	}
	if len(w.violations) == 0 && w.heal() {
		w.check()
	}
	return Result{Seed: seed, Violations: w.violations, Counts: w.counts}
}

func (w *world) newReplica(name string) *replica {
	r := &replica{name: name, store: &memstore.Store{}, ladder: map[string]bool{}}
	w.fit(r)
	w.become(r)
	return r
}

// fit gives a replica its engine and an unlocked key holder.
func (w *world) fit(r *replica) {
	r.keys = &storetest.Keys{}
	r.engine = &syncengine.Engine{Keys: w.steps.Keys(r.keys), Codec: syncengine.Codec{
		Dictionary: func(string) []byte { return nil },
		PadStep:    func(syncengine.Class) int { return 0 },
	}}
}

// become gives a replica a node id of its own; no crash can come between.
func (w *world) become(r *replica) {
	var node syncengine.NodeID
	w.drawID(node[:])
	err := r.store.Update(context.Background(), func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, node) })
	w.must("become a node", err)
}

func (w *world) drawID(into []byte) {
	for i := range into {
		into[i] = byte(w.rng.Uint32())
	}
}

// update runs fn in one transaction, which is sometimes cut before its commit.
func (w *world) update(r *replica, fn func(syncengine.Tx) error) error {
	crash := !w.calm && w.rng.IntN(crashOneIn) == 0
	err := r.store.Update(context.Background(), func(tx syncengine.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if crash {
			return errCrash
		}
		return nil
	})
	if errors.Is(err, errCrash) {
		w.counts["killed before a commit"]++
	}
	return err
}

func (w *world) view(r *replica, fn func(syncengine.Tx) error) {
	w.must(r.name+": view", r.store.View(context.Background(), fn))
}

func (w *world) fail(format string, args ...any) {
	w.violations = append(w.violations, fmt.Sprintf(format, args...))
}

// must makes an error that nothing explains a violation.
func (w *world) must(what string, err error) {
	if err != nil && !errors.Is(err, errCrash) {
		w.fail("%s: %v", what, err)
	}
}

// wallMillis is what the replica's clock shows.
func (w *world) wallMillis(r *replica) int64 { return w.nowMillis + r.aheadMillis }

func (w *world) someTablet() *replica { return w.tablets[w.rng.IntN(len(w.tablets))] }

func (w *world) someRecord() syncengine.RecordID {
	return syncengine.RecordID{byte(1 + w.rng.IntN(recordsMax))}
}

// act takes one step by chance. Everyday steps are far more likely than disasters.
func (w *world) act() {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	at := w.rng.IntN(total)
	for _, a := range actions {
		if at -= a.weight; at < 0 {
			if a.do(w) {
				w.counts[a.name]++
			}
			return
		}
	}
}

// sorted gives the keys of a map of ids in one order, so that a seed replays.
func sorted[V any](m map[syncengine.ChangeID]V) []syncengine.ChangeID {
	return slices.SortedFunc(maps.Keys(m), func(a, b syncengine.ChangeID) int { return slices.Compare(a[:], b[:]) })
}
