package vault

import (
	"crypto/sha256"
	"crypto/subtle"
	"io"
	"maps"
	"slices"
)

// RecordKey is K: whoever holds it reads the whole record.
type RecordKey [keySize]byte

// NewRecordKey draws a key at a record's creation.
func NewRecordKey(rand io.Reader) (RecordKey, error) {
	k, err := randomKey(rand, "record key")
	return RecordKey(k), err
}

// Class derives the key of one class: HKDF-SHA256(K, "raksa/class/" ‖ c),
// where c is the class's one code byte.
func (k RecordKey) Class(class byte) ClassKey {
	return ClassKey(derive(k[:], "raksa/class/"+string([]byte{class})))
}

// Classes derives the keys of several classes, for a delivery or a handover.
func (k RecordKey) Classes(classes ...byte) ClassKeys {
	keys := make(ClassKeys, len(classes))
	for _, c := range classes {
		keys[c] = k.Class(c)
	}
	return keys
}

// Commitment is SHA-256("raksa/commit" ‖ K)[:16]. The record's first change
// carries it, because XChaCha20-Poly1305 does not commit to its key: without
// it one sealed block could be made to open differently under two keys.
func Commitment(k RecordKey) (commit [16]byte) {
	h := sha256.New()
	h.Write([]byte("raksa/commit"))
	h.Write(k[:])
	copy(commit[:], h.Sum(nil))
	return commit
}

// Check compares K with the commitment of the record's first change, in
// constant time. Call it before the first use of a K that came from outside;
// it fails with ErrCommitment.
func (k RecordKey) Check(commit [16]byte) error {
	own := Commitment(k)
	if subtle.ConstantTimeCompare(own[:], commit[:]) != 1 {
		return &SealError{"record key", ErrCommitment}
	}
	return nil
}

// ClassKey opens and seals one class of one record.
type ClassKey [keySize]byte

// ClassKeys are the class keys of one record by class code, for a holder that
// is entitled to some classes and never sees K.
type ClassKeys map[byte]ClassKey

// Codes returns the classes in ascending order.
func (keys ClassKeys) Codes() []byte { return slices.Sorted(maps.Keys(keys)) }

// classKeySize is a code and its key, packed.
const classKeySize = 1 + keySize

// pack writes code ‖ key in ascending order of the codes.
func (keys ClassKeys) pack() ([]byte, error) {
	if len(keys) == 0 {
		return nil, &SealError{"class keys", ErrMalformed}
	}
	out := make([]byte, 0, len(keys)*classKeySize)
	for _, c := range keys.Codes() {
		if c == 0 { // 0 means "no class" everywhere else in the program
			return nil, &SealError{"class keys", ErrMalformed}
		}
		key := keys[c]
		out = append(append(out, c), key[:]...)
	}
	return out, nil
}

// unpackClassKeys reads what pack wrote, and only that: whole entries, codes
// from 1, strictly ascending.
func unpackClassKeys(b []byte) (ClassKeys, error) {
	if len(b) == 0 || len(b)%classKeySize != 0 || len(b) > 255*classKeySize {
		return nil, &SealError{"class keys", ErrMalformed}
	}
	keys := make(ClassKeys, len(b)/classKeySize)
	var before byte
	for ; len(b) > 0; b = b[classKeySize:] {
		if b[0] <= before {
			return nil, &SealError{"class keys", ErrMalformed}
		}
		before = b[0]
		keys[before] = ClassKey(b[1:classKeySize])
	}
	return keys, nil
}
