package server

import (
	"errors"
	"slices"
	"strings"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// A restored office takes back what its devices still have: first the list with
// the office's own signature over its end, then the changes that the log lacks.
// What is proven so is taken as it was; what is not is kept and quarantined.

// heldUnproven is the reason for a change that somebody gives back and the
// office has no proof of ever having had.
const heldUnproven = "relay_unproven"

// takeLost looks a device's list through, before anything else of the call.
func (v *visit) takeLost() error {
	lost := v.request.Lost
	if lost == nil {
		return nil
	}
	wanted, err := syncengine.Lacking(v.tx, lost)
	if err != nil {
		return err
	}
	reply := &syncengine.LostReply{Stream: lost.Stream, Wanted: wanted}
	v.answer.Lost = reply
	if len(wanted) == 0 {
		reply.Proven = true // nothing depends on it
		return nil
	}
	signs := v.office.Keys.SigningPublic()
	if !slices.Contains(streamsOf(v.device.Entry), lost.Stream) || vault.VerifyOffice(signs, lost.End().Digest(), lost.Proof) != nil {
		return nil
	}
	reply.Proven = true
	if err := v.office.meetRestore(v.tx, lost); err != nil {
		return err
	}
	return syncengine.Expect(v.tx, lost, wanted)
}

// tellWhere tells a device that gets no news where it and a restored office last
// stood together, and no more: so it gives back what only it still has.
func (v *visit) tellWhere(streams []string) error {
	for _, stream := range streams {
		positions := v.positions(stream)
		if len(positions) == 0 {
			continue
		}
		if known, err := syncengine.KnowsPosition(v.tx, positions[0]); err != nil {
			return err
		} else if known {
			continue
		}
		where, err := syncengine.Serve(v.tx, stream, positions, 0, v.mayRead)
		if err != nil {
			return err
		}
		v.answer.News = append(v.answer.News, syncengine.News{Stream: stream, Reset: true, After: where.After, Head: where.After})
	}
	return nil
}

// takeReturned takes changes back, each as it was where it is expected: from a
// revoked device too, for the proof is the office's own. Keys need trust.
func (v *visit) takeReturned() error {
	back, revoked := v.request.Returned, v.device.Entry.Revoked
	if back == nil || revoked && len(back.Keys) > 0 {
		return nil
	}
	if len(back.Keys) > 0 {
		return v.takeReturnedKeys(back)
	}
	if !slices.Contains(streamsOf(v.device.Entry), back.Stream) {
		return nil
	}
	for _, c := range back.Changes {
		expected, err := syncengine.Expected(v.tx, back.Stream, c.ID())
		if err != nil {
			return err
		}
		switch {
		case expected:
			err = v.office.takeBack(v.tx, back.Stream, c)
		case !revoked:
			err = v.office.holdUnproven(v.tx, c)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeBack puts an expected change where it was, and does again what followed
// from it at the office.
func (o *Office) takeBack(tx syncengine.Tx, stream string, c *syncengine.Change) error {
	if err := o.meetOwn(tx, c); err != nil {
		return err
	}
	if err := o.lift(tx, c); err != nil {
		return err
	}
	before, err := syncengine.KindOf(tx, c.Record)
	if err != nil {
		return err
	}
	added, err := o.engine.TakeBack(tx, stream, c, o.Now().UnixMilli())
	if err != nil || !added {
		return err
	}
	if err := o.holdOtherKinds(tx, c.Record, before); err != nil {
		return err
	}
	o.metrics.takenBack.Inc()
	if err := o.audit(tx, Leaf{What: "taken_back", Record: c.Record.String(), Change: c.ID().String()}); err != nil {
		return err
	}
	switch c.Kind {
	case syncengine.KindControl:
		if err := appendTo(tx, streamControl, c); err != nil {
			return err
		}
		return o.orderAgain(tx, c)
	case casefile.KindStaff, casefile.KindOrganisation:
		return appendTo(tx, streamDirectory, c)
	case casefile.KindForm:
		return errors.Join(appendTo(tx, streamDirectory, c), o.learnForms(tx))
	case casefile.KindDevice:
		if err := appendTo(tx, streamDirectory, c); err != nil {
			return err
		}
		return o.deviceAgain(tx, c.Record)
	}
	if err := o.missKey(tx, c); err != nil {
		return err
	}
	if err := o.enter(tx, c.Record, stream); err != nil {
		return err
	}
	if err := o.route(tx, c); err != nil {
		return err
	}
	return o.again(tx, c)
}

// holdOtherKinds holds back what somebody sent under another kind about a record
// that this office had lost, once a proven change has said what the record is.
func (o *Office) holdOtherKinds(tx syncengine.Tx, id syncengine.RecordID, before syncengine.Kind) error {
	kind, err := syncengine.KindOf(tx, id)
	if err != nil || kind == before || before == syncengine.KindControl {
		return err
	}
	changes, err := tx.Record(id)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Kind == syncengine.KindControl || c.Kind == kind {
			continue
		}
		if held, err := syncengine.Quarantine(tx, c.ID()); err != nil {
			return err
		} else if held.Held() {
			continue
		}
		if err := o.quarantine(tx, c, heldOutOfScope); err != nil {
			return err
		}
	}
	return nil
}

// again brings up to date what is derived from a record that came back.
func (o *Office) again(tx syncengine.Tx, c *syncengine.Change) error {
	if err := o.engine.Refold(tx, c.Record); err != nil {
		return err
	}
	if err := o.summarise(tx, c.Record); err != nil {
		return err
	}
	if err := o.noteCopy(tx, c); err != nil {
		return err
	}
	return o.postpone(tx, c.Record)
}

// orderAgain does at the office what an order asked for that it had forgotten.
// The engine has obeyed what is about the log: an erased record's wraps are gone
// and are refused from here on.
func (o *Office) orderAgain(tx syncengine.Tx, c *syncengine.Change) error {
	order, err := o.engine.ReadControl(c)
	if err != nil {
		return nil // kept and chained; an order that cannot be read is no order
	}
	switch order.Op {
	case syncengine.OpErase:
		o.scour.Store(true)
		if err := o.forgetSlips(tx, c.Record); err != nil {
			return err
		}
		return errors.Join(o.forgetDerived(tx, c.Record), cases.Delete(tx, c.Record[:]))
	case syncengine.OpWithdraw:
		return withdrawals.Put(tx, append(c.Record[:], order.Target...), c.DeviceMillis)
	case syncengine.OpTransfer:
		return o.enter(tx, c.Record, order.Target)
	case syncengine.OpEvict:
		return o.leave(tx, c.Record, order.Target)
	case syncengine.OpQuarantine, syncengine.OpRelease, syncengine.OpDiscard:
		target, err := tx.Change(order.Change)
		if errors.Is(err, syncengine.ErrUnknownChange) {
			return nil
		}
		if err != nil {
			return err
		}
		return o.again(tx, target)
	}
	return nil // a revocation stands in the device's directory entry
}

// forgetSlips takes the slip codes of a record out. The code itself can no
// longer be read: the record's keys are gone.
func (o *Office) forgetSlips(tx syncengine.Tx, id syncengine.RecordID) error {
	return tx.Scan(bucketSlip, nil, func(key, named []byte) error {
		if string(named) == string(id[:]) {
			return tx.Delete(bucketSlip, key)
		}
		return nil
	})
}

// deviceAgain makes the row of a device whose directory entry came back. Its
// delivery seed is lost with the row and is drawn anew.
func (o *Office) deviceAgain(tx syncengine.Tx, id syncengine.RecordID) error {
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	entry, err := casefile.OpenDevice(rec)
	if notOfKind(err) {
		return nil
	}
	if err != nil {
		return err
	}
	row, here, err := devices.Get(tx, id[:])
	if err != nil {
		return err
	}
	row.ID, row.Entry, row.Entry.ID = id, entry, id
	if !here {
		row.FirstMillis, row.Reseeded = o.Now().UnixMilli(), true
		if err := o.newDelivery(&row); err != nil {
			return err
		}
	}
	for _, text := range entry.Nodes {
		node, err := syncengine.ParseNodeID(text)
		if err != nil {
			continue
		}
		if err := nodeOwner.Put(tx, node[:], id.String()); err != nil {
			return err
		}
	}
	return row.store(tx)
}

// holdUnproven keeps a change that nobody can vouch for, and folds nothing of it.
func (o *Office) holdUnproven(tx syncengine.Tx, c *syncengine.Change) error {
	if _, err := tx.Change(c.ID()); !errors.Is(err, syncengine.ErrUnknownChange) {
		return err
	}
	if err := c.Verify(); err != nil {
		return err
	}
	// The order comes first, so that the change is never folded, nor obeyed.
	if err := o.quarantine(tx, c, heldUnproven); err != nil {
		return err
	}
	return o.engine.HoldUnproven(tx, c, o.Now().UnixMilli())
}

// lift lets a change count that was held back for want of proof only: a list with
// the office's signature names it now, or its author's device sends it. What a
// person has decided about it meanwhile stands.
func (o *Office) lift(tx syncengine.Tx, c *syncengine.Change) error {
	state, err := syncengine.Quarantine(tx, c.ID())
	if err != nil || state.Op != syncengine.OpQuarantine || state.Reason != heldUnproven {
		return err
	}
	if err := o.control(tx, c.Record, officeHand, syncengine.Control{Op: syncengine.OpRelease, Change: c.ID()}); err != nil {
		return err
	}
	return o.audit(tx, Leaf{
		What: string(syncengine.OpRelease), Person: officeHand.String(), Record: c.Record.String(), Change: c.ID().String(), Reason: "proven",
	})
}

// takeReturnedKeys takes class keys of records whose own key the office lost.
// A key is taken if it opens a block that the log holds: no other key does.
func (v *visit) takeReturnedKeys(back *syncengine.Returned) error {
	seed, err := v.office.Keys.OpenReturnSeed(v.device.ID, back.Seed)
	if err != nil {
		return &Denied{Reason: "return_seed"}
	}
	for _, key := range back.Keys {
		keys, err := seed.UnwrapClasses(key.Record, v.device.ID, key.Sealed)
		if err != nil {
			continue
		}
		taken, err := v.office.takeClassKeys(v.tx, key.Record, keys)
		if err != nil {
			return err
		}
		if err := v.office.openLate(v.tx, key.Record, taken); err != nil {
			return err
		}
	}
	return nil
}

func (o *Office) takeClassKeys(tx syncengine.Tx, record syncengine.RecordID, keys vault.ClassKeys) (taken bool, _ error) {
	changes, err := tx.Record(record)
	if err != nil {
		return false, err
	}
	for _, class := range keys.Codes() {
		if _, err := o.ring.ClassKey(tx, record, class); err == nil || errors.Is(err, vault.ErrErased) {
			continue // held, or refused for ever
		}
		opens := slices.ContainsFunc(changes, func(c *syncengine.Change) bool {
			sealed, here := c.Blocks[syncengine.Class(class)]
			if !here {
				return false
			}
			_, err := vault.OpenBlock(keys[class], c.Head(), class, sealed)
			return err == nil
		})
		if !opens {
			continue
		}
		if err := o.ring.PutClassKeys(tx, record, vault.ClassKeys{class: keys[class]}); err != nil {
			return taken, err
		}
		taken = true
	}
	return taken, nil
}

// leave takes a record out of a stream: what is written about it from now on
// does not go there. What went there stays, or positions would move.
func (o *Office) leave(tx syncengine.Tx, record syncengine.RecordID, stream string) error {
	streams, _, err := scope.Get(tx, record[:])
	if err != nil {
		return err
	}
	rest := slices.DeleteFunc(slices.Clone(streams), func(one string) bool { return one == stream })
	if len(rest) == len(streams) {
		return nil
	}
	return scope.Put(tx, record[:], rest)
}

// Evict lets a record leave a center's scope: its devices drop its keys and
// what they folded. Repeating it changes nothing.
func (o *Office) Evict(tx syncengine.Tx, record syncengine.RecordID, center string, by syncengine.PersonID) error {
	stream := streamCenter(center)
	streams, _, err := scope.Get(tx, record[:])
	if err != nil || !slices.Contains(streams, stream) {
		return err
	}
	if others := slices.DeleteFunc(slices.Clone(streams), func(s string) bool {
		return s == stream || !strings.HasPrefix(s, streamCenter(""))
	}); len(others) == 0 {
		return &Denied{Reason: "last_center"} // somebody must be in charge of it
	}
	if err := o.leave(tx, record, stream); err != nil {
		return err
	}
	if err := o.control(tx, record, by, syncengine.Control{Op: syncengine.OpEvict, Target: stream}); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "evict", Person: by.String(), Record: record.String(), Reason: center})
}
