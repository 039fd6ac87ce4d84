package syncengine

import (
	"encoding/hex"
	"fmt"
)

// NodeID names one database that writes a chain: 16 random bytes, drawn when
// the database is made and again after every suspected restore or clone.
type NodeID [16]byte

// RecordID names a record: 16 random bytes (UUIDv4, never one that tells the time).
type RecordID [16]byte

// PersonID names a member of staff, 16 random bytes. Never a person who is screened.
type PersonID [16]byte

// ChangeID is SHA-256 over the canonical envelope. Whoever holds an id can tell
// whether the bytes that came with it are the ones that were written.
type ChangeID [32]byte

func (id NodeID) String() string   { return hex.EncodeToString(id[:]) }
func (id RecordID) String() string { return hex.EncodeToString(id[:]) }
func (id PersonID) String() string { return hex.EncodeToString(id[:]) }
func (id ChangeID) String() string { return hex.EncodeToString(id[:]) }

// Zero reports whether the id is unset: the prev of a chain's first change.
func (id ChangeID) Zero() bool { return id == ChangeID{} }

// Zero reports whether the id is unset.
func (id RecordID) Zero() bool { return id == RecordID{} }

// Zero reports whether the id is unset.
func (id PersonID) Zero() bool { return id == PersonID{} }

// Zero reports whether the id is unset.
func (id NodeID) Zero() bool { return id == NodeID{} }

// ParseRecordID reads the 32 hex digits that String writes.
func ParseRecordID(text string) (RecordID, error) {
	var id RecordID
	err := parseHex(text, id[:])
	return id, err
}

// ParsePersonID reads the 32 hex digits that String writes.
func ParsePersonID(text string) (PersonID, error) {
	var id PersonID
	err := parseHex(text, id[:])
	return id, err
}

// ParseNodeID reads the 32 hex digits that String writes.
func ParseNodeID(text string) (NodeID, error) {
	var id NodeID
	err := parseHex(text, id[:])
	return id, err
}

// ParseChangeID reads the 64 hex digits that String writes.
func ParseChangeID(text string) (ChangeID, error) {
	var id ChangeID
	err := parseHex(text, id[:])
	return id, err
}

func parseHex(text string, into []byte) error {
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(into) {
		return fmt.Errorf("syncengine: an id has %d hex digits", 2*len(into))
	}
	copy(into, raw)
	return nil
}
