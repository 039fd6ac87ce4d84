package simtest

import (
	"crypto/sha256"
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
	// What the tablet gave back with the request.
	lost     *syncengine.Lost
	returned *syncengine.Returned
	raw      []byte
	// damaged: a byte was flipped on the way. A block is no part of the signed
	// digest; its own digest is.
	damaged bool
	// control is where the office's orders stood when it answered.
	control syncengine.Position
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
	req := &syncengine.Request{WantBytes: w.bytesMax(wantBytes)}
	err := w.update(r, "push, before the request leaves", func(tx syncengine.Tx) (err error) {
		if err = nextChain(tx, r, req, w.bytesMax(pageBytes)); err != nil {
			return err
		}
		back, err := w.giveBack(tx, r, req)
		if err != nil {
			return err
		}
		if back { // its own new changes wait for that
			req.Page = nil
		}
		begun, err := syncengine.Streams(tx)
		if err != nil {
			return err
		}
		for _, stream := range r.streams {
			if stream != streamControl && !slices.Contains(begun, stream) {
				continue // nothing of it is here: it may be had as a snapshot
			}
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
	if err != nil && err != errKilledAfter {
		w.must(r.name+": build a request", err)
		return message{}, false
	}
	// Killed after this, the request is under way and nobody waits for the answer.
	if req.Page != nil {
		req.Page.Signature = sign("device", req.Page.Digest())
	}
	raw, err := wire.EncodeRequest(req)
	w.must("encode a request", err)
	w.ackedIsHeld(r)
	return message{tablet: r, node: req.Node, ladder: maps.Clone(r.ladder), lost: req.Lost, returned: req.Returned, raw: raw}, true
}

// bytesMax is small while faults last, so that they come between pages.
func (w *world) bytesMax(small int) int {
	if w.calm {
		return 64 << 10
	}
	return small
}

func nextChain(tx syncengine.Tx, r *replica, req *syncengine.Request, bytesMax int) error {
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
		page, err := syncengine.BuildPage(tx, node, acked.Seq, bytesMax)
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
	switch {
	case ok && m.answer:
		w.counts["answer lost, with its page of news"]++
	case ok:
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
	if w.arrive(m); w.rng.IntN(2) == 0 {
		return true
	}
	faults := w.faultsSoFar()
	if w.arrive(m); faults != w.faultsSoFar() {
		return true
	}
	before := w.trace(to)
	w.arrive(m)
	w.counts["message arrived three times in a row"]++
	if faults == w.faultsSoFar() && w.trace(to) != before {
		w.fail("I12", "a repeat had an effect at %s", to.name)
	}
	return true
}

// cut delivers only the beginning of a message, or one of its bytes flipped:
// what does not parse, or whose signature is wrong, may have no effect.
func (w *world) cut() bool {
	m, ok := w.pick()
	if !ok || len(m.raw) == 0 {
		return false
	}
	whole := m.raw
	if w.rng.IntN(2) == 0 {
		m.raw = whole[:w.rng.IntN(len(whole))]
		w.counts["message cut"]++
	} else {
		m.raw, m.damaged = slices.Clone(whole), true
		m.raw[w.rng.IntN(len(whole))] ^= 1 << w.rng.IntN(8)
		w.counts["byte of a message flipped"]++
	}
	w.arrive(m)
	return true
}

// strike takes one block out of an answer, as whoever carries it could: the ids
// are as they were, and the block would look withheld. It must be noticed.
func (w *world) strike() bool {
	for at, m := range w.link {
		if !m.answer {
			continue
		}
		answer, err := wire.DecodeAnswer(m.raw)
		if err != nil {
			continue
		}
		for _, news := range answer.News {
			for _, entry := range news.Entries {
				for class := range entry.Change.Blocks {
					if class == syncengine.ClassClear || len(entry.Change.Blocks) > 1 && class != indicator {
						continue
					}
					delete(entry.Change.Blocks, class)
					raw, err := wire.EncodeAnswer(answer)
					w.must("encode a struck answer", err)
					if w.readAnswer(m.node, raw) != nil {
						w.fail("signatures", "an answer is taken without a block that the office sent")
					}
					w.link = slices.Delete(w.link, at, at+1)
					return true
				}
			}
		}
	}
	return false
}

func (w *world) arrive(m message) {
	switch {
	case m.answer && m.tablet.destroyed:
	case m.answer:
		w.atTablet(m)
	default:
		w.atOffice(m)
	}
}

// readRequest refuses what does not parse or is not signed as it must be.
func (w *world) readRequest(raw []byte) *syncengine.Request {
	req, err := wire.DecodeRequest(raw)
	if err != nil || req.Page != nil && !slices.Equal(req.Page.Signature, sign("device", req.Page.Digest())) {
		w.counts["damaged message refused"]++
		return nil
	}
	return req
}

func (w *world) readAnswer(node syncengine.NodeID, raw []byte) *syncengine.Answer {
	answer, err := wire.DecodeAnswer(raw)
	if err != nil || !slices.Equal(answer.Signature, sign("office", answer.Digest(node))) {
		w.counts["damaged message refused"]++
		return nil
	}
	return answer
}
