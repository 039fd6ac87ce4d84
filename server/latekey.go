package server

import (
	"encoding/binary"
	"errors"
	"slices"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// keyless lists first changes of records that came back without the record's
// key: node ‖ seq ▸ change id. The node that made it has the key sealed to the
// office still, and is asked once.
const keyless syncengine.Table[string] = "keyless"

func keylessKey(node syncengine.NodeID, seq uint64) []byte {
	return binary.BigEndian.AppendUint64(slices.Clone(node[:]), seq)
}

// missKey notes a change that came back and whose key did not.
func (o *Office) missKey(tx syncengine.Tx, c *syncengine.Change) error {
	if len(c.Commit) == 0 {
		return nil
	}
	if _, err := o.ring.RecordKey(tx, c.Record); !errors.Is(err, vault.ErrNoKey) {
		return nil
	}
	return keyless.Put(tx, keylessKey(c.Node, c.Seq), c.ID().String())
}

// askKey lets a node that claims to be done send again from the first change
// whose key is missing here.
func (v *visit) askKey(receipt syncengine.Receipt) (syncengine.Receipt, error) {
	var from *syncengine.Change
	err := keyless.Each(v.tx, v.request.Node[:], func(_ []byte, text string) error {
		id, err := syncengine.ParseChangeID(text)
		if err != nil || from != nil {
			return err
		}
		c, err := v.tx.Change(id)
		if err == nil && c.Seq <= receipt.Head.Seq {
			from = c
		}
		return err
	})
	if err != nil || from == nil {
		return receipt, err
	}
	if receipt.Known.Seq < receipt.Head.Seq {
		receipt.Known = receipt.Head // it says no less than the head, or it could not be sent
	}
	receipt.Head, receipt.UnknownBase = syncengine.Mark{Seq: from.Seq - 1, ID: from.Prev}, true
	return receipt, nil
}

// asked forgets what this page was asked for, whether it brought the keys or not.
func (v *visit) asked(page *syncengine.Page) error {
	for _, c := range page.Changes {
		if err := keyless.Delete(v.tx, keylessKey(c.Node, c.Seq)); err != nil {
			return err
		}
	}
	return nil
}

// openLate opens what lay here before its key came: a restored office takes
// changes back from any device, and the key from the one that made the record.
// What was held back for want of the key, or of the record itself, counts from
// now on. Where the key is not fresh the order that held a change back may be: it
// came back after the key did.
func (o *Office) openLate(tx syncengine.Tx, record syncengine.RecordID, fresh bool) error {
	released := false
	changes, err := tx.Record(record)
	if err != nil || len(changes) == 0 {
		return err
	}
	for _, c := range changes {
		state, err := syncengine.Quarantine(tx, c.ID())
		if err != nil {
			return err
		}
		if state.Op != syncengine.OpQuarantine || state.Reason != heldUnreadable && state.Reason != heldOutOfScope {
			continue
		}
		from, err := deviceOfNode(tx, c.Node)
		var unknown *UnknownDevice
		if errors.As(err, &unknown) {
			continue
		}
		if err != nil {
			return err
		}
		if reason, err := o.objection(tx, from, c); err != nil {
			return err
		} else if reason != "" {
			continue // still, or for another reason, and a person decides
		}
		if err := o.Release(tx, c.ID(), officeHand, false); err != nil {
			return err
		}
		released = true
	}
	if !fresh && !released {
		return nil
	}
	// Whoever took the record meanwhile got it without these keys.
	if err := o.control(tx, record, officeHand, syncengine.Control{Op: syncengine.OpRekey}); err != nil {
		return err
	}
	return o.again(tx, changes[0])
}

// giveKeysAgain gives the keys of a record that came late, with the order that
// says so: a device that loses the answer asks for the order again. A hall's
// tablet drops the keys of what it closed, and is given none.
func (v *visit) giveKeysAgain(c *syncengine.Change) error {
	if !v.handsKeys(c) || v.device.Entry.Revoked || v.device.Entry.Profile == screening.Capture || v.expired() {
		return nil
	}
	in, _, err := scope.Get(v.tx, c.Record[:])
	if err != nil {
		return err
	}
	own := streamsOf(v.device.Entry)
	if !slices.ContainsFunc(in, func(stream string) bool { return slices.Contains(own, stream) }) {
		return nil
	}
	sample := *c
	if sample.Kind, err = syncengine.KindOf(v.tx, c.Record); err != nil {
		return err
	}
	sealed, err := v.office.deliver(v.tx, v.device, &sample)
	if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrErased) {
		return nil
	}
	if err == nil {
		v.addKey(c.Record, sealed)
	}
	return err
}

// handsKeys reports whether an order hands the keys of its record over.
func (v *visit) handsKeys(c *syncengine.Change) bool {
	order, err := v.office.engine.ReadControl(c)
	return err == nil && order.Op == syncengine.OpRekey // an order that cannot be read is no order
}

// keysWait ends the orders for a device whose certificate has run out before
// the first that hands keys over. It may not have them yet, and nobody would
// give them again once it is past the order (decision 0009). A revoked device
// never gets them, and a hall's tablet needs none.
func (v *visit) keysWait(orders *syncengine.News) {
	if !v.expired() || v.device.Entry.Revoked || v.device.Entry.Profile == screening.Capture {
		return
	}
	if at := slices.IndexFunc(orders.Entries, func(e syncengine.Entry) bool { return v.handsKeys(e.Change) }); at >= 0 {
		orders.Entries, orders.Hole = orders.Entries[:at], false
	}
}

// lostHome reports a record that was begun at this device's center and has never
// been in its home stream: a restored office may have it back from a device of
// another center first, and so only in that center's stream.
func (o *Office) lostHome(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) (bool, error) {
	own := home(d.Entry, c.Kind)
	if _, was, err := firstIn.Get(tx, firstKey(own, c.Record)); err != nil || was {
		return false, err
	}
	changes, err := tx.Record(c.Record)
	if err != nil {
		return false, err
	}
	begun := false
	for _, c := range changes {
		if len(c.Commit) == 0 {
			continue
		}
		by, err := deviceOfNode(tx, c.Node)
		var unknown *UnknownDevice
		if errors.As(err, &unknown) {
			return false, nil
		}
		if err != nil || home(by.Entry, c.Kind) != own {
			return false, err
		}
		begun = true
	}
	return begun, nil
}
