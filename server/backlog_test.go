package server

import (
	"errors"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/vault"
)

// many is more than any page that is looked at as it comes.
const many = 2*waitFrom + backlogStep

// waits gives a desk with a device whose large page was acknowledged and not
// looked at, and the records in it.
func waits(t *testing.T) (*testDesk, *rogue, []syncengine.RecordID) {
	t.Helper()
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	r.push()
	var records []syncengine.RecordID
	for range many {
		records = append(records, r.interview(agreesToNeed))
	}
	if held := r.push(); len(held) != 0 {
		t.Fatalf("held at once: %v", held)
	}
	if d.waiting() == 0 {
		t.Fatal("nothing waits")
	}
	return d, r, records
}

func (d *testDesk) waiting() (rows int) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) { rows, err = Backlog(tx); return err })
	return rows
}

// listed counts the interviews on the office's list, and the places of the
// center's stream.
func (d *testDesk) listed() (interviews, places int) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		head, _, err := syncengine.StreamHead(tx, streamCenter("PTC"))
		places = int(head.Position)
		return errors.Join(err, cases.Each(tx, nil, func([]byte, casefile.Summary) error { interviews++; return nil }))
	})
	return interviews, places
}

// Whoever is killed between acknowledging and looking, and however many
// processes look: everything is looked at, and once.
func TestALargePageIsAcknowledgedAndLookedAtOnce(t *testing.T) {
	d, r, records := waits(t)
	r.local(func(tx syncengine.Tx) error {
		if waiting, err := syncengine.Waiting(tx); err != nil || waiting != 0 {
			t.Errorf("%d changes are not acknowledged (%v)", waiting, err)
		}
		return nil
	})
	if interviews, places := d.listed(); interviews != 0 || places != 0 {
		t.Errorf("before it was looked at: %d listed, %d places", interviews, places)
	}
	if iv := d.opened(records[0]); len(iv.Record.Classes) != 0 {
		t.Error("what nobody looked at is shown")
	}
	var offices []*Office // the one that acknowledged is gone; two others take over
	for range 2 {
		o, err := Open(t.Context(), d.Config)
		must(t, err)
		offices = append(offices, o)
	}
	for more := true; more; {
		for _, o := range offices {
			must(t, o.Store.Update(t.Context(), func(tx syncengine.Tx) (err error) {
				more, err = o.admitNext(tx, 7, o.admitPage)
				return err
			}))
		}
	}
	must(t, offices[0].CatchUp(t.Context()))
	if interviews, places := d.listed(); interviews != many || places != many {
		t.Errorf("%d listed, %d places; want %d", interviews, places, many)
	}
	for _, id := range records {
		if iv := d.opened(id); len(iv.Record.Classes) == 0 {
			t.Fatal("an interview is not folded")
		}
	}
	if d.waiting() != 0 {
		t.Error("something waits for ever")
	}
	d.do(func(tx syncengine.Tx) error {
		report, err := d.engine.Examine(tx)
		if len(report.Findings) > 0 {
			t.Errorf("%d findings, the first %+v", len(report.Findings), report.Findings[0])
		}
		return err
	})
}

// Who withdraws on the tablet where a thousand interviews wait is heard at once.
func TestAWithdrawalDoesNotWait(t *testing.T) {
	d, r, records := waits(t)
	r.write(syncengine.Draft{
		Record: records[many-1], Kind: casefile.KindInterview, Form: form.Builtin().Version(), Sign: r.sign, SignClass: adminClass,
		Writes: writes(adminClass, "con_withdrawn_scope@all", "all"),
	})
	if held := r.push(); len(held) != 0 {
		t.Errorf("held: %v", held)
	}
	if !d.opened(records[many-1]).Consent().Taken(screening.ScopeAll) {
		t.Error("the withdrawal is not heard")
	}
	ordered := false
	d.do(func(tx syncengine.Tx) error {
		orders, _, err := withdrawals.Get(tx, append(records[many-1][:], screening.ScopeAll...))
		ordered = orders != 0
		return err
	})
	if !ordered || d.waiting() != 0 {
		t.Errorf("ordered %v, %d rows wait", ordered, d.waiting())
	}
}

// The last, short page of a large push is acknowledged without all before it
// being looked at; one that edits what waits is not.
func TestTheShortPageAfterALargeOneWaitsIfItOnlyBegins(t *testing.T) {
	d, r, records := waits(t)
	before := d.waiting()
	r.interview(agreesToNeed)
	if held := r.push(); len(held) != 0 {
		t.Errorf("held: %v", held)
	}
	if d.waiting() != before+1 {
		t.Errorf("%d rows wait after the short page, %d before it", d.waiting(), before)
	}
	r.interview(agreesToNeed)
	r.write(syncengine.Draft{
		Record: records[0], Kind: casefile.KindInterview, Form: form.Builtin().Version(), Sign: r.sign, SignClass: adminClass,
		Writes: writes(adminClass, "con_withdrawn_scope@all", "all"),
	})
	r.push()
	if d.waiting() != 0 || !d.opened(records[0]).Consent().Taken(screening.ScopeAll) {
		t.Errorf("%d rows still wait, with an edit among what came last", d.waiting())
	}
	must(t, d.CatchUp(t.Context()))
	if interviews, _ := d.listed(); interviews != many+2 {
		t.Errorf("%d are listed, want %d", interviews, many+2)
	}
}

func TestAPageAboutWhatSomebodyMayHaveSeenDoesNotWait(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	seen := r.interview(agreesToNeed)
	r.push()
	for range many {
		r.interview(agreesToNeed)
	}
	r.write(syncengine.Draft{
		Record: seen, Kind: casefile.KindInterview, Form: form.Builtin().Version(), Writes: writes(adminClass, "ses_breaks", "1"),
	})
	r.push()
	if interviews, _ := d.listed(); interviews != many+1 || d.waiting() != 0 {
		t.Errorf("%d listed, %d rows wait", interviews, d.waiting())
	}
}

func TestARecordThatIsErasedWhileItWaitsStaysErased(t *testing.T) {
	d, _, records := waits(t)
	erased := records[3]
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, erased, d.staff["Dara"].ID) })
	d.do(func(tx syncengine.Tx) error {
		return backlog.Each(tx, nil, func(_ []byte, row backlogRow) error {
			for _, wrap := range row.Wraps {
				if wrap.Record == erased.String() {
					t.Error("its wrap still waits")
				}
			}
			return nil
		})
	})
	must(t, d.CatchUp(t.Context()))
	d.do(func(tx syncengine.Tx) error {
		if _, err := d.ring.RecordKey(tx, erased); !errors.Is(err, vault.ErrErased) {
			t.Errorf("its key: %v", err)
		}
		return nil
	})
	if interviews, _ := d.listed(); interviews != many-1 {
		t.Errorf("%d are listed", interviews)
	}
}

// One change that breaks whoever looks at it is held back; the others count. The
// device hears of it by the order.
func TestOneThatCannotBeLookedAtStopsNoOther(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	r.push()
	var bad syncengine.ChangeID
	for i := range many {
		r.interview(agreesToNeed)
		if i == many/2 {
			id := r.fresh()
			bad = r.write(syncengine.Draft{
				Record: id, Kind: casefile.KindInterview, Form: "breaks/1", Commit: r.makes(id), Writes: writes(adminClass, "x", "y"),
			})
		}
	}
	known := d.Forms
	d.Forms = func(version string) *form.Definition {
		if version == "breaks/1" {
			panic("a fault of ours")
		}
		return known(version)
	}
	r.push()
	must(t, d.CatchUp(t.Context()))
	if interviews, _ := d.listed(); interviews != many {
		t.Errorf("%d are listed, want %d", interviews, many)
	}
	d.do(func(tx syncengine.Tx) error {
		state, err := syncengine.Quarantine(tx, bad)
		if state.Op != syncengine.OpQuarantine || state.Reason != heldUnreadable {
			t.Errorf("it is %q, %q", state.Op, state.Reason)
		}
		return err
	})
}
