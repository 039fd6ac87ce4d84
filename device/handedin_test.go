package device_test

import (
	"context"
	"errors"
	"testing"

	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

// carrying is a door that takes bundles, and says what it is told to say.
type carrying struct {
	device.Office
	says error
}

func (c *carrying) Carry(context.Context, []byte) ([]byte, error) { return nil, c.says }

// A colleague's tablet may have put anything into what it gave along with an
// interview, and a restored office may not know that tablet any more.
func TestABundleThatTheOfficeDoesNotTakeHoldsUpNothing(t *testing.T) {
	o := newOffice(t, newClock())
	store := &memstore.Store{}
	d := o.enroll(options{profile: screening.CaseDevice, name: "PTC-1", store: store})
	connect := d.Connect
	d.Connect = func(a device.Access) device.Office {
		return &carrying{Office: connect(a), says: errors.New("return_seed")}
	}
	must(t, store.Update(t.Context(), func(tx syncengine.Tx) error {
		return device.PassOnLater(tx, [16]byte{1}, []byte("of another device"))
	}))
	before := o.calls.Load()
	must(t, d.SyncOnce(t.Context()))
	if o.calls.Load() == before {
		t.Error("the device did not exchange")
	}
	left := 0
	must(t, store.View(t.Context(), func(tx syncengine.Tx) error {
		return tx.Scan("device/passing", nil, func(_, _ []byte) error { left++; return nil })
	}))
	if left != 1 {
		t.Errorf("%d bundles are still to be brought, want 1", left)
	}
}
