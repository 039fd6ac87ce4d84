package device

import (
	"context"
	"errors"
	"time"
)

// Run exchanges with the office until ctx ends: soon after every save, now and
// then otherwise, and with growing pauses while the office is away.
func (d *Device) Run(ctx context.Context) error {
	failures := 0
	for {
		d.expire()
		pause := d.jitter(idlePause)/2 + idlePause/2
		if d.Enrolled() {
			err := d.SyncOnce(ctx)
			d.meetCenter(ctx, err == nil)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err == nil:
				failures = 0
				d.tidy(ctx)
			default:
				d.Log.Info().Str("code", Code(err)).Int("failures", failures).Msg("no contact with the office")
				pause = d.jitter(min(backoffMax, backoffFirst<<min(failures, 16)))
				failures++
			}
		}
		d.scrubNow(ctx)
		if err := d.rest(ctx, pause, failures); err != nil {
			return err
		}
	}
}

// tidyPause is the least time between two steps of compaction.
const tidyPause = 10 * time.Minute

// tidy compacts a little now and then.
func (d *Device) tidy(ctx context.Context) {
	now := d.now()
	d.mu.Lock()
	due := now.Sub(d.tidied) >= tidyPause
	if due {
		d.tidied = now
	}
	d.mu.Unlock()
	if !due {
		return
	}
	if _, err := d.Compact(ctx); err != nil && ctx.Err() == nil {
		d.Log.Warn().Str("code", Code(err)).Msg("compaction failed; the log stays as it is")
	}
}

// meetCenter does what the center's own network allows: with the office away, a
// device leaves what it saved at the box; with the office there, a box brings it
// what lies in it. Nobody waits for either.
func (d *Device) meetCenter(ctx context.Context, office bool) {
	var err error
	d.mu.Lock()
	box := d.box
	d.mu.Unlock()
	switch {
	case box != nil:
		err = box.takeOwn(ctx)
		if office {
			err = errors.Join(err, box.Forward(ctx))
		}
	case !office:
		err = d.VisitBox(ctx)
	}
	if err != nil && ctx.Err() == nil {
		d.Log.Info().Str("code", Code(err)).Msg("no contact with the center's box")
	}
}

// Pauses of the loop.
const (
	idlePause    = 30 * time.Second
	backoffFirst = time.Second
	backoffMax   = 5 * time.Minute
	// wakePause keeps a save every second from becoming a call every second
	// while the office is away.
	wakePause = 2 * time.Second
)

// rest waits for the pause to end or for something to send.
func (d *Device) rest(ctx context.Context, pause time.Duration, failures int) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	case <-d.wake:
	}
	if failures == 0 {
		return nil
	}
	least := time.NewTimer(min(pause, wakePause))
	defer least.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-least.C:
		return nil
	}
}

// jitter draws a pause between nothing and most, so that forty tablets whose
// link comes back together do not call together.
func (d *Device) jitter(most time.Duration) time.Duration {
	var raw [8]byte
	if _, err := d.Random.Read(raw[:]); err != nil {
		return most
	}
	draw := uint64(0)
	for _, b := range raw {
		draw = draw<<8 | uint64(b)
	}
	return time.Duration(draw % uint64(most+1))
}
