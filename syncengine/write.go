package syncengine

import (
	"bytes"
	"slices"
)

// State tells a version that stands for an answer from one that stands for the
// absence of one. The engine knows only Struck; the other codes are casefile's.
type State uint8

// Struck is a version that says "this was taken back". It is a version like any
// other, so an edit made at the same time elsewhere stays beside it.
const Struck State = 0

// Write is one field of one change: what its author put there, and the ids of
// the versions of that field that were on the author's screen.
type Write struct {
	Field      string // at most 200 bytes; unique within a change
	State      State
	Value      []byte // canonical form, so that equal answers are equal bytes
	Supersedes []ChangeID
}

// EncodeWrites is the canonical content of a block, before compression: writes
// by rising field, ids by rising bytes.
func EncodeWrites(writes []Write) []byte {
	sorted := slices.Clone(writes)
	slices.SortFunc(sorted, func(a, b Write) int { return bytes.Compare([]byte(a.Field), []byte(b.Field)) })
	w := writer{}
	w.uvarint(uint64(len(sorted)))
	for _, one := range sorted {
		w.string(one.Field)
		w.byte(byte(one.State))
		w.bytes(one.Value)
		ids := sortedIDs(one.Supersedes)
		w.uvarint(uint64(len(ids)))
		for _, id := range ids {
			w.fixed(id[:])
		}
	}
	return w.b
}

// DecodeWrites reads what EncodeWrites writes, and nothing else.
func DecodeWrites(b []byte) ([]Write, error) {
	r := reader{what: "writes", b: b}
	n := r.count(writesMax, "writes")
	writes := make([]Write, 0, min(n, 64))
	for range n {
		var one Write
		one.Field = r.string(fieldBytesMax, "field")
		one.State = State(r.byte())
		one.Value = r.bytes(valueBytesMax, "value")
		for range r.count(supersedesMax, "supersedes") {
			var id ChangeID
			r.fixed(id[:])
			if k := len(one.Supersedes); k > 0 && bytes.Compare(one.Supersedes[k-1][:], id[:]) >= 0 {
				r.fail("superseded ids are not in rising order")
			}
			one.Supersedes = append(one.Supersedes, id)
			if r.err != nil {
				break
			}
		}
		switch {
		case r.err != nil:
			return nil, r.err
		case one.Field == "":
			r.fail("a field has no name")
		case len(writes) > 0 && writes[len(writes)-1].Field >= one.Field:
			r.fail("fields are not in rising order")
		}
		writes = append(writes, one)
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	return writes, nil
}

func sortedIDs(ids []ChangeID) []ChangeID {
	sorted := slices.Clone(ids)
	slices.SortFunc(sorted, func(a, b ChangeID) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(sorted)
}
