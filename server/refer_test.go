package server

import (
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// The protective answer counts: somebody else's no stops a copy that a yes made.
func TestANoThatComesLaterStopsTheCopy(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	id, copied := d.referred(d.ngo("Home"))
	r.holds(id)
	draft := syncengine.Draft{
		Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(),
		Writes: writes(classOfItem("con_share_ngo"), "con_share_ngo", "none"),
	}
	draft.Sign, draft.SignClass = r.sign, classOfItem("con_share_ngo")
	r.write(draft)
	if held := r.push(); len(held) > 0 {
		t.Fatalf("held: %v", held)
	}
	if share := d.opened(id).Consent().ShareWith(screening.NGO); share != screening.ShareNone {
		t.Fatalf("consent reads %s", share)
	}
	if sent := d.sent(id); sent[0].State != casefile.Withdrawn {
		t.Errorf("the copy %s is %s", copied, sent[0].State)
	}
}

func TestAPartnerCannotSpoilTheListOfReferrals(t *testing.T) {
	d := newDesk(t)
	home := d.ngo("Home")
	id, copied := d.referred(home)
	r := d.partner(home)
	answer := r.answers(copied)
	if held := r.push(); len(held) > 0 || d.sent(id)[0].State != casefile.Accepted {
		t.Fatalf("held %v, state %s", held, d.sent(id)[0].State)
	}
	r.write(syncengine.Draft{
		Record: answer, Kind: casefile.KindAnswer, Author: d.staff["Helper"].ID, Writes: writes(adminClass, "referral", "nonsense"),
	})
	r.push()
	d.do(func(tx syncengine.Tx) error { _, err := d.AllReferrals(tx); return err })
}

func TestAPartnerAnswersOnlyItsOwn(t *testing.T) {
	d := newDesk(t)
	id, copied := d.referred(d.ngo("Home"))
	other := d.partner(d.ngo("Other"))
	other.answers(copied)
	other.push()
	if state := d.sent(id)[0].State; state != casefile.Sent {
		t.Errorf("another organisation made it %s", state)
	}
}

// What is said about somebody who was forgotten is forgotten too.
func TestAnAnswerAfterTheErasureIsErased(t *testing.T) {
	d := newDesk(t)
	home := d.ngo("Home")
	id, copied := d.referred(home)
	r := d.partner(home)
	answer := r.answers(copied)
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, id, d.staff["Dara"].ID) })
	r.push()
	d.do(func(tx syncengine.Tx) error {
		rec, err := d.read(tx, answer)
		if err == nil && !rec.Erased {
			t.Error("the note about an erased person can still be read")
		}
		return err
	})
}

// The desk says who has the copy, not whom the request names by now.
func TestARequestThatIsEditedAfterItsRelease(t *testing.T) {
	d := newDesk(t)
	home := d.ngo("Home")
	id, _ := d.referred(home)
	d.requests(id, "r1", d.ngo("Other"))
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(id); len(sent) != 1 || sent[0].Request.Organisation != home.String() {
		t.Errorf("the copy is shown with %v", sent)
	}
}

func TestEveryAnswerOfAPartnerIsErased(t *testing.T) {
	d := newDesk(t)
	home := d.ngo("Home")
	id, copied := d.referred(home)
	var answers []syncengine.RecordID
	for range 2 { // two devices of one partner, each without the other's
		r := d.partner(home)
		answers = append(answers, r.answers(copied))
		r.push()
	}
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, id, d.staff["Dara"].ID) })
	for _, answer := range answers {
		d.do(func(tx syncengine.Tx) error {
			rec, err := d.read(tx, answer)
			if err == nil && !rec.Erased {
				t.Errorf("answer %s can still be read", answer)
			}
			return err
		})
	}
}
