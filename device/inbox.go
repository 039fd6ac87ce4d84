package device

import (
	"context"
	"errors"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
)

// Copy is a referral at a partner: the copy, and what was answered.
type Copy struct {
	casefile.Referral
	Record  *syncengine.Record
	Form    string
	Answer  casefile.Answer // zero before the first word
	State   casefile.ReferralState
	Steps   []casefile.Answer // every word of the partner, oldest first
	Stopped bool              // consent was taken back, and the copy must go
	Since   time.Time         // of the stop notice
	Where   Where
}

// Inbox lists the copies on a partner's device, stop notices first, then by age.
func (d *Device) Inbox(ctx context.Context) ([]Copy, error) {
	s, err := d.uncovered()
	if err != nil {
		return nil, err
	}
	var copies []Copy
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		answers, err := d.answers(tx, s)
		if err != nil {
			return err
		}
		places, err := d.placer(tx)
		if err != nil {
			return err
		}
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			if kind != casefile.KindReferral {
				return nil
			}
			one, here, err := d.copy(tx, s, id, answers)
			if err != nil || !here {
				return err
			}
			if one.Where, err = places.where(one.Answer.ID); err != nil {
				return err
			}
			copies = append(copies, one)
			return nil
		})
	})
	slices.SortStableFunc(copies, func(a, b Copy) int {
		switch {
		case a.Stopped != b.Stopped:
			if a.Stopped {
				return -1
			}
			return 1
		case a.MadeMillis < b.MadeMillis:
			return -1
		case a.MadeMillis > b.MadeMillis:
			return 1
		}
		return 0
	})
	return copies, err
}

// answers gives every partner's answer that is here, by the copy it answers.
func (d *Device) answers(tx syncengine.Tx, s *session) (map[syncengine.RecordID]casefile.Answer, error) {
	found := map[syncengine.RecordID]casefile.Answer{}
	err := syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
		if kind != casefile.KindAnswer {
			return nil
		}
		rec, err := s.engine.Read(tx, id)
		if err != nil {
			return err
		}
		if answer, err := casefile.OpenAnswer(rec); err == nil && answer.Stamp >= found[answer.Referral].Stamp {
			found[answer.Referral] = answer
		}
		return nil
	})
	return found, err
}

func (d *Device) copy(tx syncengine.Tx, s *session, id syncengine.RecordID, answers map[syncengine.RecordID]casefile.Answer) (one Copy, here bool, err error) {
	stop, stopped, err := stopTable.Get(tx, id[:])
	if err != nil || stop.Done {
		return one, false, err
	}
	rec, err := s.engine.Read(tx, id)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return one, false, nil
	}
	if err != nil || rec.Erased {
		return one, false, err
	}
	if len(rec.Classes) == 0 && !stopped {
		return one, false, nil // its keys are not here yet
	}
	referral, err := casefile.OpenReferral(rec, d.Forms)
	if err != nil {
		return one, false, nil // of a form version that is unknown here
	}
	one = Copy{Referral: *referral, Record: rec, Form: rec.Form, Answer: answers[id], State: casefile.Received, Stopped: stopped}
	if one.Answer.State != "" {
		one.State = one.Answer.State
	}
	if stopped {
		one.State, one.Since = casefile.Withdrawn, time.UnixMilli(stop.Millis)
	}
	return one, true, nil
}

// Received gives one copy on a partner's device.
func (d *Device) Received(ctx context.Context, id syncengine.RecordID) (one Copy, err error) {
	s, err := d.uncovered()
	if err != nil {
		return one, err
	}
	return one, d.Store.View(ctx, func(tx syncengine.Tx) error {
		answers, err := d.answers(tx, s)
		if err != nil {
			return err
		}
		var here bool
		if one, here, err = d.copy(tx, s, id, answers); err != nil || !here {
			return errors.Join(err, notHere(here))
		}
		places, err := d.placer(tx)
		if err == nil {
			one.Where, err = places.where(one.Answer.ID)
		}
		return err
	})
}

// AnswerReferral is a partner's word on a copy: accepted, declined with a
// reason, started, completed.
func (d *Device) AnswerReferral(ctx context.Context, referral syncengine.RecordID, to casefile.ReferralState, reason, note string) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	if to == casefile.Declined && reason == "" {
		return ErrReason
	}
	return d.update(ctx, s, referral, func(tx syncengine.Tx) error {
		answers, err := d.answers(tx, s)
		if err != nil {
			return err
		}
		one, here, err := d.copy(tx, s, referral, answers)
		switch {
		case err != nil || !here:
			return errors.Join(err, notHere(here))
		case one.Stopped:
			return ErrStopped
		}
		return d.saveAnswer(tx, s, one, to, reason, note)
	})
}

func (d *Device) saveAnswer(tx syncengine.Tx, s *session, one Copy, to casefile.ReferralState, reason, note string) error {
	var rec *syncengine.Record
	id, commit := one.Answer.ID, [16]byte{}
	var err error
	first := id.Zero()
	if first {
		id, commit, err = d.makeRecord(tx, s)
	} else {
		rec, err = s.engine.Read(tx, id)
	}
	if err != nil {
		return err
	}
	draft, err := casefile.AnswerDraft(id, rec, &one.Referral, s.person, to, reason, note)
	if err != nil {
		return err
	}
	if first {
		draft.Commit = commit[:]
	}
	_, err = d.save(tx, s, draft)
	return err
}

// sayDeleted lets the office know that the copy is gone from here.
func (d *Device) sayDeleted(tx syncengine.Tx, s *session, referral syncengine.RecordID, before casefile.Answer) error {
	id, commit := before.ID, [16]byte{}
	var rec *syncengine.Record
	var err error
	first := id.Zero()
	if first {
		id, commit, err = d.makeRecord(tx, s)
	} else {
		rec, err = s.engine.Read(tx, id)
	}
	if err != nil {
		return err
	}
	draft := casefile.DeletedDraft(id, rec, referral, s.person)
	if first {
		draft.Commit = commit[:]
	}
	_, err = d.save(tx, s, draft)
	return err
}

// ConfirmDeletion deletes a partner's copy after a stop notice: its keys and
// everything that was opened with them. The office is told.
func (d *Device) ConfirmDeletion(ctx context.Context, referral syncengine.RecordID) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	err = d.update(ctx, s, referral, func(tx syncengine.Tx) error {
		stop, stopped, err := stopTable.Get(tx, referral[:])
		if err != nil || !stopped {
			return errors.Join(err, notHere(stopped))
		}
		answers, err := d.answers(tx, s)
		if err != nil {
			return err
		}
		if err := d.sayDeleted(tx, s, referral, answers[referral]); err != nil {
			return err
		}
		stop.Done = true
		if err := stopTable.Put(tx, referral[:], stop); err != nil {
			return err
		}
		if err := s.ring.Drop(tx, referral); err != nil {
			return err
		}
		return syncengine.DropFolded(tx, referral)
	})
	if err != nil {
		return err
	}
	return d.scour(ctx)
}
