package device

import (
	"context"

	"raksa/syncengine"
	"raksa/vault"
)

// Vault gives what the session holds, for tests that play the thief.
func (d *Device) Vault() (*vault.Unlocked, vault.Keyring, *syncengine.Engine) {
	s, err := d.open()
	if err != nil {
		panic(err)
	}
	return s.vault, s.ring, s.engine
}

// PassOnLater puts a bundle of another device among those that this one brings to
// the office before anything of its own.
func PassOnLater(tx syncengine.Tx, name [16]byte, bundle []byte) error {
	return tx.Put(bucketPassing, name[:], bundle)
}

// Device gives the id that the office knows this device by.
func (d *Device) DeviceID() syncengine.RecordID { return d.identity().Device }

// SealRatchet and SealClosed name the purposes of sealed cells.
const (
	SealRatchet = sealRatchet
	SealClosed  = sealClosed
)

// Check gives the next comparison, as a call in which nothing waits brings it.
func (d *Device) Check(tx syncengine.Tx) (*syncengine.Check, error) { return d.check(tx) }

// Agreed works in the answer of an office that has all of it.
func (d *Device) Agreed(ctx context.Context, check *syncengine.Check) error {
	_, err := d.compared(ctx, check, &syncengine.CheckReply{})
	return err
}

// FetchDamaged is what a scrub does about what it found.
func (d *Device) FetchDamaged(ctx context.Context, damaged ...syncengine.Damage) error {
	return d.fetchDamaged(ctx, damaged)
}
