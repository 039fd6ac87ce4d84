package simtest

import (
	"slices"

	"raksa/syncengine"
)

// order saves a control change at the office and puts it into the control stream.
func (w *world) order(record syncengine.RecordID, control syncengine.Control, also func(syncengine.Tx) error) bool {
	var c *syncengine.Change
	err := w.update(w.office, "order", func(tx syncengine.Tx) (err error) {
		if also != nil {
			if err = also(tx); err != nil {
				return err
			}
		}
		c, err = w.saveOrder(tx, record, control)
		return err
	})
	if !kept(err) {
		w.must("order", err)
		return false
	}
	w.ordered(c)
	return true
}

func (w *world) saveOrder(tx syncengine.Tx, record syncengine.RecordID, control syncengine.Control) (*syncengine.Change, error) {
	draft := syncengine.Draft{Record: record, Kind: syncengine.KindControl, Form: "control/1", Writes: control.Writes()}
	c, err := w.office.engine.Save(tx, draft, syncengine.Moment{WallMillis: w.nowMillis, Random: w.random})
	if err != nil {
		return nil, err
	}
	return c, w.steps.Publish(tx, streamControl, []*syncengine.Change{c})
}

// ordered notes an order that was committed.
func (w *world) ordered(c *syncengine.Change) {
	w.everHeld[c.ID()] = true
	control, err := w.office.engine.ReadControl(c)
	w.must("read an order", err)
	w.truth.note(c, &typed{record: c.Record, order: &control})
}

// orderQuarantine has the office hold, release or discard a change that it has.
func (w *world) orderQuarantine() bool {
	var known []*typed
	for _, one := range w.truth.list {
		if one.order == nil && !one.forged && w.holds(w.office, one.id) {
			known = append(known, one)
		}
	}
	if len(known) == 0 {
		return false
	}
	one := known[w.rng.IntN(len(known))]
	ops := []syncengine.Op{syncengine.OpQuarantine, syncengine.OpQuarantine, syncengine.OpRelease, syncengine.OpDiscard}
	op := ops[w.rng.IntN(len(ops))]
	if !w.order(one.record, syncengine.Control{Op: op, Change: one.id, Reason: "odd"}, nil) {
		return false
	}
	w.counts["order: "+string(op)]++
	return true
}

func (w *world) orderErasure() bool {
	return w.rng.IntN(4) == 0 && w.order(w.someRecord(w.office), syncengine.Control{Op: syncengine.OpErase, Reason: "asked_for"}, nil)
}

func (w *world) orderWithdrawal() bool {
	return w.order(w.someRecord(w.office), syncengine.Control{Op: syncengine.OpWithdraw, Target: "referral"}, nil)
}

// orderTransfer lets a record enter the other center's stream as well.
func (w *world) orderTransfer() bool {
	id := w.someRecord(w.office)
	scope := w.scope(id)
	if len(scope) != 1 {
		return false
	}
	to := 3 - int(scope[0])
	control := syncengine.Control{Op: syncengine.OpTransfer, Target: streamOf(to)}
	return w.order(id, control, func(tx syncengine.Tx) error { return w.enter(tx, id, to) })
}

// orderEviction lets a record leave one of the streams that it is in.
func (w *world) orderEviction() bool {
	id := w.someRecord(w.office)
	scope := w.scope(id)
	if len(scope) == 0 {
		return false
	}
	at := w.rng.IntN(len(scope))
	left := append([]byte{}, slices.Delete(slices.Clone(scope), at, at+1)...)
	control := syncengine.Control{Op: syncengine.OpEvict, Target: streamOf(int(scope[at]))}
	return w.order(id, control, func(tx syncengine.Tx) error { return tx.Put(bucketScope, id[:], left) })
}

// scope lists the centers that a record is in, as the office has it.
func (w *world) scope(id syncengine.RecordID) (scope []byte) {
	w.view(w.office, func(tx syncengine.Tx) (err error) {
		scope, err = tx.Get(bucketScope, id[:])
		return err
	})
	return scope
}

// revoke ends what a device may read; what it saved is still taken, and held back.
func (w *world) revoke() bool {
	r := w.someTablet()
	if w.revoked(r) {
		return false
	}
	control := syncengine.Control{Op: syncengine.OpRevoke, Target: r.name}
	return w.order(syncengine.RecordID{0xDD}, control, func(tx syncengine.Tx) error {
		return tx.Put(bucketRevoked, []byte(r.name), []byte{})
	})
}

// enrollAgain lets a revoked device read again, under a new node id.
func (w *world) enrollAgain() bool {
	for _, r := range w.tablets {
		if w.revoked(r) {
			err := w.update(w.office, "enrolment", func(tx syncengine.Tx) error { return tx.Delete(bucketRevoked, []byte(r.name)) })
			w.must("enrol again", err)
			if kept(err) {
				w.become(r)
			}
			return kept(err)
		}
	}
	return false
}

func (w *world) revoked(r *replica) (revoked bool) {
	w.view(w.office, func(tx syncengine.Tx) error {
		cell, err := tx.Get(bucketRevoked, []byte(r.name))
		revoked = cell != nil
		return err
	})
	return revoked
}
