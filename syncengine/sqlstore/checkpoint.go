package sqlstore

import (
	"context"
	"sync"
	"sync/atomic"
)

// SQLite moves its write-ahead log into the main file when a commit has made it
// long, and whoever commits waits for that: one save in fifty, several times as
// long as the others. Here a connection of its own moves it meanwhile, and saves
// go on beside it. Nothing of a promise rests on it: what was committed is in the
// log, and the log is on the disk.

const (
	// checkpointRows is after how many written rows the log is moved; SQLite's own
	// bound is 1,000 pages, and a row of ours is on less than one.
	checkpointRows = 1_500

	// checkpointPages is the length at which the writer does it after all: under
	// writing without a pause, the log only ends where nobody adds to it.
	checkpointPages = "8000"
)

// checkpoints moves the log of one store, one move at a time.
type checkpoints struct {
	rows atomic.Int64 // written since the last one
	busy atomic.Bool
	work sync.WaitGroup
}

// wrote counts the rows of a commit, and begins a move when it is due.
func (s *Store) wrote(file connections, rows int64) {
	c := &s.checkpoints
	if c.rows.Add(rows) < checkpointRows || !c.busy.CompareAndSwap(false, true) {
		return
	}
	c.rows.Store(0)
	c.work.Go(func() {
		defer c.busy.Store(false)
		err := file.mover.use(context.Background(), func(one *session) error {
			var busy, frames, moved int
			return one.conn.QueryRowContext(context.Background(), "pragma wal_checkpoint(passive)").Scan(&busy, &frames, &moved)
		})
		_ = s.mark(wrap("checkpoint", err)) // a disk that failed is met by the next save
	})
}
