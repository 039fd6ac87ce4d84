package device

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"sync"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// session is the time between signing in and locking: the open vault and
// whatever was read with it. All of it goes when the device locks.
type session struct {
	person  syncengine.PersonID
	vault   *vault.Unlocked
	ring    vault.Keyring
	engine  *syncengine.Engine
	receive *vault.ReceivingKey

	mu         sync.Mutex
	read       map[syncengine.RecordID]*casefile.Interview // what was read since it last changed
	rows       map[syncengine.RecordID]Someone             // the rows of lists, likewise
	directory  *directory                                  // likewise; nil before it is read
	generation int                                         // counts forgetting, so that no older reading comes back
	pin        []byte                                      // of the quick cover; in memory only
	pinWrong   int
	covered    bool
	coveredAt  time.Time
	began      time.Time
	group      syncengine.RecordID // whose people are on the home page
}

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

// Limits of guessing.
const (
	secretRunesMin   = 8
	pinWrongMax      = 5
	retryMaxMillis   = 15 * 60 * 1000
	pinDigitsMin     = 4
	coverMax         = 5 * time.Minute // then the cover becomes a lock
	sessionMax       = 12 * time.Hour  // a shift
	retryFirstMillis = 1000
)

// Person is somebody who can sign in on this device.
type Person struct {
	ID     syncengine.PersonID
	Name   string
	Agency screening.Agency
	Role   screening.Role
	Lang   string
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

// SignIn opens the vault with a person's secret. Wrong tries cost a growing
// wait, which a restart does not shorten.
func (d *Device) SignIn(ctx context.Context, person syncengine.PersonID, secret []byte) error {
	self := d.identity()
	if self.Device.Zero() {
		return ErrNotEnrolled
	}
	if self.Revoked {
		return ErrRevoked
	}
	row, err := d.beginTry(ctx, person)
	if err != nil {
		return err
	}
	open, err := d.openSlot(row, secret)
	if err != nil {
		return err
	}
	s, err := d.newSession(self, open, person)
	if err != nil {
		open.Lock()
		return err
	}
	if err := d.endTry(ctx, person); err != nil {
		open.Lock()
		return err
	}
	d.mu.Lock()
	before := d.session
	d.session = s
	d.mu.Unlock()
	before.end()
	return d.catchUp(ctx)
}

// beginTry counts the try as wrong before it is made, so that pulling the power
// during the guess does not give it back.
func (d *Device) beginTry(ctx context.Context, person syncengine.PersonID) (row personRow, err error) {
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		var here bool
		if row, here, err = peopleTable.Get(tx, person[:]); err != nil || !here {
			return err
		}
		nowMillis := d.now().UnixMilli()
		if left := row.RetryMillis - nowMillis; left > 0 {
			return &Wait{Seconds: int((left + 999) / 1000)}
		}
		row.Wrong++
		row.RetryMillis = nowMillis + min(retryMaxMillis, int64(retryFirstMillis)<<min(row.Wrong-1, 20))
		return peopleTable.Put(tx, person[:], row)
	})
	return row, err
}

func (d *Device) endTry(ctx context.Context, person syncengine.PersonID) error {
	return d.changePerson(ctx, person, func(row *personRow) { row.Wrong, row.RetryMillis = 0, 0 })
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

// openSlot takes as long for a person without a slot as for a wrong secret.
func (d *Device) openSlot(row personRow, secret []byte) (*vault.Unlocked, error) {
	if len(row.Slot) == 0 {
		vault.RefuseUnknown(d.cost(), secret)
		return nil, ErrWrongSecret
	}
	open, err := vault.OpenSlotAtLeast(d.SecretCost, row.Slot, secret)
	if errors.Is(err, vault.ErrWrongSecret) {
		return nil, ErrWrongSecret
	}
	return open, err
}

// cost is what one guess at a new slot costs.
func (d *Device) cost() vault.Params {
	if d.SecretCost == (vault.Params{}) {
		return vault.FloorParams()
	}
	return d.SecretCost
}

func (d *Device) newSession(self identity, open *vault.Unlocked, person syncengine.PersonID) (*session, error) {
	s := &session{
		person: person, vault: open, began: d.Now(),
		read: map[syncengine.RecordID]*casefile.Interview{}, rows: map[syncengine.RecordID]Someone{},
	}
	s.ring = vault.NewKeyring(open.Wrapper, d.Random)
	s.engine = d.engineFor(open.Wrapper)
	var err error
	if s.receive, err = open.OpenReceivingKey(self.Device, self.ReceivingKey); err != nil {
		return nil, fmt.Errorf("device: open the receiving key: %w", err)
	}
	return s, nil
}

// end overwrites the keys. A nil session has none.
func (s *session) end() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vault.Lock()
	clear(s.pin)
	s.pin, s.read, s.rows, s.directory, s.receive = nil, nil, nil, nil, nil
}

// Lock signs whoever is there out. Pushing and storing go on.
func (d *Device) Lock() {
	d.mu.Lock()
	s := d.session
	d.session = nil
	d.mu.Unlock()
	s.end()
}

// expire locks a session whose time is over: covered for five minutes, or open
// for a shift (protection study, 3.5).
func (d *Device) expire() {
	s, err := d.open()
	if err != nil {
		return
	}
	s.mu.Lock()
	over := s.covered && d.Now().Sub(s.coveredAt) > coverMax || d.Now().Sub(s.began) > sessionMax
	s.mu.Unlock()
	if over {
		d.Lock()
	}
}

// open gives the session, or the reason why nothing can be read or saved now.
func (d *Device) open() (*session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.self.Device.Zero():
		return nil, ErrNotEnrolled
	case d.self.Revoked:
		return nil, ErrRevoked
	case d.session == nil:
		return nil, ErrLocked
	}
	return d.session, nil
}

// uncovered is open, and refuses while the quick cover is on.
func (d *Device) uncovered() (*session, error) {
	s, err := d.open()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.covered {
		return nil, ErrCovered
	}
	return s, nil
}

// SetPIN sets the short PIN of the quick cover. It lives in memory only.
func (d *Device) SetPIN(pin string) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.covered || len(pin) < pinDigitsMin {
		return ErrSecretShort
	}
	s.pin = []byte(pin)
	return nil
}

// Cover blanks the pages; the vault stays open. Without a PIN there is no way
// back, so the device locks.
func (d *Device) Cover() error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.covered, s.coveredAt = true, d.Now()
	hard := len(s.pin) == 0
	s.mu.Unlock()
	if hard {
		d.Lock()
		return ErrLocked
	}
	return nil
}

// Uncover brings the pages back. The fifth wrong PIN locks the device.
func (d *Device) Uncover(pin string) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	right := s.covered && sameSecret([]byte(pin), s.pin)
	if right {
		s.covered, s.pinWrong = false, 0
	} else {
		s.pinWrong++
	}
	hard := s.pinWrong >= pinWrongMax
	s.mu.Unlock()
	switch {
	case hard:
		d.Lock()
		return ErrLocked
	case !right:
		return ErrWrongSecret
	}
	return nil
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

func sameSecret(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }

func longEnough(secret []byte) bool { return len([]rune(string(secret))) >= secretRunesMin }

// catchUp does what had to wait for an unlock: keys that were delivered, a new
// node id after a fork, and the folding of what came in.
func (d *Device) catchUp(ctx context.Context) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	if err := d.takeKeys(ctx, s); err != nil {
		return err
	}
	if d.identity().ForkPending {
		if err := d.newNode(ctx, s); err != nil {
			return err
		}
	}
	s.forgetAll()
	d.stir()
	return nil
}

// forgetAll drops what was read, because something of it changed.
func (s *session) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.directory = nil
	clear(s.read)
	clear(s.rows)
}

// forget drops what was read of some records.
func (s *session) forget(ids ...syncengine.RecordID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	for _, id := range ids {
		delete(s.read, id)
		delete(s.rows, id)
	}
}

// forgetDirectory drops what was read of it, and the rows: who may see what
// hangs on the roles that stand there.
func (s *session) forgetDirectory() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.directory = nil
	clear(s.rows)
}

// link is how the office was last reached.
type link struct {
	connected bool
	since     time.Time
}
