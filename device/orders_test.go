package device_test

import (
	"errors"
	"testing"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// A record left this device. An office that was restored without that order gave
// its keys again; when the order comes once more they go, unless another lets
// the record come back.
func TestARecordThatLeftLeavesAgain(t *testing.T) {
	for name, row := range map[string]struct {
		back bool
		want error
	}{
		"it left":                  {false, vault.ErrNoKey},
		"it left and was let back": {true, nil},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, newClock())
			d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
			id := begin(t, d, "idn_sex", "female")
			must(t, d.SyncOnce(t.Context()))
			must(t, d.SyncOnce(t.Context()))
			_, ring, _ := d.Vault()
			var key vault.RecordKey
			var streams []string
			must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) (err error) {
				if key, err = ring.RecordKey(tx, id); err != nil {
					return err
				}
				streams, err = syncengine.StreamsOf(tx, id)
				return err
			}))
			if len(streams) == 0 {
				t.Fatal("the record is in no stream")
			}
			for _, stream := range streams {
				o.order(id, syncengine.Control{Op: syncengine.OpEvict, Target: stream})
				if row.back {
					o.order(id, syncengine.Control{Op: syncengine.OpTransfer, Target: stream})
				}
			}
			must(t, d.SyncOnce(t.Context()))
			must(t, d.Store.Update(t.Context(), func(tx syncengine.Tx) error {
				return errors.Join(ring.PutRecordKey(tx, id, key), syncengine.BeginStream(tx, "control"))
			}))
			must(t, d.SyncOnce(t.Context()))
			must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) error {
				if _, err := ring.RecordKey(tx, id); !errors.Is(err, row.want) {
					t.Errorf("its key: %v, not %v", err, row.want)
				}
				return nil
			}))
		})
	}
}
