package device

import (
	"cmp"
	"context"
	"slices"
	"time"

	"raksa/syncengine"
)

// The scrub of a device: a few hundred items at each turn of the loop, so that a
// tablet's whole log is read again within a day.
const (
	scrubItems = 300
	scrubPause = 20 * time.Second
)

// scrubNow verifies a part, in the pauses of the loop.
func (d *Device) scrubNow(ctx context.Context) {
	d.mu.Lock()
	due := d.Now().Sub(d.scrubbed) >= scrubPause
	if due {
		d.scrubbed = d.Now()
	}
	d.mu.Unlock()
	if !due {
		return
	}
	if err := d.Scrub(ctx); err != nil && ctx.Err() == nil {
		d.Log.Error().Str("code", Code(err)).Msg("the store could not be verified")
	}
}

// Scrub verifies the next part of the store. A record with a damaged change is
// fetched again from the office with the next call; it is red until it agrees.
func (d *Device) Scrub(ctx context.Context) error {
	done, err := syncengine.Scrub(ctx, d.Store, scrubItems, d.now().UnixMilli())
	if err == nil && len(done.Damaged) > 0 {
		err = d.fetchDamaged(ctx, done.Damaged)
	}
	return err
}

func (d *Device) fetchDamaged(ctx context.Context, damaged []syncengine.Damage) error {
	if err := d.noteUnsent(ctx, damaged); err != nil {
		return err
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, damage := range damaged {
			d.Log.Error().Str("code", "data_damaged").Str("record", damage.Record.String()).Str("change", damage.Change.String()).
				Msg("a stored item is damaged")
			if !damage.Log() || damage.Record.Zero() {
				continue
			}
			row, _, err := differTable.Get(tx, damage.Record[:])
			if err != nil {
				return err
			}
			if row.Millis == 0 {
				row.Millis = d.now().UnixMilli()
			}
			row.Want = true
			if err := differTable.Put(tx, damage.Record[:], row); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteUnsent tells a person, and the office, of damaged saves that were here only:
// nobody can send them again, and nothing that follows them on their chain can go
// up. What is saved from now on is another node's, so that it does.
func (d *Device) noteUnsent(ctx context.Context, damaged []syncengine.Damage) error {
	var losses []syncengine.Loss
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		for _, damage := range damaged {
			if !damage.Log() {
				continue
			}
			own, unsent, err := syncengine.Unsent(tx, damage.Change)
			if err != nil {
				return err
			}
			if unsent {
				losses = append(losses, syncengine.Loss{Node: own.Node, From: own.Seq, To: own.Seq})
			}
		}
		return nil
	})
	if err != nil || len(losses) == 0 {
		return err
	}
	first := slices.MinFunc(losses, func(a, b syncengine.Loss) int { return cmp.Compare(a.From, b.From) })
	if err := d.noteLost(ctx, []syncengine.Loss{first}); err != nil { // it holds back the others
		return err
	}
	if s, err := d.open(); err == nil {
		return d.newNode(ctx, s)
	}
	return nil // at the next unlock
}
