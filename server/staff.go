package server

import (
	"crypto/sha256"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// errNoStaff: nobody of that id works here.
var errNoStaff = errors.New("server: no such member of staff")

// bucketSlot holds the desk slot of a person: what their secret opens.
const bucketSlot = "desk-slot"

// staff gives a member of staff.
func (o *Office) staff(tx syncengine.Tx, id syncengine.PersonID) (casefile.Staff, error) {
	rec, err := o.read(tx, syncengine.RecordID(id))
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return casefile.Staff{}, errNoStaff
	}
	if err != nil {
		return casefile.Staff{}, err
	}
	var other *casefile.NotOfKind
	s, err := casefile.OpenStaff(rec)
	if errors.As(err, &other) {
		err = errNoStaff
	}
	return s, err
}

// AddStaff enters somebody into the directory. With a secret they may sign in
// at the desk; their signing key then lives behind it.
func (o *Office) AddStaff(tx syncengine.Tx, s casefile.Staff, secret []byte, by syncengine.PersonID) (syncengine.PersonID, error) {
	if s.ID.Zero() {
		id, err := o.newID()
		if err != nil {
			return s.ID, err
		}
		s.ID = id
	}
	if len(secret) > 0 {
		own, err := vault.NewVault(o.Random)
		if err != nil {
			return s.ID, err
		}
		defer own.Lock()
		slot, public, err := own.AddPerson(o.Random, s.ID, secret, o.SecretCost)
		if err != nil {
			return s.ID, err
		}
		s.Key = public
		if err := tx.Put(bucketSigner, signerKey(s.ID, public), public); err != nil {
			return s.ID, err
		}
		if err := tx.Put(bucketSlot, s.ID[:], slot); err != nil {
			return s.ID, err
		}
	}
	if err := o.publish(tx, casefile.KindStaff, syncengine.RecordID(s.ID), by, s); err != nil {
		return s.ID, err
	}
	return s.ID, o.audit(tx, Leaf{What: "staff", Person: by.String(), Record: s.ID.String()})
}

// AddOrganisation enters a partner into the directory.
func (o *Office) AddOrganisation(tx syncengine.Tx, org casefile.Organisation, by syncengine.PersonID) (syncengine.RecordID, error) {
	if org.ID.Zero() {
		id, err := o.newID()
		if err != nil {
			return org.ID, err
		}
		org.ID = id
	}
	return org.ID, o.publish(tx, casefile.KindOrganisation, org.ID, by, org)
}

// takeSigners enters the keys with which people sign on this device into the
// directory. A person has a key on every device where they sign. A device speaks
// only for those who may work on it, so that a stolen one cannot sign for a
// supervisor or for another center.
func (v *visit) takeSigners() error {
	if v.device.Entry.Revoked {
		return nil // whoever has it now signs for nobody
	}
	for _, signer := range v.request.SignerKeys {
		s, err := v.office.staff(v.tx, signer.Person)
		if errors.Is(err, errNoStaff) {
			continue
		}
		if err != nil {
			return err
		}
		if !v.device.speaksFor(s) {
			continue
		}
		key := signerKey(signer.Person, signer.Public)
		known, err := v.tx.Get(bucketSigner, key)
		if err != nil {
			return err
		}
		if known != nil {
			continue
		}
		if err := v.tx.Put(bucketSigner, key, signer.Public); err != nil {
			return err
		}
		if err := v.office.audit(v.tx, Leaf{What: "signer", Person: s.ID.String(), Device: v.device.ID.String()}); err != nil {
			return err
		}
		s.Key = signer.Public
		if err := v.office.publish(v.tx, casefile.KindStaff, syncengine.RecordID(s.ID), officeHand, s); err != nil {
			return err
		}
	}
	return nil
}

// speaksFor reports whether somebody may sign on this device: the person whom
// its ticket named, an interviewer of its center, a worker of its organisation.
func (d *deviceRow) speaksFor(s casefile.Staff) bool {
	switch {
	case s.Left:
		return false
	case s.ID == d.First:
		return true
	case d.Entry.Profile == screening.PartnerDevice:
		return s.Role == screening.Partner && s.Organisation == d.Entry.Organisation
	}
	return s.Role == screening.Interviewer && s.Center == d.Entry.Center
}

// bucketSigner keeps every key that a person signs with: person ‖ hash of the
// key: the key.
const bucketSigner = "signer"

func signerKey(person syncengine.PersonID, public []byte) []byte {
	sum := sha256.Sum256(public)
	return append(person[:], sum[:]...)
}

// signed reports whether a block carries its author's own signature, by any of
// the keys that the author is known to sign with.
func (o *Office) signed(tx syncengine.Tx, c *syncengine.Change, writes []syncengine.Write) (bool, error) {
	at := slices.IndexFunc(writes, func(w syncengine.Write) bool { return w.Field == syncengine.SignatureField })
	if at < 0 {
		return false, nil
	}
	digest := sha256.Sum256(syncengine.SignedMessage(c.Head(), writes))
	valid := false
	err := tx.Scan(bucketSigner, c.Author[:], func(_, public []byte) error {
		valid = valid || vault.VerifyAct(public, digest, writes[at].Value) == nil
		return nil
	})
	return valid, err
}

// NobodyYet reports whether the directory is empty: a new office.
func (o *Office) NobodyYet(tx syncengine.Tx) (bool, error) {
	empty := true
	err := o.everyStaff(tx, func(casefile.Staff) error { empty = false; return nil })
	return empty, err
}

// everyStaff calls fn for everybody in the directory.
func (o *Office) everyStaff(tx syncengine.Tx, fn func(casefile.Staff) error) error {
	return o.everyOf(tx, casefile.KindStaff, func(rec *syncengine.Record) error {
		s, err := casefile.OpenStaff(rec)
		if notOfKind(err) {
			return nil // made up by a device: in quarantine, nobody's entry
		}
		if err != nil {
			return err
		}
		return fn(s)
	})
}

// everyOrganisation calls fn for every partner organisation.
func (o *Office) everyOrganisation(tx syncengine.Tx, fn func(casefile.Organisation) error) error {
	return o.everyOf(tx, casefile.KindOrganisation, func(rec *syncengine.Record) error {
		org, err := casefile.OpenOrganisation(rec)
		if notOfKind(err) {
			return nil
		}
		if err != nil {
			return err
		}
		return fn(org)
	})
}

func notOfKind(err error) bool {
	var other *casefile.NotOfKind
	return errors.As(err, &other)
}

// everyOf calls fn for every record of a kind.
func (o *Office) everyOf(tx syncengine.Tx, kind syncengine.Kind, fn func(*syncengine.Record) error) error {
	return syncengine.Records(tx, func(id syncengine.RecordID, k syncengine.Kind) error {
		if k != kind {
			return nil
		}
		rec, err := o.read(tx, id)
		if err != nil {
			return err
		}
		return fn(rec)
	})
}
