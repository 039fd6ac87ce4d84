package sqlstore

// Unlock takes the lock around Updates away: with it goes the order of
// commits, and the tests must notice.
func (p *Postgres) Unlock() { p.lock = nil }
