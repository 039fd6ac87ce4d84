package server

import (
	"slices"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

// restorable is an office whose store can be put back to what it was.
func restorable(t *testing.T) (d *testDesk, backUp func() *memstore.Store, restore func(*memstore.Store)) {
	t.Helper()
	before, store := postgresStore, &memstore.Store{}
	postgresStore = func(*testing.T) syncengine.Store { return store }
	defer func() { postgresStore = before }()
	d = newHouse(t)
	return d, func() *memstore.Store { return store.Clone() }, func(backup *memstore.Store) {
		t.Helper()
		store = backup.Clone()
		config := d.Config
		config.Store = store
		var err error
		d.Office, err = Open(t.Context(), config)
		must(t, err)
	}
}

// pulls takes all that is new, as a tablet does, and gives the streams in which
// the office had to look for the last common position.
func (r *rogue) pulls() {
	r.t.Helper()
	for more := true; more; {
		more = false
		req := &syncengine.Request{Node: r.node, WantBytes: 1 << 20}
		r.local(func(tx syncengine.Tx) error {
			for _, stream := range r.streams() {
				rungs, err := syncengine.Ladder(tx, stream)
				if err != nil {
					return err
				}
				req.Positions = append(req.Positions, rungs...)
			}
			return nil
		})
		answer, err := r.Exchange(r.t.Context(), r.device, req)
		must(r.t, err)
		r.local(func(tx syncengine.Tx) error {
			for _, news := range answer.News {
				if _, err := r.engine.Take(tx, news, r.now.UnixMilli()); err != nil {
					return err
				}
				closed := news.Reset && len(news.Entries) == 0 && news.Head == news.After // to a revoked device
				if agrees, err := syncengine.Agrees(tx, news); err != nil {
					return err
				} else if !agrees && !closed {
					more = true
				}
			}
			return nil
		})
	}
}

func (r *rogue) streams() (streams []string) {
	r.do(func(tx syncengine.Tx) error {
		row, err := loadDevice(tx, r.device)
		streams = streamsOf(row.Entry)
		return err
	})
	return streams
}

// givesBack gives a restored office all that it lost, with or without the
// office's own signature.
func (r *rogue) givesBack(proven bool) {
	r.t.Helper()
	r.pulls()
	for _, stream := range r.streams() {
		var lists []syncengine.Lost
		r.local(func(tx syncengine.Tx) (err error) { lists, err = syncengine.LostOf(tx, stream); return err })
		for _, lost := range lists {
			if !proven {
				lost.Proof = nil
			}
			answer, err := r.Exchange(r.t.Context(), r.device, &syncengine.Request{Node: r.node, Lost: &lost})
			must(r.t, err)
			var back []*syncengine.Change
			for _, at := range answer.Lost.Wanted {
				back = append(back, r.has(lost.IDs[at]))
			}
			r.returns(stream, back...)
		}
	}
}

func (r *rogue) has(id syncengine.ChangeID) (c *syncengine.Change) {
	r.t.Helper()
	r.local(func(tx syncengine.Tx) (err error) { c, err = tx.Change(id); return err })
	return c
}

func (r *rogue) returns(stream string, changes ...*syncengine.Change) {
	r.t.Helper()
	_, err := r.Exchange(r.t.Context(), r.device, &syncengine.Request{
		Node: r.node, Returned: &syncengine.Returned{Stream: stream, Changes: changes},
	})
	must(r.t, err)
}

var otherCaseOrder = TicketOrder{Name: "PTC-9", Profile: screening.CaseDevice, Center: "PTC"}

// Whoever comes first may have no proof, or hide it: that takes nothing from
// those who have one.
func TestAnErasureThatFirstCameBackWithoutProofIsObeyedWhenItIsProven(t *testing.T) {
	d, backUp, restore := restorable(t)
	honest, malicious := d.rogue(caseOrder), d.rogue(otherCaseOrder)
	id := d.interviewOf(agreesToNeed)
	honest.pulls()
	malicious.pulls()
	backup := backUp()
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, id, d.staff["Dara"].ID) })
	honest.pulls()
	malicious.pulls()
	restore(backup)
	malicious.givesBack(false)
	honest.givesBack(true)
	d.do(func(tx syncengine.Tx) error {
		erased, err := syncengine.Erased(tx)
		if !slices.Contains(erased, id) {
			t.Error("what was erased is back")
		}
		if _, err := d.ring.RecordKey(tx, id); err == nil {
			t.Error("its key is still there")
		}
		return err
	})
	fresh := d.rogue(TicketOrder{Name: "PTC-10", Profile: screening.CaseDevice, Center: "PTC"})
	fresh.pulls()
	fresh.local(func(tx syncengine.Tx) error {
		if erased, err := syncengine.Erased(tx); err != nil || !slices.Contains(erased, id) {
			t.Errorf("a new tablet does not obey the erasure: %v", err)
		}
		return nil
	})
}

func (r *rogue) last() *syncengine.Change {
	var self syncengine.Self
	r.local(func(tx syncengine.Tx) (err error) { self, err = syncengine.LoadSelf(tx); return err })
	return r.has(self.Head)
}

// A device that makes up changes of another could burn its node ids, of which
// it has 64, and after that shut it out.
func TestAMadeUpChangeOfAnotherDeviceIsNoForkOfIt(t *testing.T) {
	d, _, _ := restorable(t)
	honest, malicious := d.rogue(caseOrder), d.rogue(otherCaseOrder)
	honest.signsAs("Interviewer")
	honest.interview(agreesToNeed)
	honest.push()
	forged := *honest.last()
	forged.Prev, forged.Seq = forged.ID(), forged.Seq+1
	malicious.returns(streamCenter("PTC"), &forged)
	honest.interview(agreesToNeed)
	answer, err := honest.try()
	must(t, err)
	if answer.Receipt.Fork {
		t.Error("the office tells the honest device that it was cloned")
	}
	if len(answer.Quarantined) > 0 {
		t.Errorf("held: %v", answer.Quarantined)
	}
}

// What somebody else brought first without proof counts once its author sends
// it, in a page that the author's device signed.
func TestWhatCameWithoutProofCountsWhenItsAuthorSendsIt(t *testing.T) {
	d, _, _ := restorable(t)
	honest, malicious := d.rogue(caseOrder), d.rogue(otherCaseOrder)
	honest.signsAs("Interviewer")
	id := honest.interview(agreesToNeed)
	malicious.returns(streamCenter("PTC"), honest.last())
	for range 2 { // and nothing changes when it is said twice
		if held := honest.push(); len(held) > 0 {
			t.Errorf("held: %v", held)
		}
		malicious.returns(streamCenter("PTC"), honest.last())
	}
	d.do(func(tx syncengine.Tx) error {
		state, err := syncengine.Quarantine(tx, honest.last().ID())
		if state.Held() {
			t.Errorf("it is held: %s", state.Reason)
		}
		return err
	})
	if got := d.opened(id); len(got.Versions("con_referral")) == 0 {
		t.Error("its answers do not count")
	}
}

// A device is heard when all that it knows is known to the office too, not only
// the orders and the directory.
func TestADeviceIsNotHeardWhileTheOfficeDoesNotKnowWhereItStands(t *testing.T) {
	d, backUp, restore := restorable(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	r.push()
	r.pulls()
	backup := backUp()
	r.interview(agreesToNeed)
	r.push()
	r.pulls()
	restore(backup)
	must(t, d.NoteRestored(t.Context(), RestoredByOperator))
	req := &syncengine.Request{Node: r.node, WantBytes: 1 << 20}
	r.local(func(tx syncengine.Tx) error {
		for _, stream := range r.streams() {
			head, _, err := syncengine.StreamHead(tx, stream)
			if err != nil {
				return err
			}
			req.Positions = append(req.Positions, head)
		}
		return nil
	})
	_, err := d.Exchange(t.Context(), r.device, req)
	must(t, err)
	d.do(func(tx syncengine.Tx) error {
		if held, err := holdsBack(tx); err != nil || !held {
			t.Errorf("referrals go on before the device gave back what it has (%v)", err)
		}
		return nil
	})
}

// A change of the office's own log is damaged. A device gives it back; the office
// was not restored by that, however often somebody shows the list.
func TestADamagedChangeIsGivenBackAndIsNoRestore(t *testing.T) {
	d, backUp, restore := restorable(t)
	r := d.rogue(caseOrder)
	d.interviewOf(agreesToNeed)
	r.pulls()
	var list []syncengine.Lost
	r.local(func(tx syncengine.Tx) error {
		_, err := r.engine.Take(tx, syncengine.News{Stream: "center/PTC", Reset: true, After: syncengine.Position{Stream: "center/PTC"}}, 0)
		must(t, err)
		list, err = syncengine.LostOf(tx, "center/PTC")
		return err
	})
	if len(list) != 1 {
		t.Fatalf("%d lists", len(list))
	}
	hurt := list[0].IDs[0]
	image := backUp()
	if !image.Damage(hurt, 900) {
		t.Fatal("the office does not have it")
	}
	restore(image)
	for range 2 {
		answer, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: r.node, Lost: &list[0]})
		must(t, err)
		if answer.Lost == nil || !answer.Lost.Proven {
			t.Fatalf("the list is not believed: %+v", answer.Lost)
		}
	}
	r.returns("center/PTC", r.has(hurt))
	d.do(func(tx syncengine.Tx) error {
		_, err := tx.Change(hurt)
		return err
	})
	d.do(func(tx syncengine.Tx) error {
		if held, err := holdsBack(tx); err != nil || held {
			t.Errorf("referrals are held back (%v)", err)
		}
		return nil
	})
}

// A backup that was made after one restore may itself be put back, before
// anything else was written.
func TestASecondRestoreIsNoticedToo(t *testing.T) {
	d, backUp, restore := restorable(t)
	r := d.rogue(caseOrder)
	id := d.interviewOf(agreesToNeed)
	r.pulls()
	must(t, d.NoteRestored(t.Context(), RestoredByOperator))
	r.pulls()
	_, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: r.node})
	must(t, err)
	self := func() (self syncengine.Self) {
		d.do(func(tx syncengine.Tx) (err error) { self, err = syncengine.LoadSelf(tx); return err })
		return self
	}
	before, backup := self(), backUp()
	d.do(func(tx syncengine.Tx) error {
		return d.control(tx, id, officeHand, syncengine.Control{Op: syncengine.OpWithdraw, Target: string(screening.ScopeAll)})
	})
	r.pulls()
	restore(backup)
	r.givesBack(true)
	if self().Node == before.Node {
		t.Error("the office goes on as the node whose orders it lost")
	}
	d.do(func(tx syncengine.Tx) error {
		if held, err := holdsBack(tx); err != nil || !held {
			t.Errorf("referrals go on (%v)", err)
		}
		return nil
	})
}

// The last copy of what an office lost may lie on a tablet that it shut out: it
// is asked for it, and hears nothing else.
func TestARevokedDeviceGivesBackWhatTheOfficeLostAndLearnsNothing(t *testing.T) {
	d, backUp, restore := restorable(t)
	author, shut := d.rogue(caseOrder), d.rogue(otherCaseOrder)
	author.signsAs("Interviewer")
	author.push()
	shut.pulls()
	backup := backUp()
	author.interview(agreesToNeed)
	author.push()
	id := author.last().ID()
	shut.pulls()
	restore(backup)
	d.do(func(tx syncengine.Tx) error { return d.Revoke(tx, shut.device, d.staff["Dara"].ID) })
	other := d.interviewOf(agreesToNeed)
	shut.givesBack(true)
	d.do(func(tx syncengine.Tx) error {
		if _, err := tx.Change(id); err != nil {
			t.Errorf("the office does not have it back: %v", err)
		}
		return nil
	})
	shut.local(func(tx syncengine.Tx) error {
		if log, err := tx.Record(other); err != nil || len(log) > 0 {
			t.Errorf("it learned of another record (%v)", err)
		}
		return nil
	})
}

// Whoever comes first after a restore may say that a lost interview is something
// else. The proven change decides.
func TestAMaliciousDeviceCannotSayWhatALostRecordIs(t *testing.T) {
	for _, one := range []struct {
		name  string
		kind  syncengine.Kind
		sends func(r *rogue, c *syncengine.Change)
	}{
		{"a staff entry, given back without proof", casefile.KindStaff, func(r *rogue, c *syncengine.Change) { r.returns(streamCenter("PTC"), c) }},
		{"a referral, given back without proof", casefile.KindReferral, func(r *rogue, c *syncengine.Change) { r.returns(streamCenter("PTC"), c) }},
	} {
		t.Run(one.name, func(t *testing.T) {
			d, backUp, restore := restorable(t)
			honest, malicious := d.rogue(caseOrder), d.rogue(otherCaseOrder)
			honest.signsAs("Interviewer")
			honest.push()
			honest.pulls()
			malicious.pulls()
			backup := backUp()
			id := honest.interview(agreesToNeed)
			honest.push()
			honest.pulls()
			restore(backup)
			forged := *honest.last()
			forged.Node, forged.Prev, forged.Seq, forged.Kind = malicious.node, syncengine.ChangeID{}, 1, one.kind
			one.sends(malicious, &forged)
			honest.givesBack(true)
			honest.push()
			d.do(func(tx syncengine.Tx) error {
				if kind, err := syncengine.KindOf(tx, id); err != nil || kind != casefile.KindInterview {
					t.Errorf("the record is of kind %d, %v", kind, err)
				}
				held, err := syncengine.Quarantine(tx, honest.last().ID())
				if held.Held() {
					t.Errorf("the honest change is held: %s", held.Reason)
				}
				return err
			})
		})
	}
}
