package simtest

import (
	"errors"
	"slices"
	"strconv"

	"raksa/syncengine"
)

// atTablet does what a tablet's sync loop does with an answer. Receipt and each
// stream are transactions of their own, so that a crash can come between them.
func (w *world) atTablet(m message) {
	answer, r := w.readAnswer(m.node, m.raw), m.tablet
	if answer == nil {
		return
	}
	w.nothingOutOfScope(r, answer)
	fork := false
	err := w.update(r, "push, the receipt", func(tx syncengine.Tx) (err error) {
		if fork, err = w.acknowledge(tx, m.node, answer.Receipt); err != nil {
			return err
		}
		return w.gaveBack(tx, m, answer)
	})
	if fork && kept(err) {
		w.counts["new node id after a fork or a rewind"]++
	}
	w.must(r.name+": acknowledge", err)
	w.ackedIsHeld(r)
	if err != nil {
		return
	}
	for _, news := range answer.News {
		if !w.take(m, news, answer.Keys) {
			return
		}
	}
}

// take keeps one part of one stream, and reports whether the next may be taken.
// Late news of the orders end it: what comes with them is older than an order
// that is known here.
func (w *world) take(m message, news syncengine.News, given []syncengine.Delivery) bool {
	r, late, broken := m.tablet, (*syncengine.BadNews)(nil), (*syncengine.Malformed)(nil)
	if news.Reset && !m.ladder[news.Stream] {
		r.ladder[news.Stream] = true // ask again, offering many positions
		w.counts["position unknown at the office"]++
		return news.Stream != streamControl
	}
	if news.Offer != nil {
		w.takeOffer(r, news.Offer)
		return true
	}
	if news.Stream != streamControl {
		w.ordersCameFirst(m, news)
	}
	err := w.update(r, "pull, a page of "+kindOf(news.Stream), func(tx syncengine.Tx) error {
		fresh, err := w.steps.Take(r.engine, tx, news, w.wallMillis(r))
		if err != nil {
			return err
		}
		if err := tx.Put(bucketStable, []byte(news.Stream), strconv.AppendUint(nil, news.Stable, 10)); err != nil {
			return err
		}
		for _, c := range fresh {
			if err := w.obey(tx, r, c); err != nil {
				return err
			}
			if base, err := syncengine.Covered(tx, c.Record); err != nil {
				return err
			} else if base != nil && c.Kind != syncengine.KindControl {
				w.counts["change that came after the base of its record"]++
			}
		}
		for _, entry := range news.Entries {
			if !slices.Contains(fresh, entry.Change) {
				if err := w.obeyAgain(tx, r, entry.Change); err != nil {
					return err
				}
			}
		}
		return w.takeKeys(tx, news, given)
	})
	switch {
	case errors.As(err, &late):
		w.counts["late news refused"]++
		return news.Stream != streamControl
	case m.damaged && errors.As(err, &broken):
		w.counts["damaged block refused"]++
		return false
	case err != nil:
		w.must(r.name+": take", err)
		return false
	}
	if !r.keys.locked {
		w.must(r.name+": fold", w.update(r, "pull, folding", func(tx syncengine.Tx) error { return w.steps.Unlock(r.engine, tx) }))
	}
	if news.Reset {
		w.counts["common position found"]++
		if w.revoked(r) && news.Stream != streamControl {
			w.counts["revoked tablet asked for what the office lost"]++
		}
	}
	delete(r.ladder, news.Stream)
	return true
}

func kindOf(stream string) string {
	if stream == streamControl {
		return "orders"
	}
	return "changes"
}

// takeKeys takes the keys of the records that the news are about.
func (w *world) takeKeys(tx syncengine.Tx, news syncengine.News, given []syncengine.Delivery) error {
	for _, one := range given {
		if !slices.ContainsFunc(news.Entries, func(e syncengine.Entry) bool { return e.Change.Record == one.Record }) {
			continue
		}
		fresh, err := w.steps.PutWrap(tx, one.Record, one.Sealed...)
		if err == nil && fresh {
			err = syncengine.MarkStale(tx, one.Record)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// obey carries out what an order asks of a tablet's host.
func (w *world) obey(tx syncengine.Tx, r *replica, c *syncengine.Change) error {
	if c.Kind != syncengine.KindControl {
		return nil
	}
	order, err := r.engine.ReadControl(c)
	if err != nil {
		return err
	}
	switch {
	case order.Op == syncengine.OpEvict && order.Target == streamOf(r.center):
		if err := dropWrap(tx, c.Record); err != nil {
			return err
		}
		return w.steps.Evict(tx, c.Record)
	case order.Op == syncengine.OpTransfer && order.Target == streamOf(r.center):
		return syncengine.WantAway(tx, c.Record)
	case order.Op == syncengine.OpWithdraw:
		return tx.Put(bucketStopped, c.Record[:], []byte{})
	}
	return nil
}

// obeyAgain lets a record leave once more, which an office without that order may
// have given back.
func (w *world) obeyAgain(tx syncengine.Tx, r *replica, c *syncengine.Change) error {
	if c.Kind != syncengine.KindControl {
		return nil
	}
	order, err := r.engine.ReadControl(c)
	if err != nil || order.Op != syncengine.OpEvict || order.Target != streamOf(r.center) {
		return err
	}
	left, err := r.engine.Left(tx, c.Record, order.Target)
	if err != nil || !left {
		return err
	}
	w.counts["record left once more"]++
	return errors.Join(dropWrap(tx, c.Record), w.steps.Evict(tx, c.Record))
}

// acknowledge takes a receipt, and a new node id where the office knows this
// chain otherwise.
func (w *world) acknowledge(tx syncengine.Tx, node syncengine.NodeID, receipt syncengine.Receipt) (fork bool, err error) {
	if err := w.steps.Acknowledge(tx, node, receipt); err != nil {
		return false, err
	}
	self, err := syncengine.LoadSelf(tx)
	if err != nil || self.Node != node {
		return false, err
	}
	if fork, err = w.steps.Forked(tx, node, receipt); err != nil || !fork {
		return false, err
	}
	var fresh syncengine.NodeID
	w.drawID(fresh[:])
	return true, syncengine.BecomeNode(tx, fresh)
}
