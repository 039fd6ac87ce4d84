package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Wraps in transit: those that wait on a tablet until the office has them, and
// those that a locked tablet pulled and cannot open yet. They lie in the
// keyring's cells, so that erasing a record finds them too.

// PutOfficeWrap keeps the ratchet's wrap of a new record until the office has
// accepted it (then DropOfficeWrap). ErrErased, ErrMalformed.
func (k Keyring) PutOfficeWrap(cells Cells, record ID, index uint64, wrap []byte) error {
	if len(wrap) != WrapSize {
		return &KeyError{record, 0, ErrMalformed}
	}
	if err := refuseErased(cells, record); err != nil {
		return err
	}
	return cells.Put(BucketOfficeWraps, record[:], append(binary.BigEndian.AppendUint64(nil, index), wrap...))
}

// OfficeWrap returns a wrap that waits for the office, for the push. ErrNoKey
// when there is none, ErrErased.
func (k Keyring) OfficeWrap(cells Cells, record ID) (index uint64, wrap []byte, err error) {
	cell, err := k.wrap(cells, BucketOfficeWraps, record, 0)
	if err != nil {
		return 0, nil, err
	}
	if len(cell) != 8+WrapSize {
		return 0, nil, &KeyError{record, 0, ErrMalformed}
	}
	return binary.BigEndian.Uint64(cell), bytes.Clone(cell[8:]), nil
}

// DropOfficeWrap forgets a wrap that the office has accepted.
func (k Keyring) DropOfficeWrap(cells Cells, record ID) error {
	return cells.Delete(BucketOfficeWraps, record[:])
}

// PutDelivery keeps class keys as the office delivered them, sealed under the
// seed of a period. It works locked. ErrErased, ErrMalformed.
func (k Keyring) PutDelivery(cells Cells, record ID, period uint32, wrap []byte) error {
	if len(wrap) < sealExtra+classKeySize || len(wrap) > deliveryBytesMax {
		return &KeyError{record, 0, ErrMalformed}
	}
	if err := refuseErased(cells, record); err != nil {
		return err
	}
	return cells.Put(BucketDeliveries, deliveryCell(record, period), wrap)
}

// TakeDeliveries opens what lies in wait, after an unlock, and keeps the class
// keys under this tablet's own Wrapper. seedOf gives the seed of a period; if
// it answers ErrNoKey, the deliveries of that period go on waiting. A delivery
// that cannot be taken (damaged, or other keys than those held) stays where it
// is and is named in failed; it does not hold up the others.
func (k Keyring) TakeDeliveries(cells Cells, device ID, seedOf func(period uint32) (DeliverySeed, error)) (taken int, failed []*KeyError, err error) {
	waiting, err := deliveries(cells)
	if err != nil {
		return 0, nil, err
	}
	const atOnce = 64
	for i, d := range waiting {
		if i%atOnce == 0 {
			var records []ID
			for _, next := range waiting[i:min(i+atOnce, len(waiting))] {
				records = append(records, next.record)
			}
			if err := k.Ahead(cells, records); err != nil {
				return taken, failed, err
			}
		}
		seed, err := seedOf(d.period)
		if errors.Is(err, ErrNoKey) {
			continue
		}
		if err != nil {
			return taken, failed, err
		}
		if err := k.takeDelivery(cells, device, seed, d); err != nil {
			var refused *KeyError
			if errors.As(err, &refused) && !errors.Is(err, ErrLocked) {
				failed = append(failed, refused)
				continue
			}
			return taken, failed, err
		}
		taken++
	}
	return taken, failed, nil
}

func (k Keyring) takeDelivery(cells Cells, device ID, seed DeliverySeed, d delivery) error {
	keys, err := seed.UnwrapClasses(d.record, device, d.wrap)
	if err != nil {
		return keyError(d.record, 0, err)
	}
	if err := k.PutClassKeys(cells, d.record, keys); err != nil {
		return err
	}
	return cells.Delete(BucketDeliveries, deliveryCell(d.record, d.period))
}

// A delivery is one waiting cell.
type delivery struct {
	record ID
	period uint32
	wrap   []byte
}

func deliveries(cells Cells) ([]delivery, error) {
	var found []delivery
	err := cells.Scan(BucketDeliveries, nil, func(key, value []byte) error {
		if len(key) != len(ID{})+4 {
			return &SealError{"delivery", ErrMalformed}
		}
		found = append(found, delivery{
			record: ID(key[:len(ID{})]),
			period: binary.BigEndian.Uint32(key[len(ID{}):]),
			wrap:   bytes.Clone(value),
		})
		return nil
	})
	return found, err
}

func deliveryCell(record ID, period uint32) []byte {
	return binary.BigEndian.AppendUint32(record[:], period)
}
