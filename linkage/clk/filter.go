package clk

import (
	"encoding/base64"
	"fmt"
	"math/bits"
)

const (
	// Bits is the length of a filter.
	Bits  = 1024
	words = Bits / 64
)

// A Filter is one record under a key: Bits bits, of which similar records have
// many in common.
type Filter [words]uint64

// Ones counts the set bits.
func (f *Filter) Ones() int {
	n := 0
	for _, w := range f {
		n += bits.OnesCount64(w)
	}
	return n
}

func (f *Filter) common(g *Filter) int {
	n := 0
	for i, w := range f {
		n += bits.OnesCount64(w & g[i])
	}
	return n
}

// MarshalText gives the filter in base64, most significant byte first.
func (f Filter) MarshalText() ([]byte, error) {
	raw := make([]byte, 0, Bits/8)
	for _, w := range f {
		for shift := 56; shift >= 0; shift -= 8 {
			raw = append(raw, byte(w>>shift))
		}
	}
	return base64.RawStdEncoding.AppendEncode(nil, raw), nil
}

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (f *Filter) UnmarshalText(text []byte) error {
	raw, err := base64.RawStdEncoding.Strict().AppendDecode(nil, text)
	if err != nil || len(raw) != Bits/8 {
		return fmt.Errorf("a filter is %d characters of base64", base64.RawStdEncoding.EncodedLen(Bits/8))
	}
	*f = Filter{}
	for i, b := range raw {
		f[i/8] = f[i/8]<<8 | uint64(b)
	}
	return nil
}
