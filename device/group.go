package device

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// GroupOpening opens an arrival group; -1 is a count that nobody gave.
type GroupOpening struct {
	Gate              string // site code where the group came over
	Declared, Counted int
}

// NewGroup opens an arrival group: one truck, one night.
func (d *Device) NewGroup(ctx context.Context, o GroupOpening) (id syncengine.RecordID, err error) {
	s, err := d.uncovered()
	if err != nil {
		return id, err
	}
	self := d.identity()
	if self.Profile == screening.PartnerDevice {
		return id, ErrNotAllowed
	}
	arrived := d.now().UnixMilli()
	edit := casefile.GroupEdit{Center: self.Center, Gate: o.Gate, Arrived: &arrived}
	if o.Declared >= 0 {
		edit.Declared = &o.Declared
	}
	if o.Counted >= 0 {
		edit.Counted = &o.Counted
	}
	err = d.update(ctx, s, id, func(tx syncengine.Tx) error {
		var commit [16]byte
		if id, commit, err = d.makeRecord(tx, s); err != nil {
			return err
		}
		draft, err := casefile.GroupDraft(id, s.person, nil, edit)
		if err != nil {
			return err
		}
		draft.Commit = commit[:]
		_, err = d.save(tx, s, draft)
		return err
	})
	return id, err
}

// EditGroup changes the counts of a group.
func (d *Device) EditGroup(ctx context.Context, id syncengine.RecordID, declared, counted int) error {
	edit := casefile.GroupEdit{}
	if declared >= 0 {
		edit.Declared = &declared
	}
	if counted >= 0 {
		edit.Counted = &counted
	}
	return d.writeGroup(ctx, id, func(casefile.Group) casefile.GroupEdit { return edit })
}

// CloseGroup closes a group. On a capture tablet its list of names goes with it.
func (d *Device) CloseGroup(ctx context.Context, id syncengine.RecordID) error {
	if err := d.writeGroup(ctx, id, func(casefile.Group) casefile.GroupEdit { return casefile.GroupEdit{Close: true} }); err != nil {
		return err
	}
	return d.dropGroups(ctx)
}

// dropGroups drops the keys of closed groups from a capture tablet: the list of
// names is there until the group is closed (bytes and keys, §6).
func (d *Device) dropGroups(ctx context.Context) error {
	s, err := d.open()
	if err != nil || d.identity().Profile != screening.Capture {
		return nil
	}
	dropped := false
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		return d.everyGroup(tx, s, func(g casefile.Group) error {
			if !g.Closed {
				return nil
			}
			dropped = true
			if err := s.ring.Drop(tx, g.ID); err != nil {
				return err
			}
			return syncengine.DropFolded(tx, g.ID)
		})
	})
	if err != nil || !dropped {
		return err
	}
	return d.scour(ctx)
}

// ImportList takes the lines of a list into a group, under a name by which they
// can be undone.
func (d *Device) ImportList(ctx context.Context, group syncengine.RecordID, list casefile.List) error {
	if len(list.Lines) == 0 {
		return nil
	}
	var raw [4]byte
	if _, err := d.Random.Read(raw[:]); err != nil {
		return err
	}
	return d.writeGroup(ctx, group, func(casefile.Group) casefile.GroupEdit {
		return casefile.GroupEdit{Lines: list.Lines, Import: hex.EncodeToString(raw[:]), Faults: len(list.Faults)}
	})
}

// CountImport lets a list that was taken in count no longer, or again. Nothing
// of it is lost; ErrNotFound for a list that the group does not have.
func (d *Device) CountImport(ctx context.Context, group syncengine.RecordID, imported string, counts bool) error {
	known := false
	err := d.writeGroup(ctx, group, func(g casefile.Group) casefile.GroupEdit {
		at := slices.IndexFunc(g.Imports, func(one casefile.Import) bool { return one.ID == imported })
		if known = at >= 0; !known || g.Imports[at].Undone == !counts {
			return casefile.GroupEdit{}
		}
		if counts {
			return casefile.GroupEdit{Redo: imported}
		}
		return casefile.GroupEdit{Undo: imported}
	})
	if err == nil && !known {
		err = ErrNotFound
	}
	return err
}

func (d *Device) writeGroup(ctx context.Context, id syncengine.RecordID, edit func(casefile.Group) casefile.GroupEdit) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	return d.update(ctx, s, id, func(tx syncengine.Tx) error {
		rec, group, err := d.group(tx, s, id)
		if err != nil {
			return err
		}
		if group.Closed {
			return ErrClosed
		}
		draft, err := casefile.GroupDraft(id, s.person, rec, edit(group))
		if errors.Is(err, casefile.ErrNothing) {
			return nil
		}
		if err != nil {
			return err
		}
		_, err = d.save(tx, s, draft)
		return err
	})
}

func (d *Device) group(tx syncengine.Tx, s *session, id syncengine.RecordID) (*syncengine.Record, casefile.Group, error) {
	rec, err := s.engine.Read(tx, id)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return nil, casefile.Group{}, ErrNotFound
	}
	if err != nil {
		return nil, casefile.Group{}, err
	}
	group, err := casefile.OpenGroup(rec)
	if err != nil {
		return nil, group, ErrNotFound
	}
	return rec, group, nil
}

// Groups lists the arrival groups that this device holds a key to, the latest first.
func (d *Device) Groups(ctx context.Context) ([]casefile.Group, error) {
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	var groups []casefile.Group
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		return d.everyGroup(tx, s, func(g casefile.Group) error {
			groups = append(groups, g)
			return nil
		})
	})
	latestFirst(groups, func(g casefile.Group) int64 { return g.ArrivedMillis })
	return groups, err
}

func (d *Device) everyGroup(tx syncengine.Tx, s *session, fn func(casefile.Group) error) error {
	return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
		if kind != casefile.KindGroup {
			return nil
		}
		rec, group, err := d.group(tx, s, id)
		if err != nil {
			return err
		}
		if len(rec.Classes) == 0 {
			return nil // its key is gone or not here yet
		}
		return fn(group)
	})
}

// fromGroup fills an opening in from its group and, when a line of the list was
// picked, from that line.
func (d *Device) fromGroup(tx syncengine.Tx, s *session, o Opening, full *casefile.Opening) error {
	_, group, err := d.group(tx, s, o.Group)
	if err != nil {
		return err
	}
	if group.Closed {
		return ErrClosed
	}
	number := func(item string, n int) {
		if n >= 0 {
			full.Answers[item] = screening.Of(screening.Int(n))
		}
	}
	full.Answers["bat_id"] = screening.Of(screening.Ref(o.Group.String()))
	full.Answers["bat_arrived_at"] = screening.Of(timeOf(time.UnixMilli(group.ArrivedMillis)))
	number("bat_declared_count", group.Declared)
	number("bat_counted", group.Counted)
	full.Answers["bat_manifest"] = screening.Of(screening.Code("none"))
	if group.Gate != "" {
		full.Answers["bat_gate"] = screening.Of(screening.Code(group.Gate))
	}
	if len(group.Lines) > 0 {
		full.Answers["bat_manifest"] = screening.Of(screening.Code("with"))
	}
	if o.Line > 0 {
		return fromLine(group, o.Line, full)
	}
	full.Number, err = d.nextNumber(tx, s, group)
	return err
}

// nextNumber is behind everybody whom this tablet knows of, and behind the list.
func (d *Device) nextNumber(tx syncengine.Tx, s *session, group casefile.Group) (int, error) {
	most := 0
	for _, line := range group.Lines {
		most = max(most, line.Number)
	}
	err := d.everyone(tx, s, func(one Someone) error {
		if one.Group == group.ID {
			most = max(most, one.Number)
		}
		return nil
	})
	return most + 1, err
}

// fromLine prefills an interview from a line of the list from the Thai side.
func fromLine(group casefile.Group, number int, full *casefile.Opening) error {
	for _, line := range group.Lines {
		if line.Number != number {
			continue
		}
		full.Number = number
		full.Answers["bat_line"] = screening.Of(screening.Int(number))
		text := func(item, said string) {
			if said != "" {
				full.Answers[item] = screening.Of(screening.TextOf(said))
			}
		}
		text("idn_family_km", line.FamilyKhmer)
		text("idn_given_km", line.GivenKhmer)
		text("idn_family_latin", line.FamilyLatin)
		text("idn_given_latin", line.GivenLatin)
		text("bat_name_on_list", line.OnList())
		if line.Sex != "" {
			full.Answers["idn_sex"] = screening.Of(screening.Code(line.Sex))
		}
		if line.AgeYears > 0 {
			full.Answers["idn_age_stated"] = screening.Of(screening.Int(line.AgeYears))
		}
		if born, err := screening.ParseDate(line.Birth); err == nil && line.Birth != "" {
			full.Answers["idn_birth_date"] = screening.Of(born)
		} else if line.BirthYear > 0 {
			full.Answers["idn_birth_date"] = screening.Of(screening.PartialDate{Year: line.BirthYear})
		}
		return nil
	}
	return fmt.Errorf("line %d: %w", number, ErrNotFound)
}
