package witness_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
	"raksa/syncengine/witness"
)

var (
	images    = flag.Int("images", 80, "how many damaged images of a database are opened")
	imageSeed = flag.Uint64("image-seed", 1, "which bytes are damaged")
)

// pair is a database with its write-ahead log as they lie on the disk at one moment.
type pair struct{ db, wal []byte }

func readPair(t *testing.T, path string) (p pair) {
	t.Helper()
	var err error
	if p.db, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	p.wal, _ = os.ReadFile(path + "-wal") // none after a checkpoint
	return p
}

func (p pair) write(t *testing.T, path string) {
	t.Helper()
	for name, raw := range map[string][]byte{path: p.db, path + "-wal": p.wal} {
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_ = os.Remove(path + "-shm") // as after a restart of the machine
}

// history is a database that was saved into for a while and then killed, with
// what it looked like on the way.
type history struct {
	moments   []pair
	last      pair
	witness   []byte
	good      map[string]bool // dumps in which no save is missing
	ownBefore map[string]bool // dumps in which some is
}

// dump is everything that stands in a database.
func dump(t *testing.T, path string) (string, error) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		return "", err
	}
	defer db.Close()
	sum := sha256.New()
	for _, query := range []string{
		"select ord, id, node, seq, record, body from change order by ord", "select bucket, key, value, '', '', '' from cell order by bucket, key",
	} {
		rows, err := db.Query(query)
		if err != nil {
			return "", err
		}
		for rows.Next() {
			var row [6]sql.RawBytes
			if err := rows.Scan(&row[0], &row[1], &row[2], &row[3], &row[4], &row[5]); err != nil {
				return "", errors.Join(err, rows.Close())
			}
			fmt.Fprintf(sum, "%x\n", row)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%x", sum.Sum(nil)), nil
}

// live plays the history: saves, some of them checkpointed, and news of another
// node at the end, which no witness counts.
func live(t *testing.T) *history {
	t.Helper()
	dir := t.TempDir()
	path, noted := filepath.Join(dir, "x.db"), filepath.Join(dir, "x.witness")
	inside, err := sqlstore.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	store := witness.Watch(inside, open(t, noted), nil)
	engine := syncengine.Engine{Keys: &storetest.Keys{}, Codec: codec}
	h := &history{good: map[string]bool{}, ownBefore: map[string]bool{}}
	random := rand.New(rand.NewPCG(7, 7))
	update := func(fn func(syncengine.Tx) error) {
		t.Helper()
		if err := store.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
		seen, err := dump(t, path)
		if err != nil {
			t.Fatal(err)
		}
		h.ownBefore[seen] = true
	}
	update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{1}) })
	for i := range 60 {
		salt := make([]byte, 64)
		for at := range salt {
			salt[at] = byte(random.Uint32())
		}
		update(func(tx syncengine.Tx) error {
			_, err := engine.Save(tx, syncengine.Draft{
				Record: syncengine.RecordID{byte(1 + i%7)}, Kind: 2, Form: "test/1",
				Writes: map[syncengine.Class][]syncengine.Write{
					1: {{Field: fmt.Sprintf("f%d", i%5), State: 1, Value: []byte(fmt.Sprintf("made up answer %d", i))}},
					5: {{Field: "story", State: 1, Value: bytes.Repeat([]byte("made up "), 1+i%90)}},
				},
			}, syncengine.Moment{WallMillis: int64(i), Random: bytes.NewReader(salt)})
			return err
		})
		if i%20 == 13 {
			if err := inside.Scour(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if i%6 == 0 {
			h.moments = append(h.moments, readPair(t, path))
		}
	}
	h.ownBefore = without(t, h.ownBefore, path, h.good)
	foreign := storetest.Make(9, 1, syncengine.ChangeID{}, 3, map[syncengine.Class]string{1: "of another node"})
	update(func(tx syncengine.Tx) error { _, err := engine.Ingest(tx, foreign); return err })
	h.ownBefore = without(t, h.ownBefore, path, h.good)
	h.last = readPair(t, path)
	if h.witness, err = os.ReadFile(noted); err != nil {
		t.Fatal(err)
	}
	return h
}

// without moves the present dump to the good ones: all saves are in it.
func without(t *testing.T, before map[string]bool, path string, good map[string]bool) map[string]bool {
	now, err := dump(t, path)
	if err != nil {
		t.Fatal(err)
	}
	good[now] = true
	delete(before, now)
	return before
}

// spoil makes one damaged image, and says of what kind.
func (h *history) spoil(random *rand.Rand) (pair, string) {
	p := pair{bytes.Clone(h.last.db), bytes.Clone(h.last.wal)}
	older := h.moments[random.IntN(len(h.moments))]
	garbage := func(b []byte) {
		if len(b) < 512 {
			return
		}
		sector := random.IntN(len(b)/512) * 512
		for i := range 512 {
			b[sector+i] = byte(random.Uint32())
		}
	}
	flip := func(b []byte) {
		if len(b) > 0 {
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		}
	}
	switch random.IntN(10) {
	case 0:
		p.wal = p.wal[:random.IntN(len(p.wal))]
		return p, "the log is cut"
	case 1:
		flip(p.wal)
		return p, "a bit of the log flips"
	case 2:
		garbage(p.wal)
		return p, "a sector of the log is garbage"
	case 3, 4, 5:
		flip(p.db)
		return p, "a bit of the database flips"
	case 6:
		garbage(p.db)
		return p, "a sector of the database is garbage"
	case 7:
		p.db = p.db[:random.IntN(len(p.db))]
		return p, "the database is cut"
	case 8:
		p.wal = bytes.Clone(older.wal)
		return p, "an older log beside a newer database"
	}
	p.db = bytes.Clone(older.db)
	if random.IntN(2) == 0 {
		p.wal = bytes.Clone(older.wal)
		return p, "both are older"
	}
	return p, "a newer log beside an older database"
}

// notice opens an image as the program and the doctor do, and says by what
// anything wrong was noticed; "" when nothing was.
func notice(t *testing.T, path, noted string) string {
	t.Helper()
	store, err := sqlstore.Open(path)
	if err != nil {
		return "it does not open"
	}
	defer store.Close()
	if store.Check(t.Context()) != nil {
		return "structure"
	}
	var place []byte
	for {
		part, err := store.Verify(t.Context(), place, 100)
		if err != nil || len(part.Damaged) > 0 {
			return "hash or checksum"
		}
		if place = part.Next; place == nil {
			break
		}
	}
	marks, err := witness.Read(noted)
	if err != nil {
		t.Fatal(err)
	}
	by := ""
	err = store.View(t.Context(), func(tx syncengine.Tx) error {
		losses, err := syncengine.Losses(tx, marks)
		if err != nil || len(losses) > 0 {
			by = "witness"
			return err
		}
		engine := syncengine.Engine{Keys: &storetest.Keys{}, Codec: codec}
		report, err := engine.Examine(tx)
		if len(report.Findings) > 0 {
			by = "examination"
		}
		return err
	})
	if err != nil && by == "" {
		return "a read"
	}
	return by
}

// Every damaged image of a database is noticed, or is proved to be harmless: it
// holds, byte for byte, what it held with every acknowledged save in it.
func TestDamagedImagesAreNoticedOrHarmless(t *testing.T) {
	h := live(t)
	random := rand.New(rand.NewPCG(*imageSeed, 3))
	dir := t.TempDir()
	path, noted := filepath.Join(dir, "x.db"), filepath.Join(dir, "x.witness")
	if err := os.WriteFile(noted, h.witness, 0o600); err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	harmless, silent := 0, 0
	for i := range *images {
		image, kind := h.spoil(random)
		image.write(t, path)
		by := notice(t, path, noted)
		if by == "" {
			image.write(t, path)
			now, err := dump(t, path)
			switch {
			case err == nil && h.good[now]:
				harmless++
				by = "harmless"
			default:
				silent++
				t.Errorf("image %d of -image-seed %d: %s, and nobody notices (%v, some earlier state: %v)", i, *imageSeed, kind, err, h.ownBefore[now])
			}
		}
		count[kind+" ▸ "+by]++
	}
	for what, n := range count {
		t.Logf("%5d  %s", n, what)
	}
	t.Logf("%d images, %d harmless, %d unnoticed", *images, harmless, silent)
	if *images >= 60 && len(count) < 10 {
		t.Errorf("only %d kinds of outcome: the damage is too much alike", len(count))
	}
}
