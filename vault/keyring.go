package vault

import (
	"bytes"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
)

// Cells are small named values in one transaction of the node's store. Keys
// sort as bytes. The keyring writes no file of its own: a wrap and the change
// that needs it are kept together or not at all.
type Cells interface {
	// Get returns nil, nil when the cell is absent.
	Get(bucket string, key []byte) ([]byte, error)
	Put(bucket string, key, value []byte) error
	// Delete of an absent cell is no error.
	Delete(bucket string, key []byte) error
	// Scan visits the cells whose key starts with prefix, in order, and stops
	// at the first error, which it returns. The slices belong to the store and
	// hold until fn returns; the keyring does not write to the cells it scans.
	Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error
}

// The buckets that the keyring owns. Only it writes them.
const (
	BucketRecordKeys  = "vault/record-keys"  // record ▸ K under this holder's Wrapper
	BucketClassKeys   = "vault/class-keys"   // record ‖ class ▸ class key, likewise
	BucketOfficeWraps = "vault/office-wraps" // record ▸ index ‖ K under the ratchet, until accepted
	BucketDeliveries  = "vault/deliveries"   // record ‖ period ▸ class keys as they came, until unlocked
	BucketErased      = "vault/erased"       // record ▸ 1, for ever
)

// wrapBuckets hold keys in some form; erasing a record empties all of them.
var wrapBuckets = []string{BucketRecordKeys, BucketClassKeys, BucketOfficeWraps, BucketDeliveries}

// A Keyring says which keys this node holds, and hands them out while its
// Wrapper is open. Dropping, erasing and storing of what is sealed already
// work while it is locked too: control changes and pulls do not wait for a
// person. A Keyring keeps nothing in memory; every answer is from the cells.
type Keyring struct {
	wrapper *Wrapper
	rand    io.Reader
}

// NewKeyring makes the keyring of a tablet (Unlocked.Wrapper) or the office
// (Office.Wrapper). With a nil Wrapper it is the keyring of a locked tablet.
func NewKeyring(w *Wrapper, rand io.Reader) Keyring { return Keyring{w, rand} }

// PutRecordKey keeps K. Check it against the record's commitment before.
// A KeyError with ErrErased, ErrLocked, or ErrOtherKey when another K is held:
// a record has one key for life, and a forged wrap must not displace it.
func (k Keyring) PutRecordKey(cells Cells, record ID, key RecordKey) error {
	held, err := k.RecordKey(cells, record)
	switch {
	case err == nil && subtle.ConstantTimeCompare(held[:], key[:]) == 1:
		return nil
	case err == nil:
		return &KeyError{record, 0, ErrOtherKey}
	case !errors.Is(err, ErrNoKey):
		return err
	}
	wrap, err := k.wrapper.WrapRecord(k.rand, record, key)
	if err != nil {
		return keyError(record, 0, err)
	}
	return cells.Put(BucketRecordKeys, record[:], wrap)
}

// PutClassKeys keeps some class keys of a record, beside those already held.
// All are checked before the first is written: a KeyError with ErrErased,
// ErrLocked, or ErrOtherKey, which names the class.
func (k Keyring) PutClassKeys(cells Cells, record ID, keys ClassKeys) error {
	wraps := make(map[byte][]byte, len(keys))
	for _, class := range keys.Codes() {
		key := keys[class]
		held, err := k.ClassKey(cells, record, class)
		switch {
		case err == nil && subtle.ConstantTimeCompare(held[:], key[:]) == 1:
			continue
		case err == nil:
			return &KeyError{record, class, ErrOtherKey}
		case !errors.Is(err, ErrNoKey):
			return err
		}
		if wraps[class], err = k.wrapper.WrapClass(k.rand, record, class, key); err != nil {
			return keyError(record, class, err)
		}
	}
	for _, class := range keys.Codes() {
		if wraps[class] == nil {
			continue
		}
		if err := cells.Put(BucketClassKeys, classCell(record, class), wraps[class]); err != nil {
			return err
		}
	}
	return nil
}

// RecordKey gives K. A KeyError with ErrErased, ErrNoKey or ErrLocked; a
// SealError when the wrap was damaged.
func (k Keyring) RecordKey(cells Cells, record ID) (RecordKey, error) {
	wrap, err := k.wrap(cells, BucketRecordKeys, record, 0)
	if err != nil {
		return RecordKey{}, err
	}
	key, err := k.wrapper.UnwrapRecord(record, wrap)
	return key, keyError(record, 0, err)
}

// ClassKey gives the key of one class, derived from K where K is held, else
// from what was delivered. The errors are those of RecordKey.
func (k Keyring) ClassKey(cells Cells, record ID, class byte) (ClassKey, error) {
	whole, err := k.RecordKey(cells, record)
	if err == nil {
		return whole.Class(class), nil
	}
	if !errors.Is(err, ErrNoKey) {
		return ClassKey{}, keyError(record, class, err)
	}
	wrap, err := k.wrap(cells, BucketClassKeys, record, class)
	if err != nil {
		return ClassKey{}, err
	}
	key, err := k.wrapper.UnwrapClass(record, class, wrap)
	return key, keyError(record, class, err)
}

// ClassKeys gives those keys of some classes that are held, K opened once for
// all of them. A class whose key is not here is left out; the other errors are
// those of RecordKey.
func (k Keyring) ClassKeys(cells Cells, record ID, classes ...byte) (ClassKeys, error) {
	whole, err := k.RecordKey(cells, record)
	if err == nil {
		return whole.Classes(classes...), nil
	}
	if !errors.Is(err, ErrNoKey) {
		return nil, err
	}
	keys := ClassKeys{}
	for _, class := range classes {
		key, err := k.ClassKey(cells, record, class)
		if errors.Is(err, ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, err
		}
		keys[class] = key
	}
	return keys, nil
}

// aheadCells can read many cells at once, so that asking for each costs little.
type aheadCells interface {
	CellsAhead(bucket string, keys [][]byte) error
}

// classesAhead: the codes of classes whose keys are read ahead. A class above is
// only slower.
const classesAhead = 6

// Ahead reads the keys of several records ahead, where the cells can.
func (k Keyring) Ahead(cells Cells, records []ID) error {
	ahead, can := cells.(aheadCells)
	if !can || len(records) < 2 {
		return nil
	}
	var whole, classes [][]byte
	for i := range records {
		whole = append(whole, records[i][:])
		for class := range byte(classesAhead) {
			classes = append(classes, classCell(records[i], class+1))
		}
	}
	for bucket, keys := range map[string][][]byte{BucketErased: whole, BucketRecordKeys: whole, BucketClassKeys: classes} {
		if err := ahead.CellsAhead(bucket, keys); err != nil {
			return err
		}
	}
	return nil
}

// wrap fetches a wrap of a record that is not erased. A wrap that lies in the
// store in spite of an erasure (a restored file) is not given out either.
func (k Keyring) wrap(cells Cells, bucket string, record ID, class byte) ([]byte, error) {
	if err := refuseErased(cells, record); err != nil {
		return nil, err
	}
	cell := record[:]
	if class != 0 {
		cell = classCell(record, class)
	}
	wrap, err := cells.Get(bucket, cell)
	if err != nil {
		return nil, err
	}
	if wrap == nil {
		// A locked keyring could not wrap either; but "no key" is what a
		// reader wants to know, and it is true.
		return nil, &KeyError{record, class, ErrNoKey}
	}
	return wrap, nil
}

// Drop forgets every key to a record that this node could read with: a capture
// tablet at closing, any device when the record leaves its scope. A wrap that
// still waits for the office stays, else the office could never read the
// record. The record may be delivered again later.
func (k Keyring) Drop(cells Cells, record ID) error {
	return deleteCells(cells, record, BucketRecordKeys, BucketClassKeys, BucketDeliveries)
}

// DropClass forgets one delivered class of a record; it does not touch K.
func (k Keyring) DropClass(cells Cells, record ID, class byte) error {
	return cells.Delete(BucketClassKeys, classCell(record, class))
}

// deleteCells removes the record's cells from buckets.
func deleteCells(cells Cells, record ID, buckets ...string) error {
	for _, bucket := range buckets {
		var found [][]byte
		err := cells.Scan(bucket, record[:], func(key, _ []byte) error {
			found = append(found, bytes.Clone(key))
			return nil
		})
		if err != nil {
			return err
		}
		for _, key := range found {
			if err := cells.Delete(bucket, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func classCell(record ID, class byte) []byte { return append(record[:], class) }

// keyError turns a locked Wrapper's answer into one that names the record, and
// leaves a damaged wrap's answer with both.
func keyError(record ID, class byte, err error) error {
	var named *KeyError
	switch {
	case err == nil || errors.As(err, &named):
		return err
	case errors.Is(err, ErrLocked):
		return &KeyError{record, class, ErrLocked}
	case errors.Is(err, ErrSealBroken) || errors.Is(err, ErrMalformed):
		return &KeyError{record, class, err}
	}
	return fmt.Errorf("vault: record %x: %w", record, err)
}
