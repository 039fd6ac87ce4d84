package server

import (
	"bytes"
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// withdrawals keeps the scopes that were ordered stopped, so that an order goes
// out once: record id ‖ scope.
const withdrawals syncengine.Table[int64] = "withdrawn"

// Withdraw carries out that a person took consent back: every device is told
// before it gets anything else, and receivers of earlier referrals get a stop
// notice. It works for a record of any center. Whoever files it at the desk signs;
// sign is nil where the office carries out what was signed on a device.
func (o *Office) Withdraw(tx syncengine.Tx, interview syncengine.RecordID, taken screening.Scope, by syncengine.PersonID, sign func([]byte) ([]byte, error)) error {
	key := append(interview[:], taken...)
	if _, here, err := withdrawals.Get(tx, key); err != nil || here {
		return err
	}
	if err := withdrawals.Put(tx, key, o.Now().UnixMilli()); err != nil {
		return err
	}
	if err := o.control(tx, interview, by, syncengine.Control{Op: syncengine.OpWithdraw, Target: string(taken)}); err != nil {
		return err
	}
	if err := o.writeWithdrawal(tx, interview, taken, by, sign); err != nil {
		return err
	}
	if err := o.audit(tx, Leaf{What: "withdraw", Person: by.String(), Record: interview.String(), Reason: string(taken)}); err != nil {
		return err
	}
	if taken == screening.ScopeRecontact || taken == screening.ScopeStatistics {
		return nil
	}
	return o.stopReferrals(tx, interview, by, func(released) (bool, error) { return true, nil })
}

// writeWithdrawal puts the withdrawal into the interview itself, unless it came
// from there.
func (o *Office) writeWithdrawal(tx syncengine.Tx, interview syncengine.RecordID, taken screening.Scope, by syncengine.PersonID, sign func([]byte) ([]byte, error)) error {
	iv, err := o.interview(tx, interview)
	if err != nil || iv.Record.Erased || iv.Consent().Taken(taken) {
		return err
	}
	draft, err := iv.WithdrawDraft(by, taken)
	if err != nil {
		return err
	}
	draft.Sign = sign
	_, err = o.save(tx, draft)
	return err
}

// stopReferrals sends a stop notice for every copy of an interview that must go.
func (o *Office) stopReferrals(tx syncengine.Tx, interview syncengine.RecordID, by syncengine.PersonID, must func(released) (bool, error)) error {
	return releases.Each(tx, interview[:], func(key []byte, row released) error {
		if row.Copy == "" || row.Stopped {
			return nil
		}
		if stop, err := must(row); err != nil || !stop {
			return err
		}
		id, err := syncengine.ParseRecordID(row.Copy)
		if err != nil {
			return err
		}
		row.Stopped, row.StoppedMillis = true, o.Now().UnixMilli()
		if err := releases.Put(tx, key, row); err != nil {
			return err
		}
		return o.control(tx, id, by, syncengine.Control{Op: syncengine.OpWithdraw, Target: string(screening.ScopeReferral)})
	})
}

// heedWithdrawal looks whether what just came in takes consent back, and
// carries it out in the same transaction.
func (o *Office) heedWithdrawal(tx syncengine.Tx, iv *casefile.Interview) error {
	id := iv.ID
	if iv.Record.Erased {
		return nil // and every copy with it
	}
	consent := iv.Consent()
	for _, taken := range screening.Scopes() {
		if !consent.Taken(taken) { // not any more: it was taken back by mistake, and can be again
			if err := withdrawals.Delete(tx, append(id[:], taken...)); err != nil {
				return err
			}
		}
		if consent.Withdrawn[taken] {
			if err := o.Withdraw(tx, id, taken, officeHand, nil); err != nil {
				return err
			}
		}
	}
	return o.stopReferrals(tx, id, officeHand, func(row released) (bool, error) { return o.overtaken(tx, consent, row) })
}

// overtaken reports whether consent to a copy that was made no longer stands,
// though nobody said that it is taken back: somebody else wrote a no, and the
// protective answer counts.
func (o *Office) overtaken(tx syncengine.Tx, consent screening.Consent, row released) (bool, error) {
	receiver, err := o.organisation(tx, row.Organisation)
	if errors.Is(err, errNoOrganisation) {
		return true, nil
	}
	return !consent.MayRefer() || consent.ShareWith(receiver.Agency) == screening.ShareNone, err
}

// ErrNoSlip: no interview has this code on its slip.
var ErrNoSlip = errors.New("server: no record with this slip code")

// FindSlip finds the interview that an opaque code on a person's slip names.
func (o *Office) FindSlip(tx syncengine.Tx, slip string) (syncengine.RecordID, error) {
	id, err := tx.Get(bucketSlip, o.slipKey(slip))
	if err == nil && len(id) != len(syncengine.RecordID{}) {
		err = ErrNoSlip
	}
	if err != nil {
		return syncengine.RecordID{}, err
	}
	return syncengine.RecordID(id), nil
}

// Erase forgets a record everywhere that can be reached: its wraps are deleted
// and refused from then on, and so is everything that was derived from it. The
// sealed bytes stay, so every chain still verifies. Copies at partners are
// erased with it.
func (o *Office) Erase(tx syncengine.Tx, record syncengine.RecordID, by syncengine.PersonID) error {
	erased := []syncengine.RecordID{record}
	if iv, err := o.interview(tx, record); err == nil && iv.Slip != "" {
		key := o.slipKey(iv.Slip)
		if named, err := tx.Get(bucketSlip, key); err != nil {
			return err
		} else if bytes.Equal(named, record[:]) {
			if err := tx.Delete(bucketSlip, key); err != nil {
				return err
			}
		}
	}
	if err := o.oweScour(tx); err != nil {
		return err
	}
	err := releases.Each(tx, record[:], func(_ []byte, row released) error {
		for _, text := range append(row.Answers, row.Copy) {
			if id, err := syncengine.ParseRecordID(text); err == nil {
				erased = append(erased, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, id := range erased {
		if err := o.control(tx, id, by, syncengine.Control{Op: syncengine.OpErase}); err != nil {
			return err
		}
		if err := o.forgetDerived(tx, id); err != nil {
			return err
		}
		if err := dropWaiting(tx, id); err != nil {
			return err
		}
		if err := cases.Delete(tx, id[:]); err != nil {
			return err
		}
		if err := o.audit(tx, Leaf{What: "erase", Person: by.String(), Record: id.String()}); err != nil {
			return err
		}
	}
	return nil
}
