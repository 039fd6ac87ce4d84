package syncengine

import (
	"encoding/binary"
	"slices"
)

// Compact lets a node keep of one record the base instead of the changes that
// it is made of. Only what settled says yes to goes, and never what this
// database saved itself, an order, or a change that ever stood in quarantine. A
// record that is not whole and readable here is left as it is. The office never
// compacts. It gives how many changes went.
func (e *Engine) Compact(tx Tx, id RecordID, settled func(ChangeID) (bool, error)) (int, error) {
	if fit, err := fitToCompact(tx, id); err != nil || !fit {
		return 0, err
	}
	changes, err := tx.Record(id)
	if err != nil {
		return 0, err
	}
	old, err := loadCovering(tx, id)
	if err != nil {
		return 0, err
	}
	var going []*Change
	for _, c := range changes {
		goes, err := mayGo(tx, c, settled)
		if err != nil {
			return 0, err
		}
		if goes {
			going = append(going, c)
		}
	}
	if len(going) == 0 {
		return 0, nil
	}
	b, whole, err := e.baseWith(tx, id, old, changes, going)
	if err != nil || !whole {
		return 0, err
	}
	streams, err := streamsOf(tx, id, going)
	if err != nil {
		return 0, err
	}
	for _, c := range going {
		if err := tx.Drop(c.ID()); err != nil {
			return 0, err
		}
	}
	if err := e.storeBase(tx, b, streams); err != nil {
		return 0, err
	}
	return len(going), e.Refold(tx, id)
}

// fitToCompact reports whether all that is here of a record is folded and as it
// should be.
func fitToCompact(tx Tx, id RecordID) (bool, error) {
	for _, bucket := range []string{bucketStale, bucketErased, bucketWanted} {
		if here, err := tx.Get(bucket, id[:]); err != nil || here != nil {
			return false, err
		}
	}
	fit := true
	err := tx.Scan(bucketUnreadable, id[:], func(_, _ []byte) error { fit = false; return nil })
	return fit, err
}

func mayGo(tx Tx, c *Change, settled func(ChangeID) (bool, error)) (bool, error) {
	if c.Kind == KindControl {
		return false, nil
	}
	id := c.ID()
	own, here, err := ownMark(tx, c.Node, c.Seq)
	if err != nil || here && own.ID == id {
		return false, err
	}
	held, err := Quarantine(tx, id)
	if err != nil || held.Op != "" {
		return false, err
	}
	return settled(id)
}

// baseWith folds changes into the base of a record. It is not whole when a class
// of them does not open here, or when the old base names a change that is here
// too, with a class that the base does not hold.
func (e *Engine) baseWith(tx Tx, id RecordID, old *covering, changes, going []*Change) (b *Base, whole bool, err error) {
	b = &Base{Record: id, Classes: map[Class]Folded{}}
	if b.Kind, b.Form, err = recordHead(tx, id); err != nil {
		return nil, false, err
	}
	if old != nil {
		b.Covers = slices.Clone(old.covers)
		for _, class := range old.classes {
			if b.Classes[class], err = e.openBase(tx, id, class); err != nil {
				return nil, false, skipped(err)
			}
		}
	}
	for _, c := range going {
		for class := range c.Blocks {
			if b.Classes[class] == nil {
				if old.namesWith(changes, class) {
					return nil, false, nil
				}
				b.Classes[class] = Folded{}
			}
			if old.folds(c.ID(), class) {
				continue
			}
			writes, err := e.open(tx, c, class)
			if err != nil {
				return nil, false, skipped(err)
			}
			b.Classes[class].Apply(&c.Envelope, writes)
		}
		cover := Cover{Short: truncated(c.ID())}
		if at, found := slices.BinarySearchFunc(b.Covers, cover.Short, compareCover); !found {
			b.Covers = slices.Insert(b.Covers, at, cover)
		}
	}
	known := &covering{covers: b.Covers}
	for class, folded := range b.Classes {
		b.Classes[class] = folded.without(known)
	}
	return b, true, nil
}

// namesWith reports whether a base names a change that is in the log with a
// block of the class.
func (b *covering) namesWith(changes []*Change, class Class) bool {
	return slices.ContainsFunc(changes, func(c *Change) bool {
		_, named := b.find(c.ID())
		return named && c.Blocks[class] != nil
	})
}

// skipped lets a record be whose blocks do not open here; other errors are the store's.
func skipped(err error) error {
	if keyless(err) || damagedState(err) {
		return nil
	}
	return err
}

// Settled gives the test for Compact: a change that lies in some stream at or
// before the position that every kept backup of the office holds.
func Settled(cells Cells, stable map[string]uint64) func(ChangeID) (bool, error) {
	return func(id ChangeID) (bool, error) {
		for stream, upTo := range stable {
			raw, err := cells.Get(bucketStreamHas, concat([]byte(stream), []byte{0}, id[:]))
			if err != nil {
				return false, err
			}
			if raw != nil && binary.BigEndian.Uint64(padTo8(raw)) <= upTo {
				return true, nil
			}
		}
		return false, nil
	}
}
