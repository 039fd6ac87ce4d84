//go:build linux

package sqlstore_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/sqlstore/pgtest"
	"raksa/syncengine/storetest"
)

// shared is one server for most tests of this package; they may stop it, if they
// start it again.
var shared *pgtest.Server

func TestMain(m *testing.M) {
	if url := os.Getenv(childURL); url != "" {
		writeForEver(url)
	}
	code := m.Run()
	if shared != nil {
		if err := shared.Remove(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func sharedServer(t testing.TB) *pgtest.Server {
	t.Helper()
	if shared == nil {
		shared = pgtest.StartFor(t)
	}
	return shared
}

func openPostgres(t testing.TB, url string) *sqlstore.Postgres {
	t.Helper()
	p, err := sqlstore.OpenPostgres(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPostgres(t *testing.T) {
	server := sharedServer(t)
	storetest.Run(t, func(t *testing.T) syncengine.Store { return openPostgres(t, server.Database(t)) })

	t.Run("a database of a later program is refused", func(t *testing.T) {
		url := server.Database(t)
		openPostgres(t, url)
		pgtest.Query(t, url, "insert into raksa_schema (version) values (99)")
		var future *sqlstore.FutureSchema
		if _, err := sqlstore.OpenPostgres(t.Context(), url); !errors.As(err, &future) || future.Version != 99 {
			t.Fatalf("got %v", err)
		}
	})
}

// What an erasure deletes is in no file of the tables after Scour; in the
// write-ahead log it lies until its segments go.
func TestADeletedCellIsGoneFromTheTablesAfterScour(t *testing.T) {
	server := pgtest.Start(t, "wal_recycle = off", "min_wal_size = 32MB")
	p := openPostgres(t, server.Database(t))
	secret := []byte("a wrapped key that must not stay behind")
	change := func(fn func(syncengine.Tx) error) {
		t.Helper()
		if err := p.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	change(func(tx syncengine.Tx) error {
		return errors.Join(tx.Put("wrap", []byte("k"), secret), tx.Put("wrap", []byte("l"), []byte("stays")))
	})
	if err := p.Scour(t.Context()); err != nil { // brings it into the files
		t.Fatal(err)
	}
	if !foundBelow(t, filepath.Join(server.Files(), "base"), secret) {
		t.Fatal("the search does not find what is there")
	}
	change(func(tx syncengine.Tx) error { return tx.Delete("wrap", []byte("k")) })
	for range 2 { // the log before the last checkpoint goes with the next
		if err := p.Scour(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"base", "pg_wal"} {
		if foundBelow(t, filepath.Join(server.Files(), folder), secret) {
			t.Errorf("the deleted bytes are still below %s", folder)
		}
	}
	if err := p.View(t.Context(), func(tx syncengine.Tx) error {
		left, err := tx.Get("wrap", []byte("l"))
		if string(left) != "stays" {
			t.Error("something else went with it")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func foundBelow(t *testing.T, folder string, secret []byte) (found bool) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		found = found || bytes.Contains(raw, secret)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// The program needs no more than a database of its own.
func TestAnOrdinaryRoleIsEnough(t *testing.T) {
	url := sharedServer(t).Database(t)
	for _, text := range []string{
		"create role plain login", "alter database office_" + regexp.MustCompile(`office_(\d+)`).FindStringSubmatch(url)[1] + " owner to plain",
	} {
		pgtest.Query(t, url, text)
	}
	p := openPostgres(t, strings.Replace(url, "raksa@", "plain@", 1))
	put := func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), []byte("v")) }
	if err := errors.Join(p.Update(t.Context(), put), p.Scour(t.Context()), p.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

// A server that would forget what it acknowledged is not taken.
func TestAServerThatDoesNotSyncIsRefused(t *testing.T) {
	url := sharedServer(t).Database(t)
	set := func(text string) {
		pgtest.Query(t, url, text)
		pgtest.Query(t, url, "select pg_reload_conf()")
	}
	set("alter system set fsync = off")
	defer set("alter system reset fsync")
	var unsafe *sqlstore.Unsafe
	for range 1000 { // it reads its settings when it comes to it
		p, err := sqlstore.OpenPostgres(t.Context(), url)
		if errors.As(err, &unsafe) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Close()
	}
	if unsafe == nil || unsafe.Setting != "fsync" {
		t.Errorf("it is taken: %v", unsafe)
	}
}

// Connections go in every way that they can, and every error says what it means.
func TestALostConnectionIsToldAndMended(t *testing.T) {
	server := sharedServer(t)
	url := server.Database(t)
	put := func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), []byte("v")) }
	kill := func(tx syncengine.Tx) error {
		pgtest.Query(t, url, "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and application_name like 'raksa/%'")
		return put(tx)
	}
	t.Run("in an update", func(t *testing.T) {
		p := openPostgres(t, url)
		if err := p.Update(t.Context(), kill); !errors.Is(err, syncengine.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := p.Update(t.Context(), put); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	t.Run("while idle", func(t *testing.T) {
		p := openPostgres(t, url)
		if err := p.Update(t.Context(), put); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(server.Stop("immediate"), server.Run()); err != nil {
			t.Fatal(err)
		}
		if err := p.Update(t.Context(), put); err != nil {
			t.Errorf("a dead connection was not replaced: %v", err)
		}
	})
	t.Run("with the server", func(t *testing.T) {
		p := openPostgres(t, url)
		if err := server.Stop("fast"); err != nil {
			t.Fatal(err)
		}
		if err := p.Update(t.Context(), put); !errors.Is(err, syncengine.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := p.View(t.Context(), func(syncengine.Tx) error { return nil }); !errors.Is(err, syncengine.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
		if err := server.Run(); err != nil {
			t.Fatal(err)
		}
		if err := p.Update(t.Context(), put); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
	t.Run("asleep in a transaction", func(t *testing.T) {
		p := openPostgres(t, url)
		err := p.Update(t.Context(), func(tx syncengine.Tx) error {
			if _, err := tx.Get("b", []byte("other")); err != nil { // the transaction has begun
				return err
			}
			pgtest.Query(t, url, `do $$ begin
				perform pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction' and application_name like 'raksa/%';
			end $$`)
			return put(tx)
		})
		if !errors.Is(err, syncengine.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("given up by the caller", func(t *testing.T) {
		p := openPostgres(t, url)
		ctx, cancel := context.WithCancel(t.Context())
		err := p.Update(ctx, func(tx syncengine.Tx) error { cancel(); return tx.Put("b", []byte("given up"), nil) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		err = p.View(t.Context(), func(tx syncengine.Tx) error {
			if got, err := tx.Get("b", []byte("given up")); err != nil || got != nil {
				t.Errorf("it was written all the same (%v)", err)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// A commit whose answer is lost is neither a success nor a failure.
func TestACommitWithoutAnAnswerIsToldAsUnknown(t *testing.T) {
	server := sharedServer(t)
	url := server.Database(t)
	p := openPostgres(t, url)
	// The commit itself ends the connection, in a check that is put off until then.
	for _, text := range []string{
		`create function go() returns trigger language plpgsql as $$ begin
			perform pg_terminate_backend(pg_backend_pid()); return null; end $$`,
		`create constraint trigger go after insert or update on cell deferrable initially deferred for each row execute function go()`,
	} {
		pgtest.Query(t, url, text)
	}
	err := p.Update(t.Context(), func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), []byte("v")) })
	if !errors.Is(err, syncengine.ErrOutcomeUnknown) || errors.Is(err, syncengine.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
}

// A backup is one state of everything, though others go on writing.
func TestABackupOfPostgresIsOneState(t *testing.T) {
	p, path := openPostgres(t, sharedServer(t).Database(t)), filepath.Join(t.TempDir(), "backup.db")
	written, node, prev := uint64(0), syncengine.NodeID{}, syncengine.ChangeID{}
	write := func() error {
		return p.Update(t.Context(), func(tx syncengine.Tx) error {
			written++
			c := storetest.Make(1, written, prev, 1, map[syncengine.Class]string{1: "made up"})
			node, prev = c.Node, c.ID()
			_, err := tx.Append(c)
			return errors.Join(err, tx.Put("count", []byte("all"), binary.BigEndian.AppendUint64(nil, written)))
		})
	}
	for range 50 {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() { done <- p.Backup(t.Context(), path) }()
	var err error
	for going := true; going; {
		select {
		case err = <-done:
			going = false
		default:
			if err := write(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var other *sqlstore.TargetDiffers
	if err := errors.Join(write(), p.Backup(t.Context(), path)); !errors.As(err, &other) {
		t.Errorf("over another backup: %v", err)
	}
	back := open(t, path)
	err = back.View(t.Context(), func(tx syncengine.Tx) error {
		said, err := tx.Get("count", []byte("all"))
		if err != nil {
			return err
		}
		count := binary.BigEndian.Uint64(said)
		ids, err := tx.Chain(node, 0, int(written)+1)
		t.Logf("the backup has %d of %d", count, written)
		if count < 50 || uint64(len(ids)) != count {
			t.Errorf("%d changes, and the cell says %d", len(ids), count)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
