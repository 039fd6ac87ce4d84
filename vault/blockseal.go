package vault

import (
	"crypto/cipher"
	"crypto/sha256"

	"golang.org/x/crypto/chacha20poly1305"
)

// SealBlock seals the writes of one class of a change ("bytes and keys", §2):
// XChaCha20-Poly1305 under the class key, with the derived Nonce, and head ‖
// class as associated data. The result is 16 bytes longer than plain, which
// the caller has compressed already.
//
// The nonce is derived, so two different plains must never be sealed under one
// head: draw a new salt for every attempt at a save, also after a transaction
// that failed.
func SealBlock(key ClassKey, head []byte, class byte, plain []byte) []byte {
	nonce := Nonce(head, class)
	return newAEAD((*[keySize]byte)(&key)).Seal(nil, nonce[:], plain, blockPlace(head, class))
}

// OpenBlock opens what SealBlock made. It fails with ErrMalformed when the
// block is shorter than its tag or absurdly long, else with ErrSealBroken.
func OpenBlock(key ClassKey, head []byte, class byte, sealed []byte) ([]byte, error) {
	if len(sealed) < tagSize || len(sealed) > plainMax+tagSize {
		return nil, &SealError{"block", ErrMalformed}
	}
	nonce := Nonce(head, class)
	plain, err := newAEAD((*[keySize]byte)(&key)).Open(nil, nonce[:], sealed, blockPlace(head, class))
	if err != nil {
		return nil, &SealError{"block", ErrSealBroken}
	}
	return plain, nil
}

// Nonce is the first 24 bytes of SHA-256("raksa/nonce" ‖ head ‖ class). It is
// neither stored nor sent. The head holds the change's fresh salt, so a cloned
// tablet that writes the same seq again still gets another nonce.
func Nonce(head []byte, class byte) (nonce [nonceSize]byte) {
	h := sha256.New()
	h.Write([]byte("raksa/nonce"))
	h.Write(head)
	h.Write([]byte{class})
	copy(nonce[:], h.Sum(nil))
	return nonce
}

// blockPlace binds a block to its change and class.
func blockPlace(head []byte, class byte) []byte {
	ad := make([]byte, 0, len(head)+1)
	return append(append(ad, head...), class)
}

func newAEAD(key *[keySize]byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		// Only a key of another length than 32 bytes is refused.
		panic("vault: XChaCha20-Poly1305 refused a 32-byte key")
	}
	return aead
}
