package device

import (
	"context"
	"errors"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// personRow is somebody enrolled on this device.
type personRow struct {
	Name        string           `json:"name"`
	Agency      screening.Agency `json:"agency"`
	Role        screening.Role   `json:"role"`
	Slot        []byte           `json:"slot"`   // the vault under their secret
	Public      []byte           `json:"public"` // what their signature is checked with
	Lang        string           `json:"lang,omitempty"`
	Wrong       int              `json:"wrong,omitempty"` // tries since the last right one
	RetryMillis int64            `json:"retry,omitempty"` // no try before this time
}

// Person is somebody who can sign in on this device.
type Person struct {
	ID     syncengine.PersonID
	Name   string
	Agency screening.Agency
	Role   screening.Role
	Lang   string
}

// Person gives who is signed in.
func (d *Device) Person(ctx context.Context) (Person, error) {
	s, err := d.open()
	if err != nil {
		return Person{}, err
	}
	var row personRow
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		var here bool
		row, here, err = peopleTable.Get(tx, s.person[:])
		return errors.Join(err, notHere(here))
	})
	return row.person(s.person), err
}

// People lists who can sign in here.
func (d *Device) People(ctx context.Context) ([]Person, error) {
	var people []Person
	err := d.Store.View(ctx, func(tx syncengine.Tx) error {
		return peopleTable.Each(tx, nil, func(key []byte, row personRow) error {
			people = append(people, row.person(syncengine.PersonID(key)))
			return nil
		})
	})
	return people, err
}

func (r personRow) person(id syncengine.PersonID) Person {
	return Person{ID: id, Name: r.Name, Agency: r.Agency, Role: r.Role, Lang: r.Lang}
}

func (d *Device) changePerson(ctx context.Context, person syncengine.PersonID, fn func(*personRow)) error {
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		row, here, err := peopleTable.Get(tx, person[:])
		if err != nil || !here {
			return errors.Join(err, notHere(here))
		}
		fn(&row)
		return peopleTable.Put(tx, person[:], row)
	})
}

func notHere(here bool) error {
	if here {
		return nil
	}
	return ErrNotFound
}

// AddPerson lets another person open this device, by somebody who has it open.
// Who they are stands in the office's directory.
func (d *Device) AddPerson(ctx context.Context, person syncengine.PersonID, secret []byte) error {
	s, err := d.uncovered()
	if err != nil {
		return err
	}
	if !longEnough(secret) {
		return ErrSecretShort
	}
	staff, err := d.Staff(ctx, person)
	if err != nil {
		return err
	}
	if !d.worksHere(staff) {
		return ErrNotAllowed
	}
	slot, public, err := s.vault.AddPerson(d.Random, person, secret, d.cost())
	if err != nil {
		return err
	}
	row := personRow{Name: staff.Name, Agency: staff.Agency, Role: staff.Role, Slot: slot, Public: public}
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error { return peopleTable.Put(tx, person[:], row) })
	if err == nil {
		d.stir()
	}
	return err
}

// worksHere keeps a partner's people off a center's device and the reverse.
func (d *Device) worksHere(staff casefile.Staff) bool {
	self := d.identity()
	return !staff.Left && staff.Organisation == self.Organisation && (staff.Center == "" || staff.Center == self.Center)
}

// SetLanguage remembers the language of who is signed in.
func (d *Device) SetLanguage(ctx context.Context, lang string) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	return d.changePerson(ctx, s.person, func(row *personRow) { row.Lang = lang })
}

func longEnough(secret []byte) bool { return len([]rune(string(secret))) >= secretRunesMin }
