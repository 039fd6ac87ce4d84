package simtest

import (
	"encoding/binary"

	"raksa/syncengine"
)

// Cells of the simulated key holder and hosts, in the same stores.
const (
	bucketWrap    = "sim-wrap"    // record: one byte per class whose key is held; 0 stands for all
	bucketRefused = "sim-refused" // record: erased, no wrap is taken any more
	bucketScope   = "sim-scope"   // record: the centers that it is in (at the office)
	bucketRevoked = "sim-revoked" // name of a device (at the office)
	bucketStopped = "sim-stopped" // record: consent was taken back
)

// allClasses stands for the record's own key, from which every class key comes.
const allClasses = 0

// keys is a key holder that costs little: it hides the bytes and binds them to
// record, class, head and use by a sum of 64 bits, and protects nobody. What it
// holds stands in cells, so it is restored, cloned and lost with its store.
type keys struct{ locked bool }

var _ syncengine.Keys = (*keys)(nil)

func (k *keys) SealBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, plain []byte) ([]byte, error) {
	return k.seal(cells, 'b', record, class, head, plain)
}

func (k *keys) OpenBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, sealed []byte) ([]byte, error) {
	return k.open(cells, 'b', record, class, head, sealed)
}

func (k *keys) SealState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, plain []byte) ([]byte, error) {
	return k.seal(cells, 's', record, class, nil, plain)
}

func (k *keys) OpenState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, sealed []byte) ([]byte, error) {
	return k.open(cells, 's', record, class, nil, sealed)
}

// Erase deletes the wrap and refuses any other from then on.
func (k *keys) Erase(cells syncengine.Cells, record syncengine.RecordID) error {
	if err := cells.Delete(bucketWrap, record[:]); err != nil {
		return err
	}
	return cells.Put(bucketRefused, record[:], []byte{})
}

// putWrap takes the keys of some classes of a record, unless it was erased, and
// reports whether any is new.
func putWrap(cells syncengine.Cells, record syncengine.RecordID, classes ...byte) (fresh bool, err error) {
	refused, err := cells.Get(bucketRefused, record[:])
	if err != nil || refused != nil {
		return false, err
	}
	held, err := cells.Get(bucketWrap, record[:])
	if err != nil {
		return false, err
	}
	for _, class := range classes {
		if !covers(held, class) {
			held, fresh = append(held, class), true
		}
	}
	if !fresh {
		return false, nil
	}
	return true, cells.Put(bucketWrap, record[:], held)
}

// dropWrap is what an eviction asks of a key holder.
func dropWrap(cells syncengine.Cells, record syncengine.RecordID) error {
	return cells.Delete(bucketWrap, record[:])
}

func covers(held []byte, class byte) bool {
	for _, one := range held {
		if one == class || one == allClasses {
			return true
		}
	}
	return false
}

func (k *keys) seal(cells syncengine.Cells, use byte, record syncengine.RecordID, class syncengine.Class, head, plain []byte) ([]byte, error) {
	if err := k.may(cells, record, class); err != nil {
		return nil, err
	}
	sum := bind(use, record, class, head, plain)
	return binary.BigEndian.AppendUint64(veil(record, class, plain), sum), nil
}

func (k *keys) open(cells syncengine.Cells, use byte, record syncengine.RecordID, class syncengine.Class, head, sealed []byte) ([]byte, error) {
	if err := k.may(cells, record, class); err != nil {
		return nil, err
	}
	if len(sealed) < 8 {
		return nil, syncengine.ErrBroken
	}
	body, sum := sealed[:len(sealed)-8], binary.BigEndian.Uint64(sealed[len(sealed)-8:])
	plain := veil(record, class, body)
	if bind(use, record, class, head, plain) != sum {
		return nil, syncengine.ErrBroken
	}
	return plain, nil
}

func (k *keys) may(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class) error {
	refused, err := cells.Get(bucketRefused, record[:])
	switch {
	case err != nil:
		return err
	case refused != nil:
		return syncengine.ErrErased
	case k.locked:
		return syncengine.ErrLocked
	}
	held, err := cells.Get(bucketWrap, record[:])
	if err == nil && !covers(held, byte(class)) {
		err = syncengine.ErrNoKey
	}
	return err
}

// bind is FNV-1a over all that a seal binds together.
func bind(use byte, record syncengine.RecordID, class syncengine.Class, head, plain []byte) uint64 {
	sum := uint64(14695981039346656037)
	for _, part := range [][]byte{{use, byte(class)}, record[:], head, {0xFF}, plain} {
		for _, b := range part {
			sum = (sum ^ uint64(b)) * 1099511628211
		}
	}
	return sum
}

// veil hides bytes, and shows them when it is done twice.
func veil(record syncengine.RecordID, class syncengine.Class, b []byte) []byte {
	out := make([]byte, len(b), len(b)+8)
	for i := range b {
		out[i] = b[i] ^ record[0] ^ byte(class) ^ byte(i*151+89)
	}
	return out
}
