package eval

import (
	"fmt"
	"hash/fnv"
	"io"

	"raksa/linkage"
	"raksa/linkage/sheet"
)

// A Set is records with the truth about them, by record id. Household is empty
// for a person alone; Episode is one return of a person.
type Set struct {
	Records []linkage.Record
	sheet.Truth
}

// Read reads records and truth as CSV (package sheet says which columns).
func Read(records, truth io.Reader) (Set, error) {
	known, err := sheet.ReadTruth(truth)
	if err != nil {
		return Set{}, err
	}
	people, err := sheet.People(records)
	if err != nil {
		return Set{}, err
	}
	return NewSet(people, known)
}

// NewSet joins records with the truth, which must know every one of them.
func NewSet(records []linkage.Record, truth sheet.Truth) (Set, error) {
	for _, r := range records {
		if truth.Person[r.ID] == "" {
			return Set{}, fmt.Errorf("record %s has no truth", r.ID)
		}
	}
	return Set{Records: records, Truth: truth}, nil
}

// Half gives the records of about half the households (part 0 or 1), so that a
// model can be measured on people whom it was not estimated on.
func (s Set) Half(part uint32) Set {
	half := Set{Truth: s.Truth}
	for _, r := range s.Records {
		group := s.Household[r.ID]
		if group == "" {
			group = s.Person[r.ID]
		}
		h := fnv.New32a()
		_, _ = io.WriteString(h, group) // A hash never fails to write.
		if h.Sum32()>>7%2 == part {
			half.Records = append(half.Records, r)
		}
	}
	return half
}
