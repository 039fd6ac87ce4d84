package vault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
)

func TestSignaturesAreWorthOnePurpose(t *testing.T) {
	key := must(NewSigningKey(replay("device")))(t)
	public := key.Public().(ed25519.PublicKey)
	digest := [32]byte{1, 2, 3}
	verifiers := map[string]func(ed25519.PublicKey, [32]byte, []byte) error{
		purposePage: VerifyPage, purposeContact: VerifyContact, purposeAct: VerifyAct, purposeOffice: VerifyOffice,
	}
	for signed := range verifiers {
		signature := must(signFor(key, signed, digest))(t)
		for asked, verify := range verifiers {
			err := verify(public, digest, signature)
			if (err == nil) != (asked == signed) {
				t.Errorf("signed as %s, checked as %s: %v", signed, asked, err)
			}
		}
	}
}

func TestBadSignaturesAreRefused(t *testing.T) {
	key := must(NewSigningKey(replay("device")))(t)
	public := key.Public().(ed25519.PublicKey)
	digest := [32]byte{1}
	signature := must(SignPage(key, digest))(t)
	flipped := bytes.Clone(signature)
	flipped[40] ^= 1
	other := must(NewSigningKey(replay("other")))(t).Public().(ed25519.PublicKey)
	for name, err := range map[string]error{
		"another digest":  VerifyPage(public, [32]byte{2}, signature),
		"another key":     VerifyPage(other, digest, signature),
		"a bit flipped":   VerifyPage(public, digest, flipped),
		"cut":             VerifyPage(public, digest, signature[:63]),
		"none":            VerifyPage(public, digest, nil),
		"no key":          VerifyPage(nil, digest, signature),
		"key cut":         VerifyPage(public[:31], digest, signature),
		"contact as page": VerifyContact(public, digest, signature),
	} {
		if !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := SignPage(key[:31], digest); !errors.Is(err, ErrMalformed) {
		t.Errorf("signed with a cut key: %v", err)
	}
	if err := VerifyContact(public, digest, must(SignContact(key, digest))(t)); err != nil {
		t.Error(err)
	}
}

func TestReceivingPublicSize(t *testing.T) {
	if n := len(testReceiver(t, "device").Public()); n != ReceivingPublicSize {
		t.Errorf("a public receiving key has %d bytes", n)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(make([]byte, 32), make([]byte, 64))
	f.Add([]byte{}, []byte{})
	f.Fuzz(func(t *testing.T, public, signature []byte) {
		// Small-order public keys accept odd signatures in Ed25519; the
		// directory, signed by the office, says which keys are real.
		VerifyPage(public, [32]byte{}, signature)
	})
}
