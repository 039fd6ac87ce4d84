package device

import (
	"context"
	"errors"
	"fmt"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// heldRow is one of this device's changes that the office keeps and does not fold.
type heldRow struct {
	Reason string `json:"reason"`
}

// stopRow says that consent to what a record shares was taken back.
type stopRow struct {
	Scope  string `json:"scope"`
	Millis int64  `json:"ms"`
	Done   bool   `json:"done,omitempty"` // the partner confirmed the deletion
}

// take works an answer in: first what the office confirms, then keys, then the
// streams in the order in which the office gives them, control first. Each part
// is one transaction, so that a cut or a damaged stream costs only itself.
func (d *Device) take(ctx context.Context, node syncengine.NodeID, request *syncengine.Request, answer *syncengine.Answer) (more bool, err error) {
	if err := d.takeReceipt(ctx, node, answer); err != nil {
		return false, err
	}
	if err := d.noteOffice(ctx, answer); err != nil {
		return false, err
	}
	if err := d.keepDeliveries(ctx, answer.Keys); err != nil {
		return false, err
	}
	if s, err := d.open(); err == nil {
		if err := d.openDeliveries(ctx, s); err != nil {
			return false, err
		}
	}
	for _, news := range answer.News {
		behind, err := d.takeNews(ctx, request, news, answer.OfficeMillis)
		if err != nil {
			return false, err
		}
		more = more || behind
	}
	if s, err := d.open(); err == nil {
		if err := d.foldStale(ctx, s); err != nil {
			return false, err
		}
	}
	if err := d.dropGroups(ctx); err != nil {
		return false, err
	}
	if answer.Receipt.Fork {
		if err := d.meetFork(ctx, node); err != nil {
			return false, err
		}
	}
	waits, err := d.waits(ctx, node)
	return more || waits, err
}

func (d *Device) waits(ctx context.Context, node syncengine.NodeID) (waits bool, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		acked, err := syncengine.Acked(tx, node)
		if err != nil {
			return err
		}
		page, err := syncengine.BuildPage(tx, node, acked.Seq, 1)
		waits = page != nil
		return err
	})
	return waits, err
}

// takeReceipt notes what the office holds. The wraps that went with it stay: an
// office restored from a backup asks for the changes again, and without the
// wraps it could never read them. Nobody but the office can open them.
func (d *Device) takeReceipt(ctx context.Context, node syncengine.NodeID, answer *syncengine.Answer) error {
	if same, err := d.knows(ctx, node, answer); err != nil || same {
		return err
	}
	err := d.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := syncengine.Acknowledge(tx, node, answer.Receipt); err != nil {
			return err
		}
		if answer.RatchetKnown {
			row, here, err := nodeTable.Get(tx, node[:])
			if err != nil {
				return err
			}
			if row.Seed = nil; here {
				if err := nodeTable.Put(tx, node[:], row); err != nil {
					return err
				}
			}
		}
		for _, held := range answer.Quarantined {
			if err := heldTable.Put(tx, held.Change[:], heldRow{Reason: held.Reason}); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// knows reports whether a receipt says nothing new, so that a call without news
// writes nothing to the flash.
func (d *Device) knows(ctx context.Context, node syncengine.NodeID, answer *syncengine.Answer) (same bool, err error) {
	if len(answer.Quarantined) > 0 || answer.Receipt.UnknownBase {
		return false, nil
	}
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		acked, err := syncengine.Acked(tx, node)
		if err != nil {
			return err
		}
		row, _, err := nodeTable.Get(tx, node[:])
		same = acked == answer.Receipt.Head && (row.Seed == nil || !answer.RatchetKnown)
		return err
	})
	return same, err
}

// floorStepMillis: the floor is written only when it moved this far, to spare
// the disk a write per call.
const floorStepMillis = 60 * 60 * 1000

func (d *Device) noteOffice(ctx context.Context, answer *syncengine.Answer) error {
	self := d.identity()
	if answer.OfficeMillis < self.FloorMillis+floorStepMillis && len(answer.DeliverySeed) == 0 && len(answer.Certificate) == 0 {
		return nil
	}
	return d.changeSelf(ctx, func(self *identity) error {
		self.FloorMillis = max(self.FloorMillis, answer.OfficeMillis)
		if len(answer.Certificate) > 0 {
			self.Certificate = answer.Certificate
		}
		if len(answer.DeliverySeed) > 0 {
			self.DeliverySeed = answer.DeliverySeed
		}
		return nil
	})
}

// keepDeliveries stores class keys as they came, which works locked.
func (d *Device) keepDeliveries(ctx context.Context, keys []syncengine.Delivery) error {
	if len(keys) == 0 {
		return nil
	}
	ring := vault.NewKeyring(nil, d.Random)
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, key := range keys {
			err := ring.PutDelivery(tx, key.Record, deliveryPeriod, key.Sealed)
			if errors.Is(err, vault.ErrErased) || errors.Is(err, vault.ErrMalformed) {
				continue // refused for ever, or of no use to anybody
			}
			if err != nil {
				return err
			}
			if err := syncengine.MarkStale(tx, key.Record); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveryPeriod is the only period so far: a seed lasts as long as the enrollment.
const deliveryPeriod = 1

// takeKeys takes what was delivered while the device was locked and folds what
// it opens.
func (d *Device) takeKeys(ctx context.Context, s *session) error {
	if err := d.openDeliveries(ctx, s); err != nil {
		return err
	}
	return d.foldStale(ctx, s)
}

func (d *Device) openDeliveries(ctx context.Context, s *session) error {
	self := d.identity()
	seedOf := func(period uint32) (vault.DeliverySeed, error) {
		if len(self.DeliverySeed) == 0 {
			return vault.DeliverySeed{}, vault.ErrNoKey
		}
		return s.receive.OpenDeliverySeed(self.Device, period, self.DeliverySeed)
	}
	waiting := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return tx.Scan(vault.BucketDeliveries, nil, func(_, _ []byte) error { waiting = true; return nil })
	})
	if err != nil || !waiting {
		return err
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		_, failed, err := s.ring.TakeDeliveries(tx, self.Device, seedOf)
		for _, fault := range failed {
			d.Log.Warn().Str("record", syncengine.RecordID(fault.Record).String()).Msg("delivered keys do not open")
		}
		return err
	})
}

func (d *Device) foldStale(ctx context.Context, s *session) error {
	stale := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		stale, err = syncengine.AnyStale(tx)
		return err
	})
	if err != nil || !stale {
		return err
	}
	err = d.Store.Update(ctx, s.engine.FoldStale)
	s.forgetAll()
	return err
}

// takeNews takes one part of one stream, and says whether the office has more.
func (d *Device) takeNews(ctx context.Context, request *syncengine.Request, news syncengine.News, officeMillis int64) (more bool, err error) {
	if news.Reset && !d.lost(news.Stream) {
		// The office does not know where we stand. Ask again with a ladder, rather
		// than read the whole stream anew.
		d.setLost(news.Stream, true)
		return true, d.setAgrees(ctx, news.Stream, false)
	}
	if len(news.Entries) == 0 && !news.Reset && !d.lost(news.Stream) {
		if quiet, err := d.agreesStill(ctx, news); err != nil || quiet {
			return false, err
		}
	}
	var fresh []*syncengine.Change
	var agrees bool
	engine := d.engine()
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		if fresh, err = engine.Take(tx, news, d.now().UnixMilli()); err != nil {
			return err
		}
		for _, c := range fresh {
			if err := d.obey(tx, engine, c, officeMillis); err != nil {
				return err
			}
		}
		if agrees, err = syncengine.Agrees(tx, news); err != nil {
			return err
		}
		return agreeTable.Put(tx, []byte(news.Stream), agrees)
	})
	var bad *syncengine.BadNews
	if errors.As(err, &bad) {
		if d.lost(news.Stream) {
			return false, err
		}
		d.setLost(news.Stream, true)
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("take news: %w", err)
	}
	d.setLost(news.Stream, false)
	d.forgetFresh(fresh)
	return len(news.Entries) > 0 && !agrees, d.afterOrders(ctx, fresh)
}

// agreesStill reports whether a stream without news stands as it is noted here.
func (d *Device) agreesStill(ctx context.Context, news syncengine.News) (still bool, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		agrees, err := syncengine.Agrees(tx, news)
		if err != nil {
			return err
		}
		noted, _, err := agreeTable.Get(tx, []byte(news.Stream))
		still = agrees && noted
		return err
	})
	return still, err
}

// forgetFresh drops from memory what news have changed.
func (d *Device) forgetFresh(fresh []*syncengine.Change) {
	s, err := d.open()
	if err != nil {
		return
	}
	for _, c := range fresh {
		s.forget(c.Record)
		switch c.Kind {
		case casefile.KindStaff, casefile.KindDevice, casefile.KindOrganisation:
			s.forgetDirectory()
		}
	}
}

func (d *Device) setAgrees(ctx context.Context, stream string, agrees bool) error {
	return d.Store.Update(ctx, func(tx syncengine.Tx) error { return agreeTable.Put(tx, []byte(stream), agrees) })
}

// engine gives the engine of the session, or that of a locked device.
func (d *Device) engine() *syncengine.Engine {
	if s, err := d.open(); err == nil {
		return s.engine
	}
	return d.engineFor(nil)
}

// obey carries out what an order asks of the host; the engine has obeyed what
// concerns the log. It works locked.
func (d *Device) obey(tx syncengine.Tx, engine *syncengine.Engine, c *syncengine.Change, officeMillis int64) error {
	if c.Kind == casefile.KindStaff {
		return d.meetStaff(tx, engine, syncengine.PersonID(c.Record))
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
		return stopTable.Put(tx, c.Record[:], stopRow{Scope: order.Target, Millis: officeMillis})
	case syncengine.OpEvict:
		return d.evict(tx, c.Record, order.Target)
	case syncengine.OpTransfer:
		return goneTable.Delete(tx, goneKey(order.Target, c.Record))
	case syncengine.OpRelease, syncengine.OpDiscard:
		return heldTable.Delete(tx, order.Change[:])
	}
	return nil
}

// evict lets a record leave this device when it leaves the last of the device's
// streams that it was in: its keys and folded states go, whole classes and never
// single changes.
func (d *Device) evict(tx syncengine.Tx, record syncengine.RecordID, stream string) error {
	if err := goneTable.Put(tx, goneKey(stream, record), true); err != nil {
		return err
	}
	changes, err := tx.Record(record)
	if err != nil || len(changes) == 0 {
		return err
	}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return err
	}
	was := false
	for _, other := range streams {
		in, err := syncengine.InStream(tx, other, changes[0].ID())
		if err != nil {
			return err
		}
		left, _, err := goneTable.Get(tx, goneKey(other, record))
		if err != nil || in && !left {
			return err // still ours by that stream
		}
		was = was || in
	}
	if !was {
		return nil // none of our streams
	}
	if err := vault.NewKeyring(nil, d.Random).Drop(tx, record); err != nil {
		return err
	}
	return syncengine.DropFolded(tx, record)
}

func goneKey(stream string, record syncengine.RecordID) []byte {
	return append([]byte(stream+"\x00"), record[:]...)
}

// afterOrders does what an order asks outside the transaction.
func (d *Device) afterOrders(ctx context.Context, fresh []*syncengine.Change) error {
	self, dropped := d.identity(), false
	engine := d.engineFor(nil)
	for _, c := range fresh {
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
	if err := d.changeSelf(ctx, func(self *identity) error { self.ForkPending = true; return nil }); err != nil {
		return err
	}
	s, err := d.open()
	if err != nil {
		return nil // at the next unlock
	}
	return d.newNode(ctx, s)
}
