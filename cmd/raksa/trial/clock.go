package trial

import (
	"sync"
	"time"
)

// clock is a host's wall clock: virtual time, as wrong as somebody set it.
type clock struct {
	mu    sync.Mutex
	ahead time.Duration
	drift float64 // seconds gained per second
	since time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	return now.Add(c.ahead + time.Duration(c.drift*float64(now.Sub(c.since))))
}

// set makes the clock wrong from now on.
func (c *clock) set(ahead time.Duration, drift float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead, c.drift, c.since = ahead, drift, time.Now()
}

// clockFaults are the ways in which a tablet's clock is wrong.
var clockFaults = []struct {
	name string
	set  func(w *world, c *clock)
}{
	{"clock some minutes off", func(w *world, c *clock) { c.set(time.Duration(w.rng.IntN(34)-17)*time.Minute, 0) }},
	{"clock jumped back", func(w *world, c *clock) { c.set(-time.Duration(1+w.rng.IntN(72))*time.Hour, 0) }},
	{"clock drifts", func(w *world, c *clock) { c.set(0, float64(w.rng.IntN(200)-100)/1000) }},
	{"clock in 1970", func(_ *world, c *clock) { c.set(-time.Since(time.Unix(0, 0)), 0) }},
	{"clock in the next year", func(_ *world, c *clock) { c.set(365*24*time.Hour, 0) }},
	{"clock set right", func(_ *world, c *clock) { c.set(0, 0) }},
}
