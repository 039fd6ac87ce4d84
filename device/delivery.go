package device

import (
	"context"
	"errors"

	"raksa/syncengine"
	"raksa/vault"
)

// keepDeliveries stores class keys as they came, which works locked.
func (d *Device) keepDeliveries(ctx context.Context, keys []syncengine.Delivery) error {
	if len(keys) == 0 {
		return nil
	}
	ring := vault.NewKeyring(nil, d.Random)
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		var records [][]byte
		for _, key := range keys {
			records = append(records, key.Record[:])
		}
		if err := syncengine.CellsAhead(tx, vault.BucketErased, records); err != nil {
			return err
		}
		for _, key := range keys {
			err := ring.PutDelivery(tx, key.Record, deliveryPeriod, key.Sealed)
			if errors.Is(err, vault.ErrErased) || errors.Is(err, vault.ErrMalformed) {
				continue // refused for ever, or of no use to anybody
			}
			if err != nil {
				return err
			}
			if err := syncengine.MarkStale(tx, key.Record); err != nil {
				return err
			}
		}
		return nil
	})
}

// deliveryPeriod is the only period so far: a seed lasts as long as the enrollment.
const deliveryPeriod = 1

// takeKeys takes what was delivered while the device was locked and folds what
// it opens.
func (d *Device) takeKeys(ctx context.Context, s *session) error {
	if err := d.openDeliveries(ctx, s); err != nil {
		return err
	}
	return d.foldStale(ctx, s)
}

func (d *Device) openDeliveries(ctx context.Context, s *session) error {
	self := d.identity()
	opened := map[uint32]vault.DeliverySeed{} // a public-key operation each
	seedOf := func(period uint32) (seed vault.DeliverySeed, err error) {
		if seed, here := opened[period]; here {
			return seed, nil
		}
		receive := s.receivingKey()
		if len(self.DeliverySeed) == 0 || receive == nil {
			return vault.DeliverySeed{}, vault.ErrNoKey // locked meanwhile: what was delivered goes on waiting
		}
		if seed, err = receive.OpenDeliverySeed(self.Device, period, self.DeliverySeed); err == nil {
			opened[period] = seed
		}
		return seed, err
	}
	waiting := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return tx.Scan(vault.BucketDeliveries, nil, func(_, _ []byte) error { waiting = true; return nil })
	})
	if err != nil || !waiting {
		return err
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		_, failed, err := s.ring.TakeDeliveries(tx, self.Device, seedOf)
		for _, fault := range failed {
			d.Log.Warn().Str("record", syncengine.RecordID(fault.Record).String()).Msg("delivered keys do not open")
		}
		return err
	})
}

func (d *Device) foldStale(ctx context.Context, s *session) error {
	stale := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		stale, err = syncengine.AnyStale(tx)
		return err
	})
	if err != nil || !stale {
		return err
	}
	err = d.Store.Update(ctx, s.engine.FoldStale)
	s.forgetAll()
	return err
}
