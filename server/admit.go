package server

import (
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// Reasons for quarantine: codes, shown as sentences by the pages.
const (
	heldOfficeOnly    = "office_only"    // an order or a directory entry that only the office may write
	heldRevoked       = "device_revoked" // the device was revoked before this came in
	heldUnknownAuthor = "unknown_author" // nobody of that id works here
	heldKind          = "kind_not_allowed"
	heldClass         = "class_not_allowed" // the author's role may not write this class
	heldOutOfScope    = "out_of_scope"      // the record is none of this device's, or of another kind than it says
	heldUnreadable    = "does_not_open"     // damaged, or no key, or a form version unknown here
	heldErased        = "record_erased"
	heldUnsigned      = "unsigned" // an act that its author must sign, and did not
)

// admit looks at what came in, puts it into the streams of its record, and
// quarantines what may not count yet. Nothing is dropped and nothing waits.
func (o *Office) admit(tx syncengine.Tx, d *deviceRow, changes []*syncengine.Change, answer *syncengine.Answer) error {
	touched := map[syncengine.RecordID]bool{}
	for _, c := range changes {
		reason, err := o.objection(tx, d, c)
		if err != nil {
			return err
		}
		if reason != "" {
			answer.Quarantined = append(answer.Quarantined, syncengine.Held{Change: c.ID(), Reason: reason})
			if err := o.quarantine(tx, c, reason); err != nil {
				return err
			}
		}
		if reason != heldOutOfScope && reason != heldOfficeOnly {
			if err := o.place(tx, d, c); err != nil {
				return err
			}
		}
		touched[c.Record] = true
	}
	for _, c := range changes { // in order of arrival; a map has none
		if !touched[c.Record] {
			continue
		}
		delete(touched, c.Record)
		if err := o.heed(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// heed carries out what follows from a change that counts now, in the same
// transaction.
func (o *Office) heed(tx syncengine.Tx, c *syncengine.Change) error {
	iv, err := o.interview(tx, c.Record)
	if err != nil && !notOfKind(err) && !errors.Is(err, syncengine.ErrUnknownChange) {
		return err
	}
	if err == nil {
		if err := o.heedInterview(tx, iv); err != nil {
			return err
		}
	}
	switch c.Kind {
	case casefile.KindWithdrawal:
		return o.fileWithdrawal(tx, c.Record)
	case casefile.KindAnswer:
		return o.linkAnswer(tx, c)
	}
	return nil
}

// heedInterview carries out what follows from an interview as it stands now.
func (o *Office) heedInterview(tx syncengine.Tx, iv *casefile.Interview) error {
	if err := o.summariseAs(tx, iv); err != nil {
		return err
	}
	if err := o.heedWithdrawal(tx, iv); err != nil {
		return err
	}
	if iv.Slip == "" {
		return nil
	}
	return o.carryOutFiled(tx, iv)
}

// objection gives the reason why a change may not count yet, or "".
func (o *Office) objection(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) (string, error) {
	// Signatures, classes and streams are asked for by kind.
	kind, err := syncengine.KindOf(tx, c.Record)
	switch {
	case err != nil:
		return "", err
	case officeOnly(c):
		return heldOfficeOnly, nil
	case kind != c.Kind:
		return heldOutOfScope, nil
	case d.Entry.Revoked:
		return heldRevoked, nil
	case !casefile.MayWriteKind(d.Entry.Profile, c.Kind):
		return heldKind, nil
	case c.Kind == casefile.KindInterview && o.formIn(tx, c.Form) == nil:
		return heldUnreadable, nil // its block may open all the same; nobody here knows what it means
	}
	if inScope, err := o.inScope(tx, d, c); err != nil || !inScope {
		return heldOutOfScope, err
	}
	author, err := o.staff(tx, c.Author)
	if errors.Is(err, errNoStaff) || author.Left {
		return heldUnknownAuthor, nil
	}
	if err != nil {
		return "", err
	}
	for _, digest := range c.Digests {
		if !screening.May(author.Role, author.Agency, screening.Class(digest.Class), screening.Write) {
			return heldClass, nil
		}
	}
	return o.opens(tx, d, c)
}

// officeOnly reports a change that only the office may write: by its kind, or
// because a block of it lies in the clear.
func officeOnly(c *syncengine.Change) bool {
	_, clear := c.Digest(syncengine.ClassClear)
	return clear || casefile.OfficeOnly(c.Kind)
}

// opens tries every block: what cannot be read cannot count, and an act that is
// not signed by its author's own key cannot either.
func (o *Office) opens(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) (string, error) {
	for _, digest := range c.Digests {
		writes, err := o.engine.Open(tx, c, digest.Class)
		var malformed *syncengine.Malformed
		switch {
		case err == nil:
		case errors.Is(err, syncengine.ErrErased):
			return heldErased, nil
		case errors.Is(err, syncengine.ErrNoKey), errors.Is(err, syncengine.ErrBroken), errors.As(err, &malformed):
			return heldUnreadable, nil
		default:
			return "", err
		}
		if c.Kind == casefile.KindInterview && !casefile.InTheirClass(o.Forms(c.Form), digest.Class, writes) {
			return heldClass, nil
		}
		if center, claimed := casefile.ClaimedCenter(writes); claimed && center != d.Entry.Center && c.Kind == casefile.KindInterview {
			return heldOutOfScope, nil // it would be counted where nobody saw the person
		}
		if !casefile.MustBeSigned(c.Kind, writes) {
			continue
		}
		if valid, err := o.signed(tx, c, writes); err != nil || !valid {
			return heldUnsigned, err
		}
	}
	return "", nil
}

// inScope reports whether a device may write about a record: a new one, or one
// in a stream that it pulls or pushes to.
func (o *Office) inScope(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) (bool, error) {
	streams, known, err := scope.Get(tx, c.Record[:])
	if err != nil || !known {
		return err == nil, err
	}
	own := append(streamsOf(d.Entry), home(d.Entry, c.Kind))
	for _, stream := range streams {
		for _, mine := range own {
			if stream == mine {
				return true, nil
			}
		}
	}
	return o.lostHome(tx, d, c)
}

// home is the stream that a device's new records of a kind go to.
func home(d casefile.Device, kind syncengine.Kind) string {
	switch {
	case d.Profile == screening.PartnerDevice:
		return streamPartner(d.Organisation)
	case kind == casefile.KindGroup:
		return streamGroups(d.Center)
	}
	return streamCenter(d.Center)
}

// place puts a change into the streams of its record; a new record gets its
// first stream here.
func (o *Office) place(tx syncengine.Tx, d *deviceRow, c *syncengine.Change) error {
	lost, err := o.lostHome(tx, d, c)
	if err != nil {
		return err
	}
	_, known, err := scope.Get(tx, c.Record[:])
	if err != nil {
		return err
	}
	if !known || lost {
		if err := o.enter(tx, c.Record, home(d.Entry, c.Kind)); err != nil {
			return err
		}
	}
	return o.route(tx, c)
}

// quarantine writes the order that holds a change back everywhere alike.
func (o *Office) quarantine(tx syncengine.Tx, c *syncengine.Change, reason string) error {
	o.metrics.quarantined.WithLabelValues(reason).Inc()
	err := o.control(tx, c.Record, officeHand, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID(), Reason: reason})
	if err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "quarantine", Record: c.Record.String(), Change: c.ID().String(), Reason: reason})
}

// Release lets a quarantined change count after all; Discard never. Either is a
// named person's decision.
func (o *Office) Release(tx syncengine.Tx, id syncengine.ChangeID, by syncengine.PersonID, discard bool) error {
	c, err := tx.Change(id)
	if err != nil {
		return err
	}
	order := syncengine.Control{Op: syncengine.OpRelease, Change: id}
	switch {
	case discard:
		order.Op = syncengine.OpDiscard
	case officeOnly(c):
		// An order or a directory entry that a device made up: readers would obey it.
		return &Denied{Reason: heldOfficeOnly}
	default:
		// Under another kind it would pass by the rules of its record.
		if kind, err := syncengine.KindOf(tx, c.Record); err != nil || kind != c.Kind {
			return errors.Join(err, &Denied{Reason: heldKind})
		}
	}
	if err := o.control(tx, c.Record, by, order); err != nil {
		return err
	}
	if !discard { // it may have been kept out of the streams of its record
		if err := o.route(tx, c); err != nil {
			return err
		}
	}
	if err := o.engine.Refold(tx, c.Record); err != nil {
		return err
	}
	if err := o.audit(tx, Leaf{What: string(order.Op), Person: by.String(), Record: c.Record.String(), Change: id.String()}); err != nil {
		return err
	}
	if err := o.heed(tx, c); err != nil {
		return err
	}
	return o.postpone(tx, c.Record)
}
