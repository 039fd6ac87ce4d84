package vault

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// What a carrier brings (a stick, another tablet, a box at the center) is one
// stream, sealed to one receiving key: an age file whose only recipient is ours,
// so that the sealing of long streams, chunk by chunk, is age's and not our own.
// In the clear stands what any age file shows, and the stanza's name:
//
//	age-encryption.org/v1
//	-> raksa-carrier-1
//	<file key under HPKE (ML-KEM-768 with X25519), "raksa/carrier/1" as info>

const (
	carrierStanza  = "raksa-carrier-1"
	carrierInfo    = "raksa/carrier/1"
	purposeCarrier = "carrier" // a device, over each part of what a carrier brings
	fileKeySize    = 16
)

// ErrOtherReceiver: it is sealed to somebody else, or its first bytes are
// damaged; nobody can tell which.
var ErrOtherReceiver = errors.New("sealed to another receiver")

// SealStream seals what is written to a receiving key. Close writes the last
// chunk and does not close w.
func SealStream(w io.Writer, receiver []byte) (io.WriteCloser, error) {
	if len(receiver) != ReceivingPublicSize {
		return nil, &SealError{"carrier receiver", ErrMalformed}
	}
	return age.Encrypt(w, carrierRecipient(receiver))
}

// OpenStream opens what SealStream sealed to one of these keys (nil ones are
// passed over). ErrOtherReceiver, ErrMalformed; its reads fail with ErrSealBroken
// where bytes were altered or the end is missing.
func OpenStream(r io.Reader, keys ...*ReceivingKey) (io.Reader, error) {
	var identities []age.Identity
	for _, key := range keys {
		if key != nil {
			identities = append(identities, (*carrierIdentity)(key))
		}
	}
	if len(identities) == 0 {
		return nil, &SealError{"carrier", ErrLocked}
	}
	plain, err := age.Decrypt(r, identities...)
	var none *age.NoIdentityMatchError
	switch {
	case errors.As(err, &none):
		return nil, &SealError{"carrier", ErrOtherReceiver}
	case err != nil:
		return nil, &SealError{"carrier", ErrMalformed}
	}
	return &streamReader{plain}, nil
}

// OpenStream opens what was sealed to the office.
func (o *Office) OpenStream(r io.Reader) (io.Reader, error) { return OpenStream(r, o.receiving) }

// streamReader gives age's errors this package's names.
type streamReader struct{ plain io.Reader }

func (s *streamReader) Read(p []byte) (int, error) {
	n, err := s.plain.Read(p)
	if err != nil && err != io.EOF {
		err = &SealError{"carrier", ErrSealBroken}
	}
	return n, err
}

type carrierRecipient []byte

func (c carrierRecipient) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	sealed, err := sealTo("carrier", c, []byte(carrierInfo), fileKey)
	if err != nil {
		return nil, err
	}
	return []*age.Stanza{{Type: carrierStanza, Body: sealed}}, nil
}

type carrierIdentity ReceivingKey

func (k *carrierIdentity) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, one := range stanzas {
		if one.Type != carrierStanza || len(one.Args) > 0 {
			continue
		}
		fileKey, err := (*ReceivingKey)(k).openTo("carrier", []byte(carrierInfo), one.Body)
		if err == nil && len(fileKey) == fileKeySize {
			return fileKey, nil
		}
	}
	return nil, fmt.Errorf("vault: carrier: %w", age.ErrIncorrectIdentity)
}

// SignCarried signs one part of what a carrier brings. The key is the device's
// own, outside the vault.
func SignCarried(key ed25519.PrivateKey, digest [32]byte) ([]byte, error) {
	return signFor(key, purposeCarrier, digest)
}

// VerifyCarried checks SignCarried; it fails with ErrSignature.
func VerifyCarried(public ed25519.PublicKey, digest [32]byte, signature []byte) error {
	return verifyFor(public, purposeCarrier, digest, signature)
}

// A CarrierKey opens the office's answers that come back by a carrier. It lies
// outside the vault beside the signing key, so that a locked tablet takes them:
// what they bring rests on the tablet in the same form anyway, sealed block by
// block. Only its 32 bytes are kept.
type CarrierKey [keySize]byte

// NewCarrierKey draws one.
func NewCarrierKey(rand io.Reader) (CarrierKey, error) {
	seed, err := randomKey(rand, "carrier key")
	return CarrierKey(seed), err
}

// Key gives the receiving key that these bytes are.
func (c CarrierKey) Key() (*ReceivingKey, error) { return receivingKeyFrom(c) }

func (CarrierKey) Format(f fmt.State, _ rune) { io.WriteString(f, "CarrierKey(hidden)") }
