package storetest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"

	"raksa/syncengine"
)

// Keys is a key holder for tests. Every holder has the key of every record,
// derived from its id, so it protects nobody; but it binds block, head and class
// together as a real one does, and it can be locked, lack keys, and forget.
// Its zero value is unlocked and lacks nothing.
type Keys struct {
	Locked bool
	// Lacks, when set, names the keys that have not been delivered.
	Lacks func(record syncengine.RecordID, class syncengine.Class) bool
}

var _ syncengine.Keys = (*Keys)(nil)

// bucketForgotten holds the records that were erased on this node.
const bucketForgotten = "test-forgotten"

// SealBlock draws its nonce from the head, as the vault does.
func (k *Keys) SealBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, plain []byte) ([]byte, error) {
	return k.seal(cells, "block", record, class, head, plain)
}

// OpenBlock opens what SealBlock sealed under the same record, class and head.
func (k *Keys) OpenBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, sealed []byte) ([]byte, error) {
	return k.open(cells, "block", record, class, head, sealed)
}

// SealState seals without a fresh nonce, so that equal states are equal bytes.
func (k *Keys) SealState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, plain []byte) ([]byte, error) {
	return k.seal(cells, "state", record, class, nil, plain)
}

// OpenState opens what SealState sealed.
func (k *Keys) OpenState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, sealed []byte) ([]byte, error) {
	return k.open(cells, "state", record, class, nil, sealed)
}

// Erase makes every other call about the record answer ErrErased, as long as
// the cells live.
func (k *Keys) Erase(cells syncengine.Cells, record syncengine.RecordID) error {
	return cells.Put(bucketForgotten, record[:], []byte{})
}

func (k *Keys) seal(cells syncengine.Cells, use string, record syncengine.RecordID, class syncengine.Class, head, plain []byte) ([]byte, error) {
	aead, nonce, err := k.aead(cells, use, record, class, head)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nonce, plain, append(head, byte(class))), nil
}

func (k *Keys) open(cells syncengine.Cells, use string, record syncengine.RecordID, class syncengine.Class, head, sealed []byte) ([]byte, error) {
	aead, nonce, err := k.aead(cells, use, record, class, head)
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, nonce, sealed, append(head, byte(class)))
	if err != nil {
		return nil, syncengine.ErrBroken
	}
	return plain, nil
}

func (k *Keys) aead(cells syncengine.Cells, use string, record syncengine.RecordID, class syncengine.Class, head []byte) (cipher.AEAD, []byte, error) {
	forgotten, err := cells.Get(bucketForgotten, record[:])
	switch {
	case err != nil:
		return nil, nil, err
	case forgotten != nil:
		return nil, nil, syncengine.ErrErased
	case k.Locked:
		return nil, nil, syncengine.ErrLocked
	case k.Lacks != nil && k.Lacks(record, class):
		return nil, nil, syncengine.ErrNoKey
	}
	key := sha256.Sum256(append([]byte("a key for tests "+use), append(record[:], byte(class))...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCM(block)
	nonce := sha256.Sum256(append([]byte("nonce"), head...))
	return aead, nonce[:12], err
}
