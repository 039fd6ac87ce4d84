package trial

import (
	"slices"

	"raksa/syncengine"
	"raksa/vault"
)

// Hands are the places where a test makes a host lie. The zero value is honest.
type Hands struct {
	// AckBeforeCommit answers although the transaction was undone.
	AckBeforeCommit bool
	// KeptBeforeCommit lets a tablet say so.
	KeptBeforeCommit bool
	// KeepKeys lets a tablet take an order to erase and keep the keys.
	KeepKeys bool
	// MarkByClaim lets a tablet believe that the office holds what it sends.
	MarkByClaim bool
	// Request changes what a device asks, Answer what the office says,
	// which is then signed anew.
	Request func(*syncengine.Request)
	Answer  func(*syncengine.Request, *syncengine.Answer)
}

// hoarder deletes no key.
type hoarder struct{ syncengine.Tx }

func (h hoarder) Delete(bucket string, key []byte) error {
	if slices.Contains([]string{vault.BucketRecordKeys, vault.BucketClassKeys, vault.BucketOfficeWraps, vault.BucketDeliveries}, bucket) {
		return nil
	}
	return h.Tx.Delete(bucket, key)
}

// claimed notes as confirmed what is only being sent.
func (t *tablet) claimed(r *syncengine.Request) {
	if r.Page == nil {
		return
	}
	last := r.Page.Changes[len(r.Page.Changes)-1]
	_ = t.store.Update(t.world.ctx, func(tx syncengine.Tx) error {
		return syncengine.Acknowledge(tx, r.Node, syncengine.Receipt{Head: syncengine.Mark{Seq: last.Seq, ID: last.ID()}})
	})
}
