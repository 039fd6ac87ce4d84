package device

import (
	"raksa/casefile"
	"raksa/syncengine"
)

// widenTable lists records with withheld blocks that this device may have since
// its profile or scope became wider: they are fetched again.
const widenTable syncengine.Table[bool] = "device/widen" // record id

// widened notices, in the directory entry of this very device, that it may have
// more than it had, and lists the records that lack blocks.
func (d *Device) widened(tx syncengine.Tx, engine *syncengine.Engine, c *syncengine.Change) error {
	self := d.identity()
	if c.Kind != casefile.KindDevice || c.Record != self.Device {
		return nil
	}
	rec, err := engine.Read(tx, c.Record)
	if err != nil {
		return err
	}
	entry, err := casefile.OpenDevice(rec)
	if err != nil {
		return nil // of a later form; the office withholds by its own rules
	}
	if entry.Profile == self.Profile && entry.Center == self.Center {
		return nil
	}
	stored, _, err := selfTable.Get(tx, []byte("self"))
	if err != nil {
		return err
	}
	stored.Profile, stored.Center = entry.Profile, entry.Center
	if err := selfTable.Put(tx, []byte("self"), stored); err != nil {
		return err
	}
	d.mu.Lock()
	d.self.Profile, d.self.Center = entry.Profile, entry.Center
	d.mu.Unlock()
	return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
		changes, err := tx.Record(id)
		if err != nil {
			return err
		}
		for _, one := range changes {
			if one.Kind != syncengine.KindControl && !one.Whole() {
				return widenTable.Put(tx, id[:], true)
			}
		}
		return nil
	})
}
