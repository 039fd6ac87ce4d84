package server

import (
	"testing"
	"time"

	"raksa/syncengine"
)

// The rule by which whoever works on what waits lets devices go first.
func TestWhatWaitsLetsDevicesGoFirstAndNotForEver(t *testing.T) {
	start := time.UnixMilli(1_800_000_000_000)
	for _, row := range []struct {
		name  string
		calls func(c *calls)
		after time.Duration
		quiet bool
	}{
		{"nothing waits", func(c *calls) { c.begin() }, 0, true},
		{"nothing waits any more", func(c *calls) { c.begin(); c.wait(start); c.none() }, 0, true},
		{"a device is being answered", func(c *calls) { c.wait(start); c.begin() }, time.Second, false},
		{"it was just answered", func(c *calls) { c.wait(start); c.begin(); c.end(start) }, quietFor - 1e6, false},
		{"it was answered a while ago", func(c *calls) { c.wait(start); c.begin(); c.end(start) }, quietFor, true},
		{"the first of two was answered", func(c *calls) { c.wait(start); c.begin(); c.begin(); c.end(start) }, time.Second, false},
		{"it waits long, and devices call on", func(c *calls) { c.wait(start); c.wait(start.Add(patience)); c.begin() }, patience, true},
		{"the clock was put back", func(c *calls) { c.wait(start); c.begin() }, -time.Hour, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			var c calls
			row.calls(&c)
			if got := c.quiet(start.Add(row.after)); got != row.quiet {
				t.Errorf("quiet is %v, want %v", got, row.quiet)
			}
		})
	}
}

// What a tablet sends first is short; it says that more follows.
func TestAShortPageWaitsIfManyChangesFollowIt(t *testing.T) {
	for _, row := range []struct {
		name      string
		following int
		waits     bool
	}{
		{"enough follow", waitFrom - 3, true},
		{"few follow", waitFrom - 4, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDesk(t)
			r := d.rogue(caseOrder)
			r.signsAs("Interviewer")
			r.push()
			for range 3 {
				r.interview(agreesToNeed)
			}
			r.request = syncengine.Request{Following: row.following}
			r.push()
			if waits := d.waiting() > 0; waits != row.waits {
				t.Errorf("it waits: %v", waits)
			}
		})
	}
}
