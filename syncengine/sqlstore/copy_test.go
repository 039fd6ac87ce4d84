//go:build linux

package sqlstore_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
)

const copiedChanges, copiedCells = 700, 1300

// fullFile gives a file with changes and cells; its store is closed.
func fullFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "office.db")
	s := open(t, path)
	err := s.Update(t.Context(), func(tx syncengine.Tx) error {
		prev := syncengine.ChangeID{}
		for n := range uint64(copiedChanges) {
			c := storetest.Make(byte(1+n%3), 1+n/3, prev, byte(n), map[syncengine.Class]string{1: "made up", 5: "sealed\x00bytes"})
			if _, err := tx.Append(c); err != nil {
				return err
			}
			if n%3 == 2 {
				prev = c.ID()
			}
		}
		for n := range copiedCells {
			bucket := []string{"Z", "a-b", "vault/record-keys", "ខ្មែរ"}[n%4]
			if err := tx.Put(bucket, []byte{byte(n >> 8), byte(n), 0, 0xff}, bytes.Repeat([]byte{byte(n)}, n%50)); err != nil {
				return err
			}
		}
		return nil
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

func copied(t *testing.T, from, to string, move sqlstore.Move) sqlstore.Copied {
	t.Helper()
	done, err := sqlstore.Copy(t.Context(), from, to, move)
	if err != nil {
		t.Fatal(err)
	}
	if done.Changes != copiedChanges || done.Cells != copiedCells || done.AllChanges != copiedChanges || done.AllCells != copiedCells {
		t.Fatalf("copied %+v", done)
	}
	return done
}

// There and back again through PostgreSQL, and every item is what it was.
func TestACopyIsTheSameStore(t *testing.T) {
	server := sharedServer(t)
	path, url, back := fullFile(t), server.Database(t), filepath.Join(t.TempDir(), "back.db")
	steps := 0
	there := copied(t, path, url, sqlstore.Move{Rehearse: true, Progress: func(sqlstore.Copied) { steps++ }})
	if steps < 4 {
		t.Errorf("told of progress %d times", steps)
	}
	if again := copied(t, url, back, sqlstore.Move{}); again.Digest != there.Digest {
		t.Error("the digests differ")
	}
	if same(t, path) != same(t, back) {
		t.Error("the same digest, and another content")
	}
	var other *sqlstore.TargetDiffers
	if _, err := sqlstore.Copy(t.Context(), fullFile(t), url, sqlstore.Move{}); !errors.Is(err, sqlstore.ErrMoved) {
		t.Errorf("into a database that was moved: %v", err)
	}
	third := server.Database(t)
	p := openPostgres(t, third)
	if err := p.Update(t.Context(), func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), nil) }); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlstore.Copy(t.Context(), path, third, sqlstore.Move{}); !errors.Is(err, sqlstore.ErrInUse) {
		t.Errorf("into a database that is served: %v", err)
	}
	p.Close()
	if _, err := sqlstore.Copy(t.Context(), path, third, sqlstore.Move{}); !errors.As(err, &other) || other.Cells != 1 {
		t.Errorf("into a database of something else: %v", err)
	}
	if _, err := sqlstore.Copy(t.Context(), third, filepath.Join(t.TempDir(), "x.db"), sqlstore.Move{}); err != nil {
		t.Errorf("what was refused has changed: %v", err)
	}
}

// same reads a file by its items, in order.
func same(t *testing.T, path string) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all string
	err = db.QueryRow(`select group_concat(hex(id) || hex(node) || seq || hex(record) || hex(body), ' ')
		|| (select group_concat(bucket || hex(key) || hex(value), ' ') from (select * from cell order by bucket, key))
		from (select * from change order by ord)`).Scan(&all)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestACopyThatWasBrokenOffIsBegunAnew(t *testing.T) {
	path, to := fullFile(t), filepath.Join(t.TempDir(), "to.db")
	ctx, cancel := context.WithCancel(t.Context())
	_, err := sqlstore.Copy(ctx, path, to, sqlstore.Move{Progress: func(sqlstore.Copied) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v", err)
	}
	copied(t, path, to, sqlstore.Move{Rehearse: true})
	copied(t, path, to, sqlstore.Move{}) // the program ended before it could mark the source
	if _, err := sqlstore.Open(path); !errors.Is(err, sqlstore.ErrMoved) {
		t.Errorf("the source opens: %v", err)
	}
	if same(t, path) != same(t, to) {
		t.Error("the copy differs")
	}
}

func TestAFileInUseIsNotCopied(t *testing.T) {
	path := fullFile(t)
	s := open(t, path)
	if _, err := sqlstore.Copy(t.Context(), path, filepath.Join(t.TempDir(), "to.db"), sqlstore.Move{}); !errors.Is(err, sqlstore.ErrInUse) {
		t.Errorf("got %v", err)
	}
	s.Close()
	copied(t, path, filepath.Join(t.TempDir(), "to.db"), sqlstore.Move{})
}

func TestADamagedStoreIsNotCopied(t *testing.T) {
	for name, statement := range map[string]string{
		"a change":    "update change set body = substr(body, 1, length(body) - 1) where ord = 500",
		"its columns": "update change set seq = seq + 1 where ord = 500",
		"a cell":      "update cell set value = x'00' || value where bucket = 'Z'",
	} {
		t.Run(name, func(t *testing.T) {
			path, to := fullFile(t), filepath.Join(t.TempDir(), "to.db")
			db, err := sql.Open("sqlite", "file:"+path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
			db.Close()
			if _, err := sqlstore.Copy(t.Context(), path, to, sqlstore.Move{}); !errors.Is(err, syncengine.ErrDamaged) {
				t.Fatalf("got %v", err)
			}
			open(t, path).Close() // and not marked as moved
			copied(t, fullFile(t), to, sqlstore.Move{})
		})
	}
}
