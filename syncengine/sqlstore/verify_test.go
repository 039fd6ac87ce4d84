package sqlstore_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
)

// flip changes one bit in the middle of some bytes in the file.
func flip(t *testing.T, path string, what []byte) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(raw, what)
	if at < 0 {
		t.Fatal("the bytes are not in the file")
	}
	raw[at+len(what)/2] ^= 1
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

// inLog is a made up answer as it stands in the log, where a block follows its
// length, and not in the cells.
func inLog(letter string) []byte {
	text := "made up answer " + letter + " that a disk may damage"
	return append([]byte{byte(len(text))}, text...)
}

// walk verifies the whole store in small parts.
func walk(t *testing.T, s *sqlstore.Store) (items int, damaged []syncengine.Damage) {
	t.Helper()
	var place []byte
	for range 1000 {
		part, err := s.Verify(t.Context(), place, 3)
		if err != nil {
			t.Fatal(err)
		}
		items += part.Items
		damaged = append(damaged, part.Damaged...)
		if place = part.Next; place == nil {
			return items, damaged
		}
	}
	t.Fatal("the reading does not end")
	return 0, nil
}

// filled has ten changes of one chain and ten cells.
func filled(t *testing.T, path string) (changes []*syncengine.Change) {
	t.Helper()
	s := open(t, path)
	prev := syncengine.ChangeID{}
	for i := range 10 {
		text := "made up answer " + string(rune('a'+i)) + " that a disk may damage"
		c := storetest.Make(1, uint64(i+1), prev, byte(i%3), map[syncengine.Class]string{1: text})
		prev = c.ID()
		changes = append(changes, c)
		err := s.Update(t.Context(), func(tx syncengine.Tx) error {
			_, err := tx.Append(c)
			return errors.Join(err, tx.Put("bucket", []byte{byte(i), 0, 9}, []byte("value "+text)))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return changes
}

func TestAWalkReadsEveryItemOnceAndNamesWhatIsDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	changes := filled(t, path)
	if items, damaged := walk(t, open(t, path)); items != 20 || len(damaged) != 0 {
		t.Fatalf("%d items, %v damaged: want 20 sound ones", items, damaged)
	}
	flip(t, path, inLog("c"))
	flip(t, path, []byte("value made up answer e that a disk"))
	_, damaged := walk(t, open(t, path))
	if len(damaged) != 2 {
		t.Fatalf("got %v, want two", damaged)
	}
	if !damaged[0].Log() || damaged[0].Change != changes[2].ID() || damaged[0].Record != changes[2].Record {
		t.Errorf("got %v, want change %s", damaged[0], changes[2].ID())
	}
	if damaged[1].Bucket != "bucket" || !bytes.Equal(damaged[1].Key, []byte{4, 0, 9}) {
		t.Errorf("got %v, want the fifth cell", damaged[1])
	}
}

func TestADamagedCellIsReportedAndNeverReturned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	filled(t, path)
	flip(t, path, []byte("value made up answer e that a disk"))
	s := open(t, path)
	for name, read := range map[string]func(syncengine.Tx) error{
		"get":  func(tx syncengine.Tx) error { _, err := tx.Get("bucket", []byte{4, 0, 9}); return err },
		"scan": func(tx syncengine.Tx) error { return tx.Scan("bucket", nil, func(_, _ []byte) error { return nil }) },
	} {
		if err := s.View(t.Context(), read); !errors.Is(err, syncengine.ErrDamaged) || bytes.Contains([]byte(err.Error()), []byte("answer")) {
			t.Errorf("%s gave %v, want ErrDamaged without a value", name, err)
		}
	}
}

func TestAGoodCopyHealsADamagedChange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	c := filled(t, path)[2]
	flip(t, path, inLog("c"))
	s := open(t, path)
	read := func(tx syncengine.Tx) error { _, err := tx.Change(c.ID()); return err }
	if err := s.View(t.Context(), read); !errors.Is(err, syncengine.ErrDamaged) {
		t.Fatalf("got %v before, want ErrDamaged", err)
	}
	err := s.Update(t.Context(), func(tx syncengine.Tx) error {
		added, err := tx.Append(c)
		if !added {
			t.Error("a copy that heals is news")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), read); err != nil {
		t.Errorf("got %v after", err)
	}
	if _, damaged := walk(t, s); len(damaged) != 0 {
		t.Errorf("still damaged: %v", damaged)
	}
}

// An index that was lost hides rows from those who look by it, and every row
// still has its hash: only the file's structure tells.
func TestAScrubEndsWithTheStructureOfTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "raksa.db")
	filled(t, path)
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	for _, step := range []string{"pragma writable_schema = on", "delete from sqlite_schema where name = 'change_node'"} {
		if _, err := db.Exec(step); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	s := open(t, path)
	if _, damaged := walk(t, s); len(damaged) > 0 {
		t.Fatalf("hashes noticed %v: the test shows nothing", damaged)
	}
	for pass := range int64(2) {
		if damaged := scrubOnce(t, s, 1+2*pass*24*60*60*1000); len(damaged) != 1 || damaged[0].Log() {
			t.Fatalf("pass %d found %v", pass, damaged)
		}
		if got := listed(t, s); !slices.Equal(got, []string{"structure of the file"}) {
			t.Errorf("listed after pass %d: %v", pass, got)
		}
	}
}

// scrubOnce scrubs to the end of a pass.
func scrubOnce(t *testing.T, s *sqlstore.Store, nowMillis int64) (damaged []syncengine.Damage) {
	t.Helper()
	for range 100 {
		done, err := syncengine.Scrub(t.Context(), s, 3, nowMillis)
		if err != nil {
			t.Fatal(err)
		}
		if done.Rests {
			return damaged
		}
		damaged = append(damaged, done.Damaged...)
	}
	t.Fatal("the pass does not end")
	return nil
}

// listed is what a scrub has on its list.
func listed(t *testing.T, s *sqlstore.Store) (all []string) {
	t.Helper()
	err := s.View(t.Context(), func(tx syncengine.Tx) error {
		rows, _, err := syncengine.Damages(tx)
		for _, row := range rows {
			all = append(all, row.What)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
