package syncengine

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"maps"
	"slices"
)

// A digest that is kept up to date beside the log cannot see that something was
// taken out of the log itself. So a node and the office now and then count what
// is really there: for one range of record ids after the other, the changes that
// both should have. Where the sums differ, the office names what it has of each
// record in the range, and the node sends and fetches what is missing.

// Check is one such comparison, as the node begins it.
type Check struct {
	Ranges []Range
	Claims []Claim // how far the office is known to hold each chain of the node's own
}

// Range is what is there of all records whose id begins with one byte.
type Range struct {
	Prefix byte
	Sum    Tally
}

// Tally counts changes: how many, and the sum of their ids, each cut to 64 bits.
type Tally struct {
	Count uint64
	Sum   uint64
}

func (s *Tally) add(id ChangeID) { s.Count, s.Sum = s.Count+1, s.Sum+truncated(id) }

// Claim is a mark of one chain.
type Claim struct {
	Node NodeID
	Mark Mark
}

// CheckReply names the ranges that differ, and what the office has in them.
type CheckReply struct {
	Differs []byte
	Records []RecordSum // of all records in those ranges
}

// RecordSum is what is there of one record.
type RecordSum struct {
	Record RecordID
	Tally
}

// Limits of a comparison.
const (
	CheckRangesMax  = 256
	CheckRecordsMax = 10_000
)

// Shared says which changes both sides should have: those in the streams up to
// the positions that both stand at, and the node's own up to what was confirmed.
type Shared struct {
	Positions []Position
	Own       Owned
}

// Count gives what is there of one record, of that which both sides should have.
func (s *Shared) Count(tx Tx, record RecordID) (sum Tally, _ error) {
	changes, err := tx.Record(record)
	if errors.Is(err, ErrDamaged) {
		return Tally{}, nil // what cannot be read is not there
	}
	if err != nil {
		return sum, err
	}
	counted := map[uint64]bool{}
	for _, c := range changes {
		if c.Kind == KindControl {
			continue
		}
		in, err := s.has(tx, c)
		if err != nil {
			return sum, err
		}
		if in {
			sum.add(c.ID())
			counted[truncated(c.ID())] = true
		}
	}
	return sum, s.countCovered(tx, record, counted, &sum)
}

// countCovered adds what a base stands for: its changes are known by the same
// first bytes of their ids that a sum adds up.
func (s *Shared) countCovered(tx Tx, record RecordID, counted map[uint64]bool, sum *Tally) error {
	base, err := loadCovering(tx, record)
	if err != nil || base == nil {
		return err
	}
	begun := slices.ContainsFunc(s.Positions, func(p Position) bool { return slices.Contains(base.streams, p.Stream) })
	if !begun {
		return nil // its snapshot is still on the way
	}
	for _, cover := range base.covers {
		if counted[cover.Short] {
			continue
		}
		in := !cover.Late
		for i := 0; cover.Late && !in && i < len(s.Positions); i++ {
			prefix := concat([]byte(s.Positions[i].Stream), []byte{0}, binary.BigEndian.AppendUint64(nil, cover.Short))
			err := tx.Scan(bucketStreamHas, prefix, func(_, _ []byte) error { in = true; return nil })
			if err != nil {
				return err
			}
		}
		if in {
			sum.Count, sum.Sum = sum.Count+1, sum.Sum+cover.Short
		}
	}
	return nil
}

func (s *Shared) has(tx Tx, c *Change) (bool, error) {
	if own, err := s.Own.has(c); err != nil || own {
		return own, err
	}
	id := c.ID()
	for _, p := range s.Positions {
		if p.Position == 0 {
			continue // nothing of it is here or there
		}
		at, err := streamPlace(tx, p.Stream, id)
		if err != nil {
			return false, err
		}
		if at > 0 && at <= p.Position {
			return true, nil
		}
	}
	return false, nil
}

// Records gives what is there of every record whose id begins with prefix, also
// of those of which nothing is. Orders are not counted: they may be about records
// that a node never had, and the digest of their stream covers them.
func (s *Shared) Records(tx Tx, prefix byte) ([]RecordSum, error) {
	ids := map[RecordID]bool{}
	note := func(key, _ []byte) error { ids[RecordID(key[:len(RecordID{})])] = true; return nil }
	if err := tx.Scan(bucketRecord, []byte{prefix}, note); err != nil {
		return nil, err
	}
	sorted := slices.SortedFunc(maps.Keys(ids), func(a, b RecordID) int { return bytes.Compare(a[:], b[:]) })
	var sums []RecordSum
	for some := range slices.Chunk(sorted, aheadMost) {
		if err := s.ahead(tx, some); err != nil {
			return nil, err
		}
		for _, id := range some {
			sum, err := s.Count(tx, id)
			if err != nil {
				return nil, err
			}
			sums = append(sums, RecordSum{Record: id, Tally: sum})
		}
	}
	return sums, nil
}

// ahead reads what counting some records asks for.
func (s *Shared) ahead(tx Tx, ids []RecordID) error {
	reads, can := tx.(Ahead)
	if !can || len(ids) < 2 {
		return nil
	}
	changes, err := reads.RecordsAhead(ids)
	if err != nil {
		return err
	}
	var records [][]byte
	for i := range ids {
		records = append(records, ids[i][:])
	}
	if err := CellsAhead(tx, bucketBase, records); err != nil {
		return err
	}
	return s.Own.ahead(changes)
}

// RangeOf adds up the records whose id begins with prefix.
func RangeOf(prefix byte, records []RecordSum) Range {
	total := Range{Prefix: prefix}
	for _, one := range records {
		total.Sum.Count += one.Count
		total.Sum.Sum += one.Tally.Sum
	}
	return total
}

// Compare answers a check at the office.
func (s *Shared) Compare(tx Tx, check *Check) (*CheckReply, error) {
	reply := &CheckReply{}
	for _, theirs := range check.Ranges {
		records, err := s.Records(tx, theirs.Prefix)
		if err != nil {
			return nil, err
		}
		if RangeOf(theirs.Prefix, records) == theirs {
			continue
		}
		reply.Differs = append(reply.Differs, theirs.Prefix)
		for _, one := range records {
			if one.Count > 0 && len(reply.Records) < CheckRecordsMax {
				reply.Records = append(reply.Records, one)
			}
		}
	}
	return reply, nil
}

// Differing gives the records in which the office's answer to a check and what
// is here differ.
func (s *Shared) Differing(tx Tx, reply *CheckReply) ([]RecordID, error) {
	var differ []RecordID
	theirs := map[RecordID]Tally{}
	for _, one := range reply.Records {
		theirs[one.Record] = one.Tally
	}
	for _, prefix := range reply.Differs {
		ours, err := s.Records(tx, prefix)
		if err != nil {
			return nil, err
		}
		for _, one := range ours {
			if one.Tally != theirs[one.Record] {
				differ = append(differ, one.Record)
			}
			delete(theirs, one.Record)
		}
	}
	for record := range theirs {
		differ = append(differ, record)
	}
	slices.SortFunc(differ, func(a, b RecordID) int { return cmp.Compare(string(a[:]), string(b[:])) })
	return differ, nil
}
