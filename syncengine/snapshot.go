package syncengine

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"slices"
)

// Offer says that a stream can be had as a snapshot: folded records instead of
// the changes up to a position, and the changes that follow it.
type Offer struct {
	At      Position
	Digest  uint64 // of all ids up to it
	Records uint64 // how many records it is about
}

// SnapshotRequest asks for the next page of a snapshot.
type SnapshotRequest struct {
	Node NodeID
	At   Position // of the offer
	// Below: the records that entered the stream here or later are on the node.
	Below uint64
	// Control is where the node stands in the stream of orders. A page is made
	// at that place only, so that what it holds is what the orders there leave.
	Control Position
	// Records are those whose base is wanted anew; then At and Below say nothing.
	Records   []RecordID
	WantBytes int
}

// Place names the part of a snapshot that is asked for: a sealed page can be
// moved to no other.
func (r *SnapshotRequest) Place() []byte {
	w := writer{}
	w.string(r.At.Stream)
	w.uvarint(r.At.Position)
	w.fixed(r.At.Salt[:])
	w.uvarint(r.Below)
	w.uvarint(r.Control.Position)
	w.fixed(r.Control.Salt[:])
	w.uvarint(uint64(len(r.Records)))
	for _, id := range r.Records {
		w.fixed(id[:])
	}
	return w.b
}

// SnapshotPage is one part of a snapshot, newest records first. The office signs
// it, and seals it to the device.
type SnapshotPage struct {
	Refused string // one of the Snapshot… codes; empty when the page is good
	Below   uint64 // go on from here; 0 when there is no more
	Sealed  []byte
	// OfficeMillis is when it was made.
	OfficeMillis int64
	Signature    []byte
}

// Why the office gives no page. None is an error: the node exchanges, and asks again.
const (
	SnapshotBehind  = "control_behind"   // the node does not know the latest orders
	SnapshotUnknown = "position_unknown" // the office was restored: begin anew
)

// SnapshotRecordsMax bounds the records of one page.
const SnapshotRecordsMax = 400

// Digest is what the office signs.
func (p *SnapshotPage) Digest(r *SnapshotRequest) [32]byte {
	w := writer{}
	w.string("raksa/snapshot/1")
	w.fixed(r.Node[:])
	w.bytes(r.Place())
	w.string(p.Refused)
	w.uvarint(p.Below)
	w.bytes(p.Sealed)
	w.varint(p.OfficeMillis)
	return sha256.Sum256(w.b)
}

// Share decides what of a record goes into a snapshot: its classes, and its
// class keys as the hosts pack them. Of a record that is none of the device's
// any more neither is given, and only its ids go.
type Share func(RecordID, Kind) (classes func(Class) bool, keys []byte, err error)

// BaseOf gives a record as the office holds it now, as a base of a stream up to
// a position.
func (e *Engine) BaseOf(tx Tx, id RecordID, at Position, share Share) (*Base, error) {
	changes, err := tx.Record(id)
	if err != nil {
		return nil, err
	}
	b := &Base{Record: id, Classes: map[Class]Folded{}}
	if b.Kind, b.Form, err = recordHead(tx, id); err != nil {
		return nil, err
	}
	for _, c := range changes {
		if c.Kind == KindControl {
			continue
		}
		cover, here, err := coverOf(tx, c.ID(), at)
		if err != nil {
			return nil, err
		}
		if here {
			b.Covers = append(b.Covers, cover)
		}
	}
	slices.SortFunc(b.Covers, func(a, c Cover) int { return compareCover(a, c.Short) })
	classes, keys, err := share(id, b.Kind)
	if err != nil || classes == nil {
		return b, err
	}
	b.Keys = keys
	rec := &Record{ID: id, Classes: map[Class]Folded{}}
	if err := e.fillIn(tx, rec, changes, nil); err != nil {
		return nil, err
	}
	for class, folded := range rec.Classes {
		if classes(class) {
			b.Classes[class] = folded
		}
	}
	for _, h := range b.heads() { // one that counts here and is in another stream only
		if at, found := slices.BinarySearchFunc(b.Covers, truncated(h.id), compareCover); !found {
			b.Covers = slices.Insert(b.Covers, at, Cover{Short: truncated(h.id), Late: true})
		}
	}
	known := &covering{covers: b.Covers}
	for class, folded := range b.Classes {
		b.Classes[class] = folded.without(known)
	}
	return b, nil
}

// coverOf says how a base of a stream stands to a change; a change that is not
// in the stream is none of it.
func coverOf(tx Tx, id ChangeID, at Position) (Cover, bool, error) {
	raw, err := tx.Get(bucketStreamHas, concat([]byte(at.Stream), []byte{0}, id[:]))
	if err != nil || raw == nil {
		return Cover{}, false, err
	}
	held, err := Quarantine(tx, id)
	return Cover{Short: truncated(id), Out: held.Held(), Late: binary.BigEndian.Uint64(padTo8(raw)) > at.Position}, true, err
}

// Bases gives the next records of a snapshot, by the position at which they
// entered the stream, latest first, at least one and about as many as fit into
// bytesMax when packed, with the place to go on from: 0 at the end. first gives
// the position at which a record entered.
func (e *Engine) Bases(tx Tx, at Position, below uint64, bytesMax int, first func(RecordID) (uint64, error), share Share) (bases []*Base, next uint64, err error) {
	size := 0
	for p := min(below, at.Position+1); p > 1; p-- {
		if len(bases) > 0 && (size > bytesMax || len(bases) >= SnapshotRecordsMax) {
			return bases, p, nil
		}
		id, _, err := streamID(tx, at.Stream, p-1)
		if err != nil {
			return nil, 0, err
		}
		c, err := tx.Change(id)
		if err != nil {
			return nil, 0, err
		}
		if entered, err := first(c.Record); err != nil {
			return nil, 0, err
		} else if entered != p-1 {
			continue
		}
		b, err := e.BaseOf(tx, c.Record, at, share)
		if err != nil {
			return nil, 0, err
		}
		bases = append(bases, b)
		size += b.packedBytes()
	}
	return bases, 0, nil
}

// packedBytes guesses what a base comes to on the wire.
func (b *Base) packedBytes() int {
	size, changes := 24+len(b.Keys)+8*len(b.Covers), map[ChangeID]bool{}
	for _, folded := range b.Classes {
		for _, reg := range folded {
			for _, v := range reg.live {
				changes[v.ID] = true
				size += 3 + len(v.Value)/3
			}
		}
	}
	return size + 28*len(changes)
}

// BeginStream lets a node ask for a stream from its beginning, change by change:
// it names the beginning as its position.
func BeginStream(tx Tx, stream string) error {
	if err := cutStream(tx, stream, 0); err != nil {
		return err
	}
	return tx.Put(bucketStreamHead, []byte(stream), make([]byte, 16))
}

// ErrSnapshotDigest: the records of a snapshot do not come to its digest.
var ErrSnapshotDigest = errors.New("syncengine: a snapshot does not come to its digest")

// Sum adds up the ids of a page that lie at or before its snapshot's position.
func Sum(bases []*Base) (digest uint64) {
	for _, b := range bases {
		for _, c := range b.Covers {
			if !c.Late {
				digest += c.Short
			}
		}
	}
	return digest
}

// Adopt ends a snapshot: the node's copy of the stream stands where the offer
// does, and goes on with the changes that follow. digest is what the pages came
// to. A copy that stands there or further, because the office gave changes in
// the meantime, stays: what it has after the offer may be nowhere else.
func Adopt(tx Tx, offer Offer, digest uint64) error {
	if digest != offer.Digest {
		return ErrSnapshotDigest
	}
	if head, _, err := StreamHead(tx, offer.At.Stream); err != nil || head.Position >= offer.At.Position {
		return err
	}
	return adoptStream(tx, offer.At, digest)
}
