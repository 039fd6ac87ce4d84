package server

import (
	"raksa/syncengine"
)

// bucketStated keeps what people gave as their reason for an act, sealed under
// the office key, by number of the act's leaf. The log itself holds no free
// text: it is shown to people who may read no answer.
const bucketStated = "stated-reason"

// keepReason keeps the reason for the act whose leaf was written last.
func (v *deskVisit) keepReason(reason string) error {
	size, err := auditSize(v.tx)
	if err != nil || size == 0 {
		return err
	}
	key := number(size - 1)
	sealed, err := v.Keys.Seal(v.Random, bucketStated, key, []byte(reason))
	if err != nil {
		return err
	}
	return v.tx.Put(bucketStated, key, sealed)
}

// statedReason gives the reason that was kept with a leaf, or "".
func (o *Office) statedReason(tx syncengine.Tx, leaf int64) (string, error) {
	sealed, err := tx.Get(bucketStated, number(leaf))
	if err != nil || sealed == nil {
		return "", err
	}
	text, err := o.Keys.Open(bucketStated, number(leaf), sealed)
	return string(text), err
}
