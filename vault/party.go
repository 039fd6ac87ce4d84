package vault

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"filippo.io/age"
)

// A Party is one of the three who compare two lists without names: the two who
// have a list, and the unit that counts. Each has a key of its own. Two parties
// agree on a secret from their keys (X25519), so no secret travels; what is for
// one of them is sealed to it (age, ML-KEM-768 with X25519).
type Party struct {
	agree *ecdh.PrivateKey
	seal  *age.HybridIdentity
}

// A PartyPublic is the half of a party's key that the other two may have.
type PartyPublic struct {
	agree *ecdh.PublicKey
	seal  *age.HybridRecipient
}

const (
	partyLine       = "RAKSA-PARTY-1 "
	partyPublicLine = "RAKSA-PARTY-PUBLIC-1 "
	partySecret     = "raksa/party/secret/1"
	partyOwn        = "raksa/party/own/1"
	partyPrint      = "raksa/party/fingerprint/1"
)

// NewParty draws a party's key.
func NewParty(rand io.Reader) (*Party, error) {
	agree, err := ecdh.X25519().GenerateKey(rand)
	if err != nil {
		return nil, fmt.Errorf("vault: party: %w", err)
	}
	seal, err := age.GenerateHybridIdentity()
	if err != nil {
		return nil, fmt.Errorf("vault: party: %w", err)
	}
	return &Party{agree, seal}, nil
}

// Text gives the key as one line. Whoever has it is this party.
func (p *Party) Text() string {
	return partyLine + hex.EncodeToString(p.agree.Bytes()) + " " + p.seal.String() + "\n"
}

// Public gives the half for the others.
func (p *Party) Public() *PartyPublic {
	return &PartyPublic{p.agree.PublicKey(), p.seal.Recipient()}
}

// ParseParty reads what Text wrote. ErrMalformed.
func ParseParty(text string) (*Party, error) {
	agree, seal, err := partyFields(text, partyLine)
	if err != nil {
		return nil, err
	}
	p := &Party{}
	if p.agree, err = ecdh.X25519().NewPrivateKey(agree); err != nil {
		return nil, &SealError{"party", ErrMalformed}
	}
	if p.seal, err = age.ParseHybridIdentity(seal); err != nil {
		return nil, &SealError{"party", ErrMalformed}
	}
	return p, nil
}

// Text gives the public half as one line.
func (p *PartyPublic) Text() string {
	return partyPublicLine + hex.EncodeToString(p.agree.Bytes()) + " " + p.seal.String() + "\n"
}

// ParsePartyPublic reads what Text wrote. ErrMalformed.
func ParsePartyPublic(text string) (*PartyPublic, error) {
	agree, seal, err := partyFields(text, partyPublicLine)
	if err != nil {
		return nil, err
	}
	p := &PartyPublic{}
	if p.agree, err = ecdh.X25519().NewPublicKey(agree); err != nil {
		return nil, &SealError{"party", ErrMalformed}
	}
	if p.seal, err = age.ParseHybridRecipient(seal); err != nil {
		return nil, &SealError{"party", ErrMalformed}
	}
	return p, nil
}

func partyFields(text, opening string) (agree []byte, seal string, err error) {
	rest, ours := strings.CutPrefix(strings.TrimSpace(text), opening)
	first, seal, two := strings.Cut(rest, " ")
	agree, failed := hex.DecodeString(first)
	if !ours || !two || failed != nil {
		return nil, "", &SealError{"party", ErrMalformed}
	}
	return agree, seal, nil
}

// An Exchange is what a party needs to make its list for one comparison.
type Exchange struct {
	Shared []byte // 32 bytes, equal for both parties, unknown to the unit
	Own    []byte // 32 bytes, this party's alone
	// Fingerprint is the same for both parties and tells nothing of Shared.
	Fingerprint string
}

// Exchange derives the secrets of one named comparison with another party.
// ErrMalformed when the other is this party itself, or its key is not sound.
func (p *Party) Exchange(with *PartyPublic, name string) (Exchange, error) {
	mine, theirs := p.agree.PublicKey().Bytes(), with.agree.Bytes()
	agreed, err := p.agree.ECDH(with.agree)
	if err != nil || bytes.Equal(mine, theirs) {
		return Exchange{}, &SealError{"party", ErrMalformed}
	}
	if bytes.Compare(mine, theirs) > 0 {
		mine, theirs = theirs, mine
	}
	// Both keys and the name are bound in; the fixed lengths keep them apart.
	salt := slices.Concat(mine, theirs, []byte(name))
	var keys [3][]byte
	for i, from := range []struct {
		secret  []byte
		purpose string
		size    int
	}{{agreed, partySecret, keySize}, {p.agree.Bytes(), partyOwn, keySize}, {agreed, partyPrint, 16}} {
		if keys[i], err = hkdf.Key(sha256.New, from.secret, salt, from.purpose, from.size); err != nil {
			return Exchange{}, fmt.Errorf("vault: party: %w", err)
		}
	}
	return Exchange{Shared: keys[0], Own: keys[1], Fingerprint: hex.EncodeToString(keys[2])}, nil
}

// Seal seals what only this party may read, as a stream.
func (p *PartyPublic) Seal(w io.Writer) (io.WriteCloser, error) { return age.Encrypt(w, p.seal) }

// Open reads what was sealed to this party. ErrWrongSecret when it was sealed
// to another.
func (p *Party) Open(r io.Reader) (io.Reader, error) {
	plain, err := age.Decrypt(r, p.seal)
	if err != nil {
		return nil, &SealError{"sealed list", ErrWrongSecret}
	}
	return plain, nil
}
