package device

import (
	"context"

	"raksa/casefile"
	"raksa/syncengine"
)

// learnForms puts every form version that came as a record on the shelf. A
// locked device does it, too: a form is in the clear. What came before its form
// is read from then on.
func (d *Device) learnForms(ctx context.Context) error {
	var fresh []*syncengine.Record
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return d.everyOf(tx, casefile.KindForm, func(rec *syncengine.Record) error {
			if !d.shelf.Holds(rec.ID) {
				fresh = append(fresh, rec)
			}
			return nil
		})
	})
	news := false
	for _, rec := range fresh {
		news = d.shelf.Put(rec) || news
	}
	if err != nil || !news {
		return err
	}
	return d.Store.Update(ctx, syncengine.Reopen)
}

// FormVersion is the version with which new interviews are begun here.
func (d *Device) FormVersion() string { return d.shelf.Newest().Version() }

// MoveForm moves an open interview to a form version that is known here. Nothing
// of it is lost: see casefile.Interview.MoveDraft.
func (d *Device) MoveForm(ctx context.Context, id syncengine.RecordID, version string) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	to := d.Forms(version)
	if to == nil {
		return ErrNotFound
	}
	return d.saveInto(ctx, s, id, func(_ syncengine.Tx, seen *casefile.Seen) (syncengine.Draft, error) {
		if seen.Closed {
			return syncengine.Draft{}, ErrClosed
		}
		if seen.Form.Version() == version {
			return syncengine.Draft{}, casefile.ErrNothing
		}
		draft, _, err := seen.MoveDraft(to, s.person)
		return draft, err
	})
}
