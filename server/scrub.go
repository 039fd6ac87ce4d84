package server

import (
	"context"
	"time"

	"raksa/syncengine"
	"raksa/web"
)

// The scrub of the office: a thousand items every few seconds, with pauses in
// which others work. A gigabyte takes about an hour, and then a day's rest, in
// which it looks once an hour whether the day is over.
const (
	scrubItems = 1000
	scrubPause = 5 * time.Second
	scrubRest  = time.Hour
)

// Scrub reads the whole store again in the background, until ctx ends. What is
// damaged is named in the log, at the desk and in the count of the metrics;
// devices that hold a record bring it back when they compare it.
func (o *Office) Scrub(ctx context.Context) {
	timer := time.NewTimer(scrubPause)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		rests, err := o.scrubSome(ctx)
		if err != nil && ctx.Err() == nil {
			o.Log.Error().Str("code", deskErrorOf(err).code).Msg("the store could not be verified")
		}
		if rests {
			timer.Reset(scrubRest)
		} else {
			timer.Reset(scrubPause)
		}
	}
}

func (o *Office) scrubSome(ctx context.Context) (rests bool, err error) {
	done, err := syncengine.Scrub(ctx, o.Store, scrubItems, o.Now().UnixMilli())
	if err != nil || done.Rests {
		return done.Rests, err
	}
	o.metrics.scrubbed.Add(float64(done.Items))
	for _, damage := range done.Damaged {
		o.Log.Error().Str("code", "data_damaged").Str("record", damage.Record.String()).Str("change", damage.Change.String()).
			Msg("a stored item is damaged")
	}
	return false, o.Store.View(ctx, func(tx syncengine.Tx) error {
		rows, _, err := syncengine.Damages(tx)
		o.metrics.damaged.Set(float64(len(rows)))
		return err
	})
}

// damagedView lists for the desk what is damaged, by id.
func (v *deskVisit) damagedView(page *web.Devices) error {
	rows, _, err := syncengine.Damages(v.tx)
	for i, row := range rows {
		if i == damagedShown {
			break
		}
		page.Damaged = append(page.Damaged, row.What)
	}
	return err
}

const damagedShown = 20
