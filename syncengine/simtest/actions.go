package simtest

import (
	"context"

	"raksa/syncengine"
)

// An action is something that people, the link or bad luck do. It reports
// whether it could be done at this moment.
type action struct {
	name   string
	weight int
	do     func(*world) bool
}

var actions []action

// A variable that is set here, since the functions lead back to it.
func init() {
	actions = []action{
		{"page opened", 10, (*world).openPage},
		{"page saved", 18, (*world).savePage},
		{"contested field settled", 4, (*world).settle},
		{"request sent", 16, (*world).send},
		{"message delivered", 26, (*world).deliver},
		{"message lost", 3, (*world).lose},
		{"message repeated", 3, (*world).repeat},
		{"message cut", 2, (*world).cut},
		{"clock set wrong", 2, (*world).setClock},
		{"tablet locked", 2, (*world).lock},
		{"tablet unlocked", 3, (*world).unlock},
		{"tablet backed up", 3, (*world).backUpTablet},
		{"tablet restored", 1, (*world).restoreTablet},
		{"tablet cloned", 1, (*world).cloneTablet},
		{"tablet destroyed", 1, (*world).destroyTablet},
		{"office backed up", 2, (*world).backUpOffice},
		{"office restored", 1, (*world).restoreOffice},
		{"change quarantined or released", 3, (*world).orderQuarantine},
		{"record erased", 1, (*world).orderErasure},
	}
}

func (w *world) setClock() bool {
	const day = 24 * 3600 * 1000
	wrong := []int64{0, 0, 5 * 60_000, -3 * 3_600_000, 2 * day, -400 * day, 3650 * day, -w.nowMillis}
	w.someTablet().aheadMillis = wrong[w.rng.IntN(len(wrong))]
	return true
}

func (w *world) lock() bool {
	r := w.someTablet()
	if r.keys.Locked {
		return false
	}
	r.keys.Locked, r.open = true, nil
	return true
}

func (w *world) unlock() bool {
	r := w.someTablet()
	if !r.keys.Locked {
		return false
	}
	w.unlockNow(r)
	return true
}

func (w *world) unlockNow(r *replica) {
	r.keys.Locked = false
	w.must(r.name+": unlock", w.update(r, func(tx syncengine.Tx) error { return w.steps.Unlock(r.engine, tx) }))
}

func (w *world) backUpTablet() bool { return w.backUp(w.someTablet()) }
func (w *world) backUpOffice() bool { return w.backUp(w.office) }

func (w *world) backUp(r *replica) bool {
	r.backups = append(r.backups, r.store.Clone())
	if len(r.backups) > 3 {
		r.backups = r.backups[1:]
	}
	return true
}

// putBack replaces the store by one of its backups.
func (w *world) putBack(r *replica) bool {
	if len(r.backups) == 0 {
		return false
	}
	r.store = r.backups[w.rng.IntN(len(r.backups))].Clone()
	r.open, r.ladder = nil, map[string]bool{}
	return true
}

func (w *world) restoreTablet() bool {
	if !w.putBack(w.someTablet()) {
		return false
	}
	w.mourn()
	return true
}

// restoreOffice puts an old backup in place. The operator gives the office a new
// node id, so that its own chain does not fork.
func (w *world) restoreOffice() bool {
	if !w.putBack(w.office) {
		return false
	}
	w.become(w.office)
	w.mourn()
	return true
}

func (w *world) cloneTablet() bool {
	if len(w.tablets) >= tabletsMax {
		return false
	}
	from := w.someTablet()
	r := &replica{name: from.name + "'", store: from.store.Clone(), narrow: from.narrow, ladder: map[string]bool{}}
	w.fit(r)
	r.keys.Locked = from.keys.Locked
	w.tablets = append(w.tablets, r)
	return true
}

func (w *world) destroyTablet() bool {
	if len(w.tablets) < 3 {
		return false
	}
	at := w.rng.IntN(len(w.tablets))
	w.tablets[at].destroyed = true
	w.tablets = append(w.tablets[:at:at], w.tablets[at+1:]...)
	w.mourn()
	return true
}

// orderQuarantine has the office hold, release or discard a change that it has.
func (w *world) orderQuarantine() bool {
	var known []syncengine.ChangeID
	for _, id := range sorted(w.truth.changes) {
		if w.truth.changes[id].order == nil && w.holds(w.office, id) {
			known = append(known, id)
		}
	}
	if len(known) == 0 {
		return false
	}
	id := known[w.rng.IntN(len(known))]
	ops := []syncengine.Op{syncengine.OpQuarantine, syncengine.OpQuarantine, syncengine.OpRelease, syncengine.OpDiscard}
	return w.order(w.truth.changes[id].record, syncengine.Control{Op: ops[w.rng.IntN(len(ops))], Change: id, Reason: "odd"})
}

func (w *world) orderErasure() bool {
	if w.rng.IntN(4) != 0 {
		return false
	}
	return w.order(w.someRecord(), syncengine.Control{Op: syncengine.OpErase, Reason: "asked_for"})
}

// order saves a control change at the office and puts it into the control stream.
func (w *world) order(record syncengine.RecordID, control syncengine.Control) bool {
	var c *syncengine.Change
	draft := syncengine.Draft{Record: record, Kind: syncengine.KindControl, Form: "control/1", Writes: control.Writes()}
	err := w.update(w.office, func(tx syncengine.Tx) (err error) {
		if c, err = w.office.engine.Save(tx, draft, syncengine.Moment{WallMillis: w.nowMillis, Random: w.random}); err != nil {
			return err
		}
		return w.steps.Publish(tx, streamControl, []*syncengine.Change{c})
	})
	if err != nil {
		w.must("order", err)
		return false
	}
	w.everHeld[c.ID()] = true
	w.truth.note(c, &typed{record: record, order: &control, stamp: c.Stamp})
	return true
}

// holds reports whether a change is in a replica's log.
func (w *world) holds(r *replica, id syncengine.ChangeID) (here bool) {
	_ = r.store.View(context.Background(), func(tx syncengine.Tx) error {
		_, err := tx.Change(id)
		here = err == nil
		return nil
	})
	return here
}
