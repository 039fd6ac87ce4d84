package simtest

import (
	"errors"
	"slices"

	"raksa/syncengine"
	"raksa/syncengine/wire"
)

// A visit is one exchange at the office: what a host does around the engine.
type visit struct {
	w      *world
	tx     syncengine.Tx
	to     *replica
	req    *syncengine.Request
	answer *syncengine.Answer
	orders []*syncengine.Change // that the office wrote during it
	back   []*syncengine.Change // that were given back to it
}

// atOffice does what the office's host does with a request.
func (w *world) atOffice(m message) {
	req := w.readRequest(m.raw)
	if req == nil {
		return
	}
	v := &visit{w: w, to: m.tablet, req: req, answer: &syncengine.Answer{OfficeMillis: w.nowMillis}}
	var control syncengine.Position
	err := w.update(w.office, "exchange", func(tx syncengine.Tx) (err error) {
		v.tx = tx
		if err = v.run(); err == nil {
			control, _, err = syncengine.StreamHead(tx, streamControl)
		}
		return err
	})
	if !kept(err) {
		w.must("office", err)
		return
	}
	w.noted(v)
	if err != nil {
		return // nobody is told
	}
	v.answer.Signature = sign("office", v.answer.Digest(req.Node))
	m.raw, err = wire.EncodeAnswer(v.answer)
	w.must("encode an answer", err)
	m.answer, m.damaged, m.node, m.control = true, false, req.Node, control
	w.link = append(w.link, m)
}

// noted remembers and counts what an office has committed.
func (w *world) noted(v *visit) {
	for _, c := range slices.Concat(v.answer.Receipt.New, v.back) {
		w.everHeld[c.ID()] = true
		if one := w.truth.changes[c.ID()]; one != nil && one.gone && !one.forged {
			one.gone = false
			w.counts["given up for lost and brought back"]++
		}
	}
	for _, c := range v.orders {
		w.ordered(c)
	}
	if v.answer.Receipt.Fork {
		w.counts["fork noticed"]++
	}
	if v.answer.Receipt.UnknownBase {
		w.counts["unknown base answered"]++
	}
}

func (v *visit) run() (err error) {
	revoked, err := v.tx.Get(bucketRevoked, []byte(v.to.name))
	if err != nil {
		return err
	}
	if err := errors.Join(v.takeLost(), v.takeReturned(revoked != nil)); err != nil {
		return err
	}
	if v.req.Page == nil {
		v.answer.Receipt, err = v.w.steps.Confirm(v.tx, v.req.Node, v.req.Claim)
	} else {
		v.answer.Receipt, err = v.w.steps.Receive(v.w.office.engine, v.tx, v.req.Page, v.w.nowMillis)
	}
	if err != nil {
		return err
	}
	for _, c := range v.answer.Receipt.New {
		if err := v.admit(c, revoked != nil, []byte{allClasses}); err != nil {
			return err
		}
	}
	return v.giveNews(revoked != nil)
}

// admit takes the key over, puts a change into the streams of its record, and
// holds back what a revoked device sent.
func (v *visit) admit(c *syncengine.Change, revoked bool, keys []byte) error {
	fresh, err := v.w.steps.PutWrap(v.tx, c.Record, keys...)
	if err == nil && fresh {
		err = syncengine.MarkStale(v.tx, c.Record) // the block came before the key
	}
	if err != nil {
		return err
	}
	if revoked {
		v.w.counts["change of a revoked device held back"]++
		order, err := v.w.saveOrder(v.tx, c.Record, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID(), Reason: "revoked"})
		if err != nil {
			return err
		}
		v.orders = append(v.orders, order)
	}
	scope, err := v.tx.Get(bucketScope, c.Record[:])
	if err != nil {
		return err
	}
	if scope == nil { // its first; one that was evicted stays out
		return v.w.enter(v.tx, c.Record, homeOf(c.Record))
	}
	return v.w.route(v.tx, c)
}

// enter puts a record, with all about it so far, into the stream of a center.
func (w *world) enter(tx syncengine.Tx, record syncengine.RecordID, center int) error {
	scope, err := tx.Get(bucketScope, record[:])
	if err != nil || slices.Contains(scope, byte(center)) {
		return err
	}
	if err := tx.Put(bucketScope, record[:], append(scope, byte(center))); err != nil {
		return err
	}
	w.entered[[2]byte{record[0], byte(center)}] = true
	log, err := tx.Record(record)
	if err != nil {
		return err
	}
	log = slices.DeleteFunc(slices.Clone(log), func(c *syncengine.Change) bool { return c.Kind == syncengine.KindControl })
	return w.steps.Publish(tx, streamOf(center), log)
}

// route puts a change at the end of the streams that its record is in.
func (w *world) route(tx syncengine.Tx, c *syncengine.Change) error {
	scope, err := tx.Get(bucketScope, c.Record[:])
	if err != nil {
		return err
	}
	for _, center := range scope {
		if err := w.steps.Publish(tx, streamOf(int(center)), []*syncengine.Change{c}); err != nil {
			return err
		}
	}
	return nil
}

// giveNews serves the streams of a tablet: all orders before all else, and
// nothing else to a revoked device.
func (v *visit) giveNews(revoked bool) error {
	streams := v.w.steps.Streams(v.to.streams)
	if revoked {
		streams = v.to.streams[:1]
	}
	for _, stream := range streams {
		mine := slices.DeleteFunc(slices.Clone(v.req.Positions), func(p syncengine.Position) bool { return p.Stream != stream })
		offer, stable, err := v.offer(stream, mine)
		if err != nil {
			return err
		}
		if offer != nil {
			head, digest, err := syncengine.StreamHead(v.tx, stream)
			if err != nil {
				return err
			}
			news := syncengine.News{Stream: stream, After: syncengine.Position{Stream: stream}, Head: head, Digest: digest, Offer: offer}
			v.answer.News = append(v.answer.News, news)
			continue
		}
		news, err := v.w.steps.Serve(v.tx, stream, mine, v.req.WantBytes, func(c *syncengine.Change, class syncengine.Class) bool {
			return !v.to.narrow || class != identity
		})
		if err != nil {
			return err
		}
		news.Stable = stable
		if len(news.Entries) > 0 {
			reached := news.Reached()
			news.Proof = sign("office", reached.Digest())
		}
		v.answer.News = append(v.answer.News, news)
		if err := v.giveKeys(news); err != nil {
			return err
		}
		if last := news.After.Position + uint64(len(news.Entries)); stream == streams[0] && last < news.Head.Position {
			return nil
		}
	}
	if revoked {
		return v.recall()
	}
	return nil
}

// recall asks a revoked tablet for what the office lost of its other streams.
func (v *visit) recall() error {
	for _, stream := range v.to.streams[1:] {
		mine := slices.DeleteFunc(slices.Clone(v.req.Positions), func(p syncengine.Position) bool { return p.Stream != stream })
		news, back, err := v.w.steps.Recall(v.tx, stream, mine)
		if err != nil {
			return err
		}
		if back {
			v.answer.News = append(v.answer.News, news)
		}
	}
	return nil
}

// giveKeys delivers the class keys of the records that news are about, where
// they are in the scope of the tablet at this moment.
func (v *visit) giveKeys(news syncengine.News) error {
	for _, entry := range news.Entries {
		record := entry.Change.Record
		scope, err := v.tx.Get(bucketScope, record[:])
		if err != nil {
			return err
		}
		held, err := v.tx.Get(bucketWrap, record[:])
		if err != nil {
			return err
		}
		known := slices.ContainsFunc(v.answer.Keys, func(d syncengine.Delivery) bool { return d.Record == record })
		if known || held == nil || !slices.Contains(scope, byte(v.to.center)) {
			continue
		}
		classes := []byte{byte(identity), byte(indicator)}
		if v.to.narrow {
			classes = classes[1:]
		}
		v.answer.Keys = append(v.answer.Keys, syncengine.Delivery{Record: record, Sealed: classes})
	}
	return nil
}
