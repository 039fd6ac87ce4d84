package vault

import "io"

// SealState seals one class of a folded record for the store, under the class
// key, with a random nonce and "raksa/state" ‖ record ‖ class as associated
// data. It adds 40 bytes. Folded state is derived: if an older blob is put
// back, folding the log again yields the right one.
func SealState(rand io.Reader, key ClassKey, record ID, class byte, plain []byte) ([]byte, error) {
	return sealRandom(rand, "state", (*[keySize]byte)(&key), statePlace(record, class), plain)
}

// OpenState opens what SealState made; it fails with ErrMalformed or
// ErrSealBroken.
func OpenState(key ClassKey, record ID, class byte, sealed []byte) ([]byte, error) {
	return openRandom("state", (*[keySize]byte)(&key), statePlace(record, class), sealed)
}

func statePlace(record ID, class byte) []byte {
	return append(append([]byte("raksa/state"), record[:]...), class)
}
