package simtest

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"slices"

	"raksa/syncengine"
)

// A tablet that comes late begins with bases, and one that stays keeps a base of
// what settled. The hosts' part of that is here, at its plainest; offers and
// pages are in snapshot.go.

// Cells of it on a tablet.
const (
	bucketStable = "sim-stable" // stream: the position that every backup of the office holds
	bucketLoad   = "sim-load"   // stream: a snapshot on its way
	// bucketCommits counts at the office what a lagging copy may lack.
	bucketCommits = "sim-commits"
)

// loading is a snapshot on its way to a tablet.
type loading struct {
	Offer      syncengine.Offer
	Below, Sum uint64
}

func loadingOf(cells syncengine.Cells, r *replica) (*loading, error) {
	for _, stream := range r.streams {
		raw, err := cells.Get(bucketLoad, []byte(stream))
		if err != nil {
			return nil, err
		}
		if raw != nil {
			l := &loading{}
			return l, json.Unmarshal(raw, l)
		}
	}
	return nil, nil
}

func (l *loading) store(cells syncengine.Cells) error {
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return cells.Put(bucketLoad, []byte(l.Offer.At.Stream), raw)
}

// compact takes settled changes of one record out of a tablet's log.
func (w *world) compact() bool {
	r, id := w.someTablet(), w.someRecord(w.office)
	if r.keys.locked {
		return false
	}
	var before, after []*syncengine.Change
	err := w.update(r, "compaction", func(tx syncengine.Tx) (err error) {
		if before, err = tx.Record(id); err != nil {
			return err
		}
		stable := map[string]uint64{}
		for _, stream := range r.streams {
			raw, err := tx.Get(bucketStable, []byte(stream))
			if err != nil {
				return err
			}
			if raw != nil {
				var at uint64
				if err := json.Unmarshal(raw, &at); err != nil {
					return err
				}
				stable[stream] = at
			}
		}
		if _, err = w.steps.Compact(r.engine, tx, id, w.steps.Settled(tx, stable)); err != nil {
			return err
		}
		after, err = tx.Record(id)
		return err
	})
	w.must(r.name+": compact", err)
	if !kept(err) || len(after) == len(before) {
		return false
	}
	for _, c := range before {
		if !slices.Contains(after, c) {
			w.settled[c.ID()] = true
		}
	}
	return true
}

// basesStand is held at every disaster: whatever became of the office, it has
// what some tablet keeps as a base only.
func (w *world) basesStand() {
	for _, one := range w.truth.list {
		if w.settled[one.id] && !w.holds(w.office, one.id) {
			w.fail("stable", "the office lost seq %d of node %x, of which a tablet keeps only what it came to", one.seq, one.node[:2])
		}
	}
}

// covered lists the changes that the base of a record stands for, and the
// classes of which it has the state.
func (w *world) covered(r *replica, id syncengine.RecordID) (folded, out []syncengine.ChangeID, classes map[syncengine.Class]bool) {
	classes = map[syncengine.Class]bool{}
	w.view(r, func(tx syncengine.Tx) error {
		covers, err := syncengine.Covered(tx, id)
		if err != nil || covers == nil {
			return err
		}
		short := map[uint64]syncengine.Cover{}
		for _, c := range covers {
			short[c.Short] = c
		}
		for _, one := range w.truth.list {
			c, named := short[binary.BigEndian.Uint64(one.id[:8])]
			switch {
			case !named:
			case c.Out:
				out = append(out, one.id)
			default:
				folded = append(folded, one.id)
			}
		}
		if len(folded)+len(out) != len(covers) {
			w.fail("I4", "the base of record %x at %s names what nobody saved", id[0], r.name)
		}
		return tx.Scan("base-state", id[:], func(key, _ []byte) error {
			classes[syncengine.Class(key[len(id)])] = true
			return nil
		})
	})
	return folded, out, classes
}

func (w *world) hasBase(r *replica, id syncengine.RecordID) bool {
	folded, out, _ := w.covered(r, id)
	return len(folded)+len(out) > 0
}

// knows reports whether a tablet has a change, or a base that stands for it.
func (w *world) knows(r *replica, one *typed) bool {
	if w.holds(r, one.id) {
		return true
	}
	folded, out, _ := w.covered(r, one.record)
	return slices.Contains(folded, one.id) || slices.Contains(out, one.id)
}

// outdated reports whether a record's base is to be fetched anew, or will be once
// an office that lost an order about it has it back.
func (w *world) outdated(r *replica, id syncengine.RecordID) (yes bool) {
	w.view(r, func(tx syncengine.Tx) error {
		wanted, err := syncengine.Wanted(tx, recordsMax)
		yes = slices.Contains(wanted, id)
		base, errBase := syncengine.Covered(tx, id)
		log, errLog := tx.Record(id)
		for _, c := range log {
			if base == nil || c.Kind != syncengine.KindControl {
				continue
			}
			in, err := syncengine.InStream(tx, streamControl, c.ID())
			if err != nil {
				return err
			}
			yes = yes || !in
		}
		return errors.Join(err, errBase, errLog)
	})
	return yes
}

// stableOf gives the position of a stream that the office has, whatever it is put
// back to: that of its oldest backup, once no copy lags behind that.
func (w *world) stableOf(tx syncengine.Tx, stream string) (at syncengine.Position, digest uint64, err error) {
	if len(w.office.backups) == 0 {
		return at, 0, nil
	}
	now, err := commitsOf(tx)
	if err != nil {
		return at, 0, err
	}
	err = w.office.backups[0].View(ctx, func(old syncengine.Tx) error {
		then, err := commitsOf(old)
		if err == nil && then+commitsKept <= now {
			at, digest, err = syncengine.StreamHead(old, stream)
		}
		return err
	})
	if err != nil || at.Position == 0 {
		return syncengine.Position{}, 0, err
	}
	known, err := syncengine.KnowsPosition(tx, at)
	for _, other := range w.office.backups[1:] {
		err = errors.Join(err, other.View(ctx, func(old syncengine.Tx) error {
			there, err := syncengine.KnowsPosition(old, at)
			known = known && there
			return err
		}))
	}
	if !known {
		return syncengine.Position{}, 0, err
	}
	return at, digest, err
}

func commitsOf(cells syncengine.Cells) (n int, err error) {
	raw, err := cells.Get(bucketCommits, nil)
	if err != nil || raw == nil {
		return 0, err
	}
	return n, json.Unmarshal(raw, &n)
}

func countCommit(cells syncengine.Cells) error {
	n, err := commitsOf(cells)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(n + 1)
	return errors.Join(err, cells.Put(bucketCommits, nil, raw))
}

// past is some quiet days with a backup at their end, without which nothing
// counts as settled in so short a run.
func (w *world) past() {
	w.calm = true
	for range 8 + w.rng.IntN(8) {
		w.nowMillis += w.rng.Int64N(60_000)
		w.savePage()
	}
	for range 4 {
		for _, r := range w.tablets {
			w.exchange(r)
		}
	}
	w.backUpOffice()
	for range commitsKept {
		w.exchange(w.someTablet())
	}
	w.calm = false
	w.counts["office with a past"]++
	if w.rng.IntN(2) == 0 {
		w.join()
		w.send()
	}
}

// join lets a tablet begin that has nothing yet.
func (w *world) join() bool {
	if len(w.tablets) >= tabletsMax {
		return false
	}
	w.joined++
	r := w.newReplica("late tablet "+string('0'+rune(w.joined%10)), 1+w.rng.IntN(2))
	r.narrow = w.rng.IntN(4) == 0
	w.tablets = append(w.tablets, r)
	return true
}
