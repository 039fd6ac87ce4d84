package sqlstore_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
)

func open(t *testing.T, path string) *sqlstore.Store {
	t.Helper()
	s, err := sqlstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) syncengine.Store {
		return open(t, filepath.Join(t.TempDir(), "a file with blanks & ?signs#.db"))
	})
}

func TestAFileOfALaterProgramIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	open(t, path).Close()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec("pragma user_version = 99"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	var future *sqlstore.FutureSchema
	if _, err := sqlstore.Open(path); !errors.As(err, &future) || future.Version != 99 {
		t.Fatalf("got %v", err)
	}
}

func TestAFlippedByteIsReportedAndNeverReturned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	s := open(t, path)
	c := storetest.Make(1, 1, syncengine.ChangeID{}, 1, map[syncengine.Class]string{1: "an answer that matters"})
	if err := s.Update(t.Context(), func(tx syncengine.Tx) error { _, err := tx.Append(c); return err }); err != nil {
		t.Fatal(err)
	}
	s.Close()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, []byte("an answer"))
	raw[at] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	err = s.View(t.Context(), func(tx syncengine.Tx) error { _, err := tx.Change(c.ID()); return err })
	if !errors.Is(err, syncengine.ErrDamaged) {
		t.Fatalf("got %v, want ErrDamaged", err)
	}
	if err := s.Check(t.Context()); err != nil {
		t.Fatalf("SQLite itself does not notice a flipped value; it said %v", err)
	}
}

func TestADeletedCellIsGoneFromEveryFileAfterScour(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "x.db"))
	secret := []byte("a wrapped key that must not stay behind")
	put := func(fn func(syncengine.Tx) error) {
		t.Helper()
		if err := s.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	put(func(tx syncengine.Tx) error { return tx.Put("wrap", []byte("k"), secret) })
	if !found(t, dir, secret) {
		t.Fatal("the search does not find what is there")
	}
	put(func(tx syncengine.Tx) error { return tx.Delete("wrap", []byte("k")) })
	if err := s.Scour(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found(t, dir, secret) {
		t.Fatal("the deleted bytes are still in a file")
	}
}

func found(t *testing.T, dir string, secret []byte) bool {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(raw, secret) {
			return true
		}
	}
	return false
}
