package simtest

import (
	"errors"

	"raksa/syncengine"
)

// An action is something that people, the link or bad luck do. It reports
// whether it could be done at this moment.
type action struct {
	name   string
	weight int
	do     func(*world) bool
}

var (
	actions       []action
	actionsWeight int
)

// A variable that is set here, since the functions lead back to it.
func init() {
	actions = []action{
		{"page opened", 10, (*world).openPage},
		{"page saved", 20, (*world).savePage},
		{"two pages saved at once", 2, (*world).saveTwo},
		{"contested field settled", 4, (*world).settle},
		{"struck answer written again", 2, (*world).unstrike},
		{"request sent", 18, (*world).send},
		{"message delivered", 30, (*world).deliver},
		{"message lost", 3, (*world).lose},
		{"message repeated", 3, (*world).repeat},
		{"message damaged", 2, (*world).cut},
		{"block taken out of an answer", 1, (*world).strike},
		{"clock set wrong", 2, (*world).setClock},
		{"locked", 2, (*world).lock},
		{"unlocked", 5, (*world).unlock},
		{"program updated", 1, (*world).updateProgram},
		{"tablet backed up", 2, (*world).backUpTablet},
		{"tablet restored from a backup", 1, (*world).restoreTablet},
		{"tablet cloned", 1, (*world).cloneTablet},
		{"tablet lost the tail of its log", 1, (*world).rollTabletBack},
		{"tablet destroyed", 1, (*world).destroyTablet},
		{"office backed up", 2, (*world).backUpOffice},
		{"office restored from a backup", 1, (*world).restoreOffice},
		{"office failed over to a lagging copy", 2, (*world).failOver},
		{"stored change damaged", 1, (*world).damageChange},
		{"stored fold damaged", 1, (*world).damageFold},
		{"bundle written", 2, (*world).writeBundle},
		{"bundle brought to the office", 3, (*world).bringBundle},
		{"bundle brought to the wrong place", 1, (*world).misbringBundle},
		{"tablets met", 2, (*world).meet},
		{"change quarantined, released or discarded", 3, (*world).orderQuarantine},
		{"record erased", 1, (*world).orderErasure},
		{"consent withdrawn", 1, (*world).orderWithdrawal},
		{"record transferred", 2, (*world).orderTransfer},
		{"record evicted", 1, (*world).orderEviction},
		{"device revoked", 2, (*world).revoke},
		{"device enrolled again", 2, (*world).enrollAgain},
		{"late tablet begun", 2, (*world).join},
		{"page of bases asked for", 14, (*world).fetchPage},
		{"record compacted", 4, (*world).compact},
		{"order forged", 1, (*world).forge},
		{"replica looked into", 3, (*world).lookInto},
	}
	for _, a := range actions {
		actionsWeight += a.weight
	}
}

// setClock sets a clock wrong by minutes, hours, days or years, or back to 1970.
func (w *world) setClock() bool {
	const day = 24 * 3600 * 1000
	wrong := []int64{0, 0, 5 * 60_000, -3 * 3_600_000, 2 * day, -400 * day, 3650 * day, -w.nowMillis}
	w.someTablet().aheadMillis = wrong[w.rng.IntN(len(wrong))]
	return true
}

// someone is a tablet, or at times the office.
func (w *world) someone() *replica {
	if w.rng.IntN(4) == 0 {
		return w.office
	}
	return w.someTablet()
}

func (w *world) lock() bool {
	r := w.someone()
	if r.keys.locked {
		return false
	}
	r.keys.locked, r.open = true, nil
	return true
}

func (w *world) unlock() bool {
	if w.office.keys.locked {
		w.unlockNow(w.office)
		return true
	}
	for _, r := range w.tablets {
		if r.keys.locked {
			w.unlockNow(r)
			return true
		}
	}
	return false
}

func (w *world) unlockNow(r *replica) {
	r.keys.locked = false
	w.must(r.name+": unlock", w.update(r, "unlock", func(tx syncengine.Tx) error { return w.steps.Unlock(r.engine, tx) }))
}

// updateProgram brings a program that knows the newest form version.
func (w *world) updateProgram() bool {
	r := w.someone()
	if r.updated {
		return false
	}
	w.updateNow(r)
	return true
}

func (w *world) updateNow(r *replica) {
	r.updated, r.open = true, nil
	w.must(r.name+": update", r.store.Update(ctx, syncengine.Reopen))
	if !r.keys.locked {
		w.unlockNow(r)
	}
}

// foldNewer is what a program does at its start on a store that an older one
// wrote: blocks that did not open may open now.
func (w *world) foldNewer(r *replica) {
	if r.updated {
		w.updateNow(r)
	}
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
	w.restart(r)
	w.foldNewer(r)
	w.mourn()
	return true
}

func (w *world) restoreTablet() bool { return w.putBack(w.someTablet()) }

// restoreOffice puts an old backup in place, sometimes a second one at once. The
// operator gives the office a new node id, so that its own chain does not fork.
func (w *world) restoreOffice() bool {
	if !w.putBack(w.office) {
		return false
	}
	w.rewound = true
	if len(w.settled) > 0 {
		w.counts["office restored after a compaction"]++
	}
	if w.rng.IntN(3) == 0 {
		w.become(w.office)
		w.send()
		w.deliver()
		w.putBack(w.office)
		w.counts["office restored twice"]++
	}
	w.become(w.office)
	return true
}

// rollBack takes the last commits of a store away: a database copied back under
// a newer write-ahead log, whose tail SQLite then drops without a word.
func (w *world) rollBack(r *replica) bool {
	if r.store.RollBack(1+w.rng.IntN(commitsKept)) == 0 {
		return false
	}
	w.restart(r)
	w.foldNewer(r)
	w.mourn()
	return true
}

func (w *world) rollTabletBack() bool { return w.rollBack(w.someTablet()) }

// failOver is an office that goes on from a copy that lagged, and does not know it.
func (w *world) failOver() bool {
	if !w.rollBack(w.office) {
		return false
	}
	w.rewound = true
	if len(w.settled) > 0 {
		w.counts["office failed over after a compaction"]++
	}
	return true
}

func (w *world) cloneTablet() bool {
	if len(w.tablets) >= tabletsMax {
		return false
	}
	from := w.someTablet()
	r := &replica{
		name: from.name, store: from.store.Clone(), center: from.center, narrow: from.narrow,
		updated: from.updated, ladder: map[string]bool{},
	}
	w.fit(r)
	r.keys.locked = from.keys.locked
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

// damageChange flips a bit of a stored change. Reading and examining must notice
// it; then the store is repaired, as from a copy elsewhere.
func (w *world) damageChange() bool {
	if len(w.truth.list) == 0 {
		return false
	}
	r, one := w.someone(), w.truth.list[w.rng.IntN(len(w.truth.list))]
	before := r.store.Clone()
	if !r.store.Damage(one.id, w.rng.IntN(1<<16)) {
		return false
	}
	w.view(r, func(tx syncengine.Tx) error {
		if _, err := tx.Change(one.id); !errors.Is(err, syncengine.ErrDamaged) {
			w.fail("I1", "%s reads a damaged change: %v", r.name, err)
		}
		report, err := r.engine.Examine(tx)
		if len(report.Findings) == 0 && err == nil && one.order == nil && !one.forged {
			w.fail("I1", "%s: an examination does not notice a damaged change", r.name)
		}
		return nil
	})
	r.store = before
	return true
}

// damageFold flips a bit of a stored folded state, which is derived: the next
// reader folds anew.
func (w *world) damageFold() bool {
	r, id := w.someone(), w.someRecord(w.office)
	if r.keys.locked {
		return false
	}
	before, after, done := shown(w.read(r, id)), "", false
	w.must("damage", r.store.Update(ctx, func(tx syncengine.Tx) error {
		err := tx.Scan("state", id[:], func(key, value []byte) error {
			if done || len(value) == 0 {
				return nil
			}
			done = true
			value[w.rng.IntN(len(value))] ^= 1 << w.rng.IntN(8)
			return tx.Put("state", key, value)
		})
		if err != nil || !done {
			return err
		}
		rec, err := r.engine.Read(tx, id)
		after = shown(rec)
		return errors.Join(err, syncengine.MarkStale(tx, id))
	}))
	if done && after != before {
		w.fail("I3", "%s shows something else after its fold of record %x was damaged", r.name, id[0])
	}
	return done
}
