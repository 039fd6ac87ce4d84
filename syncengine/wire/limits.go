package wire

import (
	"raksa/syncengine"
)

// Limits of what is taken from outside. The lists of a page hold at most one
// entry per change; a device reads a handful of streams, and a ladder of
// positions has at most 65 rungs.
const (
	positionsMax   = 512
	streamBytesMax = 200
	signersMax     = 64
	lossesMax      = 64
	publicBytesMax = 4096
	sealedBytesMax = 4096 // a wrap, a seed, a key delivery
	signatureMax   = 256
	heldMax        = 10_000
	reasonBytesMax = 200
	newsMax        = 64
	deliveriesMax  = 10_000
	wantBytesMax   = 16 << 20
	newsBytesMax   = 16 << 20 // all blocks of one answer
	formBytesMax   = 32
	blocksMax      = 16
	wantMax        = 256    // records
	givenMax       = 20_000 // changes of them
	claimsMax      = 64     // nodes of one device
)

// A check keeps the first fault of one message. What is read after a fault is
// thrown away with the rest.
type check struct {
	what string
	err  error
}

func (k *check) fail(reason string) {
	if k.err == nil {
		k.err = &syncengine.Malformed{What: k.what, Reason: reason}
	}
}

// exactly copies bytes that have one allowed length.
func (k *check) exactly(into, from []byte, of string) {
	if len(from) != len(into) {
		k.fail(of + " has the wrong length")
		return
	}
	copy(into, from)
}

// exactlyOrNone copies bytes that may be left out when they are all zero.
func (k *check) exactlyOrNone(into, from []byte, of string) {
	if len(from) > 0 {
		k.exactly(into, from, of)
	}
}

// most lets a list or a length through up to a limit, and gives zero beyond it.
func (k *check) most(n, limit int, of string) int {
	if n > limit {
		k.fail("too many or too long: " + of)
		return 0
	}
	return n
}

func (k *check) short(b []byte, limit int, of string) []byte {
	if n := k.most(len(b), limit, of); n == 0 {
		return nil
	}
	return b
}

// orNone leaves zero bytes out of a message.
func orNone(b []byte) []byte {
	for _, v := range b {
		if v != 0 {
			return b
		}
	}
	return nil
}
