package trial

import (
	"context"
	"errors"

	"raksa/device"
	"raksa/syncengine"
)

// Snapshot implements device.Office. A page is sealed to the device, so there is
// nothing in it to search; what the device shows of it is asked at the end.
func (o *watch) Snapshot(ctx context.Context, r *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error) {
	t := o.tablet
	page, err := o.real.Snapshot(ctx, r)
	if err != nil {
		return nil, err
	}
	if t.link.is() == deaf && t.link.chance(2) == 0 {
		t.world.count(string(deaf))
		return nil, errors.Join(device.ErrUnreachable, errAway)
	}
	t.world.count("snapshot page")
	return page, nil
}
