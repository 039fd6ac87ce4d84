package server

import (
	"errors"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// deviceRow is a device as the office keeps it: its directory entry, and what
// nobody else needs to know.
type deviceRow struct {
	ID    syncengine.RecordID `json:"-"`
	Entry casefile.Device     `json:"entry"`
	First syncengine.PersonID `json:"first_person"` // named by its ticket
	// DeliverySeed is sealed under the office's key, and again to the device.
	DeliverySeed []byte `json:"delivery_seed"`
	SeedForIt    []byte `json:"seed_for_it"`
	FirstMillis  int64  `json:"first"`           // enrolled
	LastMillis   int64  `json:"last"`            // last contact
	ClearMillis  int64  `json:"clear,omitempty"` // last contact at which nothing waited on it
	Forks        int    `json:"forks"`           // times that a second branch of its chain came in
	// Reseeded: the office lost the seed that the device has, and drew another,
	// which goes with every key from then on.
	Reseeded bool `json:"reseeded,omitempty"`
	// Lost are saves that the device acknowledged and no longer has.
	Lost []lostRow `json:"lost,omitempty"`

	seed *vault.DeliverySeed // as it was opened
}

const (
	devices   syncengine.Table[deviceRow] = "device"
	nodeOwner syncengine.Table[string]    = "node-owner" // node id: device id

	bucketRatchet = "ratchet" // node id: the start of its ratchet, sealed under the office's key
)

// deliveryPeriod is the only delivery period so far: a seed lasts as long as the
// enrollment.
const deliveryPeriod = 1

// UnknownDevice: nobody enrolled it here.
type UnknownDevice struct{ Device syncengine.RecordID }

func (e *UnknownDevice) Error() string { return "server: unknown device " + e.Device.String() }

// Denied is the answer to somebody who may not do this, with a reason code.
type Denied struct{ Reason string }

func (e *Denied) Error() string { return "server: denied: " + e.Reason }

func loadDevice(tx syncengine.Tx, id syncengine.RecordID) (*deviceRow, error) {
	row, here, err := devices.Get(tx, id[:])
	if err == nil && !here {
		err = &UnknownDevice{Device: id}
	}
	if err != nil {
		return nil, err
	}
	row.ID, row.Entry.ID = id, id
	return &row, nil
}

// deviceOfNode gives the device that a node is, or was.
func deviceOfNode(tx syncengine.Tx, node syncengine.NodeID) (*deviceRow, error) {
	owner, known, err := nodeOwner.Get(tx, node[:])
	if err != nil {
		return nil, err
	}
	id, err := syncengine.ParseRecordID(owner)
	if !known || err != nil {
		return nil, &UnknownDevice{}
	}
	return loadDevice(tx, id)
}

func (d *deviceRow) store(tx syncengine.Tx) error { return devices.Put(tx, d.ID[:], *d) }

// publishDevice stores a device and writes its directory entry anew.
func (o *Office) publishDevice(tx syncengine.Tx, d *deviceRow) error {
	if err := d.store(tx); err != nil {
		return err
	}
	return o.publish(tx, casefile.KindDevice, d.ID, officeHand, d.Entry)
}

// publish writes a new version of a directory entry.
func (o *Office) publish(tx syncengine.Tx, kind syncengine.Kind, id syncengine.RecordID, author syncengine.PersonID, entry any) error {
	rec, err := o.read(tx, id)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		rec, err = nil, nil
	}
	if err != nil {
		return err
	}
	draft, err := casefile.Entry(kind, id, author, rec, entry)
	if err != nil {
		return err
	}
	_, err = o.save(tx, draft)
	return err
}

// keepRatchet opens a node's seed once, to be sure that it does, and keeps it.
func (o *Office) keepRatchet(tx syncengine.Tx, node syncengine.NodeID, sealed []byte) error {
	ratchet, err := o.Keys.OpenSeed(node, sealed)
	if err != nil {
		return &Denied{Reason: "ratchet_seed"}
	}
	state, err := o.Keys.Seal(o.Random, "ratchet", node[:], ratchet.State())
	if err != nil {
		return err
	}
	return tx.Put(bucketRatchet, node[:], state)
}

// loadRatchet gives the start of a node's ratchet, or vault.ErrNoKey.
func (o *Office) loadRatchet(tx syncengine.Tx, node syncengine.NodeID) (vault.Ratchet, error) {
	sealed, err := tx.Get(bucketRatchet, node[:])
	if err != nil {
		return vault.Ratchet{}, err
	}
	if sealed == nil {
		return vault.Ratchet{}, vault.ErrNoKey
	}
	state, err := o.Keys.Open("ratchet", node[:], sealed)
	if err != nil {
		return vault.Ratchet{}, err
	}
	return vault.RatchetFromState(state)
}

// newDelivery draws a device's delivery seed: one copy for the office, one that
// only the device opens.
func (o *Office) newDelivery(d *deviceRow) error {
	seed, err := vault.NewDeliverySeed(o.Random)
	if err != nil {
		return err
	}
	if d.SeedForIt, err = seed.Seal(d.Entry.ReceivingKey, d.ID, deliveryPeriod); err != nil {
		return err
	}
	d.seed = nil
	d.DeliverySeed, err = o.Keys.Seal(o.Random, "delivery", d.ID[:], seed[:])
	return err
}

// deliver wraps the class keys of a record that a device is entitled to. Each
// delivery is a leaf: from here on the device can read the record.
func (o *Office) deliver(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) ([]byte, error) {
	keys, err := o.classKeys(tx, d, c.Record, c.Kind)
	if err != nil {
		return nil, err
	}
	seed, err := o.deliverySeed(d)
	if err != nil {
		return nil, err
	}
	if err := o.audit(tx, Leaf{What: "deliver", Device: d.ID.String(), Record: c.Record.String()}); err != nil {
		return nil, err
	}
	return seed.WrapClasses(o.Random, c.Record, d.ID, keys)
}

// deliverySeed opens the seed of a device, once for all that goes to it in one
// transaction.
func (o *Office) deliverySeed(d *deviceRow) (vault.DeliverySeed, error) {
	if d.seed == nil {
		opened, err := o.Keys.Open("delivery", d.ID[:], d.DeliverySeed)
		if err != nil {
			return vault.DeliverySeed{}, err
		}
		d.seed = (*vault.DeliverySeed)(opened)
	}
	return *d.seed, nil
}

// classKeys gives the keys of a record that a device is entitled to, or
// vault.ErrNoKey where that is none.
func (o *Office) classKeys(tx syncengine.Tx, d *deviceRow, record syncengine.RecordID, kind syncengine.Kind) (vault.ClassKeys, error) {
	var classes []byte
	for _, class := range casefile.Classes() {
		if deliverable(d.Entry, kind, class) {
			classes = append(classes, byte(class))
		}
	}
	keys, err := o.ring.ClassKeys(tx, record, classes...) // a restored office may have some only
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, vault.ErrNoKey
	}
	return keys, nil
}

// Revoke closes a device's reading at once. What it still pushes is kept in
// quarantine, so that field work is not lost.
func (o *Office) Revoke(tx syncengine.Tx, id syncengine.RecordID, by syncengine.PersonID) error {
	row, err := loadDevice(tx, id)
	if err != nil {
		return err
	}
	row.Entry.Revoked = true
	if err := o.publishDevice(tx, row); err != nil {
		return err
	}
	if err := o.control(tx, id, by, syncengine.Control{Op: syncengine.OpRevoke, Target: id.String()}); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "revoke", Person: by.String(), Device: id.String()})
}
