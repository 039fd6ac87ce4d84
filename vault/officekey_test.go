package vault

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"testing"
)

func TestOfficeKeysAreUnrelated(t *testing.T) {
	o := testOffice(t)
	seed := must(o.receiving.seed())(t)
	seen := map[string]string{}
	for name, key := range map[string][]byte{
		"root": o.root[:], "wrap": o.Wrapper.root[:], "receiving": seed[:],
		"sign": o.sign.Seed(), "ca": o.ca.Seed(), "blocking": o.blocking[:],
	} {
		if other, twice := seen[string(key)]; twice {
			t.Errorf("%s and %s are one key", name, other)
		}
		seen[string(key)] = name
	}
}

func TestOfficeSignsAsTheOffice(t *testing.T) {
	o := testOffice(t)
	signature := must(o.Sign([32]byte{1}))(t)
	if err := VerifyOffice(o.SigningPublic(), [32]byte{1}, signature); err != nil {
		t.Error(err)
	}
	if err := VerifyOffice(o.CAKey().Public().(ed25519.PublicKey), [32]byte{1}, signature); !errors.Is(err, ErrSignature) {
		t.Errorf("the certificate key passed for the signing key: %v", err)
	}
}

func TestBlockingHash(t *testing.T) {
	o := testOffice(t)
	same := o.BlockingHash("phone", []byte("made-up value"))
	if same != o.BlockingHash("phone", []byte("made-up value")) {
		t.Error("equal values do not meet")
	}
	other := must(NewOffice(replay("other office")))(t)
	for name, hash := range map[string][16]byte{
		"another value":             o.BlockingHash("phone", []byte("made-up valuf")),
		"another rule":              o.BlockingHash("name", []byte("made-up value")),
		"rule and value run over":   o.BlockingHash("phonem", []byte("ade-up value")),
		"another office's hash key": other.BlockingHash("phone", []byte("made-up value")),
	} {
		if hash == same {
			t.Errorf("%s gives the same hash", name)
		}
	}
}

func TestAClosedOfficeIsLocked(t *testing.T) {
	o := testOffice(t)
	o.Close()
	if _, err := o.WrapRecord(replay("w"), testID(1), RecordKey{1}); !errors.Is(err, ErrLocked) {
		t.Errorf("wrapped after Close: %v", err)
	}
	for name, key := range map[string][]byte{"root": o.root[:], "sign": o.sign, "ca": o.ca, "blocking": o.blocking[:]} {
		if !bytes.Equal(key, make([]byte, len(key))) {
			t.Errorf("%s was not overwritten", name)
		}
	}
	if o.Save(new(bytes.Buffer), "passphrase", 1) == nil {
		t.Error("a closed office saved a root of zeros")
	}
}
