package device

import (
	"context"
	"encoding/hex"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// Refer asks for a referral. It always travels to the office, which makes the
// partner's copy only if consent stands at that moment.
func (d *Device) Refer(ctx context.Context, id syncengine.RecordID, r casefile.Request) (string, error) {
	s, err := d.uncovered()
	if err != nil {
		return "", err
	}
	var raw [8]byte
	if _, err := d.Random.Read(raw[:]); err != nil {
		return "", err
	}
	r.ID = hex.EncodeToString(raw[:])
	receiver, err := d.organisation(ctx, r.Organisation)
	if err != nil {
		return "", err
	}
	if r.Service == "" || r.Urgency == "" {
		return "", ErrChoice
	}
	return r.ID, d.saveInto(ctx, s, id, func(tx syncengine.Tx, seen *casefile.Seen) (syncengine.Draft, error) {
		if err := d.mayRefer(tx, seen, receiver.Agency); err != nil {
			return syncengine.Draft{}, err
		}
		return seen.RequestDraft(s.person, r)
	})
}

// mayRefer says why an interview cannot be referred to a kind of receiver now.
func (d *Device) mayRefer(tx syncengine.Tx, seen *casefile.Seen, receiver screening.Agency) error {
	stop, _, err := stopTable.Get(tx, seen.ID[:])
	if err != nil {
		return err
	}
	consent := seen.Consent()
	switch {
	case stop.stops(), len(consent.Withdrawn) > 0 && !consent.MayRefer():
		return casefile.ErrNoConsent
	case !consent.MayRefer(), receiver != "" && consent.ShareWith(receiver) == screening.ShareNone:
		return ErrNoConsent
	}
	return nil
}

func (d *Device) organisation(ctx context.Context, id string) (casefile.Organisation, error) {
	all, err := d.Organisations(ctx)
	if err != nil {
		return casefile.Organisation{}, err
	}
	at := slices.IndexFunc(all, func(o casefile.Organisation) bool { return o.ID.String() == id })
	if at < 0 {
		return casefile.Organisation{}, ErrChoice
	}
	return all[at], nil
}

// SentReferral is one referral as its sender sees it on this device.
type SentReferral struct {
	casefile.Request
	Interview syncengine.RecordID
	State     casefile.ReferralState
	Answer    casefile.Answer // on a case device, once the partner answered
	At        time.Time
	// Stopped is since when consent is known here to be taken back; zero when it
	// stands, or when only this record's own page said so.
	Stopped time.Time
	Where   Where
}
