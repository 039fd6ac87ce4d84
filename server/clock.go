package server

import (
	"time"

	"raksa/syncengine"
	"raksa/web"
)

// clockRow brackets when a change was written whose device had a wrong clock.
// What is known is the office's own: when the device last had nothing left to
// hand in, and when the change arrived.
type clockRow struct {
	After int64 `json:"after,omitempty"` // ms; 0 is not known
	Until int64 `json:"until"`           // ms
}

// clocks lists changes whose device's time lies outside of what can be.
const clocks syncengine.Table[clockRow] = "clock" // change id

// clockSlackMillis: less is not worth a word.
const clockSlackMillis = 10 * 60 * 1000

// noteClocks notes the bracket of every change of a page that was not written
// when its device says. The change itself is taken as it is.
func (v *visit) noteClocks(page *syncengine.Page) error {
	after, until := v.device.ClearMillis, v.office.Now().UnixMilli()
	for _, c := range page.Changes {
		if c.DeviceMillis <= until+clockSlackMillis && c.DeviceMillis >= after-clockSlackMillis {
			continue
		}
		id := c.ID()
		_, here, err := clocks.Get(v.tx, id[:])
		if err != nil {
			return err
		}
		if here {
			continue // it came before: the first arrival counts
		}
		if err := clocks.Put(v.tx, id[:], clockRow{After: after, Until: until}); err != nil {
			return err
		}
	}
	return nil
}

// bracket adds to an origin what the office knows better than a wrong clock.
func (v *deskVisit) bracket(origin *web.Origin, id syncengine.ChangeID) error {
	row, here, err := clocks.Get(v.tx, id[:])
	if err != nil || !here {
		return err
	}
	if origin.Until = time.UnixMilli(row.Until); row.After > 0 {
		origin.After = time.UnixMilli(row.After)
	}
	return nil
}
