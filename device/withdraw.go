package device

import (
	"context"
	"errors"
	"strings"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Withdraw records that the person took consent back, signed by who took it. It
// goes to the office before everything else can be sent on.
func (d *Device) Withdraw(ctx context.Context, id syncengine.RecordID, taken screening.Scope) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	err = d.saveInto(ctx, s, id, func(_ syncengine.Tx, seen *casefile.Seen) (syncengine.Draft, error) {
		return seen.WithdrawDraft(s.person, taken)
	})
	if errors.Is(err, casefile.ErrNothing) {
		err = nil // taken back already
	}
	return err
}

// WithdrawBySlip takes consent back by the opaque code on a person's slip.
// ErrNotFound when no interview here has it.
func (d *Device) WithdrawBySlip(ctx context.Context, slip string, taken screening.Scope) error {
	all, err := d.List(ctx)
	if err != nil {
		return err
	}
	wanted := plainSlip(slip)
	for _, one := range all {
		if wanted == "" || plainSlip(one.Slip) != wanted {
			continue
		}
		if one.Seen == nil {
			return syncengine.ErrNoKey // closed here; a case device or the office can
		}
		return d.Withdraw(ctx, one.ID, taken)
	}
	return ErrNotFound
}

// FileWithdrawal files that a person took consent back, by a code that no
// interview here has: it was closed here, or made elsewhere. The office carries
// it out when it hears of it. ErrNotFound for what is no code at all; a
// partner's device gets ErrNotAllowed, for the office would hold its word back.
func (d *Device) FileWithdrawal(ctx context.Context, slip string, taken screening.Scope) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	if !casefile.MayWriteKind(d.Profile(), casefile.KindWithdrawal) {
		return ErrNotAllowed
	}
	plain := []byte(plainSlip(slip))
	if len(plain) != slipRandom+1 || plain[slipRandom] != slipCheck(plain) {
		return ErrNotFound
	}
	return d.update(ctx, s, syncengine.RecordID{}, func(tx syncengine.Tx) error {
		id, commit, err := d.makeRecord(tx, s)
		if err != nil {
			return err
		}
		_, err = d.save(tx, s, casefile.SlipDraft(id, commit[:], s.person, printedSlip(string(plain)), taken))
		return err
	})
}

// plainSlip brings a code as it was read aloud or typed into one form.
func plainSlip(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(slipLetters, r) {
			return r
		}
		return -1
	}, strings.ToUpper(text))
}

// LongForm asks for the long form of an interview.
func (d *Device) LongForm(ctx context.Context, id syncengine.RecordID) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	err = d.saveInto(ctx, s, id, func(_ syncengine.Tx, seen *casefile.Seen) (syncengine.Draft, error) {
		if seen.Closed && d.identity().Profile == screening.Capture {
			return syncengine.Draft{}, ErrClosed
		}
		return seen.KindDraft(s.person, form.Long)
	})
	if errors.Is(err, casefile.ErrNothing) {
		err = nil
	}
	return err
}

// setAside changes what this device remembers of an open interview for itself.
func (d *Device) setAside(ctx context.Context, id syncengine.RecordID, fn func(*asideRow)) error {
	if s, err := d.open(); err == nil {
		defer s.forget(id)
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		before, _, err := asideTable.Get(tx, id[:])
		if err != nil {
			return err
		}
		after := before
		if fn(&after); after == before {
			return nil
		}
		return asideTable.Put(tx, id[:], after)
	})
}
