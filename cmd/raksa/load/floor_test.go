package load

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
)

// A floor is what the bare store does with the same bytes: the rows of a log,
// 500 in a commit that reaches the disk, through a prepared statement.
type floor struct {
	db     *sql.DB
	insert *sql.Stmt
}

func newFloor(b *testing.B) *floor {
	b.Helper()
	path := filepath.Join(b.TempDir(), "floor.db")
	store, err := sqlstore.Open(path) // the same tables, indexes and settings
	if err != nil {
		b.Fatal(err)
	}
	if err := store.Close(); err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=secure_delete(1)")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	b.Cleanup(func() { db.Close() })
	insert, err := db.Prepare("insert into change (id, node, seq, record, body) values ($1, $2, $3, $4, $5)")
	if err != nil {
		b.Fatal(err)
	}
	return &floor{db, insert}
}

// write commits rows of the log, so many at a time.
func (f *floor) write(b *testing.B, rows []*syncengine.Change, round, atOnce int) {
	b.Helper()
	for part := range slices.Chunk(rows, atOnce) {
		tx, err := f.db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		insert := tx.Stmt(f.insert)
		for _, c := range part {
			id := c.ID()
			id = sha256.Sum256(append(id[:], byte(round), byte(round>>8), byte(round>>16))) // another row each time
			if _, err := insert.Exec(id[:], c.Node[:], int64(c.Seq), c.Record[:], syncengine.EncodeChange(c)); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// changes reads what a node of the office's log saved.
func (f *field) changes() (all []*syncengine.Change) {
	f.t.Helper()
	f.check(f.store.View(f.t.Context(), func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, _ syncengine.Kind) error {
			some, err := tx.Record(id)
			if len(some) == 1 && len(some[0].Commit) > 0 {
				all = append(all, some[0])
			}
			return err
		})
	}))
	return all
}

// savesARound is enough for a hundredth part to mean something.
const savesARound = 500

// BenchmarkSave is one save on a tablet, whole: key, wraps, ratchet, seal, fold,
// disk. Beside it, in turns, one bare commit of a row of the same bytes.
func BenchmarkSave(b *testing.B) {
	f := newField(b)
	d := f.enroll("tablet", screening.Capture)
	book := newBook(1)
	f.fill(d, book, 20)
	f.sync(d)
	f.check(f.office.CatchUp(context.Background()))
	bare, rows := newFloor(b), f.changes()
	var saves, commits []time.Duration
	used := processorTime(b)
	round := 0
	for b.Loop() {
		for range savesARound {
			opening := opening(book)
			began := time.Now()
			if _, err := d.NewInterview(b.Context(), opening); err != nil {
				b.Fatal(err)
			}
			saves = append(saves, time.Since(began))
			began = time.Now()
			bare.write(b, rows[:1], round, 1)
			commits = append(commits, time.Since(began))
			round++
		}
	}
	reportCost(b, processorTime(b)-used, len(saves), "cpu-µs/record") // the bare commit included
	slices.Sort(saves)
	slices.Sort(commits)
	at := func(sorted []time.Duration, share float64) float64 {
		return float64(sorted[int(share*float64(len(sorted)-1))].Microseconds())
	}
	b.ReportMetric(at(saves, .5), "p50-µs")
	b.ReportMetric(at(saves, .99), "p99-µs")
	b.ReportMetric(at(saves, .5)/max(1, at(commits, .5)), "p50/bare")
	b.ReportMetric(at(saves, .99)/max(1, at(commits, .99)), "p99/bare")
}
