package device

import (
	"context"

	"raksa/syncengine"
	"raksa/syncengine/witness"
	"raksa/web"
)

// Lost is a run of this device's saves that its database no longer has: the tail
// of its file was damaged, or an older file was put in its place.
type Lost struct {
	syncengine.Loss
	Told bool // the office knows
}

// lostRow is one such run.
type lostRow struct {
	From     uint64 `json:"from"`
	To       uint64 `json:"to"`
	AtMillis int64  `json:"at"` // when it was noticed
	Told     bool   `json:"told,omitempty"`
	Read     bool   `json:"read,omitempty"` // somebody has read it on the screen
}

// watch opens the witness and holds the database against it. A witness that
// cannot be opened is no reason not to work: it is told to the log.
func (d *Device) watch(ctx context.Context) error {
	if d.Witness == "" {
		return nil
	}
	file, err := witness.Open(d.Witness)
	if err != nil {
		d.Log.Error().Str("code", "witness").Msg("the witness cannot be opened: lost saves would not be noticed")
		return nil
	}
	d.witness, d.closer = file, append(d.closer, file)
	var losses []syncengine.Loss
	err = d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		losses, err = syncengine.Losses(tx, file.Marks())
		return err
	})
	if err != nil {
		return err
	}
	watched := witness.Watch(d.Store, file, func(error) {
		d.Log.Error().Str("code", "witness").Msg("a save could not be noted in the witness")
	})
	watched.Lost = func(losses []syncengine.Loss) {
		if d.noteLost(context.WithoutCancel(ctx), losses) != nil {
			d.Log.Error().Str("code", "witness").Msg("lost saves could not be noted")
		}
	}
	d.Store = watched
	if len(losses) == 0 {
		return nil
	}
	if err := d.noteLost(ctx, losses); err != nil {
		// The disk may be full. The next start finds the same; until then the node
		// is changed all the same.
		d.Log.Error().Str("code", Code(err)).Msg("lost saves could not be noted")
		d.mu.Lock()
		d.self.ForkPending = !d.self.Device.Zero()
		d.mu.Unlock()
	}
	return nil
}

// noteLost remembers what was lost. What is saved from now on is another node's:
// the lost seqs may be at the office already, under other ids.
func (d *Device) noteLost(ctx context.Context, losses []syncengine.Loss) error {
	for _, loss := range losses {
		d.Log.Error().Str("code", "saves_lost").Str("node", loss.Node.String()).Uint64("from", loss.From).Uint64("to", loss.To).
			Msg("the database lost saves that were acknowledged")
	}
	err := d.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, loss := range losses {
			row, _, err := lostTable.Get(tx, loss.Node[:])
			if err != nil {
				return err
			}
			if row.From == loss.From && row.To == loss.To {
				continue // noticed before, and nobody has signed in since
			}
			row = lostRow{From: loss.From, To: loss.To, AtMillis: d.Now().UnixMilli()}
			if err := lostTable.Put(tx, loss.Node[:], row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !d.Enrolled() {
		return err
	}
	return d.changeSelf(ctx, func(self *identity) error { self.ForkPending = true; return nil })
}

// untold gives the losses that the office does not know of.
func untold(tx syncengine.Tx) (losses []syncengine.Loss, err error) {
	err = lostTable.Each(tx, nil, func(key []byte, row lostRow) error {
		if loss := (syncengine.Loss{Node: syncengine.NodeID(key), From: row.From, To: row.To}); !row.Told && !loss.Empty() {
			losses = append(losses, loss)
		}
		return nil
	})
	return losses, err
}

// told notes that the office knows.
func (d *Device) told(ctx context.Context, losses []syncengine.Loss) error {
	if len(losses) == 0 {
		return nil
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, loss := range losses {
			row, here, err := lostTable.Get(tx, loss.Node[:])
			if err != nil {
				return err
			}
			if row.Told = true; here && row.To == loss.To {
				if err := lostTable.Put(tx, loss.Node[:], row); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// unread gives the losses that nobody has read on the screen yet.
func unread(tx syncengine.Tx) (lost []Lost, err error) {
	err = lostTable.Each(tx, nil, func(key []byte, row lostRow) error {
		if loss := (syncengine.Loss{Node: syncengine.NodeID(key), From: row.From, To: row.To}); !row.Read && !loss.Empty() {
			lost = append(lost, Lost{loss, row.Told})
		}
		return nil
	})
	return lost, err
}

// lostReadPage is the tap of whoever has read that saves were lost.
func lostReadPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	return nil, v.device.Store.Update(v.ctx, func(tx syncengine.Tx) error {
		return lostTable.Each(tx, nil, func(key []byte, row lostRow) error {
			row.Read = true
			return lostTable.Put(tx, key, row)
		})
	})
}

// syncWitness makes the witness survive a power cut before anything leaves the
// device: what the office holds, the witness then knows.
func (d *Device) syncWitness() {
	if d.witness != nil && d.witness.Sync() != nil {
		d.Log.Error().Str("code", "witness").Msg("the witness did not reach the disk")
	}
}
