package server

import (
	"errors"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Who takes back, by mistake withdraws that, and takes back again, is heard.
func TestConsentTakenBackTwice(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	id := d.interviewOf(agreesToNeed)
	r.holds(id)
	withdraw := func() {
		d.do(func(tx syncengine.Tx) error {
			return d.Withdraw(tx, id, screening.ScopeReferral, d.staff["Dara"].ID, nil)
		})
	}
	withdraw()
	taken := d.opened(id).Record.Field("con_withdrawn_scope@referral").Basis()
	draft := syncengine.Draft{
		Record: id, Kind: casefile.KindInterview, Form: form.Builtin().Version(), Sign: r.sign, SignClass: adminClass,
		Writes: map[syncengine.Class][]syncengine.Write{adminClass: {{
			Field: "con_withdrawn_scope@referral", State: syncengine.Struck, Supersedes: taken,
		}}},
	}
	pulled, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: r.node, WantBytes: 1 << 20})
	must(t, err)
	r.local(func(tx syncengine.Tx) error { // the versions that it strikes out
		for _, news := range pulled.News {
			if _, err := r.engine.Take(tx, news, d.now.UnixMilli()); err != nil {
				return err
			}
		}
		return nil
	})
	r.write(draft)
	if held := r.push(); len(held) > 0 || d.opened(id).Consent().Taken(screening.ScopeReferral) {
		t.Fatalf("held %v", held)
	}
	withdraw()
	if !d.opened(id).Consent().Taken(screening.ScopeReferral) {
		t.Error("the second withdrawal was not heard")
	}
}

func TestASlipCannotBeTakenOver(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	id := d.interviewOf(agreesToNeed)
	slip := d.opened(id).Slip
	other := r.fresh()
	draft, err := casefile.OpeningDraft(form.Builtin(), casefile.Opening{
		Record: other, Author: d.staff["Interviewer"].ID, Commit: [16]byte(r.makes(other)), Center: "PTC", Kind: form.Long, Slip: slip,
	})
	must(t, err)
	r.write(draft)
	r.push()
	find := func() (found syncengine.RecordID) {
		d.do(func(tx syncengine.Tx) (err error) { found, err = d.FindSlip(tx, slip); return err })
		return found
	}
	if find() != id {
		t.Error("the slip names another person's record")
	}
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, other, d.staff["Dara"].ID) })
	if find() != id {
		t.Error("an erasure took another person's slip")
	}
}

// Whoever types a slip's code writes it as they hear it.
func TestASlipIsFoundHoweverItIsWritten(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(agreesToNeed)
	printed := d.opened(id).Slip // SLIP-…
	for _, typed := range []string{printed, strings.ToLower(printed), strings.ReplaceAll(printed, "-", ""), strings.ReplaceAll(printed, "-", " "), " " + printed[:2] + " " + printed[2:]} {
		d.do(func(tx syncengine.Tx) error {
			if found, err := d.FindSlip(tx, typed); err != nil || found != id {
				t.Errorf("%q: %v", typed, err)
			}
			return nil
		})
	}
	d.do(func(tx syncengine.Tx) error {
		if _, err := d.FindSlip(tx, " - "); !errors.Is(err, ErrNoSlip) {
			t.Errorf("no code finds a record: %v", err)
		}
		return nil
	})
}

func TestAWithdrawalAtTheDeskIsSigned(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(agreesToNeed)
	token, err := d.Office.signIn(t.Context(), d.staff["Dara"].Name, []byte(goodSecret))
	must(t, err)
	session := d.sessions.find(token, d.now)
	d.do(func(tx syncengine.Tx) error {
		return d.Withdraw(tx, id, screening.ScopeReferral, d.staff["Dara"].ID, session.sign)
	})
	field := screening.Field{Item: "con_withdrawn_scope", Entry: string(screening.ScopeReferral)}
	written := d.opened(id).Record.Field(field.String()).Live()
	if len(written) != 1 {
		t.Fatalf("the withdrawal stands %d times", len(written))
	}
	d.checkSignature("Dara", written[0].ID, screening.Admin)
}
