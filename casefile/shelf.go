package casefile

import (
	"cmp"
	"slices"
	"sync"

	"raksa/screening/form"
	"raksa/syncengine"
)

// Shelf holds the form versions that a host knows: those that its program was
// built with, and those that came as records. It is safe for use by many
// goroutines.
type Shelf struct {
	built Forms
	first *form.Definition // of the program, for new interviews while nothing was published

	mu      sync.RWMutex
	records map[syncengine.RecordID]Published
	byName  map[string]Published
}

// Published is a version that came as a record. Form is nil when this program
// does not understand it: then its interviews wait for a newer program.
type Published struct {
	FormEntry
	Form *form.Definition
}

// NewShelf makes a shelf of the program's own versions.
func NewShelf(built Forms, first *form.Definition) *Shelf {
	return &Shelf{built: built, first: first, records: map[syncengine.RecordID]Published{}, byName: map[string]Published{}}
}

// Form gives a version, or nil when it is unknown here. It has the shape of Forms.
func (s *Shelf) Form(version string) *form.Definition {
	if def := s.built(version); def != nil {
		return def
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byName[version].Form
}

// Newest gives the version for new interviews: of those that were published and
// are understood here the last, else the program's own.
func (s *Shelf) Newest() *form.Definition {
	for _, p := range slices.Backward(s.Published()) {
		if def := s.Form(p.Version); def != nil {
			return def
		}
	}
	return s.first
}

// Published lists what came as records, in the order of publishing.
func (s *Shelf) Published() []Published {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []Published
	for _, p := range s.records {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Published) int { return cmp.Compare(a.Number, b.Number) })
	return all
}

// Before reports whether one published version came before another; the
// program's own came before all.
func (s *Shelf) Before(one, other string) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byName[one].Number < s.byName[other].Number
}

// Holds reports whether a form record was put on the shelf.
func (s *Shelf) Holds(id syncengine.RecordID) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, here := s.records[id]
	return here
}

// Put takes in a form record, and says whether it brought a version that was not
// known. Of two records of one version the one published first counts: what a
// version means never changes.
func (s *Shelf) Put(rec *syncengine.Record) (news bool) {
	entry, def, err := LoadForm(rec)
	if err != nil && entry.Version == "" {
		return false // kept and chained; what is no form is no form
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one := Published{entry, def}
	s.records[rec.ID] = one
	before, here := s.byName[entry.Version]
	if here && (before.Number < entry.Number || before.Number == entry.Number && before.ID == entry.ID) {
		return false
	}
	s.byName[entry.Version] = one
	return def != nil && s.built(entry.Version) == nil
}

// ReadShelf makes a shelf of what a store holds, for tools that look into one.
// Forms lie in the clear: no key is needed.
func ReadShelf(tx syncengine.Tx, built Forms, first *form.Definition) (*Shelf, error) {
	shelf := NewShelf(built, first)
	engine := &syncengine.Engine{Codec: Codec(built)}
	return shelf, syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
		if kind != KindForm {
			return nil
		}
		rec, err := engine.Read(tx, id)
		if err == nil {
			shelf.Put(rec)
		}
		return err
	})
}
