package simtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
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
	streamControl = "control"

	identity  = syncengine.Class(2)
	indicator = syncengine.Class(4)
	interview = syncengine.Kind(2)

	recordsMax = 3
	tabletsMax = 5
	// commitsKept is how many commits a database can lose from its end.
	commitsKept = 6
	// fateOneIn is how many updates there are for one that does not go well.
	fateOneIn = 20
)

// streamOf names the stream of a center.
func streamOf(center int) string { return [...]string{"center/0", "center/1", "center/2"}[center] }

var (
	ctx = context.Background()

	errKilled = errors.New("killed before the commit")
	errFull   = errors.New("no space left on the disk")
	// errKilledAfter: what was done is kept, and nobody was told.
	errKilledAfter = errors.New("killed after the commit")
)

type world struct {
	steps     Steps
	rng       *rand.Rand
	random    io.Reader
	nowMillis int64
	tablets   []*replica
	office    *replica
	link      []message // in flight, either way
	shelf     []bundle  // on sticks
	truth     truth
	counts    Counts
	calm      bool // faults are over
	// everHeld are the ids that some office has committed at some time.
	everHeld map[syncengine.ChangeID]bool
	// entered are the records and centers that were ever one another's.
	entered map[[2]byte]bool
	// settled are the changes that some tablet keeps as a base only.
	settled    map[syncengine.ChangeID]bool
	joined     int  // tablets that came late
	rewound    bool // an office has lost something at some time
	violations []string
}

// A replica is a tablet or the office.
type replica struct {
	name    string
	store   *memstore.Store
	engine  *syncengine.Engine
	keys    *keys
	backups []*memstore.Store
	updated bool // its program knows the newest form version
	// What follows is of tablets only.
	center      int
	streams     []string        // that it pulls, control first
	aheadMillis int64           // how wrong its clock is
	narrow      bool            // gets no identity blocks from the office
	open        *screen         // the page that somebody is filling in
	ladder      map[string]bool // streams whose next request offers many positions
	turn        int             // which own chain asks next
	giving      giving          // what it gives back to a restored office
	lastPage    snapshotPage
	destroyed   bool
}

// Run plays one seed for a number of steps, heals, and checks.
func Run(seed uint64, steps int, with Steps) Result {
	w := &world{
		steps: with, rng: rand.New(rand.NewPCG(seed, 1)), nowMillis: 1_800_000_000_000,
		counts: Counts{}, everHeld: map[syncengine.ChangeID]bool{}, entered: map[[2]byte]bool{},
		settled: map[syncengine.ChangeID]bool{},
		truth:   truth{changes: map[syncengine.ChangeID]*typed{}, salts: map[[16]byte]bool{}},
	}
	var key [32]byte
	key[0], key[1], key[2], key[3] = byte(seed), byte(seed>>8), byte(seed>>16), byte(seed>>24)
	w.random = with.Random(rand.NewChaCha8(key))
	w.office = w.newReplica("office", 0)
	for i := range 2 + w.rng.IntN(2) {
		w.tablets = append(w.tablets, w.newReplica([...]string{"tablet 1", "tablet 2", "tablet 3"}[i], 1+i/2))
	}
	w.tablets[0].narrow = w.rng.IntN(3) == 0
	if w.rng.IntN(3) == 0 {
		w.past()
	}
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

func (w *world) newReplica(name string, center int) *replica {
	r := &replica{name: name, store: &memstore.Store{Trusting: true}, center: center, ladder: map[string]bool{}}
	r.updated = w.rng.IntN(2) == 0
	w.fit(r)
	w.become(r)
	r.store.Keep = commitsKept
	return r
}

// fit gives a replica its engine, an unlocked key holder and its streams.
func (w *world) fit(r *replica) {
	r.keys = &keys{}
	r.engine = &syncengine.Engine{Keys: w.steps.Keys(r.keys), Codec: syncengine.Codec{
		Dictionary: func(form string) []byte {
			if form == formNew && r.updated {
				return wordsNew
			}
			return nil
		},
		PadStep: func(syncengine.Class) int { return 0 },
	}}
	if r.center > 0 {
		r.streams = []string{streamControl, streamOf(r.center)}
	}
}

// become gives a replica a node id of its own; no crash can come between.
func (w *world) become(r *replica) {
	var node syncengine.NodeID
	w.drawID(node[:])
	err := r.store.Update(ctx, func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, node) })
	w.must("become a node", err)
}

func (w *world) drawID(into []byte) {
	for i := range into {
		into[i] = byte(w.rng.Uint32())
	}
}

// update runs fn in one transaction. Sometimes the program is killed before or
// after the commit, or the disk is full; point names what was being done.
func (w *world) update(r *replica, point string, fn func(syncengine.Tx) error) error {
	fate := error(nil)
	if !w.calm {
		odds := 3 * fateOneIn
		if point == pageOfBases {
			odds /= 5
		}
		switch w.rng.IntN(odds) {
		case 0:
			fate = errKilled
		case 1:
			fate = errKilledAfter
		case 2:
			fate = errFull
		}
	}
	err := r.store.Update(ctx, func(tx syncengine.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if fate != errKilledAfter && fate != nil {
			return fate
		}
		if r == w.office {
			return countCommit(tx)
		}
		return nil
	})
	if fate == nil || err != nil && err != fate {
		return err
	}
	who := "tablet"
	if r == w.office {
		who = "office"
	}
	if fate == errFull {
		w.counts["disk full at the "+who]++
		return fate
	}
	w.counts[who+" killed: "+point+", "+map[bool]string{true: "after", false: "before"}[fate == errKilledAfter]+" the commit"]++
	w.restart(r)
	return fate
}

// restart loses what a program had in memory. Mostly somebody unlocks it at once.
func (w *world) restart(r *replica) {
	r.open, r.ladder, r.giving = nil, map[string]bool{}, giving{}
	if w.rng.IntN(3) == 0 {
		r.keys.locked = true
	}
}

// explained reports an error that a fault put in explains.
func explained(err error) bool { return err == errKilled || err == errKilledAfter || err == errFull }

// kept reports whether what an update did is in the store.
func kept(err error) bool { return err == nil || err == errKilledAfter }

func (w *world) view(r *replica, fn func(syncengine.Tx) error) {
	w.must(r.name+": view", r.store.View(ctx, fn))
}

// fail says which invariant does not hold.
func (w *world) fail(invariant, format string, args ...any) {
	w.violations = append(w.violations, invariant+": "+fmt.Sprintf(format, args...))
}

// must makes an error that nothing explains a violation.
func (w *world) must(what string, err error) {
	if err != nil && !explained(err) {
		w.fail("no error without a cause", "%s: %v", what, err)
	}
}

// wallMillis is what the replica's clock shows.
func (w *world) wallMillis(r *replica) int64 { return w.nowMillis + r.aheadMillis }

func (w *world) someTablet() *replica { return w.tablets[w.rng.IntN(len(w.tablets))] }

// someRecord is one that a tablet may have to do with: of its own center, or one
// that it holds the keys of.
func (w *world) someRecord(r *replica) syncengine.RecordID {
	id := syncengine.RecordID{byte(1 + w.rng.IntN(recordsMax))}
	if r.center == 0 || homeOf(id) == r.center || w.wrap(r, id) != nil {
		return id
	}
	return syncengine.RecordID{byte(r.center)}
}

// homeOf is the center that a record is opened in.
func homeOf(id syncengine.RecordID) int { return 1 + int(id[0]-1)%2 }

// wrap gives the classes whose keys a replica holds of a record.
func (w *world) wrap(r *replica, id syncengine.RecordID) (held []byte) {
	_ = r.store.View(ctx, func(tx syncengine.Tx) (err error) {
		held, err = tx.Get(bucketWrap, id[:])
		return err
	})
	return held
}

// holds reports whether a change is in a replica's log.
func (w *world) holds(r *replica, id syncengine.ChangeID) (here bool) {
	_ = r.store.View(ctx, func(tx syncengine.Tx) error {
		_, err := tx.Change(id)
		here = err == nil
		return nil
	})
	return here
}

// act takes one step by chance. Everyday steps are far more likely than disasters.
func (w *world) act() {
	at := w.rng.IntN(actionsWeight)
	for i := range actions {
		if at -= actions[i].weight; at < 0 {
			if actions[i].do(w) {
				w.counts[actions[i].name]++
			}
			return
		}
	}
}
