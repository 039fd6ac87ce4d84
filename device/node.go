package device

import (
	"context"
	"errors"

	"raksa/syncengine"
	"raksa/vault"
)

// nodeRow is one node that this database has been: where its ratchet stands,
// and whether the office knows the start of it.
type nodeRow struct {
	Ratchet []byte `json:"ratchet,omitempty"` // the newest step, sealed under the vault
	Seed    []byte `json:"seed,omitempty"`    // the start, sealed to the office
	// SeedKnown: the office said that it has the start.
	SeedKnown bool `json:"seed_known,omitempty"`
}

const sealRatchet = "ratchet"

// makeNode draws the ratchet of a new node.
func (d *Device) makeNode(w *vault.Wrapper, node syncengine.NodeID, officeSeals []byte) (row nodeRow, err error) {
	ratchet, err := vault.NewRatchet(d.Random, node)
	if err != nil {
		return row, err
	}
	defer ratchet.Clear()
	if row.Seed, err = ratchet.SealSeed(officeSeals); err != nil {
		return row, err
	}
	row.Ratchet, err = w.Seal(d.Random, sealRatchet, node[:], ratchet.State())
	return row, err
}

// newNode lets what is saved from now on be the chain of a new node: this one's
// chain has a twin somewhere, a clone or an older self.
func (d *Device) newNode(ctx context.Context, s *session) error {
	id, err := d.newID()
	if err != nil {
		return err
	}
	row, err := d.makeNode(s.vault.Wrapper, id, d.identity().OfficeSeals)
	if err != nil {
		return err
	}
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := dropRatchet(tx); err != nil {
			return err
		}
		if err := syncengine.BecomeNode(tx, id); err != nil {
			return err
		}
		return nodeTable.Put(tx, id[:], row)
	})
	if err != nil {
		return err
	}
	return d.changeSelf(ctx, func(self *identity) error { self.ForkPending = false; return nil })
}

// dropRatchet forgets the step of the present node, which makes no records any more.
func dropRatchet(tx syncengine.Tx) error {
	self, err := syncengine.LoadSelf(tx)
	if err != nil {
		return err
	}
	row, here, err := nodeTable.Get(tx, self.Node[:])
	if err != nil || !here {
		return err
	}
	row.Ratchet = nil
	return nodeTable.Put(tx, self.Node[:], row)
}

var errNoRatchet = errors.New("device: the node has no ratchet")

// makeRecord draws a record and its key: K wrapped under the vault for this
// device and under the ratchet's step for the office, and the ratchet one step
// on. All of it stands in the transaction that saves the record's first change.
func (d *Device) makeRecord(tx syncengine.Tx, s *session) (id syncengine.RecordID, commit [16]byte, err error) {
	drawn, err := d.newID()
	if err != nil {
		return id, commit, err
	}
	id = drawn
	key, err := vault.NewRecordKey(d.Random)
	if err != nil {
		return id, commit, err
	}
	defer clear(key[:])
	if err := s.ring.PutRecordKey(tx, id, key); err != nil {
		return id, commit, err
	}
	return id, vault.Commitment(key), d.stepRatchet(tx, s, id, key)
}

func (d *Device) stepRatchet(tx syncengine.Tx, s *session, id syncengine.RecordID, key vault.RecordKey) error {
	self, err := syncengine.LoadSelf(tx)
	if err != nil {
		return err
	}
	row, here, err := nodeTable.Get(tx, self.Node[:])
	if err != nil {
		return err
	}
	if !here || row.Ratchet == nil {
		return errNoRatchet
	}
	state, err := s.vault.Open(sealRatchet, self.Node[:], row.Ratchet)
	if err != nil {
		return err
	}
	ratchet, err := vault.RatchetFromState(state)
	if err != nil {
		return err
	}
	defer ratchet.Clear()
	wrap, next, err := ratchet.Wrap(d.Random, key, id)
	if err != nil {
		return err
	}
	defer next.Clear()
	if err := s.ring.PutOfficeWrap(tx, id, ratchet.Index(), wrap); err != nil {
		return err
	}
	if row.Ratchet, err = s.vault.Seal(d.Random, sealRatchet, self.Node[:], next.State()); err != nil {
		return err
	}
	return nodeTable.Put(tx, self.Node[:], row)
}
