package simtest

import (
	"errors"
	"slices"

	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/syncengine/wire"
)

// An office that was restored from a backup is given back what tablets took from
// it since. The hosts' part of that is here, at its plainest.

// giving is a list on its way back, as far as the office has answered. It is in
// the memory of a program, and lost with it.
type giving struct {
	end    syncengine.Position
	wanted []uint32
	deaf   bool // the office has no proof of it
}

// giveBack fills a request with the next step back to a restored office, and
// reports whether there was one.
func (w *world) giveBack(tx syncengine.Tx, r *replica, req *syncengine.Request) (bool, error) {
	lost, err := nextLost(tx, r)
	if err != nil || lost == nil {
		return false, err
	}
	switch {
	case r.giving.end != lost.End():
		req.Lost = lost
		return true, nil
	case r.giving.deaf:
		return false, nil
	}
	back := &syncengine.Returned{Stream: lost.Stream}
	for _, at := range r.giving.wanted[:min(2, len(r.giving.wanted))] {
		c, err := tx.Change(lost.IDs[at])
		if err != nil {
			return false, err
		}
		held, err := tx.Get(bucketWrap, c.Record[:])
		if err != nil {
			return false, err
		}
		if back.Changes = append(back.Changes, c); len(held) > 0 {
			back.Keys = append(back.Keys, syncengine.Delivery{Record: c.Record, Sealed: held})
		}
	}
	req.Returned = back
	return len(back.Changes) > 0, nil
}

// nextLost gives the list to give back next, orders first.
func nextLost(tx syncengine.Tx, r *replica) (*syncengine.Lost, error) {
	for _, stream := range r.streams {
		all, err := syncengine.LostOf(tx, stream)
		if err != nil || len(all) > 0 {
			return &all[0], err
		}
	}
	return nil, nil
}

// gaveBack works in what the office said to a step back.
func (w *world) gaveBack(tx syncengine.Tx, m message, answer *syncengine.Answer) error {
	r := m.tablet
	switch {
	case m.lost != nil && answer.Lost != nil:
		r.giving = giving{end: m.lost.End(), wanted: answer.Lost.Wanted, deaf: !answer.Lost.Proven}
		if len(answer.Lost.Wanted) == 0 {
			return syncengine.DropLost(tx, m.lost)
		}
	case m.returned != nil:
		lost, err := nextLost(tx, r)
		if err != nil || lost == nil || r.giving.end != lost.End() {
			return err
		}
		left := slices.DeleteFunc(slices.Clone(r.giving.wanted), func(at uint32) bool {
			return slices.ContainsFunc(m.returned.Changes, func(c *syncengine.Change) bool { return c.ID() == lost.IDs[at] })
		})
		if r.giving.wanted = left; len(left) == 0 {
			r.giving = giving{}
			return syncengine.DropLost(tx, lost)
		}
	}
	return nil
}

// takeLost has the office look a list through.
func (v *visit) takeLost() error {
	lost := v.req.Lost
	if lost == nil {
		return nil
	}
	wanted, err := syncengine.Lacking(v.tx, lost)
	if err != nil {
		return err
	}
	reply := &syncengine.LostReply{Stream: lost.Stream, Wanted: wanted, Proven: len(wanted) == 0}
	v.answer.Lost = reply
	if reply.Proven || !v.w.steps.Proven(lost.Proof, sign("office", lost.End().Digest())) {
		return nil
	}
	v.w.counts["list of lost changes proven"]++
	reply.Proven = true
	return syncengine.Expect(v.tx, lost, wanted)
}

// takeReturned takes changes back as they were where they are expected, and
// holds back what is not.
func (v *visit) takeReturned(revoked bool) error {
	back := v.req.Returned
	if back == nil || !slices.Contains(v.to.streams, back.Stream) {
		return nil
	}
	for _, c := range back.Changes {
		expected, err := syncengine.Expected(v.tx, back.Stream, c.ID())
		if err != nil {
			return err
		}
		if revoked {
			back.Keys = nil // a proof needs no trust, a key does
		}
		if revoked && !expected {
			continue
		}
		if !expected {
			if err := v.holdUnproven(c); err != nil {
				return err
			}
			continue
		}
		if err := v.takeBack(back, c); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) takeBack(back *syncengine.Returned, c *syncengine.Change) error {
	for _, key := range back.Keys {
		if key.Record == c.Record {
			if fresh, err := v.w.steps.PutWrap(v.tx, key.Record, key.Sealed...); err != nil {
				return err
			} else if fresh {
				if err := syncengine.MarkStale(v.tx, key.Record); err != nil {
					return err
				}
			}
		}
	}
	added, err := v.w.steps.TakeBack(v.w.office.engine, v.tx, back.Stream, c, v.w.nowMillis)
	if err != nil || !added {
		return err
	}
	v.w.counts["change taken back"]++
	v.back = append(v.back, c)
	if c.Kind != syncengine.KindControl {
		return v.admit(c, false, nil)
	}
	if err := v.w.steps.Publish(v.tx, streamControl, []*syncengine.Change{c}); err != nil {
		return err
	}
	return v.orderAgain(c)
}

// orderAgain does again what followed from an order at the office's host.
func (v *visit) orderAgain(c *syncengine.Change) error {
	order, err := v.w.office.engine.ReadControl(c)
	if err != nil {
		return err
	}
	scope, err := v.tx.Get(bucketScope, c.Record[:])
	if err != nil {
		return err
	}
	for _, center := range []int{1, 2} {
		switch {
		case order.Target != streamOf(center):
		case order.Op == syncengine.OpTransfer:
			return v.w.enter(v.tx, c.Record, center)
		case order.Op == syncengine.OpEvict:
			left := slices.DeleteFunc(append([]byte{}, scope...), func(b byte) bool { return b == byte(center) })
			return v.tx.Put(bucketScope, c.Record[:], left)
		}
	}
	if order.Op == syncengine.OpRevoke {
		return v.tx.Put(bucketRevoked, []byte(order.Target), []byte{})
	}
	return nil
}

// holdUnproven keeps what somebody gives back without proof, quarantined.
func (v *visit) holdUnproven(c *syncengine.Change) error {
	if _, err := v.tx.Change(c.ID()); !errors.Is(err, syncengine.ErrUnknownChange) {
		return err
	}
	v.w.counts["change given back without proof"]++
	order, err := v.w.saveOrder(v.tx, c.Record, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID(), Reason: "unproven"})
	if err != nil {
		return err
	}
	v.orders, v.back = append(v.orders, order), append(v.back, c)
	return v.w.steps.HoldUnproven(v.w.office.engine, v.tx, c, v.w.nowMillis)
}

// returnable reports whether a tablet can give a change back: it has it by a
// stream, or in a list of what the office lost.
func (w *world) returnable(r *replica, one *typed) (can bool) {
	if !w.holds(r, one.id) {
		return false // a base gives nothing back
	}
	w.view(r, func(tx syncengine.Tx) error {
		for _, stream := range r.streams {
			in, err := syncengine.InStream(tx, stream, one.id)
			if err != nil {
				return err
			}
			all, err := syncengine.LostOf(tx, stream)
			if err != nil {
				return err
			}
			can = can || in || slices.ContainsFunc(all, func(l syncengine.Lost) bool { return slices.Contains(l.IDs, one.id) })
		}
		return nil
	})
	return can
}

// forge has a tablet invent an order, or a change of another kind about a record,
// and give it back as if the office had lost it, under a proof of its own making.
// It is kept, and nobody obeys it, nor takes the record for what it says.
func (w *world) forge() bool {
	r, id := w.someTablet(), w.someRecord(w.office)
	draft := syncengine.Draft{Record: id, Kind: syncengine.KindControl, Form: "control/1"}
	draft.Writes = syncengine.Control{Op: syncengine.OpErase, Reason: "forged"}.Writes()
	if w.rng.IntN(2) == 0 {
		draft.Kind, draft.Form = interview+1, formOld
		draft.Writes = map[syncengine.Class][]syncengine.Write{indicator: {{Field: "q1", State: 1, Value: []byte("forged")}}}
		w.counts["kind forged"]++
	}
	var node syncengine.NodeID
	w.drawID(node[:])
	var c *syncengine.Change
	err := (&memstore.Store{}).Update(ctx, func(tx syncengine.Tx) (err error) {
		if err = errors.Join(syncengine.BecomeNode(tx, node), makeKey(tx, id)); err != nil {
			return err
		}
		own := &syncengine.Engine{Keys: &keys{}, Codec: r.engine.Codec}
		c, err = own.Save(tx, draft, syncengine.Moment{WallMillis: w.nowMillis, Random: w.random})
		return err
	})
	w.must("forge", err)
	lost := &syncengine.Lost{Stream: streamControl, After: syncengine.Position{Stream: streamControl}, IDs: []syncengine.ChangeID{c.ID()}}
	lost.Proof = sign("a tablet", lost.End().Digest())
	w.truth.note(c, &typed{record: c.Record, forged: true, gone: true})
	for _, req := range []*syncengine.Request{
		{Node: node, Lost: lost},
		{Node: node, Returned: &syncengine.Returned{Stream: streamControl, Changes: []*syncengine.Change{c}}},
	} {
		raw, err := wire.EncodeRequest(req)
		w.must("encode a forgery", err)
		w.atOffice(message{tablet: r, node: node, raw: raw})
	}
	return true
}
