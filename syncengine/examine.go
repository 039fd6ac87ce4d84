package syncengine

import (
	"bytes"
	"errors"
	"fmt"
)

// Finding is one thing that is not as it must be, with what it is about.
type Finding struct {
	Code  string // one of the Found… codes
	About string // an id, or a stream with a position
}

// Codes of findings, stable for programs.
const (
	FoundDamaged   = "damaged"    // stored bytes no longer hash to their name
	FoundGap       = "chain_gap"  // a change follows one that is not here
	FoundSalt      = "salt"       // a stream's salt is not that of its ids
	FoundDigest    = "digest"     // a stream's digest is not that of its ids
	FoundNotInLog  = "not_in_log" // a stream names a change that is not here
	FoundFold      = "fold"       // stored folded state differs from the log
	FoundBase      = "base"       // a record's base does not open: it is to be fetched again
	FoundAckBeyond = "ack_beyond" // more is marked as sent than was saved
)

// Report is what an examination looked at and found.
type Report struct {
	Records, Changes, Streams, Folds int
	Findings                         []Finding
}

func (r *Report) find(code, format string, about ...any) {
	r.Findings = append(r.Findings, Finding{Code: code, About: fmt.Sprintf(format, about...)})
}

// Examine looks at a whole store: every change is read and hashed again, every
// chain of this database's own, every stream and its salts; and where the
// engine has keys, every folded state is compared with one folded anew.
func (e *Engine) Examine(tx Tx) (Report, error) {
	var r Report
	err := Records(tx, func(id RecordID, _ Kind) error {
		r.Records++
		changes, err := tx.Record(id)
		if errors.Is(err, ErrDamaged) {
			r.find(FoundDamaged, "record %s", id)
			return nil
		}
		if err != nil {
			return err
		}
		r.Changes += len(changes)
		if e.Keys == nil {
			return nil
		}
		return e.examineFolds(tx, id, changes, &r)
	})
	if err != nil {
		return r, err
	}
	if err := examineOwn(tx, &r); err != nil {
		return r, err
	}
	streams, err := Streams(tx)
	if err != nil {
		return r, err
	}
	covered, err := allCovered(tx)
	if err != nil {
		return r, err
	}
	for _, stream := range streams {
		if err := examineStream(tx, stream, covered, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (e *Engine) examineFolds(tx Tx, id RecordID, changes []*Change, r *Report) error {
	if stale, err := tx.Get(bucketStale, id[:]); err != nil || stale != nil {
		return err // known to be behind; it is folded anew at the next read
	}
	base, err := loadCovering(tx, id)
	if err != nil {
		return err
	}
	if base != nil {
		for _, class := range base.classes {
			if _, err := e.openBaseState(tx, id, class); damagedState(err) {
				r.find(FoundBase, "record %s class %d", id, class)
			}
		}
	}
	for _, class := range classesOf(changes, base) {
		stored, err := e.loadState(tx, id, class)
		anew, _, errAnew := e.foldAnew(tx, id, changes, base, class)
		switch {
		case errors.Is(err, ErrNoKey), errors.Is(err, ErrErased), errors.Is(err, ErrLocked):
			continue
		case damagedState(err):
			r.find(FoundFold, "record %s class %d", id, class)
			continue
		case err != nil:
			return err
		case errors.Is(errAnew, ErrNoKey), errors.Is(errAnew, ErrErased), errors.Is(errAnew, ErrLocked):
			if len(stored) > 0 { // what no key here opens cannot have been folded
				r.find(FoundFold, "record %s class %d", id, class)
			}
			continue
		case errAnew != nil:
			return errAnew
		}
		r.Folds++
		if !bytes.Equal(stored.Encode(), anew.Encode()) {
			r.find(FoundFold, "record %s class %d", id, class)
		}
	}
	return nil
}

// examineOwn walks the chains that this database wrote.
func examineOwn(tx Tx, r *Report) error {
	nodes, err := OwnNodes(tx)
	if errors.Is(err, ErrNoNode) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, node := range nodes {
		last, err := ownSeq(tx, node)
		if err != nil {
			return err
		}
		prev := ChangeID{}
		for seq := uint64(1); seq <= last; seq++ {
			mark, _, err := ownMark(tx, node, seq)
			if err != nil {
				return err
			}
			c, err := tx.Change(mark.ID)
			switch {
			case errors.Is(err, ErrDamaged):
				r.find(FoundDamaged, "node %s seq %d", node, seq)
			case errors.Is(err, ErrUnknownChange) || err == nil && c.Prev != prev:
				r.find(FoundGap, "node %s seq %d", node, seq)
			case err != nil:
				return err
			}
			prev = mark.ID
		}
		if acked, err := Acked(tx, node); err != nil {
			return err
		} else if acked.Seq > last {
			r.find(FoundAckBeyond, "node %s", node)
		}
	}
	return nil
}

// allCovered gives the short ids of all changes that bases stand for.
func allCovered(tx Tx) (map[uint64]bool, error) {
	covered := map[uint64]bool{}
	err := tx.Scan(bucketBase, nil, func(key, _ []byte) error {
		base, err := loadCovering(tx, RecordID(key))
		if err != nil {
			return err
		}
		for _, c := range base.covers {
			covered[c.Short] = true
		}
		return nil
	})
	return covered, err
}

func examineStream(tx Tx, stream string, covered map[uint64]bool, r *Report) error {
	r.Streams++
	head, digest, err := StreamHead(tx, stream)
	if err != nil {
		return err
	}
	floor, sum, err := StreamFloor(tx, stream)
	if err != nil {
		return err
	}
	salt := floor.Salt
	for at := floor.Position + 1; at <= head.Position; at++ {
		id, _, err := streamID(tx, stream, at)
		if err != nil {
			return err
		}
		here, err := StreamAt(tx, stream, at)
		if err != nil {
			return err
		}
		salt, sum = salt.Next(id), sum+truncated(id)
		if here.Salt != salt {
			r.find(FoundSalt, "%s %d", stream, at)
			salt = here.Salt
		}
		_, err = tx.Change(id)
		switch {
		case errors.Is(err, ErrUnknownChange):
			if !covered[truncated(id)] {
				r.find(FoundNotInLog, "%s %d", stream, at)
			}
		case errors.Is(err, ErrDamaged):
			r.find(FoundDamaged, "%s %d", stream, at)
		case err != nil:
			return err
		}
	}
	if sum != digest {
		r.find(FoundDigest, "%s", stream)
	}
	return nil
}
