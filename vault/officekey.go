package vault

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"io"
)

// Office holds the keys of the office while its process runs. All of them are
// derived from one root of 32 bytes, which lies in a file outside the database
// (Save, Escrow); without it the database and its backups show ids, times and
// sizes only. The embedded Wrapper wraps record keys and seals small values.
//
//	root ─┬─ "raksa/office/wrap"       the Wrapper's root
//	      ├─ "raksa/office/receiving"  HPKE key that nodes seal their seeds to
//	      ├─ "raksa/office/sign"       Ed25519: control changes, pages, directory
//	      ├─ "raksa/office/blocking"   HMAC key of the blocking keys
//	      └─ "raksa/office/ca"         Ed25519: certificates of devices
type Office struct {
	*Wrapper
	root      [keySize]byte
	receiving *ReceivingKey
	sign, ca  ed25519.PrivateKey
	blocking  [keySize]byte
}

// NewOffice draws a root and derives the office's keys.
func NewOffice(rand io.Reader) (*Office, error) {
	root, err := randomKey(rand, "office root")
	if err != nil {
		return nil, err
	}
	return officeFrom(root)
}

func officeFrom(root [keySize]byte) (*Office, error) {
	receiving, err := receivingKeyFrom(derive(root[:], "raksa/office/receiving"))
	if err != nil {
		return nil, err
	}
	sign := derive(root[:], "raksa/office/sign")
	ca := derive(root[:], "raksa/office/ca")
	return &Office{
		Wrapper:   newWrapper(derive(root[:], "raksa/office/wrap")),
		root:      root,
		receiving: receiving,
		sign:      ed25519.NewKeyFromSeed(sign[:]),
		ca:        ed25519.NewKeyFromSeed(ca[:]),
		blocking:  derive(root[:], "raksa/office/blocking"),
	}, nil
}

// ReceivingPublic is what nodes seal their ratchet seeds to, 1,216 bytes.
func (o *Office) ReceivingPublic() []byte { return o.receiving.Public() }

// SigningPublic is what devices check the office's signatures with.
func (o *Office) SigningPublic() ed25519.PublicKey { return o.sign.Public().(ed25519.PublicKey) }

// Sign signs what the office sends down: pages, control changes, the
// directory, a snapshot. Verify it with VerifyOffice.
func (o *Office) Sign(digest [32]byte) ([]byte, error) {
	return signFor(o.sign, purposeOffice, digest)
}

// CAKey signs the certificates of devices.
func (o *Office) CAKey() ed25519.PrivateKey { return o.ca }

// BlockingHash hides a blocking key: the first 16 bytes of HMAC-SHA256 over
// rule length (2 bytes, big-endian) ‖ rule ‖ value. Equal values of one rule
// stay equal, which is what blocking needs and all that it shows.
func (o *Office) BlockingHash(rule string, value []byte) (hash [16]byte) {
	mac := hmac.New(sha256.New, o.blocking[:])
	mac.Write(binary.BigEndian.AppendUint16(nil, uint16(len(rule))))
	mac.Write([]byte(rule))
	mac.Write(value)
	copy(hash[:], mac.Sum(nil))
	return hash
}

// Close overwrites the office's keys, as far as Go allows. Do not use the
// Office afterwards; what goes through its Wrapper answers ErrLocked.
func (o *Office) Close() {
	o.forget()
	clear(o.root[:])
	clear(o.blocking[:])
	clear(o.sign)
	clear(o.ca)
}
