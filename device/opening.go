package device

import (
	"context"
	"maps"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Opening is what is known when an interview is begun.
type Opening struct {
	Group syncengine.RecordID // zero without one
	Line  int                 // of the group's list; 0 for none
	Kind  form.Kind           // short when empty
	// Answers that are known already; the device fills in its own beside them.
	Answers map[string]screening.Answer
}

// NewInterview begins an interview: the record, its key, the key's wraps for
// this device and for the office, the ratchet's step and the first change stand
// in one transaction.
func (d *Device) NewInterview(ctx context.Context, o Opening) (id syncengine.RecordID, err error) {
	s, err := d.uncovered()
	if err != nil {
		return id, err
	}
	if d.identity().Profile == screening.PartnerDevice {
		return id, ErrNotAllowed
	}
	if o.Kind == "" {
		o.Kind = form.Short
	}
	slip, err := d.slipCode()
	if err != nil {
		return id, err
	}
	err = d.update(ctx, s, id, func(tx syncengine.Tx) error {
		var commit [16]byte
		if id, commit, err = d.makeRecord(tx, s); err != nil {
			return err
		}
		opening, err := d.opening(tx, s, o)
		if err != nil {
			return err
		}
		opening.Record, opening.Commit, opening.Slip = id, commit, slip
		draft, err := casefile.OpeningDraft(d.shelf.Newest(), opening)
		if err != nil {
			return err
		}
		_, err = d.save(tx, s, draft)
		return err
	})
	return id, err
}

// opening fills in what the device knows: center, time, group and list line.
func (d *Device) opening(tx syncengine.Tx, s *session, o Opening) (casefile.Opening, error) {
	row, _, err := peopleTable.Get(tx, s.person[:])
	if err != nil {
		return casefile.Opening{}, err
	}
	self := d.identity()
	full := casefile.Opening{Author: s.person, Center: self.Center, Group: o.Group, Kind: o.Kind, Answers: map[string]screening.Answer{}}
	code := func(item, value string) {
		if value != "" {
			full.Answers[item] = screening.Of(screening.Code(value))
		}
	}
	code("ses_site", self.Center)
	code("ses_stage", "preliminary")
	code("ses_mode", "in_person")
	code("ses_lead_agency", string(row.Agency))
	full.Answers["ses_lead"] = screening.Of(screening.Ref(s.person.String()))
	full.Answers["ses_started_at"] = screening.Of(timeOf(d.now()))
	if !o.Group.Zero() {
		if err := d.fromGroup(tx, s, o, &full); err != nil {
			return full, err
		}
	}
	maps.Copy(full.Answers, o.Answers)
	return full, nil
}

func timeOf(at time.Time) screening.DateTime {
	at = at.In(onSite)
	return screening.DateTime{Date: dayOf(at), Hour: at.Hour(), Minute: at.Minute(), Second: at.Second(), OffsetMinutes: 7 * 60}
}
