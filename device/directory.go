package device

import (
	"context"
	"errors"

	"raksa/casefile"
	"raksa/syncengine"
)

// directory is what was read of the office's directory: names for the pages.
type directory struct {
	staff         map[syncengine.PersonID]casefile.Staff
	nodes         map[syncengine.NodeID]string // name painted on the device
	organisations []casefile.Organisation
}

// directory gives the names as far as they are known. Without them a page is
// poorer and not wrong, so an error leaves them out and is not kept.
func (d *Device) directory(ctx context.Context, s *session) *directory {
	s.mu.Lock()
	known, generation := s.directory, s.generation
	s.mu.Unlock()
	if known != nil {
		return known
	}
	fresh := &directory{staff: map[syncengine.PersonID]casefile.Staff{}, nodes: map[syncengine.NodeID]string{}}
	err := d.Store.View(ctx, func(tx syncengine.Tx) error { return d.readDirectory(tx, fresh) })
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && s.generation == generation && s.read != nil {
		s.directory = fresh
	}
	return fresh
}

// readDirectory reads whatever of it this version understands.
func (d *Device) readDirectory(tx syncengine.Tx, into *directory) error {
	for kind, take := range map[syncengine.Kind]func(*syncengine.Record){
		casefile.KindStaff: func(rec *syncengine.Record) {
			if staff, err := casefile.OpenStaff(rec); err == nil {
				into.staff[staff.ID] = staff
			}
		},
		casefile.KindDevice: func(rec *syncengine.Record) {
			other, err := casefile.OpenDevice(rec)
			for _, text := range other.Nodes {
				if node, bad := syncengine.ParseNodeID(text); err == nil && bad == nil {
					into.nodes[node] = other.Name
				}
			}
		},
		casefile.KindOrganisation: func(rec *syncengine.Record) {
			if org, err := casefile.OpenOrganisation(rec); err == nil {
				into.organisations = append(into.organisations, org)
			}
		},
	} {
		if err := d.everyOf(tx, kind, func(rec *syncengine.Record) error { take(rec); return nil }); err != nil {
			return err
		}
	}
	return peopleTable.Each(tx, nil, func(key []byte, row personRow) error {
		id := syncengine.PersonID(key)
		if _, here := into.staff[id]; !here {
			into.staff[id] = casefile.Staff{ID: id, Name: row.Name, Agency: row.Agency, Role: row.Role}
		}
		return nil
	})
}

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
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	return d.directory(ctx, s).organisations, nil
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

// signOutWhoLeft locks the device on somebody who may no longer open it.
func (d *Device) signOutWhoLeft(ctx context.Context, id syncengine.PersonID) error {
	s, err := d.open()
	if err != nil || s.person != id {
		return nil
	}
	return d.Store.View(ctx, func(tx syncengine.Tx) error {
		row, _, err := peopleTable.Get(tx, id[:])
		if err == nil && len(row.Slot) == 0 {
			d.Lock()
		}
		return err
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
