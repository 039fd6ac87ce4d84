package syncengine

import (
	"errors"
	"fmt"
)

// What a store or a key holder answers, for errors.Is.
var (
	// ErrUnknownChange: the log does not hold that id.
	ErrUnknownChange = errors.New("syncengine: unknown change")
	// ErrNoKey: nobody here holds the key (withheld, dropped, or not delivered yet).
	ErrNoKey = errors.New("syncengine: no key for this block")
	// ErrErased: the record was erased; its keys are refused for ever.
	ErrErased = errors.New("syncengine: the record is erased")
	// ErrLocked: the key holder is locked; saving sealed news goes on, folding waits.
	ErrLocked = errors.New("syncengine: locked")
	// ErrBroken: a key is at hand and does not open the bytes.
	ErrBroken = errors.New("syncengine: block does not open")
	// ErrDamaged: stored bytes no longer hash to their name, or no longer agree
	// with their checksum.
	ErrDamaged = errors.New("syncengine: stored bytes are damaged")
)

// What a store says when it cannot write or read, for errors.Is. The transaction
// left no trace in any of these cases.
var (
	// ErrNoRoom: the disk is full. Saving works again once there is room.
	ErrNoRoom = errors.New("syncengine: no room on the disk")
	// ErrReadOnly: the disk, or the file, may only be read.
	ErrReadOnly = errors.New("syncengine: the disk may only be read")
	// ErrDisk: the disk failed. The store is opened anew before it acknowledges
	// anything else.
	ErrDisk = errors.New("syncengine: the disk failed")
	// ErrFile: the structure of the file is damaged.
	ErrFile = errors.New("syncengine: the file is damaged")
)

// What a store says that stands behind a network, for errors.Is.
var (
	// ErrUnavailable: the store cannot be reached, or the connection was lost.
	// Nothing of the transaction stands. Later it may work.
	ErrUnavailable = errors.New("syncengine: the store is not available")
	// ErrBusy: others were in the way for too long. Nothing of the transaction
	// stands.
	ErrBusy = errors.New("syncengine: the store is busy")
	// ErrOutcomeUnknown: the connection was lost while the commit was on its way.
	// The transaction stands whole or not at all, and nobody knows which. Whoever
	// repeats it must first look, or repeat what does no harm twice.
	ErrOutcomeUnknown = errors.New("syncengine: nobody knows whether the transaction was committed")
)

// Malformed says which part of some bytes is not what the canonical encoding
// allows. It never quotes the bytes.
type Malformed struct {
	What   string // "envelope", "writes", "change", "page", …
	Reason string
}

func (e *Malformed) Error() string {
	return fmt.Sprintf("syncengine: malformed %s: %s", e.What, e.Reason)
}

// Refused is the answer to a page that cannot be stored at all: a bad
// signature, an unknown device, a page over the limit, bytes that do not parse,
// a broken chain. Everything else is stored, if need be in quarantine.
type Refused struct {
	Code string // one of the Refused… codes
	Seq  uint64 // the change at fault, 0 for the page as a whole
}

// Codes of a refusal, stable for programs.
const (
	RefusedSignature = "page_signature"
	RefusedLimit     = "page_limit"
	RefusedChain     = "page_chain"
	RefusedBytes     = "page_bytes"
)

func (e *Refused) Error() string {
	return fmt.Sprintf("syncengine: refused: %s at seq %d", e.Code, e.Seq)
}
