package syncengine

import (
	"bytes"
	"slices"
)

// guessed ends the cell of a record of which no change that counts has said what
// it is: only one that is held back has. Whoever may write nothing may send
// something first, and must not decide that. No form version ends so: it is text.
const guessed = 0xFF

func isGuess(head []byte) bool { return head[len(head)-1] == guessed }

// noteRecord keeps what a record is, from the first of its changes that counts.
// A control change about a record that is not here yet says nothing of its kind.
func noteRecord(tx Tx, e *Envelope, held bool) error {
	if e.Kind == KindControl {
		return nil
	}
	known, err := tx.Get(bucketRecord, e.Record[:])
	if err != nil || len(known) > 0 && (held || !isGuess(known)) {
		return err
	}
	return putRecordHead(tx, e, held)
}

// noteChange is noteRecord for a change in the log.
func noteChange(tx Tx, c *Change) error {
	if known, err := tx.Get(bucketRecord, c.Record[:]); err != nil || len(known) > 0 && !isGuess(known) {
		return err
	}
	held, err := Quarantine(tx, c.ID())
	if err != nil {
		return err
	}
	return noteRecord(tx, &c.Envelope, held.Held())
}

// noteAgain finds anew what a record is, after an order about one of its changes.
func noteAgain(tx Tx, id RecordID) error {
	if base, err := loadCovering(tx, id); err != nil || base != nil && len(base.classes) > 0 {
		return err // it was made of what counts
	}
	changes, err := tx.Record(id)
	if err != nil {
		return err
	}
	var first *Change
	for _, c := range changes {
		if c.Kind == KindControl {
			continue
		}
		held, err := Quarantine(tx, c.ID())
		if err != nil {
			return err
		}
		if !held.Held() {
			return putRecordHead(tx, &c.Envelope, false)
		}
		if first == nil {
			first = c
		}
	}
	if first == nil {
		return nil
	}
	return putRecordHead(tx, &first.Envelope, true)
}

func putRecordHead(tx Tx, e *Envelope, guess bool) error {
	head := append([]byte{byte(e.Kind)}, e.Form...)
	if guess {
		head = append(head, guessed)
	}
	if known, err := tx.Get(bucketRecord, e.Record[:]); err != nil || string(known) == string(head) {
		return err
	}
	return tx.Put(bucketRecord, e.Record[:], head)
}

func recordHead(tx Tx, id RecordID) (Kind, string, error) {
	head, err := tx.Get(bucketRecord, id[:])
	if err != nil || len(head) == 0 {
		return KindControl, "", err
	}
	return Kind(head[0]), string(bytes.TrimSuffix(head[1:], []byte{guessed})), nil
}

// KindOf gives what a record is here, KindControl for one that is not in the log.
func KindOf(tx Tx, id RecordID) (Kind, error) {
	kind, _, err := recordHead(tx, id)
	return kind, err
}

// Records calls fn for every record in the log with its kind, by rising id.
func Records(tx Tx, fn func(RecordID, Kind) error) error {
	return tx.Scan(bucketRecord, nil, func(key, value []byte) error {
		return fn(RecordID(key), Kind(value[0]))
	})
}

// classesOf lists the classes that any of the changes or the base touches, rising.
func classesOf(changes []*Change, base *covering) []Class {
	var classes []Class
	if base != nil {
		classes = slices.Clone(base.classes)
	}
	for _, c := range changes {
		if c.Kind == KindControl {
			continue
		}
		for _, d := range c.Digests {
			if at, found := slices.BinarySearch(classes, d.Class); !found {
				classes = slices.Insert(classes, at, d.Class)
			}
		}
	}
	return classes
}

func concat(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
