package main

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/server"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
)

// One a day, the first at once, the latest three; one that failed is no file.
func TestBackupsAreMadeDailyAndThreeAreKept(t *testing.T) {
	store, err := sqlstore.Open(filepath.Join(t.TempDir(), "office.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	keys, err := vault.NewOffice(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	office, err := server.Open(t.Context(), server.Config{
		Store: store, Keys: keys, Forms: knownForms, Now: func() time.Time { return now }, Random: rand.Reader, Log: zerolog.Nop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "elsewhere", "backups")
	var last string
	for _, step := range []struct {
		name   string
		passed time.Duration
		made   bool
		kept   int
	}{
		{"the first at once", 0, true, 1},
		{"none within a day", 23 * time.Hour, false, 1},
		{"the second after a day", 2 * time.Hour, true, 2},
		{"the third", 24 * time.Hour, true, 3},
		{"the fourth drives out the first", 24 * time.Hour, true, 3},
	} {
		now = now.Add(step.passed)
		if err := backUpIfDue(t.Context(), office, dir, now); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		kept := backupsIn(t, dir)
		newest := kept[len(kept)-1]
		if len(kept) != step.kept || (newest != last) != step.made {
			t.Errorf("%s: %v are there, before the newest was %s", step.name, kept, last)
		}
		// Its true age is of this run; by the clock of the test it was made now.
		if step.made {
			if err := os.Chtimes(newest, now, now); err != nil {
				t.Fatal(err)
			}
		}
		last = newest
	}
	store.Close()
	if err := backUpIfDue(t.Context(), office, dir, now.Add(24*time.Hour)); err == nil {
		t.Error("a store that is closed was backed up")
	}
	if kept := backupsIn(t, dir); len(kept) != 3 || kept[2] != last {
		t.Errorf("after one that failed: %v", kept)
	}
}

func backupsIn(t *testing.T, dir string) []string {
	t.Helper()
	kept, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(kept) == 0 {
		t.Fatal("no backup is there:", err)
	}
	return kept
}
