package trial

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// errKilled is what a process that was killed would not have lived to see.
var errKilled = errors.New("trial: the process was killed")

// When a process is killed at its next transaction.
type moment int

const (
	never moment = iota
	beforeCommit
	afterCommit
)

// store is an SQLite file in a folder whose process can be killed: from then on
// nothing is read or written through it, and its files are as a kill leaves them.
type store struct {
	*sqlstore.Store
	dir    string
	lies   bool   // says done before it is
	hoards bool   // deletes no key
	died   func() // called once, at the moment of the kill

	mu    sync.Mutex
	dead  bool
	armed moment
}

const dbName = "raksa.db"

func openStore(dir string, lies bool, died func()) (*store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	inner, err := sqlstore.Open(filepath.Join(dir, dbName))
	if err != nil {
		return nil, err
	}
	return &store{Store: inner, dir: dir, lies: lies, died: died}, nil
}

// kill ends the process now, or at its next transaction.
func (s *store) kill(when moment) {
	if when == never {
		s.end()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = when
}

// disarm lets the process live.
func (s *store) disarm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.armed = never
}

func (s *store) end() {
	s.mu.Lock()
	was := s.dead
	s.dead = true
	s.mu.Unlock()
	if !was && s.died != nil {
		s.died()
	}
}

func (s *store) isDead() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dead
}

func (s *store) due(when moment) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.armed == when
}

// Update implements syncengine.Store.
func (s *store) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	err := s.Store.Update(ctx, func(tx syncengine.Tx) error {
		if s.isDead() {
			return errKilled
		}
		if s.hoards {
			tx = hoarder{tx}
		}
		if err := fn(tx); err != nil {
			return err
		}
		if s.due(beforeCommit) {
			return errKilled
		}
		return nil
	})
	switch {
	case s.due(beforeCommit) && errors.Is(err, errKilled):
		if s.lies && !s.isDead() {
			s.disarm() // it answers, and works on
			return nil
		}
		s.end()
	case s.due(afterCommit) && err == nil:
		s.end()
		return errKilled
	}
	return err
}

// View implements syncengine.Store.
func (s *store) View(ctx context.Context, fn func(syncengine.Tx) error) error {
	if s.isDead() {
		return errKilled
	}
	return s.Store.View(ctx, fn)
}

// Scour empties the log, unless the process is dead.
func (s *store) Scour(ctx context.Context) error {
	if s.isDead() {
		return errKilled
	}
	return s.Store.Scour(ctx)
}

// image copies the files as they stand between two transactions, as a kill or
// somebody with a USB stick would find them.
func (s *store) image(ctx context.Context, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	done := errors.New("copied")
	err := s.Store.Update(ctx, func(syncengine.Tx) error {
		if err := copyFiles(s.dir, to, func(string) bool { return true }); err != nil {
			return err
		}
		return done
	})
	if errors.Is(err, done) {
		return nil
	}
	return err
}

// copyFiles copies a folder's files but those that belong to a running process.
func copyFiles(from, to string, want func(name string) bool) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		name := entry.Name()
		if entry.IsDir() || strings.HasSuffix(name, "-shm") || !want(name) {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), raw, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
