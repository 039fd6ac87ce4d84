//go:build linux

package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/sqlstore/pgtest"
)

// With RAKSA_STORE=postgres every test of this package has its office on
// PostgreSQL: `make test-pg`.
func TestMain(m *testing.M) {
	if os.Getenv("RAKSA_STORE") != "postgres" {
		os.Exit(m.Run())
	}
	server, err := pgtest.New()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	postgresStore = func(t *testing.T) syncengine.Store { return onPostgres(t, server.Database(t)) }
	code := m.Run()
	if err := server.Remove(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func onPostgres(t *testing.T, url string) *sqlstore.Postgres {
	t.Helper()
	store, err := sqlstore.OpenPostgres(context.Background(), url)
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return store
}

// beside opens the same office once more, as another process does.
func (d *testDesk) beside(store syncengine.Store) *Office {
	d.t.Helper()
	config := d.Config
	config.Store = store
	o, err := Open(d.t.Context(), config)
	must(d.t, err)
	return o
}

// The office's own orders are one chain, whichever process writes them: each
// reads the end of the chain under the lock that it writes under.
func TestFourProcessesAreOneOffice(t *testing.T) {
	url := pgtest.Start(t).Database(t)
	postgres := postgresStore
	postgresStore = func(t *testing.T) syncengine.Store { return onPostgres(t, url) }
	d := newDesk(t)
	postgresStore = postgres
	var work sync.WaitGroup
	failed := make(chan error, 100)
	for n := range 4 {
		process := testDesk{Office: d.beside(onPostgres(t, url)), t: t, staff: d.staff}
		for m := range 2 {
			work.Go(func() {
				for i := range 5 {
					failed <- process.update(context.Background(), func(tx syncengine.Tx) error {
						_, err := process.openInterview(tx, screening.Answers{
							itemFamilyLatin: text("Made up"), itemGivenLatin: text(fmt.Sprint(n, m, i)),
						})
						return errors.Join(err, process.audit(tx, Leaf{What: "read"}))
					})
				}
			})
		}
		work.Go(func() {
			var other *OtherFollows
			if err := process.CatchUp(context.Background()); !errors.As(err, &other) {
				failed <- err
			}
		})
	}
	work.Wait()
	close(failed)
	for err := range failed {
		must(t, err)
	}
	must(t, d.CatchUp(t.Context()))
	must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(t, err)
		chain, err := tx.Chain(self.Node, 0, 10_000)
		must(t, err)
		var prev syncengine.ChangeID
		for i, c := range chain {
			if c.Seq != uint64(i+1) || c.Prev != prev {
				t.Fatalf("change %d of the office has seq %d, or follows another", i+1, c.Seq)
			}
			prev = c.ID()
		}
		if self.Seq != uint64(len(chain)) || len(chain) < 40 {
			t.Errorf("%d changes, and the chain ends at %d", len(chain), self.Seq)
		}
		leaves, _, err := VerifyAudit(tx)
		if err != nil || leaves < 40 {
			t.Errorf("the audit log has %d leaves: %v", leaves, err)
		}
		count, err := d.Count(tx, CountQuery{})
		if count.Records != 40 {
			t.Errorf("the office counts %d records", count.Records)
		}
		return err
	}))
}

// Backups of two folders would be counted together: one folder has them, until it
// has made none for two days.
func TestOneFolderKeepsTheBackupsOfAnOfficeOnPostgres(t *testing.T) {
	url := pgtest.Start(t).Database(t)
	postgres := postgresStore
	postgresStore = func(t *testing.T) syncengine.Store { return onPostgres(t, url) }
	d := newDesk(t)
	postgresStore = postgres
	other, here, there := d.beside(onPostgres(t, url)), t.TempDir(), t.TempDir()
	must(t, d.Backup(t.Context(), filepath.Join(here, "1.db")))
	copied, err := sqlstore.Open(filepath.Join(here, "1.db"))
	must(t, err)
	defer copied.Close()
	if own, its := changesOf(t, d.Store), changesOf(t, copied); own == 0 || own != its {
		t.Errorf("the backup has %d changes, the office %d", its, own)
	}
	var keeps *OtherBacksUp
	if err := other.Backup(t.Context(), filepath.Join(there, "1.db")); !errors.As(err, &keeps) || !strings.HasSuffix(keeps.Keeper, here) {
		t.Fatalf("got %v, want OtherBacksUp of %s", err, here)
	}
	must(t, d.Backup(t.Context(), filepath.Join(here, "2.db")))
	d.now = d.now.Add(keeperLife)
	must(t, other.Backup(t.Context(), filepath.Join(there, "1.db")))
	if err := d.Backup(t.Context(), filepath.Join(here, "3.db")); !errors.As(err, &keeps) {
		t.Fatalf("got %v, want OtherBacksUp", err)
	}
}

func changesOf(t *testing.T, store syncengine.Store) (changes int) {
	t.Helper()
	must(t, store.View(t.Context(), func(tx syncengine.Tx) error {
		report, err := (&syncengine.Engine{}).Examine(tx)
		changes = report.Changes
		return err
	}))
	return changes
}
