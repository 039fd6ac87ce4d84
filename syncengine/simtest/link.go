package simtest

import (
	"crypto/sha256"
	"errors"
	"maps"
	"slices"

	"raksa/syncengine"
	"raksa/syncengine/wire"
)

const (
	pageBytes = 700 // two or three changes, so that chains need several pages
	wantBytes = 900
)

// A message is bytes in flight: a request up or the answer to it.
type message struct {
	tablet *replica
	node   syncengine.NodeID // whose chain it is about
	ladder map[string]bool   // streams for which many positions were offered
	answer bool
	raw    []byte
}

// send builds a tablet's next request and puts it on the link.
func (w *world) send() bool {
	m, ok := w.request(w.someTablet())
	if ok {
		w.link = append(w.link, m)
	}
	return ok
}

// request is what the sync loop of a tablet says: the first of its chains with
// something waiting, or else the next in turn, and where it stands in its streams.
func (w *world) request(r *replica) (m message, ok bool) {
	req := &syncengine.Request{WantBytes: wantBytes}
	err := w.update(r, func(tx syncengine.Tx) (err error) {
		if err = nextChain(tx, r, req); err != nil {
			return err
		}
		for _, stream := range streams {
			rungs, err := syncengine.Ladder(tx, stream)
			if err != nil {
				return err
			}
			if !r.ladder[stream] {
				rungs = rungs[:1]
			}
			req.Positions = append(req.Positions, rungs...)
		}
		return w.steps.Sent(tx, req)
	})
	if err != nil {
		w.must(r.name+": build a request", err)
		return message{}, false
	}
	if req.Page != nil {
		req.Page.Signature = sign("device", req.Page.Digest())
	}
	raw, err := wire.EncodeRequest(req)
	w.must("encode a request", err)
	w.ackedIsHeld(r)
	return message{tablet: r, node: req.Node, ladder: maps.Clone(r.ladder), raw: raw}, true
}

func nextChain(tx syncengine.Tx, r *replica, req *syncengine.Request) error {
	nodes, err := syncengine.OwnNodes(tx)
	if err != nil {
		return err
	}
	r.turn++
	req.Node = nodes[r.turn%len(nodes)]
	for _, node := range nodes {
		acked, err := syncengine.Acked(tx, node)
		if err != nil {
			return err
		}
		page, err := syncengine.BuildPage(tx, node, acked.Seq, pageBytes)
		if err != nil {
			return err
		}
		if page != nil {
			req.Node, req.Page = node, page
			break
		}
	}
	req.Claim, err = syncengine.Acked(tx, req.Node)
	return err
}

// sign stands for a signature: it binds, and protects nobody.
func sign(who string, digest [32]byte) []byte {
	sum := sha256.Sum256(append([]byte(who), digest[:]...))
	return sum[:]
}

// pick takes any message from the link, so that they overtake each other.
func (w *world) pick() (m message, ok bool) {
	if len(w.link) == 0 {
		return message{}, false
	}
	at := w.rng.IntN(len(w.link))
	if at > 0 {
		w.counts["message overtaken"]++
	}
	m = w.link[at]
	w.link = slices.Delete(w.link, at, at+1)
	return m, true
}

func (w *world) deliver() bool {
	m, ok := w.pick()
	if ok {
		w.arrive(m)
	}
	return ok
}

func (w *world) lose() bool {
	m, ok := w.pick()
	if ok && m.answer {
		w.counts["answer lost"]++
	} else if ok {
		w.counts["request lost"]++
	}
	return ok
}

// repeat delivers a message and keeps it in flight. At times it arrives twice in
// a row, and then the second may have no effect (I12).
func (w *world) repeat() bool {
	if len(w.link) == 0 {
		return false
	}
	m := w.link[w.rng.IntN(len(w.link))]
	to := w.office
	if m.answer {
		to = m.tablet
	}
	crashes := w.counts["killed before a commit"]
	w.arrive(m)
	if w.rng.IntN(2) == 0 {
		return true
	}
	before := w.trace(to)
	w.arrive(m)
	w.counts["message arrived twice in a row"]++
	// After a crash the second is really the first.
	if crashes == w.counts["killed before a commit"] && w.trace(to) != before {
		w.fail("I12: a repeat had an effect at %s", to.name)
	}
	return true
}

// cut delivers only the beginning of a message.
func (w *world) cut() bool {
	m, ok := w.pick()
	if !ok || len(m.raw) == 0 {
		return false
	}
	m.raw = m.raw[:w.rng.IntN(len(m.raw))]
	w.arrive(m)
	return true
}

func (w *world) arrive(m message) {
	switch {
	case m.tablet.destroyed:
	case m.answer:
		w.atTablet(m)
	default:
		w.atOffice(m)
	}
}

// atOffice does what the office's host does with a request.
func (w *world) atOffice(m message) {
	req, err := wire.DecodeRequest(m.raw)
	if err != nil || req.Page != nil && !slices.Equal(req.Page.Signature, sign("device", req.Page.Digest())) {
		w.counts["cut message refused"]++
		return
	}
	answer := &syncengine.Answer{OfficeMillis: w.nowMillis}
	err = w.update(w.office, func(tx syncengine.Tx) error { return w.serve(tx, m.tablet, req, answer) })
	if err != nil {
		w.must("office", err)
		return
	}
	w.note(answer.Receipt)
	answer.Signature = sign("office", answer.Digest(req.Node))
	m.raw, err = wire.EncodeAnswer(answer)
	w.must("encode an answer", err)
	m.answer, m.node = true, req.Node
	w.link = append(w.link, m)
}

func (w *world) serve(tx syncengine.Tx, to *replica, req *syncengine.Request, answer *syncengine.Answer) (err error) {
	if req.Page == nil {
		answer.Receipt, err = syncengine.Confirm(tx, req.Node, req.Claim)
	} else {
		answer.Receipt, err = w.steps.Receive(w.office.engine, tx, req.Page, w.nowMillis)
	}
	if err != nil {
		return err
	}
	if err := w.steps.Publish(tx, streamCenter, answer.Receipt.New); err != nil {
		return err
	}
	answer.News = nil
	for _, stream := range streams {
		mine := slices.DeleteFunc(slices.Clone(req.Positions), func(p syncengine.Position) bool { return p.Stream != stream })
		if len(mine) == 0 {
			continue
		}
		news, err := w.steps.Serve(tx, stream, mine, req.WantBytes, func(c *syncengine.Change, class syncengine.Class) bool {
			return !to.narrow || class != identity
		})
		if err != nil {
			return err
		}
		answer.News = append(answer.News, news)
	}
	return nil
}

// note counts what a committed receipt says.
func (w *world) note(receipt syncengine.Receipt) {
	for _, c := range receipt.New {
		w.everHeld[c.ID()] = true
	}
	if receipt.Fork {
		w.counts["fork noticed"]++
	}
	if receipt.UnknownBase {
		w.counts["unknown base answered"]++
	}
}

// atTablet does what a tablet's sync loop does with an answer. Receipt and news
// are two transactions, so that a crash can come between them.
func (w *world) atTablet(m message) {
	answer, err := wire.DecodeAnswer(m.raw)
	if err != nil || !slices.Equal(answer.Signature, sign("office", answer.Digest(m.node))) {
		w.counts["cut message refused"]++
		return
	}
	r := m.tablet
	err = w.update(r, func(tx syncengine.Tx) error { return w.acknowledge(tx, m.node, answer.Receipt) })
	w.must(r.name+": acknowledge", err)
	w.ackedIsHeld(r)
	if err != nil {
		return
	}
	for _, news := range answer.News {
		if news.Reset && !m.ladder[news.Stream] {
			r.ladder[news.Stream] = true // ask again, offering many positions
			w.counts["position unknown at the office"]++
			continue
		}
		err := w.update(r, func(tx syncengine.Tx) error {
			_, err := w.steps.Take(r.engine, tx, news, w.wallMillis(r))
			return err
		})
		var late *syncengine.BadNews
		switch {
		case errors.As(err, &late):
			w.counts["late news refused"]++
			continue
		case err != nil:
			w.must(r.name+": take", err)
			return
		}
		if news.Reset {
			w.counts["common position found"]++
		}
		delete(r.ladder, news.Stream)
	}
}

func (w *world) acknowledge(tx syncengine.Tx, node syncengine.NodeID, receipt syncengine.Receipt) error {
	if err := w.steps.Acknowledge(tx, node, receipt); err != nil {
		return err
	}
	self, err := syncengine.LoadSelf(tx)
	if err != nil || !receipt.Fork || self.Node != node {
		return err
	}
	var fresh syncengine.NodeID
	w.drawID(fresh[:])
	return syncengine.BecomeNode(tx, fresh)
}
