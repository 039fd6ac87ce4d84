package device_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"raksa/device"
	"raksa/screening"
	"raksa/syncengine/memstore"
)

func TestTheLoopFindsTheOfficeAgainAfterWeeks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, newClock())
		d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: &memstore.Store{}})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		o.down.Store(true)
		go func() { done <- d.Run(ctx) }()
		time.Sleep(3 * 7 * 24 * time.Hour)
		synctest.Wait()
		calls := int(o.calls.Load())
		if least, most := 3*7*24*12, 3*7*24*60; calls < least || calls > most {
			t.Errorf("%d calls in three weeks without an office, want %d to %d", calls, least, most)
		}
		id := begin(t, d, "idn_sex", "female") // nothing blocks a save
		o.down.Store(false)
		time.Sleep(10 * time.Second) // woken by the save, not by the pause
		synctest.Wait()
		if got := where(t, d, id); got != device.AtOffice {
			t.Errorf("ten seconds after the office is back it is at %q", got)
		}
		save(t, d, id, "rec_act", "yes")
		time.Sleep(time.Second)
		synctest.Wait()
		if got := o.read(id, "rec_act"); got != "yes;" {
			t.Errorf("a second after a save the office reads %q", got)
		}
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("the loop ended with %v", err)
		}
	})
}

func TestManySavesWhileTheOfficeIsAwayAreNotManyCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, newClock())
		d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: &memstore.Store{}})
		ctx, cancel := context.WithCancel(t.Context())
		o.down.Store(true)
		before := int(o.calls.Load())
		done := make(chan error, 1)
		go func() { done <- d.Run(ctx) }()
		id := begin(t, d)
		for i := range 60 {
			time.Sleep(time.Second)
			save(t, d, id, "rec_act", []string{"yes", "no"}[i%2])
		}
		synctest.Wait()
		if calls := int(o.calls.Load()) - before; calls > 45 {
			t.Errorf("%d calls for 60 saves in a minute without an office", calls)
		}
		cancel()
		<-done
	})
}
