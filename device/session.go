package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"raksa/casefile"
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
	var wait *Wait
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		var here bool
		if row, here, err = peopleTable.Get(tx, person[:]); err != nil || !here {
			return err
		}
		nowMillis := d.now().UnixMilli()
		left := row.RetryMillis - nowMillis
		if left <= 0 {
			row.Wrong++
		}
		if most := retryMillis(row.Wrong); left <= 0 || left > most {
			row.RetryMillis = nowMillis + most // longer than that, the clock was set back: begin the wait again
		}
		if left > 0 {
			wait = &Wait{Seconds: int((row.RetryMillis - nowMillis + 999) / 1000)}
		}
		return peopleTable.Put(tx, person[:], row)
	})
	if err == nil && wait != nil {
		err = wait
	}
	return row, err
}

// retryMillis is the wait after so many wrong tries.
func retryMillis(wrong int) int64 {
	return min(retryMaxMillis, int64(retryFirstMillis)<<min(max(wrong-1, 0), 20))
}

func (d *Device) endTry(ctx context.Context, person syncengine.PersonID) error {
	return d.changePerson(ctx, person, func(row *personRow) { row.Wrong, row.RetryMillis = 0, 0 })
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

// receivingKey is nil once the session has ended.
func (s *session) receivingKey() *vault.ReceivingKey {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.receive
}

// Lock signs whoever is there out. Pushing and storing go on.
func (d *Device) Lock() {
	d.mu.Lock()
	s := d.session
	d.session = nil
	d.mu.Unlock()
	s.end()
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

// catchUp does what had to wait for an unlock: keys that were delivered, a new
// node id after a fork, the folding of what came in, and letting closed groups go.
func (d *Device) catchUp(ctx context.Context) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	// This program may know a form version that the last one did not.
	if err := d.Store.Update(ctx, syncengine.Reopen); err != nil {
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
	return d.dropGroups(ctx) // one was closed elsewhere meanwhile
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
