package clk

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash"
	"math/rand/v2"

	"raksa/linkage"
)

const (
	// SecretBytes is the least length of either secret.
	SecretBytes = 32
	// FlipRate is the chance that a bit is turned over. Either value of one bit
	// is then at most (1-f)/f = 19 times as likely under the one truth as under
	// the other: epsilon = ln 19 = 2.94 for a bit, which is no bound for a record.
	FlipRate = 0.05
	// format goes into every key: filters of two formats have nothing in common.
	format = "raksa/clk/1/"
)

// ErrShortSecret is the error for a secret under SecretBytes.
var ErrShortSecret = errors.New("clk: a secret is at least 32 bytes")

// An Encoder makes filters for one exchange. It is not safe for concurrent use.
type Encoder struct {
	parts map[part]hash.Hash
	noise hash.Hash
}

// NewEncoder makes an encoder from the secret that the two parties share in
// this exchange, and from a secret of this party alone, which draws the noise:
// whoever could repeat the noise could take it out again.
func NewEncoder(shared, own []byte) (*Encoder, error) {
	if len(shared) < SecretBytes || len(own) < SecretBytes {
		return nil, ErrShortSecret
	}
	e := &Encoder{parts: map[part]hash.Hash{}}
	for of := range weights {
		key, err := hkdf.Key(sha256.New, shared, nil, format+string(of), sha256.Size)
		if err != nil {
			return nil, err
		}
		e.parts[of] = hmac.New(sha256.New, key)
	}
	key, err := hkdf.Key(sha256.New, own, shared, format+"noise", sha256.Size)
	if err != nil {
		return nil, err
	}
	e.noise = hmac.New(sha256.New, key)
	return e, nil
}

// Encode makes a record's filter. ok is false for a record without a name in
// any script: it would resemble everybody.
func (e *Encoder) Encode(p linkage.Profile) (f Filter, ok bool) {
	if len(p.Names) == 0 {
		return Filter{}, false
	}
	var wide [2 * words]uint64
	var sum [sha256.Size]byte
	e.noise.Reset()
	for _, t := range tokens(p) {
		text := []byte(string(p.Sex) + "\x00" + t.text)
		_, _ = e.noise.Write(append(text, 0)) // A hash never fails to write.
		mac := e.parts[t.part]
		mac.Reset()
		_, _ = mac.Write(text)
		mac.Sum(sum[:0])
		for i := range weights[t.part] {
			bit := binary.BigEndian.Uint16(sum[2*i:]) % (2 * Bits)
			wide[bit/64] |= 1 << (bit % 64)
		}
	}
	for i := range f {
		f[i] = wide[i] ^ wide[words+i]
	}
	e.noise.Sum(sum[:0])
	flips := rand.New(rand.NewChaCha8(sum))
	for i := range Bits {
		if flips.Float64() < FlipRate {
			f[i/64] ^= 1 << (i % 64)
		}
	}
	return f, true
}
