package syncengine

import (
	"bytes"
	"slices"
)

// noteRecord keeps what a record is, from the first of its changes that arrives.
// A control change about a record that is not here yet says nothing of its kind.
func noteRecord(tx Tx, e *Envelope) error {
	if e.Kind == KindControl {
		return nil
	}
	known, err := tx.Get(bucketRecord, e.Record[:])
	if err != nil || known != nil {
		return err
	}
	return tx.Put(bucketRecord, e.Record[:], append([]byte{byte(e.Kind)}, e.Form...))
}

func recordHead(tx Tx, id RecordID) (Kind, string, error) {
	head, err := tx.Get(bucketRecord, id[:])
	if err != nil || len(head) == 0 {
		return KindControl, "", err
	}
	return Kind(head[0]), string(head[1:]), nil
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
