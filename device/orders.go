package device

import (
	"context"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// stopRow says that consent to what a record shares was taken back. Of several
// orders the first that ends sharing stays: a later one about being contacted
// again lets nothing go out.
type stopRow struct {
	Scope  string `json:"scope"`
	Millis int64  `json:"ms"`
	Done   bool   `json:"done,omitempty"` // the partner confirmed the deletion
}

// stops reports whether nothing of the record may be sent on.
func (r stopRow) stops() bool {
	return r.Scope != "" && r.Scope != string(screening.ScopeRecontact) && r.Scope != string(screening.ScopeStatistics)
}

func noteStop(tx syncengine.Tx, record syncengine.RecordID, row stopRow) error {
	before, _, err := stopTable.Get(tx, record[:])
	if err != nil || before.stops() {
		return err
	}
	return stopTable.Put(tx, record[:], row)
}

// obey carries out what an order asks of the host; the engine has obeyed what
// concerns the log. It works locked.
func (d *Device) obey(tx syncengine.Tx, engine *syncengine.Engine, c *syncengine.Change, officeMillis int64) error {
	if c.Kind == casefile.KindStaff {
		return d.meetStaff(tx, engine, syncengine.PersonID(c.Record))
	}
	if c.Kind == casefile.KindDevice {
		return d.widened(tx, engine, c)
	}
	if c.Kind != syncengine.KindControl {
		return nil
	}
	order, err := engine.ReadControl(c)
	if err != nil {
		return nil // kept and chained; an order that cannot be read is no order
	}
	switch order.Op {
	case syncengine.OpErase:
		return errors.Join(closedTable.Delete(tx, c.Record[:]), asideTable.Delete(tx, c.Record[:]))
	case syncengine.OpWithdraw:
		return noteStop(tx, c.Record, stopRow{Scope: order.Target, Millis: officeMillis})
	case syncengine.OpEvict:
		return d.evict(tx, c.Record, order.Target)
	case syncengine.OpTransfer:
		return errors.Join(goneTable.Delete(tx, goneKey(order.Target, c.Record)), syncengine.WantAway(tx, c.Record))
	case syncengine.OpRekey:
		return syncengine.WantAnew(tx, c.Record)
	case syncengine.OpQuarantine:
		return d.noteHeld(tx, order)
	case syncengine.OpRelease, syncengine.OpDiscard:
		return heldTable.Delete(tx, order.Change[:])
	}
	return nil
}

// obeyAgain lets a record leave that an order of long ago made leave: an office
// that was restored without that order may have given it back meanwhile, keys and
// all. One that was ordered to come back since stays.
func (d *Device) obeyAgain(tx syncengine.Tx, engine *syncengine.Engine, news syncengine.News, fresh []*syncengine.Change) error {
	for _, entry := range news.Entries {
		c := entry.Change
		if c.Kind != syncengine.KindControl || slices.ContainsFunc(fresh, func(f *syncengine.Change) bool { return f.ID() == c.ID() }) {
			continue
		}
		order, err := engine.ReadControl(c)
		if err != nil || order.Op != syncengine.OpEvict {
			continue
		}
		left, err := engine.Left(tx, c.Record, order.Target)
		if err == nil && left {
			err = d.evict(tx, c.Record, order.Target)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// noteHeld notes that the office keeps one of this device's changes and does not
// fold it: it may have looked at a page after it acknowledged it.
func (d *Device) noteHeld(tx syncengine.Tx, order syncengine.Control) error {
	c, err := tx.Change(order.Change)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, own, err := nodeTable.Get(tx, c.Node[:]); err != nil || !own {
		return err
	}
	return heldTable.Put(tx, order.Change[:], heldRow{Reason: order.Reason})
}

// evict lets a record leave this device when it leaves the last of the device's
// streams that it was in: its keys and folded states go, whole classes and never
// single changes.
func (d *Device) evict(tx syncengine.Tx, record syncengine.RecordID, stream string) error {
	if err := goneTable.Put(tx, goneKey(stream, record), true); err != nil {
		return err
	}
	streams, err := syncengine.StreamsOf(tx, record)
	if err != nil || len(streams) == 0 {
		return err // none of our streams
	}
	for _, other := range streams {
		left, _, err := goneTable.Get(tx, goneKey(other, record))
		if err != nil || !left {
			return err // still ours by that stream
		}
	}
	if err := vault.NewKeyring(nil, d.Random).Drop(tx, record); err != nil {
		return err
	}
	return syncengine.Forget(tx, record)
}

func goneKey(stream string, record syncengine.RecordID) []byte {
	return append([]byte(stream+"\x00"), record[:]...)
}

// afterOrders does what an order asks outside the transaction.
func (d *Device) afterOrders(ctx context.Context, fresh []*syncengine.Change) error {
	self, dropped := d.identity(), false
	engine := d.engineFor(nil)
	for _, c := range fresh {
		if c.Kind == casefile.KindStaff {
			if err := d.signOutWhoLeft(ctx, syncengine.PersonID(c.Record)); err != nil {
				return err
			}
		}
		if c.Kind != syncengine.KindControl {
			continue
		}
		order, err := engine.ReadControl(c)
		if err != nil {
			continue
		}
		switch {
		case order.Op == syncengine.OpRevoke && order.Target == self.Device.String():
			if err := d.shutDown(ctx); err != nil {
				return err
			}
			dropped = true
		case order.Op == syncengine.OpErase, order.Op == syncengine.OpEvict:
			dropped = true
		}
	}
	if !dropped {
		return nil
	}
	return d.scour(ctx)
}

// shutDown makes a revoked device unreadable for good: nobody's secret opens it
// any more. What was saved here is sealed, stays, and is still pushed.
func (d *Device) shutDown(ctx context.Context) error {
	d.Lock()
	if err := d.changeSelf(ctx, func(self *identity) error { self.Revoked = true; return nil }); err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		return peopleTable.Each(tx, nil, func(key []byte, row personRow) error {
			row.Slot = nil
			return peopleTable.Put(tx, key, row)
		})
	})
}

// meetFork answers the news that this chain has a twin: what is saved from now
// on is another node's. It needs the vault, for the new node's ratchet.
func (d *Device) meetFork(ctx context.Context, node syncengine.NodeID) error {
	current := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		current = self.Node == node
		return err
	})
	if err != nil || !current {
		return err
	}
	if err := d.changeSelf(ctx, func(self *identity) error {
		self.ForkPending, self.CopiedMillis = true, d.now().UnixMilli()
		return nil
	}); err != nil {
		return err
	}
	s, err := d.open()
	if err != nil {
		return nil // at the next unlock
	}
	return d.newNode(ctx, s)
}
