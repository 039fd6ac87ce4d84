package device

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// heldRow is one of this device's changes that the office keeps and does not fold.
type heldRow struct {
	Reason string `json:"reason"`
}

// take works an answer in: first what the office confirms, then keys, then the
// streams in the order in which the office gives them, control first. Each part
// is one transaction, so that a cut or a damaged stream costs only itself.
func (d *Device) take(ctx context.Context, node syncengine.NodeID, request *syncengine.Request, answer *syncengine.Answer) (more bool, err error) {
	if err := d.takeReceipt(ctx, node, answer); err != nil {
		return false, err
	}
	carried := request == nil
	if carried {
		request = &syncengine.Request{Node: node}
	}
	if request.Page != nil {
		d.touch(request.Page.Changes...)
	}
	if err := d.noteOffice(ctx, answer, carried); err != nil {
		return false, err
	}
	if err := d.gaveBack(ctx, request, answer); err != nil {
		return false, err
	}
	if request != nil { // an answer that was carried in has none
		if err := d.told(ctx, request.LostSaves); err != nil {
			return false, err
		}
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
	d.mu.Lock()
	d.coming = more
	d.mu.Unlock()
	if err := d.takeGiven(ctx, request, answer); err != nil {
		return false, err
	}
	heal, err := d.compared(ctx, request.Check, answer.Check)
	if err != nil {
		return false, err
	}
	if s, err := d.open(); err == nil {
		if err := d.foldStale(ctx, s); err != nil {
			return false, err
		}
	}
	if err := d.dropGroups(ctx); err != nil {
		return false, err
	}
	forked := false
	if err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		forked, err = syncengine.Forked(tx, node, answer.Receipt)
		return err
	}); err != nil {
		return false, err
	}
	if forked {
		if err := d.meetFork(ctx, node); err != nil {
			return false, err
		}
	}
	waits, err := d.waits(ctx, node)
	if err != nil || more || waits || heal {
		return true, err
	}
	if owes, err := d.owes(ctx); err != nil || owes {
		return true, err
	}
	// A round that moved something ends with a call that compares.
	return d.restless(ctx, request)
}

// restless reports whether another call is due though nothing waits: records
// moved and were not compared yet, or were fetched again.
func (d *Device) restless(ctx context.Context, request *syncengine.Request) (bool, error) {
	if len(request.Want) > 0 {
		return true, nil
	}
	d.mu.Lock()
	moved := len(d.moved) > 0
	d.mu.Unlock()
	if !moved || request.Check != nil {
		return false, nil
	}
	current := false // an older self's chain is compared with the present one's
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		if more, err := ahead(tx); err != nil || more {
			return err
		}
		self, err := syncengine.LoadSelf(tx)
		current = self.Node == request.Node
		return err
	})
	return current, err
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
		if err := noteSeed(tx, node, answer.RatchetKnown); err != nil {
			return err
		}
		for _, held := range answer.Quarantined {
			if err := errors.Join(heldTable.Put(tx, held.Change[:], heldRow{Reason: held.Reason}), oweKeys(tx, held)); err != nil {
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
		same = acked == answer.Receipt.Head && row.SeedKnown == answer.RatchetKnown
		return err
	})
	return same, err
}

// noteSeed remembers whether the office has the start of a node's ratchet. An
// office restored from a backup may have lost it, and gets it again: without it
// the wraps that are sent again would open nothing.
func noteSeed(tx syncengine.Tx, node syncengine.NodeID, known bool) error {
	row, here, err := nodeTable.Get(tx, node[:])
	if err != nil || !here || row.SeedKnown == known {
		return err
	}
	row.SeedKnown = known
	return nodeTable.Put(tx, node[:], row)
}

// floorStepMillis: the floor is written only when it moved this far, to spare
// the disk a write per call.
const floorStepMillis = 60 * 60 * 1000

// floorAheadMillis: an office whose clock is further ahead than this of what it
// last said, and of the clock here, is not believed.
const floorAheadMillis = 400 * 24 * 60 * 60 * 1000

// floorBackMillis: a floor that is further ahead than this of what the office
// says now was set by a clock that was wrong, and comes down again.
const floorBackMillis = 24 * 60 * 60 * 1000

// floorBy gives the time before which it cannot be, after the office said what
// time it is. A tablet whose battery was out learns the date so, and one wrong
// clock at the office harms no tablet for good.
func (d *Device) floorBy(floor, office int64) int64 {
	switch {
	case floor > 0 && office > max(floor, d.Now().UnixMilli())+floorAheadMillis:
		return floor
	case office >= floor+floorStepMillis, office < floor-floorBackMillis:
		return office
	}
	return floor
}

func (d *Device) noteOffice(ctx context.Context, answer *syncengine.Answer, carried bool) error {
	self := d.identity()
	floor := d.floorBy(self.FloorMillis, answer.OfficeMillis)
	if carried {
		floor = max(floor, self.FloorMillis) // it was said some days ago
	}
	if floor == self.FloorMillis && len(answer.DeliverySeed) == 0 && len(answer.Certificate) == 0 {
		return nil
	}
	if len(answer.Certificate) > 0 {
		defer d.leaveOffice() // the connection shows the old one
	}
	return d.changeSelf(ctx, func(self *identity) error {
		self.FloorMillis = floor
		if len(answer.Certificate) > 0 {
			self.Certificate = answer.Certificate
		}
		if len(answer.DeliverySeed) > 0 {
			self.DeliverySeed = answer.DeliverySeed
		}
		return nil
	})
}

// takeNews takes one part of one stream, and says whether the office has more.
func (d *Device) takeNews(ctx context.Context, request *syncengine.Request, news syncengine.News, officeMillis int64) (more bool, err error) {
	if news.Offer != nil {
		return false, d.takeOffer(ctx, news)
	}
	if err := d.noteStable(ctx, news); err != nil {
		return false, err
	}
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
	if len(news.Proof) > 0 && vault.VerifyOffice(d.identity().OfficeSigns, news.Reached().Digest(), news.Proof) != nil {
		return false, ErrOfficeSignature
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
		if err := d.obeyAgain(tx, engine, news, fresh); err != nil {
			return err
		}
		if agrees, err = syncengine.Agrees(tx, news); err != nil {
			return err
		}
		if agrees {
			if err := reachTable.Delete(tx, []byte(news.Stream)); err != nil {
				return err
			}
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
	d.touch(fresh...)
	d.forgetFresh(fresh)
	if slices.ContainsFunc(fresh, func(c *syncengine.Change) bool { return c.Kind == casefile.KindForm }) {
		if err := d.learnForms(ctx); err != nil {
			return false, err
		}
	}
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
