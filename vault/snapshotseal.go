package vault

import (
	"io"
	"slices"
)

// SealSnapshot seals a page of folded records, with their class keys in it, for
// one device: under HKDF(seed, "raksa/deliver/snapshot"), with a random nonce
// and device ‖ place as associated data, so that a page can be moved neither to
// another device nor to another place of the stream. It adds 40 bytes.
func (s DeliverySeed) SealSnapshot(rand io.Reader, device ID, place, page []byte) ([]byte, error) {
	key := derive(s[:], "raksa/deliver/snapshot")
	defer clear(key[:])
	return sealRandom(rand, "snapshot", &key, slices.Concat(device[:], place), page)
}

// OpenSnapshot opens what SealSnapshot made. ErrMalformed or ErrSealBroken.
func (s DeliverySeed) OpenSnapshot(device ID, place, sealed []byte) ([]byte, error) {
	key := derive(s[:], "raksa/deliver/snapshot")
	defer clear(key[:])
	return openRandom("snapshot", &key, slices.Concat(device[:], place), sealed)
}

// PackClassKeys and UnpackClassKeys are class keys inside such a page, 33 bytes
// each. They never lie anywhere else in this form.
func PackClassKeys(keys ClassKeys) ([]byte, error) { return keys.pack() }

// UnpackClassKeys reads what PackClassKeys wrote; ErrMalformed.
func UnpackClassKeys(packed []byte) (ClassKeys, error) { return unpackClassKeys(packed) }
