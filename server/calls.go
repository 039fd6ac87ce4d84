package server

import (
	"context"
	"sync/atomic"
	"time"
)

// calls tells whoever works on what waits when to let devices go first: while
// one is being answered, and shortly after, for the next page follows at once.
// What has waited longer than patience waits for nobody any more, so that
// devices that never stop calling hold nothing up for ever.
type calls struct {
	open  atomic.Int64 // devices that are being answered
	ended atomic.Int64 // when the last of them was, in milliseconds
	since atomic.Int64 // since when something waits, in milliseconds; 0: nothing does
}

const (
	quietFor = 150 * time.Millisecond
	patience = 20 * time.Second
)

func (c *calls) begin() { c.open.Add(1) }

func (c *calls) end(now time.Time) {
	c.ended.Store(now.UnixMilli())
	c.open.Add(-1)
}

// wait says that something waits now.
func (c *calls) wait(now time.Time) { c.since.CompareAndSwap(0, now.UnixMilli()) }

// none says that nothing waits any more.
func (c *calls) none() { c.since.Store(0) }

func (c *calls) quiet(now time.Time) bool {
	at, since := now.UnixMilli(), c.since.Load()
	return since == 0 || at-since >= patience.Milliseconds() || at < since ||
		c.open.Load() <= 0 && at-c.ended.Load() >= quietFor.Milliseconds()
}

// untilQuiet lets devices go first. It gives false where the clock stands, so
// that nobody waits for it again.
func (o *Office) untilQuiet(ctx context.Context) bool {
	for now := o.Now(); !o.calls.quiet(now); now = o.Now() {
		pause := time.NewTimer(quietFor)
		select {
		case <-ctx.Done():
			pause.Stop()
			return true
		case <-pause.C:
		}
		if !o.Now().After(now) {
			return false
		}
	}
	return true
}
