package syncengine

import (
	"crypto/sha256"
	"encoding/binary"
)

// Salt is the chained salt of a stream at one position: the first 8 bytes of
// SHA-256(salt before ‖ id). One comparison proves a whole prefix.
type Salt [8]byte

// Position is a place in a stream: after the change at that position.
type Position struct {
	Stream   string
	Position uint64 // 0 before the first change
	Salt     Salt   // zero at position 0
}

// Entry is one change of a stream.
type Entry struct {
	Position uint64
	Change   *Change
}

// Buckets of streams. At the office they are the streams; on a node they are
// what it has taken of them.
const (
	bucketStream     = "stream"      // stream ‖ position: id ‖ salt
	bucketStreamHead = "stream-head" // stream: position ‖ digest
	bucketStreamHas  = "stream-has"  // stream ‖ id: position
	// On a node that began with a snapshot, what lies before it is not here.
	bucketStreamFloor = "stream-floor" // stream: position ‖ digest
)

// Next gives the salt after one more change.
func (s Salt) Next(id ChangeID) Salt {
	sum := sha256.Sum256(append(s[:], id[:]...))
	return Salt(sum[:8])
}

// AppendStream puts a change at the end of a stream and gives its position. A
// change that is in the stream already keeps its place.
func AppendStream(cells Cells, stream string, id ChangeID) (uint64, error) {
	has := concat([]byte(stream), []byte{0}, id[:])
	if at, err := cells.Get(bucketStreamHas, has); err != nil || at != nil {
		return binary.BigEndian.Uint64(padTo8(at)), err
	}
	head, digest, err := StreamHead(cells, stream)
	if err != nil {
		return 0, err
	}
	next := Position{Stream: stream, Position: head.Position + 1, Salt: head.Salt.Next(id)}
	at := binary.BigEndian.AppendUint64(nil, next.Position)
	if err := cells.Put(bucketStream, streamKey(stream, next.Position), concat(id[:], next.Salt[:])); err != nil {
		return 0, err
	}
	if err := cells.Put(bucketStreamHas, has, at); err != nil {
		return 0, err
	}
	digest += truncated(id)
	return next.Position, cells.Put(bucketStreamHead, []byte(stream), binary.BigEndian.AppendUint64(at, digest))
}

// InStream reports whether a stream holds a change.
func InStream(cells Cells, stream string, id ChangeID) (bool, error) {
	at, err := cells.Get(bucketStreamHas, concat([]byte(stream), []byte{0}, id[:]))
	return at != nil, err
}

// KnowsPosition reports whether a position is on this copy of the stream.
func KnowsPosition(cells Cells, p Position) (bool, error) {
	head, _, err := StreamHead(cells, p.Stream)
	if err != nil || p.Position > head.Position {
		return false, err
	}
	here, err := StreamAt(cells, p.Stream, p.Position)
	return here.Salt == p.Salt, err
}

// streamPlace gives the position of a change in a stream, 0 when it is not in it.
func streamPlace(cells Cells, stream string, id ChangeID) (uint64, error) {
	at, err := cells.Get(bucketStreamHas, concat([]byte(stream), []byte{0}, id[:]))
	return binary.BigEndian.Uint64(padTo8(at)), err
}

// StreamHead gives the end of a stream and the digest of all ids in it: their
// sum, each cut to 64 bits. It covers ids and no values, so a device that can
// open nothing computes it too.
func StreamHead(cells Cells, stream string) (Position, uint64, error) {
	raw, err := cells.Get(bucketStreamHead, []byte(stream))
	if err != nil || len(raw) != 16 {
		return Position{Stream: stream}, 0, err
	}
	at, err := StreamAt(cells, stream, binary.BigEndian.Uint64(raw[:8]))
	return at, binary.BigEndian.Uint64(raw[8:]), err
}

// StreamAt gives the position with its salt; one past the end has a zero salt.
func StreamAt(cells Cells, stream string, position uint64) (Position, error) {
	at := Position{Stream: stream, Position: position}
	raw, err := cells.Get(bucketStream, streamKey(stream, position))
	if err == nil && len(raw) == 40 {
		at.Salt = Salt(raw[32:])
	}
	return at, err
}

// streamID gives the id at a position, and whether there is one.
func streamID(cells Cells, stream string, position uint64) (ChangeID, bool, error) {
	raw, err := cells.Get(bucketStream, streamKey(stream, position))
	if err != nil || len(raw) != 40 {
		return ChangeID{}, false, err
	}
	return ChangeID(raw[:32]), true, nil
}

// Streams lists the names of all streams that hold something.
func Streams(cells Cells) ([]string, error) {
	var names []string
	err := cells.Scan(bucketStreamHead, nil, func(key, _ []byte) error {
		names = append(names, string(key))
		return nil
	})
	return names, err
}

// StreamFloor gives the position that a node's copy of a stream begins after,
// with the digest of what lies before; zero where it begins at the beginning.
func StreamFloor(cells Cells, stream string) (Position, uint64, error) {
	raw, err := cells.Get(bucketStreamFloor, []byte(stream))
	if err != nil || len(raw) != 16 {
		return Position{Stream: stream}, 0, err
	}
	at, err := StreamAt(cells, stream, binary.BigEndian.Uint64(raw[:8]))
	return at, binary.BigEndian.Uint64(raw[8:]), err
}

// adoptStream lets a node's copy of a stream begin after a position whose
// changes it has as bases.
func adoptStream(cells Cells, at Position, digest uint64) error {
	if err := cutStream(cells, at.Stream, 0); err != nil {
		return err
	}
	end := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, at.Position), digest)
	if err := cells.Put(bucketStreamFloor, []byte(at.Stream), end); err != nil {
		return err
	}
	none := ChangeID{}
	if err := cells.Put(bucketStream, streamKey(at.Stream, at.Position), concat(none[:], at.Salt[:])); err != nil {
		return err
	}
	return cells.Put(bucketStreamHead, []byte(at.Stream), end)
}

// cutStream takes a node's copy of a stream back to a position, after the
// office was restored from a backup. The changes themselves stay in the log. A
// copy that is cut below its floor, or to nothing, begins anew.
func cutStream(cells Cells, stream string, to uint64) error {
	head, digest, err := StreamHead(cells, stream)
	if err != nil {
		return err
	}
	floor, _, err := StreamFloor(cells, stream)
	if err != nil {
		return err
	}
	for at := head.Position; at > max(to, floor.Position); at-- {
		id, _, err := streamID(cells, stream, at)
		if err != nil {
			return err
		}
		digest -= truncated(id)
		if err := cells.Delete(bucketStream, streamKey(stream, at)); err != nil {
			return err
		}
		if err := cells.Delete(bucketStreamHas, concat([]byte(stream), []byte{0}, id[:])); err != nil {
			return err
		}
	}
	if to > 0 && to >= floor.Position {
		raw := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, min(to, head.Position)), digest)
		return cells.Put(bucketStreamHead, []byte(stream), raw)
	}
	if floor.Position > 0 {
		if err := cells.Delete(bucketStream, streamKey(stream, floor.Position)); err != nil {
			return err
		}
		if err := cells.Delete(bucketStreamFloor, []byte(stream)); err != nil {
			return err
		}
	}
	return cells.Delete(bucketStreamHead, []byte(stream))
}

// Ladder gives positions to send after the office said that it does not know
// ours: the head, and steps back from it that double, down to the beginning. The
// office answers from the first that it knows.
func Ladder(cells Cells, stream string) ([]Position, error) {
	head, _, err := StreamHead(cells, stream)
	if err != nil {
		return nil, err
	}
	floor, _, err := StreamFloor(cells, stream)
	if err != nil {
		return nil, err
	}
	var rungs []Position
	for back := uint64(0); back < head.Position-floor.Position; back = max(1, 2*back) {
		at, err := StreamAt(cells, stream, head.Position-back)
		if err != nil {
			return nil, err
		}
		rungs = append(rungs, at)
	}
	if floor.Position > 0 {
		rungs = append(rungs, floor)
	}
	return append(rungs, Position{Stream: stream}), nil
}

func streamKey(stream string, position uint64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte(stream), 0), position)
}

func truncated(id ChangeID) uint64 { return binary.BigEndian.Uint64(id[:8]) }

func padTo8(b []byte) []byte { return append(make([]byte, 8-min(8, len(b))), b...) }

// RecordsAfter lists the records that the next changes of a stream are about,
// each once, in the order of their first change after the position, with the
// position that was reached.
func RecordsAfter(tx Tx, stream string, position uint64, most int) ([]RecordID, uint64, error) {
	var records []RecordID
	seen := map[RecordID]bool{}
	for ; len(records) < most; position++ {
		id, here, err := streamID(tx, stream, position+1)
		if err != nil {
			return nil, 0, err
		}
		if !here {
			break
		}
		c, err := tx.Change(id)
		if err != nil {
			return nil, 0, err
		}
		if !seen[c.Record] {
			seen[c.Record] = true
			records = append(records, c.Record)
		}
	}
	return records, position, nil
}
