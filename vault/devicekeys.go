package vault

import (
	"crypto/ed25519"
	"crypto/hpke"
	"fmt"
	"io"
)

// The purposes of signatures. What is signed is
//
//	"raksa/sign/" ‖ purpose ‖ 0 ‖ digest(32)
//
// so a signature given for one purpose is worth nothing for another.
const (
	purposePage    = "page"    // a device, over a page that it pushes
	purposeAct     = "act"     // a person, over a closing, consent, decision
	purposeOffice  = "office"  // the office, over what it sends down
	purposeContact = "contact" // a device, over a challenge: "it is me"
)

// NewSigningKey makes a device's signing key from 32 random bytes. It lies
// outside the vault, so that a locked tablet still pushes its sealed outbox.
func NewSigningKey(rand io.Reader) (ed25519.PrivateKey, error) {
	seed, err := randomKey(rand, "signing key")
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	// Not ed25519.GenerateKey, which may ignore the reader it is given.
	return ed25519.NewKeyFromSeed(seed[:]), nil
}

// SignPage signs the digest of a page that this node pushes. ErrMalformed for
// a key of another length.
func SignPage(key ed25519.PrivateKey, digest [32]byte) ([]byte, error) {
	return signFor(key, purposePage, digest)
}

// VerifyPage checks SignPage; it fails with ErrSignature.
func VerifyPage(public ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verifyFor(public, purposePage, digest, signature)
}

// SignContact signs a challenge, where a device proves itself to another one
// or to the office behind a proxy that ends TLS.
func SignContact(key ed25519.PrivateKey, digest [32]byte) ([]byte, error) {
	return signFor(key, purposeContact, digest)
}

// VerifyContact checks SignContact; it fails with ErrSignature.
func VerifyContact(public ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verifyFor(public, purposeContact, digest, signature)
}

// VerifyAct checks Unlocked.SignAct; it fails with ErrSignature.
func VerifyAct(public ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verifyFor(public, purposeAct, digest, signature)
}

// VerifyOffice checks Office.Sign; it fails with ErrSignature.
func VerifyOffice(public ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verifyFor(public, purposeOffice, digest, signature)
}

func signFor(key ed25519.PrivateKey, purpose string, digest [32]byte) ([]byte, error) {
	if len(key) != ed25519.PrivateKeySize {
		return nil, &SealError{"signing key", ErrMalformed}
	}
	return ed25519.Sign(key, signedBytes(purpose, digest)), nil
}

func verifyFor(public ed25519.PublicKey, purpose string, digest [32]byte, signature []byte) error {
	// ed25519.Verify panics on a key of another length, and keys come from
	// outside.
	if len(public) != ed25519.PublicKeySize || !ed25519.Verify(public, signedBytes(purpose, digest), signature) {
		return &SealError{purpose + " signature", ErrSignature}
	}
	return nil
}

func signedBytes(purpose string, digest [32]byte) []byte {
	return append([]byte("raksa/sign/"+purpose+"\x00"), digest[:]...)
}

// ReceivingKey opens what was sealed to this device: delivery seeds and
// handovers. Hybrid HPKE, ML-KEM-768 with X25519 (X-Wing), because testimony
// must stay secret for decades. Its private part lives inside the vault.
type ReceivingKey struct{ private hpke.PrivateKey }

// ReceivingPublicSize is the length of a public receiving key in bytes.
const ReceivingPublicSize = 1216

// hpkeExtra is what one HPKE seal adds: the encapsulated key and the tag.
const hpkeExtra = 1120 + tagSize

// NewReceivingKey makes a device's receiving key from 32 random bytes.
func NewReceivingKey(rand io.Reader) (*ReceivingKey, error) {
	seed, err := randomKey(rand, "receiving key")
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	return receivingKeyFrom(seed)
}

func receivingKeyFrom(seed [keySize]byte) (*ReceivingKey, error) {
	private, err := hpke.MLKEM768X25519().NewPrivateKey(seed[:])
	if err != nil {
		return nil, fmt.Errorf("vault: receiving key: %w", err)
	}
	return &ReceivingKey{private}, nil
}

// Public is the part for the directory, 1,216 bytes.
func (k *ReceivingKey) Public() []byte { return k.private.PublicKey().Bytes() }

func (k *ReceivingKey) seed() (seed [keySize]byte, err error) {
	b, err := k.private.Bytes()
	if err != nil || len(b) != keySize {
		return seed, &SealError{"receiving key", ErrMalformed}
	}
	defer clear(b)
	copy(seed[:], b)
	return seed, nil
}

// sealTo seals to a public receiving key. The info binds what and for whom.
// HPKE draws its own randomness from the operating system.
func sealTo(item string, public, info, plain []byte) ([]byte, error) {
	key, err := hpke.MLKEM768X25519().NewPublicKey(public)
	if err != nil {
		return nil, &SealError{item + " receiver", ErrMalformed}
	}
	sealed, err := hpke.Seal(key, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, plain)
	if err != nil {
		return nil, fmt.Errorf("vault: %s: %w", item, err)
	}
	return sealed, nil
}

// openTo opens what sealTo made for this key.
func (k *ReceivingKey) openTo(item string, info, sealed []byte) ([]byte, error) {
	if len(sealed) < hpkeExtra || len(sealed) > plainMax {
		return nil, &SealError{item, ErrMalformed}
	}
	plain, err := hpke.Open(k.private, hpke.HKDFSHA256(), hpke.ChaCha20Poly1305(), info, sealed)
	if err != nil {
		return nil, &SealError{item, ErrSealBroken}
	}
	return plain, nil
}
