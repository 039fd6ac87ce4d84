package device_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

// atOffice reads a field at the office.
func (o *office) read(id syncengine.RecordID, field string) (text string) {
	o.t.Helper()
	o.update(func(tx syncengine.Tx) error {
		rec, err := o.engine.Read(tx, id)
		if err != nil {
			return err
		}
		for _, v := range rec.Field(field).Live() {
			text += string(v.Value) + ";"
		}
		return nil
	})
	return text
}

func where(t *testing.T, d *device.Device, id syncengine.RecordID) device.Where {
	t.Helper()
	all, err := d.List(t.Context())
	must(t, err)
	for _, one := range all {
		if one.ID == id {
			return one.Where
		}
	}
	t.Fatal("the record is not on the list")
	return ""
}

func TestARecordIsAtTheOfficeOnlyWhenAllOfItIs(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	if got := where(t, d, id); got != device.OnTablet {
		t.Fatalf("before the first contact it is said to be at %q", got)
	}
	must(t, d.SyncOnce(t.Context()))
	if got := where(t, d, id); got != device.AtOffice {
		t.Fatalf("after contact it is said to be at %q", got)
	}
	if got := o.read(id, "idn_sex"); got != "female;" {
		t.Fatalf("the office reads %q", got)
	}
	save(t, d, id, "idn_given_km", "ចន្ធី")
	if got := where(t, d, id); got != device.OnTablet {
		t.Fatalf("with one more save it is said to be at %q", got)
	}
}

func TestALockedTabletStillPushesAndStores(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	other := o.enroll(options{profile: screening.Capture, person: bopha, name: "PTC-1"})
	mine := begin(t, d, "idn_sex", "female")
	theirs := begin(t, other, "idn_sex", "male")
	must(t, other.SyncOnce(t.Context()))
	d.Lock()
	must(t, d.SyncOnce(t.Context()))
	if got := o.read(mine, "idn_sex"); got != "female;" {
		t.Fatalf("the office reads %q from a locked tablet", got)
	}
	o.down.Store(true) // what is read next must have been stored while locked
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	if got := read(t, d, theirs, "idn_sex"); got != "=male" {
		t.Fatalf("what came while locked reads %q", got)
	}
}

func TestAWrongSecretWaitsLongerEachTime(t *testing.T) {
	c := newClock()
	o, dir := newOffice(t, c), t.TempDir()
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", dir: dir})
	d.Lock()
	last := 0
	for try := range 4 {
		if err := d.SignIn(t.Context(), dara, []byte("not the secret")); !errors.Is(err, device.ErrWrongSecret) {
			t.Fatalf("try %d: %v", try, err)
		}
		d = o.open(options{dir: dir}) // a restart gives nothing back
		var wait *device.Wait
		if err := d.SignIn(t.Context(), dara, []byte(secret)); !errors.As(err, &wait) || wait.Seconds <= last && try > 0 {
			t.Fatalf("try %d: got %v after a wait of %d s", try, err, last)
		}
		last = wait.Seconds
		c.pass(time.Duration(last) * time.Second)
	}
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	if err := d.SignIn(t.Context(), police, []byte(secret)); !errors.Is(err, device.ErrWrongSecret) {
		t.Fatalf("somebody who is not enrolled: %v", err)
	}
}

func TestALostAnswerCostsNothing(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	o.loseOne.Store(true)
	if err := d.SyncOnce(t.Context()); device.Code(err) != "office_unreachable" {
		t.Fatalf("got %v", err)
	}
	if where(t, d, id) != device.OnTablet {
		t.Fatal("an answer that never came is believed")
	}
	must(t, d.SyncOnce(t.Context()))
	if where(t, d, id) != device.AtOffice {
		t.Fatal("the repeat did not bring it to the office")
	}
}

func TestAnAnswerThatTheOfficeDidNotSignIsNotBelieved(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := begin(t, d, "idn_sex", "female")
	o.forge = func(a *syncengine.Answer) { a.OfficeMillis++ }
	if err := d.SyncOnce(t.Context()); !errors.Is(err, device.ErrOfficeSignature) {
		t.Fatalf("got %v", err)
	}
	if where(t, d, id) != device.OnTablet {
		t.Fatal("a forged receipt is believed")
	}
}

func TestAnErasedRecordIsForgottenAndStaysForgotten(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	id := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	o.order(id, syncengine.Control{Op: syncengine.OpErase})
	d.Lock() // orders are obeyed by a locked tablet too
	must(t, d.SyncOnce(t.Context()))
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
	if _, err := d.Record(t.Context(), id); device.Code(err) != "record_erased" {
		t.Fatalf("got %v", err)
	}
	if all, _ := d.List(t.Context()); len(all) != 0 {
		t.Fatal("an erased record is on the list")
	}
}

func TestARevokedTabletShowsNothingAndStillPushes(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	must(t, d.SyncOnce(t.Context()))
	id := begin(t, d, "idn_sex", "female")
	o.order(d.DeviceID(), syncengine.Control{Op: syncengine.OpRevoke, Target: d.DeviceID().String()})
	must(t, d.SyncOnce(t.Context()))
	if got := o.read(id, "idn_sex"); got != "female;" {
		t.Fatalf("the office reads %q", got)
	}
	if _, err := d.Record(t.Context(), id); !errors.Is(err, device.ErrRevoked) {
		t.Fatalf("a revoked tablet answers %v", err)
	}
	if err := d.SignIn(t.Context(), dara, []byte(secret)); !errors.Is(err, device.ErrRevoked) {
		t.Fatalf("a revoked tablet opens: %v", err)
	}
}

func TestACloneIsFoundAndBothBranchesStand(t *testing.T) {
	o, store := newOffice(t, newClock()), &memstore.Store{}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store})
	id := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	clone := o.open(options{store: store.Clone()})
	must(t, clone.SignIn(t.Context(), dara, []byte(secret)))
	save(t, d, id, "rec_act", "yes")
	save(t, clone, id, "rec_act", "no")
	must(t, d.SyncOnce(t.Context()))
	must(t, clone.SyncOnce(t.Context()))
	if got := o.read(id, "rec_act"); got != "yes;no;" && got != "no;yes;" {
		t.Fatalf("the office holds %q, want both", got)
	}
	if st, _ := clone.Status(t.Context()); st.Nodes != 2 {
		t.Fatalf("the clone is %d nodes, want a new one", st.Nodes)
	}
	save(t, clone, id, "tri_distress", "calm")
	after := begin(t, clone, "idn_sex", "male")
	must(t, clone.SyncOnce(t.Context()))
	if got := o.read(after, "idn_sex"); got != "male;" {
		t.Fatalf("a record of the new node reads %q at the office", got)
	}
}

func TestAnOfficeFromABackupGetsBackWhatItLost(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	early := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	backup := o.store.(*memstore.Store).Clone()
	late := begin(t, d, "idn_sex", "male")
	save(t, d, early, "rec_act", "yes")
	must(t, d.SyncOnce(t.Context()))
	o.store = backup
	for range 3 { // the first call finds out, the next ones repair
		must(t, d.SyncOnce(t.Context()))
	}
	if got := o.read(early, "rec_act") + o.read(late, "idn_sex"); got != "yes;male;" {
		t.Fatalf("the restored office reads %q", got)
	}
	if where(t, d, late) != device.AtOffice {
		t.Fatal("the badge does not come back")
	}
}

// Restored to before it ever met this node, the office needs the start of the
// node's ratchet again, or the keys that are sent again open nothing.
func TestAnOfficeThatLostTheRatchetGetsItAgain(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	backup := o.store.(*memstore.Store).Clone()
	id := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	o.store = backup
	clear(o.nodes)
	for range 3 {
		must(t, d.SyncOnce(t.Context()))
	}
	if got := o.read(id, "idn_sex"); got != "female;" {
		t.Fatalf("the restored office reads %q", got)
	}
}

func TestChangingAnAnswerOfAnotherDeviceNeedsAReason(t *testing.T) {
	o := newOffice(t, newClock())
	capture := o.enroll(options{profile: screening.Capture, person: bopha, name: "PTC-1"})
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	id := begin(t, capture, "idn_sex", "female")
	must(t, capture.SyncOnce(t.Context()))
	must(t, d.SyncOnce(t.Context()))
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	edit := device.Edit{Basis: casefile.BasisOf(seen.Record, "idn_sex"), Answers: answers("idn_sex", "male")}
	if _, err := d.SaveAnswers(t.Context(), id, edit); !errors.Is(err, device.ErrReason) {
		t.Fatalf("an answer of another device was changed without a reason: %v", err)
	}
	edit.Reasons = map[string]string{"idn_sex": "the person said so"}
	_, err = d.SaveAnswers(t.Context(), id, edit)
	must(t, err)
}

func TestAWaitEndsOnATabletWhoseClockIsBehindTheOffice(t *testing.T) {
	c := newClock()
	o := newOffice(t, c)
	store := &memstore.Store{}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store})
	must(t, d.SyncOnce(t.Context()))
	d.Lock()
	c.jump(-24 * 365 * time.Hour) // the battery was out, and the office is away
	o.down.Store(true)
	d = o.open(options{store: store})
	if err := d.SignIn(t.Context(), dara, []byte("not the secret")); !errors.Is(err, device.ErrWrongSecret) {
		t.Fatal(err)
	}
	c.pass(2 * time.Second)
	if err := d.SignIn(t.Context(), dara, []byte(secret)); err != nil {
		t.Fatalf("after the wait: %v", err)
	}
}

func TestAWaitOfAClockThatWasAheadEnds(t *testing.T) {
	c := newClock()
	o := newOffice(t, c)
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	d.Lock()
	c.jump(24 * 365 * time.Hour)
	if err := d.SignIn(t.Context(), dara, []byte("not the secret")); !errors.Is(err, device.ErrWrongSecret) {
		t.Fatal(err)
	}
	c.jump(-24 * 365 * time.Hour)
	var wait *device.Wait
	if err := d.SignIn(t.Context(), dara, []byte(secret)); !errors.As(err, &wait) || wait.Seconds > 1 {
		t.Fatalf("the clock was set back: %v", err)
	}
	c.pass(time.Second)
	must(t, d.SignIn(t.Context(), dara, []byte(secret)))
}

func TestWhoLeftIsSignedOut(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	id := begin(t, d, "idn_sex", "female")
	o.entry(casefile.KindStaff, syncengine.RecordID(dara), casefile.Staff{
		ID: dara, Name: "Dara (made up)", Role: screening.Interviewer, Agency: screening.SocialAffairs, Center: center, Left: true,
	})
	must(t, d.SyncOnce(t.Context()))
	if _, err := d.Record(t.Context(), id); !errors.Is(err, device.ErrLocked) {
		t.Fatalf("got %v", err)
	}
}

// lockAt locks the device at the start of its n-th transaction from now.
type lockAt struct {
	syncengine.Store
	device *device.Device
	left   int
}

func (l *lockAt) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	if l.left--; l.left == 0 {
		l.device.Lock()
	}
	return l.Store.Update(ctx, fn)
}

func TestALockInTheMiddleOfAnExchangeLosesNothing(t *testing.T) {
	o := newOffice(t, newClock())
	store := &lockAt{Store: &memstore.Store{}}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store})
	store.device = d
	other := o.enroll(options{profile: screening.Capture, person: bopha, name: "PTC-3"})
	locked := 0
	for at := 1; ; at++ {
		_, err := other.NewGroup(t.Context(), device.GroupOpening{Gate: "PTC", Declared: at, Counted: -1})
		must(t, err)
		must(t, other.SyncOnce(t.Context()))
		store.left = at
		if err := d.SyncOnce(t.Context()); err != nil && device.Code(err) == "unexpected" {
			t.Fatalf("locked at transaction %d: %v", at, err)
		}
		if store.left > 0 {
			break // it ends before
		}
		locked++
		must(t, d.SignIn(t.Context(), dara, []byte(secret)))
		must(t, d.SyncOnce(t.Context()))
		groups, err := d.Groups(t.Context())
		must(t, err)
		if len(groups) != at {
			t.Fatalf("after a lock at transaction %d, %d groups are here, want %d", at, len(groups), at)
		}
	}
	if locked < 3 {
		t.Fatalf("only %d transactions: the test does not reach the keys", locked)
	}
}

// A program that runs for longer than its certificate lasts goes on reading: the
// office tells an expired one nothing but orders.
func TestARenewedCertificateIsShownWithoutARestart(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	o.renewal = []byte("renewed")
	must(t, d.SyncOnce(t.Context()))
	o.renewal = nil
	must(t, d.SyncOnce(t.Context()))
	if string(o.reached.Certificate) != "renewed" {
		t.Errorf("the connection shows %q", o.reached.Certificate)
	}
}

// The office's clock stood in 2031 for a day. The tablet follows, and comes back
// with it.
func TestAWrongClockAtTheOfficeHarmsNoTabletForGood(t *testing.T) {
	const years = 5 * 365 * 24 * time.Hour
	for name, ahead := range map[string]time.Duration{"by a year": 365 * 24 * time.Hour, "by five years": years} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			o := newOffice(t, c)
			own := newClock()
			d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", clock: own})
			must(t, d.SyncOnce(t.Context()))
			c.jump(ahead)
			must(t, d.SyncOnce(t.Context()))
			c.jump(-ahead)
			must(t, d.SyncOnce(t.Context()))
			id := begin(t, d, "idn_sex", "female")
			must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) error {
				changes, err := tx.Record(id)
				if err == nil && changes[0].DeviceMillis > own.now().Add(time.Hour).UnixMilli() {
					t.Errorf("the tablet still writes %s", time.UnixMilli(changes[0].DeviceMillis).UTC())
				}
				if err == nil && changes[0].Stamp.Millis() > own.now().Add(time.Hour).UnixMilli() {
					t.Errorf("its stamps stay at %s", time.UnixMilli(changes[0].Stamp.Millis()).UTC())
				}
				return err
			}))
		})
	}
}

// A tablet's clock stood in 1970 and was set right, or stands in the next
// century: neither is taken for time that passed.
func TestAClockThatIsSetRightPutsNoTabletAhead(t *testing.T) {
	const years = 100 * 365 * 24 * time.Hour
	for name, row := range map[string]struct{ wrong, right time.Duration }{
		"it was behind": {-years, years},
		"it is ahead":   {years, 0},
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t, newClock())
			own := newClock()
			own.jump(row.wrong)
			d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", clock: own})
			must(t, d.SyncOnce(t.Context()))
			own.jump(row.right)
			if at, most := o.reached.Earliest(), o.clock.now().Add(time.Hour); at.After(most) {
				t.Errorf("the office's certificate is judged by %s", at.UTC())
			}
			id := begin(t, d, "idn_sex", "female")
			must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) error {
				changes, err := tx.Record(id)
				if most := own.now().Add(time.Hour).UnixMilli(); err == nil && changes[0].DeviceMillis > most {
					t.Errorf("the tablet writes %s", time.UnixMilli(changes[0].DeviceMillis).UTC())
				}
				return err
			}))
		})
	}
}
