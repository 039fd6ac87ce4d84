package witness

import (
	"context"
	"errors"
	"sync/atomic"

	"raksa/syncengine"
)

// Store is a syncengine.Store whose own saves are noted in a witness after each
// commit.
type Store struct {
	syncengine.Store
	file *File
	// Lost is told, once each, what the database turns out to have lost while it
	// was open. The save that met it fails with *syncengine.LostSaves.
	Lost func([]syncengine.Loss)
	// failed is told when a note could not be written. The save stands.
	failed func(error)
	// doubt: the disk failed under a transaction. What the database holds is held
	// against the witness before anything else is saved.
	doubt atomic.Bool
}

// Watch gives the store under a witness. failed may be nil.
func Watch(store syncengine.Store, file *File, failed func(error)) *Store {
	if failed == nil {
		failed = func(error) {}
	}
	return &Store{Store: store, file: file, failed: failed}
}

// Unwrap gives the store itself.
func (s *Store) Unwrap() syncengine.Store { return s.Store }

// Update implements syncengine.Store.
func (s *Store) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	if s.doubt.Load() {
		if err := s.recheck(ctx); err != nil {
			return err
		}
	}
	var marks []syncengine.Own
	err := s.Store.Update(ctx, func(tx syncengine.Tx) (err error) {
		if err := fn(tx); err != nil {
			return err
		}
		marks, err = s.news(tx)
		return err
	})
	switch {
	case errors.Is(err, syncengine.ErrDisk):
		s.doubt.Store(true)
	case err == nil && marks != nil:
		if err := s.file.Note(marks); err != nil {
			s.failed(err)
		}
	}
	return err
}

// news gives the marks to note, or nil when the present chain is where it was.
func (s *Store) news(tx syncengine.Tx) ([]syncengine.Own, error) {
	self, err := syncengine.LoadSelf(tx)
	if errors.Is(err, syncengine.ErrNoNode) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := syncengine.Own{Node: self.Node, Mark: syncengine.Mark{Seq: self.Seq, ID: self.Head}}
	s.file.mu.Lock()
	defer s.file.mu.Unlock()
	noted := s.file.marks
	if len(noted) == 0 || noted[len(noted)-1].Node != self.Node {
		return syncengine.OwnMarks(tx)
	}
	if noted[len(noted)-1].Seq >= now.Seq {
		return nil, nil
	}
	return append(append([]syncengine.Own(nil), noted[:len(noted)-1]...), now), nil
}

// recheck clears the doubt when the database, opened anew, still holds every
// save that was noted.
func (s *Store) recheck(ctx context.Context) error {
	if file, can := s.Store.(interface{ Reopen() error }); can {
		if err := file.Reopen(); err != nil {
			return err
		}
	}
	var losses []syncengine.Loss
	err := s.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		losses, err = syncengine.Losses(tx, s.file.Marks())
		return err
	})
	if err != nil {
		return err
	}
	s.doubt.Store(false)
	if len(losses) == 0 {
		return nil
	}
	if s.Lost != nil {
		s.Lost(losses)
	}
	return &syncengine.LostSaves{Losses: losses}
}
