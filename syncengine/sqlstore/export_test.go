package sqlstore

// Unlock takes the lock around Updates away: with it goes the order of
// commits, and the tests must notice.
func (p *Postgres) Unlock() { p.lock = nil }

// Moved waits until the log is moved, if a move is on its way.
func Moved(s *Store) { s.checkpoints.work.Wait() }
