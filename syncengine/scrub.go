package syncengine

import (
	"context"
	"encoding/hex"
	"errors"
)

// Verifier is a store that can be read from end to end in bounded parts, with
// every item held against its hash or its checksum.
type Verifier interface {
	// Verify checks at most so many items after a place; nil is the beginning.
	Verify(ctx context.Context, place []byte, most int) (Part, error)
}

// Structured is a store that lies in a file of its own, whose structure can be
// asked about: an index that lacks a row hides it, and no hash notices.
type Structured interface {
	// Check is ErrFile when the structure is damaged.
	Check(ctx context.Context) error
}

// Part is what one call of Verify has looked at.
type Part struct {
	Items   int
	Bytes   int64
	Next    []byte // the place to go on from; nil at the end
	Damaged []Damage
}

// Damage names one stored item that is not as it was written: a change, a cell,
// or the structure of the file that holds them. It holds ids and no values.
type Damage struct {
	Change ChangeID // zero when a cell is meant, or when the id itself is damaged
	Record RecordID
	Bucket string // empty for a change
	Key    []byte
}

// Log reports whether a change is damaged, and not a cell beside the log.
func (d Damage) Log() bool { return d.Bucket == "" }

// bucketFile stands for the file's structure.
const bucketFile = "file"

func (d Damage) String() string {
	switch {
	case d.Log():
		return "change " + d.Change.String() + " record " + d.Record.String()
	case d.Bucket == bucketFile:
		return "structure of the file"
	}
	key := d.Key[:min(len(d.Key), 48)]
	return "cell " + d.Bucket + " " + hex.EncodeToString(key)
}

// Buckets of the background reading.
const (
	bucketScrub                  = "scrub" // "place": where it stands; "pass": count and end of the last pass
	damages     Table[DamageRow] = "scrub-damaged"
)

// DamageRow is one damaged item that a scrub has found and that was damaged
// still when it last came by.
type DamageRow struct {
	What   string   `json:"what"` // ids only
	Record RecordID `json:"record"`
	Log    bool     `json:"log"` // a change, and not a cell beside the log
	Pass   uint64   `json:"pass"`
	Millis int64    `json:"ms"` // when it was found first
}

type scrubPass struct {
	Pass      uint64 `json:"pass"`
	EndMillis int64  `json:"end"`
}

const passes Table[scrubPass] = bucketScrub

// Scrubbed is what one step of a scrub did.
type Scrubbed struct {
	Items   int
	Damaged []Damage
	Rests   bool // the pass before ended less than a day ago, or the store cannot be verified
}

// scrubRestMillis is the pause between the end of a pass and the next.
const scrubRestMillis = 24 * 60 * 60 * 1000

// Scrub verifies the next part of a store, at most so many items, and keeps its
// place, so that a restart goes on. A pass ends with the file's structure. What is
// damaged is listed until a later pass finds it sound. A damaged folded state is
// marked to be folded anew.
func Scrub(ctx context.Context, store Store, most int, nowMillis int64) (done Scrubbed, err error) {
	verifier, can := Find[Verifier](store)
	if !can {
		return Scrubbed{Rests: true}, nil
	}
	var place []byte
	var pass scrubPass
	err = store.View(ctx, func(tx Tx) error {
		if pass, _, err = passes.Get(tx, []byte("pass")); err != nil {
			return err
		}
		place, err = tx.Get(bucketScrub, []byte("place"))
		return err
	})
	if err != nil {
		return done, err
	}
	if len(place) == 0 && pass.EndMillis > 0 && nowMillis >= pass.EndMillis && nowMillis < pass.EndMillis+scrubRestMillis {
		return Scrubbed{Rests: true}, nil
	}
	part, err := verifier.Verify(ctx, place, most)
	if err != nil {
		return done, err
	}
	if part.Next == nil {
		if part.Damaged, err = withStructure(ctx, store, part.Damaged); err != nil {
			return done, err
		}
	}
	done.Items, done.Damaged = part.Items, part.Damaged
	return done, store.Update(ctx, func(tx Tx) error {
		for _, damage := range part.Damaged {
			if err := noteDamage(tx, damage, pass.Pass, nowMillis); err != nil {
				return err
			}
		}
		if part.Next == nil {
			if err := endPass(tx, &pass, nowMillis); err != nil {
				return err
			}
		}
		return tx.Put(bucketScrub, []byte("place"), part.Next)
	})
}

// withStructure adds what is wrong with the file itself.
func withStructure(ctx context.Context, store Store, damaged []Damage) ([]Damage, error) {
	file, is := Find[Structured](store)
	if !is {
		return damaged, nil
	}
	err := file.Check(ctx)
	if errors.Is(err, ErrFile) {
		return append(damaged, Damage{Bucket: bucketFile}), nil
	}
	return damaged, err
}

func noteDamage(tx Tx, damage Damage, pass uint64, nowMillis int64) error {
	what := damage.String()
	row, here, err := damages.Get(tx, []byte(what))
	if err != nil {
		return err
	}
	if !here {
		row = DamageRow{What: what, Record: damage.Record, Log: damage.Log(), Millis: nowMillis}
	}
	row.Pass = pass
	if damage.Bucket == bucketState && len(damage.Key) == len(RecordID{})+1 {
		if err := MarkStale(tx, RecordID(damage.Key[:16])); err != nil {
			return err
		}
	}
	return damages.Put(tx, []byte(what), row)
}

// endPass forgets what this pass no longer found damaged.
func endPass(tx Tx, pass *scrubPass, nowMillis int64) error {
	err := damages.Each(tx, nil, func(key []byte, row DamageRow) error {
		if row.Pass == pass.Pass {
			return nil
		}
		return damages.Delete(tx, key)
	})
	if err != nil {
		return err
	}
	return passes.Put(tx, []byte("pass"), scrubPass{Pass: pass.Pass + 1, EndMillis: nowMillis})
}

// Damages lists what is damaged, as far as a scrub has come by, and when the
// last whole pass ended (0 before the first).
func Damages(tx Tx) (rows []DamageRow, endMillis int64, err error) {
	pass, _, err := passes.Get(tx, []byte("pass"))
	if err != nil {
		return nil, 0, err
	}
	return rows, pass.EndMillis, damages.Each(tx, nil, func(_ []byte, row DamageRow) error {
		rows = append(rows, row)
		return nil
	})
}
