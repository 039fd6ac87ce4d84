package server

import (
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// A signature is asked of an act by the kind of its change, so the kind must be
// the record's own.
func TestAnActUnderAnotherKindIsHeld(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	id := d.interviewOf(screening.Answers{"con_interview": code("yes")})
	r.holds(id)
	forged := r.write(syncengine.Draft{
		Record: id, Kind: casefile.KindGroup, Writes: writes(classOfItem("con_share_ngo"), "con_share_ngo", "full"),
	})
	if reason := r.push()[forged]; reason != heldOutOfScope {
		t.Errorf("held for %q", reason)
	}
	if share := d.opened(id).Consent().ShareWith(screening.NGO); share != screening.ShareNone {
		t.Errorf("an unsigned consent counts: %s", share)
	}
}

// The directory is the office's alone, also in a class that it does not use.
func TestADeviceCannotWriteIntoTheDirectory(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	staff := syncengine.RecordID(d.staff["Interviewer"].ID)
	commit := r.makes(staff)
	r.write(syncengine.Draft{
		Record: staff, Kind: casefile.KindInterview, Form: form.Builtin().Version(), Commit: commit,
		Writes: writes(adminClass, "entry", `{"name":"X","role":"supervisor","agency":"social_affairs"}`),
	})
	held := r.push()
	for range 20 { // a register in two classes would read as either
		d.do(func(tx syncengine.Tx) error {
			s, err := d.Office.staff(tx, d.staff["Interviewer"].ID)
			if err != nil || s.Role != screening.Interviewer {
				t.Fatalf("the directory says %s (%v), held %v", s.Role, err, held)
			}
			return nil
		})
	}
}

func TestAMadeUpDirectoryEntryDoesNotCloseTheDesk(t *testing.T) {
	for name, kind := range map[string]syncengine.Kind{"staff": casefile.KindStaff, "organisation": casefile.KindOrganisation, "device": casefile.KindDevice} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.rogue(caseOrder)
			id := r.fresh()
			r.write(syncengine.Draft{Record: id, Kind: kind, Commit: r.makes(id), Writes: writes(syncengine.ClassClear, "entry", "{}")})
			r.push()
			if _, err := d.Office.signIn(t.Context(), d.staff["Dara"].Name, []byte(goodSecret)); err != nil {
				t.Errorf("sign in: %v", err)
			}
			d.do(func(tx syncengine.Tx) error {
				return d.everyOrganisation(tx, func(casefile.Organisation) error { return nil })
			})
		})
	}
}

// An answer's class decides who reads it and who may write it.
func TestAnAnswerInTheWrongClassIsHeld(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	id := d.interviewOf(somebody("Sreymom"))
	r.holds(id)
	moved := r.write(syncengine.Draft{
		Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(),
		Writes: writes(adminClass, itemGivenLatin, "Other"),
	})
	if reason := r.push()[moved]; reason != heldClass {
		t.Errorf("held for %q", reason)
	}
}

func TestWhatIsHeldIsNotCounted(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	r.push()
	d.do(func(tx syncengine.Tx) error { return d.Revoke(tx, r.device, d.staff["Dara"].ID) })
	id := r.interview(agreesToNeed)
	held := r.push()
	count := func() (report CountReport) {
		d.do(func(tx syncengine.Tx) (err error) { report, err = d.Count(tx, CountQuery{}); return err })
		return report
	}
	if got := count(); got.Records != 0 || got.Persons != 0 {
		t.Errorf("counted %d records, %d persons", got.Records, got.Persons)
	}
	for change := range held {
		d.do(func(tx syncengine.Tx) error { return d.Release(tx, change, d.staff["Dara"].ID, false) })
	}
	if got := count(); got.Records != 1 {
		t.Errorf("%s released, counted %d records", id, got.Records)
	}
}

// A withdrawal that was held back and released is carried out like any other.
func TestAReleasedWithdrawalIsCarriedOut(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	id, _ := d.referred(d.ngo("Home"))
	r.holds(id)
	unsigned := r.write(syncengine.Draft{
		Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(),
		Writes: writes(classOfItem("con_withdrawn_scope"), "con_withdrawn_scope@all", "all"),
	})
	if reason := r.push()[unsigned]; reason != heldUnsigned {
		t.Fatalf("held for %q", reason)
	}
	d.do(func(tx syncengine.Tx) error { return d.Release(tx, unsigned, d.staff["Dara"].ID, false) })
	if sent := d.sent(id); sent[0].State != casefile.Withdrawn {
		t.Errorf("the copy is %s", sent[0].State)
	}
}

// A request that was held back and released is worked on like any other.
func TestAReleasedRequestIsFollowed(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	id := d.interviewOf(agreesToNeed)
	r.holds(id)
	must(t, d.CatchUp(t.Context()))
	d.do(func(tx syncengine.Tx) error { return d.Revoke(tx, r.device, d.staff["Dara"].ID) })
	held := r.write(syncengine.Draft{
		Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(),
		Writes: writes(adminClass, "$referral.r1", `{"organisation":"`+d.ngo("Home").String()+`","service":"shelter","urgency":"today"}`),
	})
	r.push()
	must(t, d.CatchUp(t.Context()))
	d.do(func(tx syncengine.Tx) error { return d.Release(tx, held, d.staff["Dara"].ID, false) })
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(id); len(sent) != 1 || sent[0].State != casefile.Sent {
		t.Errorf("the request became %v", sent)
	}
}
