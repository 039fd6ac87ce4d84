package vault

import (
	"errors"
	"fmt"
)

// The reasons of this package. They arrive wrapped in a SealError or a
// KeyError, which name the item; test for them with errors.Is.
var (
	// ErrSealBroken: the seal does not open. The key is not the one it was
	// sealed with, or the bytes or their place were altered; an AEAD cannot
	// tell which.
	ErrSealBroken = errors.New("seal does not open")
	// ErrMalformed: the bytes cannot be what they should be (length, order).
	ErrMalformed = errors.New("malformed")
	// ErrVersion: written by a version of the program that this one does not
	// know. Never guessed at.
	ErrVersion = errors.New("unknown version")
	// ErrWrongSecret: the person's secret or the office's passphrase is wrong.
	ErrWrongSecret = errors.New("wrong secret")
	// ErrWeakSlot: a slot whose secret could be guessed too cheaply.
	ErrWeakSlot = errors.New("slot parameters below the floor")
	// ErrLocked: the vault is locked, so nothing can be sealed or opened.
	ErrLocked = errors.New("vault is locked")
	// ErrNoKey: this node holds no wrap for the record and class.
	ErrNoKey = errors.New("no key")
	// ErrErased: the record is erased; no key for it is kept or given, ever.
	ErrErased = errors.New("record is erased")
	// ErrOtherKey: a different key is already held. A record has one key for
	// life, so the newcomer is refused instead of replacing it.
	ErrOtherKey = errors.New("another key is already held")
	// ErrCommitment: the key is not the one that the record's first change
	// promised.
	ErrCommitment = errors.New("key does not match its commitment")
	// ErrRatchetRange: the index lies behind the ratchet or too far ahead.
	ErrRatchetRange = errors.New("ratchet index out of range")
	// ErrSignature: the signature is not by that key over that digest and
	// purpose.
	ErrSignature = errors.New("bad signature")
)

// A SealError says which kind of sealed item failed, and why.
type SealError struct {
	Item   string // "block", "slot", "record wrap" ...
	Reason error  // one of the reasons above
}

func (e *SealError) Error() string { return fmt.Sprintf("vault: %s: %v", e.Item, e.Reason) }
func (e *SealError) Unwrap() error { return e.Reason }

// A KeyError says for which record, and which class where one was asked for,
// a key could not be given or kept.
type KeyError struct {
	Record ID
	Class  byte // 0 where the whole record is meant
	Reason error
}

func (e *KeyError) Error() string {
	if e.Class == 0 {
		return fmt.Sprintf("vault: record %x: %v", e.Record, e.Reason)
	}
	return fmt.Sprintf("vault: record %x class %d: %v", e.Record, e.Class, e.Reason)
}
func (e *KeyError) Unwrap() error { return e.Reason }
