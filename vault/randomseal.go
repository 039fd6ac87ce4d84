package vault

import (
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"
)

// ID names a record, a node, a device or a person: 16 random bytes. It is an
// alias, so that the rooms' own id types can be passed as they are.
type ID = [16]byte

const (
	keySize   = chacha20poly1305.KeySize      // 32
	nonceSize = chacha20poly1305.NonceSizeX   // 24
	tagSize   = chacha20poly1305.Overhead     // 16
	sealExtra = nonceSize + tagSize           // 40
	WrapSize  = nonceSize + keySize + tagSize // 72: one wrapped key
	plainMax  = 16 << 20                      // no single item of ours comes near
)

// sealRandom returns nonce ‖ ciphertext ‖ tag. With 24 random bytes two nonces
// do not meet by chance, whatever the number of seals under one key.
func sealRandom(rand io.Reader, item string, key *[keySize]byte, ad, plain []byte) ([]byte, error) {
	if len(plain) > plainMax {
		return nil, &SealError{item, ErrMalformed}
	}
	out := make([]byte, nonceSize, nonceSize+len(plain)+tagSize)
	if _, err := io.ReadFull(rand, out); err != nil {
		return nil, fmt.Errorf("vault: %s: randomness: %w", item, err)
	}
	return newAEAD(key).Seal(out, out[:nonceSize], plain, ad), nil
}

// openRandom opens what sealRandom made.
func openRandom(item string, key *[keySize]byte, ad, sealed []byte) ([]byte, error) {
	if len(sealed) < sealExtra || len(sealed) > plainMax+sealExtra {
		return nil, &SealError{item, ErrMalformed}
	}
	plain, err := newAEAD(key).Open(nil, sealed[:nonceSize], sealed[nonceSize:], ad)
	if err != nil {
		return nil, &SealError{item, ErrSealBroken}
	}
	return plain, nil
}

// openKey opens a wrap that holds exactly one key.
func openKey(item string, key *[keySize]byte, ad, sealed []byte) (k [keySize]byte, err error) {
	if len(sealed) != WrapSize {
		return k, &SealError{item, ErrMalformed}
	}
	plain, err := openRandom(item, key, ad, sealed)
	if err != nil {
		return k, err
	}
	copy(k[:], plain)
	clear(plain)
	return k, nil
}

// derive is HKDF-SHA256 (RFC 5869) with an empty salt and 32 bytes out. The
// inputs are uniform keys, so the salt has nothing to add.
func derive(secret []byte, info string) (out [keySize]byte) {
	b, err := hkdf.Key(sha256.New, secret, nil, info, keySize)
	if err != nil {
		// The length is a constant that HKDF allows.
		panic("vault: HKDF refused 32 bytes")
	}
	copy(out[:], b)
	clear(b)
	return out
}

// randomKey draws 32 bytes.
func randomKey(rand io.Reader, item string) (k [keySize]byte, err error) {
	if _, err := io.ReadFull(rand, k[:]); err != nil {
		return k, fmt.Errorf("vault: %s: randomness: %w", item, err)
	}
	return k, nil
}
