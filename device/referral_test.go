package device_test

import (
	"net/http"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
)

// consented is an interview of a person who agreed to be referred to an NGO.
func consented(t *testing.T, d *device.Device) syncengine.RecordID {
	t.Helper()
	return begin(t, d, "idn_given_km", "ចន្ធី", "idn_sex", "female",
		"con_interview", "yes", "con_referral", "yes", "con_share_ngo", "needs")
}

func request() casefile.Request {
	return casefile.Request{Organisation: shelter.String(), Service: "shelter", Urgency: "24h", Note: "tonight"}
}

// release makes the partner's copy at the office, as its follower does.
func (o *office) release(id syncengine.RecordID) syncengine.RecordID {
	o.t.Helper()
	var draft syncengine.Draft
	copyID := syncengine.RecordID{0xcc, byte(o.calls.Load())}
	o.update(func(tx syncengine.Tx) error {
		rec, err := o.engine.Read(tx, id)
		if err != nil {
			return err
		}
		iv, err := casefile.OpenInterview(rec, builtin)
		if err != nil {
			return err
		}
		commit, err := o.newKey(tx, copyID)
		if err != nil {
			return err
		}
		draft, err = iv.CopyDraft(iv.Requests()[0], casefile.Copying{
			Copy: copyID, Commit: commit, Receiver: screening.NGO, From: center,
			Today: screening.PartialDate{Year: 2026, Month: 11, Day: 24}, Millis: o.clock.now().UnixMilli(),
		})
		return err
	})
	o.save(draft, "partner/"+shelter.String())
	return copyID
}

func TestAReferralNeedsConsent(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	for name, row := range map[string]struct {
		answers []string
		code    string
	}{
		"nobody asked":       {nil, "consent_missing"},
		"not to be referred": {[]string{"con_interview", "yes", "con_referral", "no"}, "consent_missing"},
		"not to an NGO":      {[]string{"con_interview", "yes", "con_referral", "yes", "con_share_ngo", "none"}, "consent_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			id := begin(t, d, row.answers...)
			if _, err := d.Refer(t.Context(), id, request()); device.Code(err) != row.code {
				t.Fatalf("got %v", err)
			}
		})
	}
	id := consented(t, d)
	_, err := d.Refer(t.Context(), id, request())
	must(t, err)
	must(t, d.Withdraw(t.Context(), id, screening.ScopeReferral))
	if _, err := d.Refer(t.Context(), id, request()); device.Code(err) != "consent_withdrawn" {
		t.Fatalf("after a withdrawal: %v", err)
	}
}

func TestAPartnerSeesTheCopyAnswersAndTheSenderKnows(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	partner := o.enroll(options{profile: screening.PartnerDevice, person: nun, name: "NGO-1"})
	id := consented(t, d)
	save(t, d, id, "wrk_employer", "a boat (made up)")
	_, err := d.Refer(t.Context(), id, request())
	must(t, err)
	must(t, d.SyncOnce(t.Context()))
	copyID := o.release(id)
	must(t, partner.SyncOnce(t.Context()))

	b := browse(t, partner)
	if text := b.must("/start", nil); !strings.Contains(text, "/referral/"+copyID.String()) {
		t.Fatalf("the inbox does not show it: %s", text)
	}
	text := b.must("/referral/"+copyID.String(), nil)
	if !strings.Contains(text, "ចន្ធី") || !strings.Contains(text, "tonight") || strings.Contains(text, "a boat") {
		t.Fatalf("the copy shows %s", text)
	}
	if code, _ := b.post("/referral/"+copyID.String()+"/answer", map[string]any{"answer": "declined"}); code == 200 {
		t.Fatal("declined without a reason")
	}
	b.must("/referral/"+copyID.String()+"/answer", map[string]any{"answer": "accepted", "note": "a bed is free"})
	if code, _ := b.post("/tonight", nil); code == 200 {
		t.Log("a partner may open an empty list of interviews") // it holds none
	}
	must(t, partner.SyncOnce(t.Context()))
	o.route(casefile.KindAnswer, "center/"+center)
	must(t, d.SyncOnce(t.Context()))
	sent, err := d.Referrals(t.Context(), id)
	must(t, err)
	if len(sent) != 1 || sent[0].State != casefile.Accepted || sent[0].Answer.Note != "a bed is free" {
		t.Fatalf("the sender sees %+v", sent)
	}
}

func TestAStopNoticeTakesThePageOverUntilTheCopyIsGone(t *testing.T) {
	o, dir := newOffice(t, newClock()), t.TempDir()
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	partner := o.enroll(options{profile: screening.PartnerDevice, person: nun, name: "NGO-1", dir: dir})
	id := consented(t, d)
	_, err := d.Refer(t.Context(), id, request())
	must(t, err)
	must(t, d.SyncOnce(t.Context()))
	copyID := o.release(id)
	must(t, partner.SyncOnce(t.Context()))
	b := browse(t, partner)
	b.must("/referral/"+copyID.String(), nil)
	o.order(copyID, syncengine.Control{Op: syncengine.OpWithdraw, Target: "referral"})
	must(t, partner.SyncOnce(t.Context()))
	for _, path := range []string{"/start", "/inbox", "/referral/" + copyID.String()} {
		if text := b.must(path, nil); !strings.Contains(text, "/referral/"+copyID.String()+"/delete") || strings.Contains(text, "ចន្ធី") {
			t.Fatalf("%s does not give way to the stop notice", path)
		}
	}
	if code, _ := b.post("/referral/"+copyID.String()+"/answer", map[string]any{"answer": "accepted"}); code == 200 {
		t.Fatal("a stopped referral was answered")
	}
	if code, _ := b.post("/referral/"+copyID.String()+"/delete", map[string]any{}); code != http.StatusUnprocessableEntity {
		t.Fatalf("deleted without a confirmation: %d", code)
	}
	if opened := thief(t, partner, copyID); opened == 0 {
		t.Fatal("the copy does not open before its deletion: the test proves nothing")
	}
	b.must("/referral/"+copyID.String()+"/delete", map[string]any{"confirm": "true"})
	if opened := thief(t, partner, copyID); opened != 0 {
		t.Fatalf("%d sealed things of a deleted copy open", opened)
	}
	if text := b.must("/inbox", nil); strings.Contains(text, copyID.String()) {
		t.Fatal("a deleted copy is in the inbox")
	}
}

func TestConsentIsTakenBackByTheCodeOnTheSlip(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	id := consented(t, d)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	b := browse(t, d)
	if code, _ := b.post("/withdraw", map[string]any{"code": "AAAAA-AAAAA"}); code != http.StatusNotFound {
		t.Fatalf("an unknown code answers %d", code)
	}
	b.must("/withdraw", map[string]any{"code": " " + strings.ToLower(strings.ReplaceAll(seen.Slip, "-", " ")) + " "})
	after, err := d.Record(t.Context(), id)
	must(t, err)
	if !after.Consent().Taken(screening.ScopeReferral) {
		t.Fatal("consent still stands")
	}
}

func TestAWithdrawalOfAClosedOrForeignInterviewIsFiledForTheOffice(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	id := consented(t, d)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	closeInterview(t, d, id)
	b := browse(t, d)
	wrong := []byte(seen.Slip)
	if wrong[0] = 'A'; seen.Slip[0] == 'A' {
		wrong[0] = 'B'
	}
	if code, _ := b.post("/withdraw", map[string]any{"code": string(wrong)}); code != http.StatusNotFound {
		t.Fatalf("a code written down wrongly answers %d", code)
	}
	b.must("/withdraw", map[string]any{"code": strings.ToLower(seen.Slip)})
	must(t, d.SyncOnce(t.Context()))
	filed := 0
	o.update(func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			if kind != casefile.KindWithdrawal {
				return nil
			}
			rec, err := o.engine.Read(tx, id)
			if err != nil {
				return err
			}
			w, err := casefile.OpenWithdrawal(rec)
			if err == nil && w.Slip == seen.Slip && w.Taken == screening.ScopeAll && w.By == dara {
				filed++
			}
			return err
		})
	})
	if filed != 1 {
		t.Fatalf("the office holds %d withdrawals of that slip", filed)
	}
}

func TestAPartnerIsNotToldThatAWithdrawalIsFiled(t *testing.T) {
	o := newOffice(t, newClock())
	partner := o.enroll(options{profile: screening.PartnerDevice, person: nun, name: "shelter"})
	b := browse(t, partner)
	if code, _ := b.post("/withdraw", map[string]any{"code": "22222-22222"}); code != http.StatusForbidden {
		t.Fatalf("answered %d, and the office would hold it back", code)
	}
	if st, err := partner.Status(t.Context()); err != nil || st.Waiting != 0 {
		t.Fatalf("%d changes wait: %v", st.Waiting, err)
	}
}
