package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"raksa/syncengine"
	"raksa/syncengine/witness"
	"raksa/web"
)

// lostRow is a run of saves that was acknowledged and is no longer in the
// database that made them: a device's, or the office's own.
type lostRow struct {
	Node   string `json:"node"`
	From   uint64 `json:"from"`
	To     uint64 `json:"to"`
	Millis int64  `json:"ms"` // when the office was told
}

// ownLost lists what the office's own database has lost: an older file was put
// in its place, or the tail of its log was dropped.
const ownLost syncengine.Table[lostRow] = "office/lost" // node id

// holdAgainst takes the witness: it holds the database against it, and has every order
// noted in it from now on.
func (o *Office) holdAgainst(ctx context.Context, file *witness.File) (losses []syncengine.Loss, err error) {
	if file == nil {
		return nil, nil
	}
	err = o.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		losses, err = syncengine.Losses(tx, file.Marks())
		return err
	})
	watched := witness.Watch(o.Store, file, func(error) {
		o.Log.Error().Str("code", "witness").Msg("an order could not be noted in the witness")
	})
	watched.Lost = func(losses []syncengine.Loss) {
		err := watched.Store.Update(context.WithoutCancel(ctx), func(tx syncengine.Tx) error { return o.beginAnew(tx, losses) })
		if err != nil {
			o.Log.Error().Str("code", "witness").Msg("lost orders could not be noted")
		}
	}
	o.Store = watched
	return losses, err
}

// begin gives the office its node: a new one in a new database, and another one
// in a database that has lost orders, before it writes the next. Devices may hold
// the lost ones; under the same node they would be taken for a fork.
func (o *Office) begin(tx syncengine.Tx, losses []syncengine.Loss) error {
	_, err := syncengine.LoadSelf(tx)
	switch {
	case errors.Is(err, syncengine.ErrNoNode) && len(losses) == 0:
		return o.newNode(tx)
	case err != nil && !errors.Is(err, syncengine.ErrNoNode):
		return err
	case len(losses) == 0:
		return o.learnForms(tx)
	}
	return o.beginAnew(tx, losses)
}

func (o *Office) newNode(tx syncengine.Tx) error {
	node, err := o.newID()
	if err != nil {
		return err
	}
	return syncengine.BecomeNode(tx, syncengine.NodeID(node))
}

// beginAnew makes the office a new node and says why.
func (o *Office) beginAnew(tx syncengine.Tx, losses []syncengine.Loss) error {
	for _, loss := range losses {
		if loss.Empty() {
			continue
		}
		row := lostRow{Node: loss.Node.String(), From: loss.From, To: loss.To, Millis: o.Now().UnixMilli()}
		if err := ownLost.Put(tx, loss.Node[:], row); err != nil {
			return err
		}
		if err := o.audit(tx, Leaf{What: "office_lost", Node: row.Node, Reason: row.run()}); err != nil {
			return err
		}
		o.Log.Error().Str("code", "office_lost").Str("node", row.Node).Uint64("from", row.From).Uint64("to", row.To).
			Msg("the office's database lost orders that were written")
	}
	return errors.Join(o.learnForms(tx), o.becomeRestored(tx, RestoredByWitness))
}

func (r lostRow) run() string { return fmt.Sprintf("%d–%d", r.From, r.To) }

func (r lostRow) view() web.LostRun {
	return web.LostRun{Node: r.Node[:min(len(r.Node), shortID)], Run: r.run(), At: time.UnixMilli(r.Millis)}
}

// takeLostSaves notes what a device says that it has lost. It is told once; a device
// that got no answer says it again.
func (v *visit) takeLostSaves() error {
	for _, loss := range v.request.LostSaves {
		row := lostRow{Node: loss.Node.String(), From: loss.From, To: loss.To, Millis: v.office.Now().UnixMilli()}
		if v.knowsLost(row) || len(v.device.Lost) >= lostMax {
			continue
		}
		v.device.Lost = append(v.device.Lost, row)
		v.office.metrics.savesLost.Add(float64(min(loss.To-loss.From+1, savesLostMost)))
		err := v.office.audit(v.tx, Leaf{What: "saves_lost", Device: v.device.ID.String(), Node: row.Node, Reason: row.run()})
		if err != nil {
			return err
		}
	}
	return nil
}

const (
	lostMax       = 64        // runs that are kept of one device
	savesLostMost = 1_000_000 // what one run adds to the count: the device says the numbers
)

func (v *visit) knowsLost(row lostRow) bool {
	for _, known := range v.device.Lost {
		if known.Node == row.Node && known.From == row.From && known.To == row.To {
			return true
		}
	}
	return false
}
