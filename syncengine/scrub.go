package syncengine

import (
	"context"
	"encoding/hex"
)

// Verifier is a store that can be read from end to end in bounded parts, with
// every item held against its hash or its checksum.
type Verifier interface {
	// Verify checks at most so many items after a place; nil is the beginning.
	Verify(ctx context.Context, place []byte, most int) (Part, error)
}

// Part is what one call of Verify has looked at.
type Part struct {
	Items   int
	Bytes   int64
	Next    []byte // the place to go on from; nil at the end
	Damaged []Damage
}

// Damage names one stored item that is not as it was written: a change, or a
// cell. It holds ids and no values.
type Damage struct {
	Change ChangeID // zero when a cell is meant, or when the id itself is damaged
	Record RecordID
	Bucket string // empty for a change
	Key    []byte
}

// Log reports whether a change is damaged, and not a cell beside the log.
func (d Damage) Log() bool { return d.Bucket == "" }

func (d Damage) String() string {
	if d.Log() {
		return "change " + d.Change.String() + " record " + d.Record.String()
	}
	key := d.Key[:min(len(d.Key), 48)]
	return "cell " + d.Bucket + " " + hex.EncodeToString(key)
}
