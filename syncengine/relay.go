package syncengine

import (
	"crypto/sha256"
	"errors"
)

// An office that was restored from a backup lacks what it took since. The
// author of a change sends it again; but the author's tablet may be gone, and
// the office's own orders have no other author. So every node keeps the list of
// what it took of a stream after the last position that it still shares with
// the office, with the office's own signature over the end of that list, and
// gives it back. The signature proves the end; the chained salts prove every id
// before it; an id proves its change.

// LostIDsMax bounds one list: 30,000 ids are 960 KB.
const LostIDsMax = 30_000

// Buckets of what is given back.
const (
	bucketProof    = "stream-proof" // stream: position ‖ salt ‖ the office's signature over them (on a node)
	bucketLost     = "lost"         // stream ‖ end of the list: Lost (on a node)
	bucketExpected = "expected"     // stream ‖ id: proven to have been here once (at the office)
	bucketLoose    = "loose"        // node ‖ change id: came back without what its node wrote before it
	bucketUnproven = "unproven"     // change id: was brought by somebody else, and nothing vouches for it (at the office)
)

// Lost is what a node took of one stream and the office does not have any more.
type Lost struct {
	Stream string
	After  Position   // the last common one
	IDs    []ChangeID // what followed it, in order
	Proof  []byte     // the office's signature over the digest of End; may be missing
}

// Digest is what the office signs of a position that its news bring a node to.
func (p Position) Digest() [32]byte {
	w := writer{}
	w.string("raksa/position/1")
	w.string(p.Stream)
	w.uvarint(p.Position)
	w.fixed(p.Salt[:])
	return sha256.Sum256(w.b)
}

// Reached is the position that these news bring a node to.
func (n *News) Reached() Position {
	end := n.After
	for _, entry := range n.Entries {
		end = Position{Stream: end.Stream, Position: entry.Position, Salt: end.Salt.Next(entry.Change.ID())}
	}
	return end
}

// End is the position after the last of the ids, by the chain of salts.
func (l *Lost) End() Position {
	end := l.After
	for _, id := range l.IDs {
		end = Position{Stream: l.Stream, Position: end.Position + 1, Salt: end.Salt.Next(id)}
	}
	return end
}

// keepProof remembers the office's signature over where a node now stands.
func keepProof(cells Cells, news *News) error {
	if len(news.Proof) == 0 {
		return nil
	}
	end := news.Reached()
	w := writer{}
	w.uvarint(end.Position)
	w.fixed(end.Salt[:])
	w.bytes(news.Proof)
	return cells.Put(bucketProof, []byte(news.Stream), w.b)
}

// proofOf gives the signature over exactly this position, if there is one.
func proofOf(cells Cells, at Position) ([]byte, error) {
	raw, err := cells.Get(bucketProof, []byte(at.Stream))
	if err != nil || raw == nil {
		return nil, err
	}
	r := reader{what: "proof", b: raw}
	held := Position{Stream: at.Stream, Position: r.uvarint()}
	r.fixed(held.Salt[:])
	proof := r.bytes(256, "signature")
	if err := r.done(); err != nil || held != at {
		return nil, err
	}
	return proof, nil
}

// keepLost notes what a node took after a position, before its copy of the
// stream is cut back to it.
func keepLost(cells Cells, stream string, to uint64) error {
	head, _, err := StreamHead(cells, stream)
	if err != nil || head.Position <= to {
		return err
	}
	floor, _, err := StreamFloor(cells, stream)
	if err != nil {
		return err
	}
	to = max(to, floor.Position) // what lies before is here as bases only
	// The signature proves the end: of a longer list the last part goes.
	to = max(to, head.Position-min(head.Position, LostIDsMax))
	lost := Lost{Stream: stream}
	if lost.After, err = StreamAt(cells, stream, to); err != nil {
		return err
	}
	for at := to + 1; at <= head.Position; at++ {
		id, _, err := streamID(cells, stream, at)
		if err != nil {
			return err
		}
		lost.IDs = append(lost.IDs, id)
	}
	if lost.Proof, err = proofOf(cells, head); err != nil {
		return err
	}
	return KeepLost(cells, &lost)
}

// KeepLost notes a list that a node will give back. One that the office has in
// its own stream needs no proof.
func KeepLost(cells Cells, lost *Lost) error {
	w := writer{}
	w.uvarint(lost.After.Position)
	w.fixed(lost.After.Salt[:])
	w.bytes(lost.Proof)
	w.uvarint(uint64(len(lost.IDs)))
	for _, id := range lost.IDs {
		w.fixed(id[:])
	}
	return cells.Put(bucketLost, lostKey(lost), w.b)
}

func lostKey(l *Lost) []byte {
	end := l.End()
	return concat(streamKey(l.Stream, end.Position), end.Salt[:])
}

// LostOf lists what a node has to give back of one stream, oldest list first.
func LostOf(cells Cells, stream string) ([]Lost, error) {
	var all []Lost
	err := cells.Scan(bucketLost, append([]byte(stream), 0), func(_, raw []byte) error {
		r := reader{what: "lost", b: raw}
		lost := Lost{Stream: stream, After: Position{Stream: stream, Position: r.uvarint()}}
		r.fixed(lost.After.Salt[:])
		lost.Proof = r.bytes(256, "signature")
		for range r.count(1<<30, "ids") {
			var id ChangeID
			if r.fixed(id[:]); r.err != nil {
				break
			}
			lost.IDs = append(lost.IDs, id)
		}
		all = append(all, lost)
		return r.done()
	})
	return all, err
}

// DropLost forgets a list that was given back.
func DropLost(cells Cells, l *Lost) error { return cells.Delete(bucketLost, lostKey(l)) }

// LostStreams lists the streams of which a node has something to give back.
func LostStreams(cells Cells) ([]string, error) {
	var streams []string
	err := cells.Scan(bucketLost, nil, func(key, _ []byte) error {
		stream := string(key[:len(key)-1-8-len(Salt{})])
		if len(streams) == 0 || streams[len(streams)-1] != stream {
			streams = append(streams, stream)
		}
		return nil
	})
	return streams, err
}

// Lacking gives the indexes of those ids in a list that the log lacks, holds
// with blocks withheld, or has from somebody who could not prove them.
func Lacking(tx Tx, l *Lost) ([]uint32, error) {
	var wanted []uint32
	for i, id := range l.IDs {
		c, err := tx.Change(id)
		switch {
		case errors.Is(err, ErrUnknownChange), errors.Is(err, ErrDamaged), err == nil && !c.Whole():
			wanted = append(wanted, uint32(i))
		case err != nil:
			return nil, err
		default:
			if unproven, err := isUnproven(tx, id); err != nil {
				return nil, err
			} else if unproven {
				wanted = append(wanted, uint32(i))
			}
		}
	}
	return wanted, nil
}

// Expect takes a list whose proof the host has checked: its changes are taken
// back as they were, whoever brings them.
func Expect(cells Cells, l *Lost, wanted []uint32) error {
	for _, at := range wanted {
		if err := cells.Put(bucketExpected, expectedKey(l.Stream, l.IDs[at]), []byte{}); err != nil {
			return err
		}
	}
	return nil
}

// Expected reports whether the office once had this change in the stream: a
// proven list names it, or the stream itself does.
func Expected(cells Cells, stream string, id ChangeID) (bool, error) {
	raw, err := cells.Get(bucketExpected, expectedKey(stream, id))
	if err != nil || raw != nil {
		return raw != nil, err
	}
	return InStream(cells, stream, id)
}

func expectedKey(stream string, id ChangeID) []byte { return concat([]byte(stream), []byte{0}, id[:]) }

// TakeBack puts a change into the log that an expected one is, with the blocks
// that the giver has, and obeys it if it is an order. What its node wrote before
// it may still be missing; until the node itself sends that, the node is not
// told that the office holds its chain. One that was here unproven counts as added;
// the host lifts its quarantine before.
func (e *Engine) TakeBack(tx Tx, stream string, c *Change, wallMillis int64) (added bool, err error) {
	if err := errors.Join(c.Verify(), c.clearHere(), c.Envelope.check()); err != nil {
		return false, err
	}
	_, err = tx.Change(c.ID())
	if err != nil && !errors.Is(err, ErrUnknownChange) && !errors.Is(err, ErrDamaged) {
		return false, err
	}
	if errors.Is(err, ErrUnknownChange) { // a damaged one has its place, and is healed
		if rooted, err := rootedBase(tx, c); err != nil {
			return false, err
		} else if !rooted {
			if err := tx.Put(bucketLoose, looseKey(c.Node, c.ID()), []byte{}); err != nil {
				return false, err
			}
		}
	}
	unproven, err := prove(tx, c.ID())
	if err != nil {
		return false, err
	}
	if added, err = e.Ingest(tx, c); err != nil {
		return added, err
	}
	if unproven {
		added = true
		if held, err := Quarantine(tx, c.ID()); err != nil {
			return added, err
		} else if c.Kind == KindControl && !held.Held() {
			if err := e.obey(tx, c); err != nil {
				return added, err
			}
		}
	}
	if stream != "" { // proven: it decides over what somebody sent since the restore
		if err := decideKind(tx, c); err != nil {
			return added, err
		}
	}
	if c.Whole() {
		if err := tx.Delete(bucketExpected, expectedKey(stream, c.ID())); err != nil {
			return added, err
		}
	}
	return added, meetStamp(tx, c.Stamp, wallMillis)
}

// decideKind lets a proven change that counts say what its record is.
func decideKind(tx Tx, c *Change) error {
	held, err := Quarantine(tx, c.ID())
	if err != nil || held.Held() || c.Kind == KindControl {
		return err
	}
	return putRecordHead(tx, &c.Envelope, false)
}

// HoldUnproven keeps a change that nothing vouches for. Its node is not told that
// it is here, and it is no twin of what that node sends: whoever made it up could
// drive a node from one id to the next. The host quarantines it before.
func (e *Engine) HoldUnproven(tx Tx, c *Change, wallMillis int64) error {
	id := c.ID()
	if _, err := tx.Change(id); !errors.Is(err, ErrUnknownChange) {
		return err
	}
	if _, err := e.TakeBack(tx, "", c, wallMillis); err != nil {
		return err
	}
	return errors.Join(tx.Put(bucketUnproven, id[:], []byte{}), tx.Put(bucketLoose, looseKey(c.Node, id), []byte{}))
}

func isUnproven(cells Cells, id ChangeID) (bool, error) {
	raw, err := cells.Get(bucketUnproven, id[:])
	return raw != nil, err
}

// prove takes the mark off a change that something vouches for now, and reports
// whether it had one.
func prove(tx Tx, id ChangeID) (was bool, err error) {
	if was, err = isUnproven(tx, id); err != nil || !was {
		return was, err
	}
	return true, tx.Delete(bucketUnproven, id[:])
}

// rootedBase reports whether the chain before c is here without a gap.
func rootedBase(tx Tx, c *Change) (bool, error) {
	if c.Prev.Zero() {
		return true, nil
	}
	if _, err := tx.Change(c.Prev); errors.Is(err, ErrUnknownChange) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	loose, err := isLoose(tx, c.Node, c.Prev)
	return !loose, err
}

func isLoose(cells Cells, node NodeID, id ChangeID) (bool, error) {
	raw, err := cells.Get(bucketLoose, looseKey(node, id))
	return raw != nil, err
}

// fasten takes the mark off those changes of a node's own page that came back
// before: what is before them is here now.
func fasten(tx Tx, p *Page) error {
	loose := map[ChangeID]bool{}
	err := tx.Scan(bucketLoose, p.Node[:], func(key, _ []byte) error {
		loose[ChangeID(key[len(p.Node):])] = true
		return nil
	})
	if err != nil || len(loose) == 0 {
		return err
	}
	for _, c := range p.Changes {
		if id := c.ID(); loose[id] {
			if err := tx.Delete(bucketLoose, looseKey(p.Node, id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func looseKey(node NodeID, id ChangeID) []byte { return concat(node[:], id[:]) }
