package server

import (
	"bytes"
	"context"

	"raksa/syncengine"
)

// After an erasure older copies of the erased keys may lie where the store keeps
// what it no longer needs. Scouring takes them away; it may take a while, and a
// reader may stand in the way, so it is done behind the erasure and tried again.
//
// A store that one process has for itself is scoured at every start too: a stop
// may have come in between. Where several processes serve, that it is due stands
// in a cell, and whoever comes first does it.

const bucketScour = "scour"

var scourDue = []byte("due")

// oweScour notes within the erasure that the store is to be scoured.
func (o *Office) oweScour(tx syncengine.Tx) error {
	if !o.shared() {
		o.scour.Store(true)
		return nil
	}
	order, err := o.newID()
	if err != nil {
		return err
	}
	return tx.Put(bucketScour, scourDue, order[:])
}

// scourErased lets the store forget older copies of erased keys, if that is due.
// What fails stays due.
func (o *Office) scourErased(ctx context.Context) {
	store, can := syncengine.Find[interface{ Scour(context.Context) error }](o.Store)
	switch {
	case !can:
	case o.shared():
		if err := o.scourShared(ctx, store.Scour); err != nil && ctx.Err() == nil {
			o.Log.Warn().Str("code", "scour").Msg("older copies of erased keys could not be taken away yet")
		}
	case o.scour.Swap(false) && store.Scour(ctx) != nil:
		o.scour.Store(true)
	}
}

func (o *Office) scourShared(ctx context.Context, scour func(context.Context) error) error {
	var order []byte
	err := o.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		order, err = tx.Get(bucketScour, scourDue)
		return err
	})
	if err != nil || order == nil {
		return err
	}
	if err := scour(ctx); err != nil {
		return err
	}
	return o.Store.Update(ctx, func(tx syncengine.Tx) error {
		now, err := tx.Get(bucketScour, scourDue)
		if err != nil || !bytes.Equal(now, order) {
			return err // another erasure came meanwhile
		}
		return tx.Delete(bucketScour, scourDue)
	})
}
