package device

import (
	"context"
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// Record gives an interview as the person who is signed in may see it.
func (d *Device) Record(ctx context.Context, id syncengine.RecordID) (*casefile.Seen, error) {
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	var seen *casefile.Seen
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		seen, err = d.see(tx, s, id)
		return err
	})
	return seen, err
}

// see reads an interview through the one door.
func (d *Device) see(tx syncengine.Tx, s *session, id syncengine.RecordID) (*casefile.Seen, error) {
	iv, err := d.interview(tx, s, id)
	if err != nil {
		return nil, err
	}
	viewer, err := d.viewer(tx, s)
	if err != nil {
		return nil, err
	}
	return iv.For(viewer), nil
}

func (d *Device) viewer(tx syncengine.Tx, s *session) (casefile.Viewer, error) {
	row, here, err := peopleTable.Get(tx, s.person[:])
	if err != nil || !here {
		return casefile.Viewer{}, errors.Join(err, notHere(here))
	}
	return casefile.Viewer{
		Person: s.person,
		Viewer: screening.Viewer{Role: row.Role, Agency: row.Agency, Profile: d.identity().Profile},
	}, nil
}

// interview reads an interview, or takes it from what was read before.
func (d *Device) interview(tx syncengine.Tx, s *session, id syncengine.RecordID) (*casefile.Interview, error) {
	s.mu.Lock()
	known, generation := s.read[id], s.generation
	s.mu.Unlock()
	if known != nil {
		return known, nil
	}
	rec, err := s.engine.Read(tx, id)
	switch {
	case errors.Is(err, syncengine.ErrUnknownChange):
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case rec.Erased:
		return nil, syncengine.ErrErased
	case len(rec.Classes) == 0 && len(rec.Withheld) > 0:
		return nil, syncengine.ErrNoKey
	}
	iv, err := casefile.OpenInterview(rec, d.Forms)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.read != nil && s.generation == generation {
		s.read[id] = iv
	}
	return iv, nil
}
