package device

import (
	"context"
	"errors"

	"raksa/casefile"
	"raksa/syncengine"
)

// Staff gives a member of staff from the office's directory.
func (d *Device) Staff(ctx context.Context, id syncengine.PersonID) (staff casefile.Staff, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		staff, err = d.staffIn(tx, d.engine(), id)
		return err
	})
	return staff, err
}

func (d *Device) staffIn(tx syncengine.Tx, engine *syncengine.Engine, id syncengine.PersonID) (casefile.Staff, error) {
	rec, err := engine.Read(tx, syncengine.RecordID(id))
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return casefile.Staff{}, ErrNotFound
	}
	if err != nil {
		return casefile.Staff{}, err
	}
	staff, err := casefile.OpenStaff(rec)
	if err != nil {
		return staff, ErrNotFound
	}
	return staff, nil
}

// Colleagues lists who may be let in on this device and is not yet.
func (d *Device) Colleagues(ctx context.Context) ([]casefile.Staff, error) {
	var found []casefile.Staff
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return d.everyOf(tx, casefile.KindStaff, func(rec *syncengine.Record) error {
			staff, err := casefile.OpenStaff(rec)
			if err != nil || !d.worksHere(staff) {
				return nil // an entry that this version cannot read is nobody here
			}
			row, here, err := peopleTable.Get(tx, staff.ID[:])
			if err == nil && !(here && len(row.Slot) > 0) {
				found = append(found, staff)
			}
			return err
		})
	})
	return found, err
}

// Organisations lists the partners that may receive referrals.
func (d *Device) Organisations(ctx context.Context) ([]casefile.Organisation, error) {
	var found []casefile.Organisation
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return d.everyOf(tx, casefile.KindOrganisation, func(rec *syncengine.Record) error {
			if org, err := casefile.OpenOrganisation(rec); err == nil {
				found = append(found, org)
			}
			return nil
		})
	})
	return found, err
}

// Devices lists the other devices of this center.
func (d *Device) Devices(ctx context.Context) ([]casefile.Device, error) {
	self := d.identity()
	var found []casefile.Device
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return d.everyOf(tx, casefile.KindDevice, func(rec *syncengine.Record) error {
			other, err := casefile.OpenDevice(rec)
			if err == nil && other.ID != self.Device && other.Center == self.Center && !other.Revoked {
				found = append(found, other)
			}
			return nil
		})
	})
	return found, err
}

// everyOf calls fn for every record of a kind that is here.
func (d *Device) everyOf(tx syncengine.Tx, kind syncengine.Kind, fn func(*syncengine.Record) error) error {
	engine := d.engine()
	return syncengine.Records(tx, func(id syncengine.RecordID, k syncengine.Kind) error {
		if k != kind {
			return nil
		}
		rec, err := engine.Read(tx, id)
		if err != nil {
			return err
		}
		return fn(rec)
	})
}

// meetStaff follows the directory: a person who signs in here has the role and
// agency that stand there, and one who left can no longer open the device.
func (d *Device) meetStaff(tx syncengine.Tx, engine *syncengine.Engine, id syncengine.PersonID) error {
	row, here, err := peopleTable.Get(tx, id[:])
	if err != nil || !here {
		return err
	}
	staff, err := d.staffIn(tx, engine, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	row.Name, row.Role, row.Agency = staff.Name, staff.Role, staff.Agency
	if staff.Left {
		row.Slot = nil
	}
	return peopleTable.Put(tx, id[:], row)
}
