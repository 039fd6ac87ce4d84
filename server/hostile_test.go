package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"raksa/casefile"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
	"raksa/vault"
	"raksa/vault/enginekeys"
)

// rogue is an enrolled device whose program was replaced: it holds a certificate
// and keys, and writes whatever it likes.
type rogue struct {
	*testDesk
	device  syncengine.RecordID
	node    syncengine.NodeID
	store   *memstore.Store
	engine  *syncengine.Engine
	ring    vault.Keyring
	signing ed25519.PrivateKey
	ratchet vault.Ratchet
	person  *vault.Unlocked
	signer  *vault.Unlocked // of the person who signs here
	wraps   []syncengine.Wrap
	request syncengine.Request // what goes with the next page
}

func (d *testDesk) rogue(order TicketOrder) *rogue {
	d.t.Helper()
	r := &rogue{testDesk: d, store: &memstore.Store{}}
	own, err := vault.NewVault(rand.Reader)
	must(d.t, err)
	r.person = own
	r.ring = vault.NewKeyring(own.Wrapper, rand.Reader)
	r.engine = &syncengine.Engine{Keys: enginekeys.Keys{Ring: r.ring, Random: rand.Reader}, Codec: casefile.Codec(d.Forms)}
	_, r.signing, err = ed25519.GenerateKey(rand.Reader)
	must(d.t, err)
	receive, err := vault.NewReceivingKey(rand.Reader)
	must(d.t, err)
	must(d.t, func() error { id, err := d.newID(); r.node = syncengine.NodeID(id); return err }())
	r.ratchet, err = vault.NewRatchet(rand.Reader, r.node)
	must(d.t, err)
	seed, err := r.ratchet.SealSeed(d.Keys.ReceivingPublic())
	must(d.t, err)
	csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, r.signing)
	must(d.t, err)
	d.do(func(tx syncengine.Tx) error {
		answer, err := d.enroll(tx, order, &enrollv1.EnrollRequest{Csr: csr, ReceivingKey: receive.Public(), Node: r.node[:], RatchetSeed: seed})
		if err == nil {
			r.device = syncengine.RecordID(answer.Device)
		}
		return err
	})
	r.local(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, r.node) })
	return r
}

func (r *rogue) local(fn func(tx syncengine.Tx) error) {
	r.t.Helper()
	must(r.t, r.store.Update(r.t.Context(), fn))
}

// signsAs lets the device sign for a member of staff who really works on it.
func (r *rogue) signsAs(who string) {
	r.t.Helper()
	slot, public, err := r.person.AddPerson(rand.Reader, r.staff[who].ID, []byte(goodSecret), r.SecretCost)
	must(r.t, err)
	r.signer, err = vault.OpenSlotAtLeast(r.SecretCost, slot, []byte(goodSecret))
	must(r.t, err)
	r.request.SignerKeys = append(r.request.SignerKeys, syncengine.SignerKey{Person: r.staff[who].ID, Public: public})
}

func (r *rogue) sign(message []byte) ([]byte, error) { return r.signer.SignAct(sha256.Sum256(message)) }

// holds gives the device the key of a record of the office, as a colluding case
// device would have it.
func (r *rogue) holds(record syncengine.RecordID) {
	r.t.Helper()
	var key vault.RecordKey
	r.do(func(tx syncengine.Tx) (err error) { key, err = r.Office.ring.RecordKey(tx, record); return err })
	r.local(func(tx syncengine.Tx) error { return r.ring.PutRecordKey(tx, record, key) })
}

// makes draws a key for a record id, wherever that id comes from.
func (r *rogue) makes(record syncengine.RecordID) []byte {
	r.t.Helper()
	key, err := vault.NewRecordKey(rand.Reader)
	must(r.t, err)
	wrap, next, err := r.ratchet.Wrap(rand.Reader, key, record)
	must(r.t, err)
	r.wraps = append(r.wraps, syncengine.Wrap{Record: record, Step: r.ratchet.Index(), Sealed: wrap})
	r.ratchet = next
	r.local(func(tx syncengine.Tx) error { return r.ring.PutRecordKey(tx, record, key) })
	commit := vault.Commitment(key)
	return commit[:]
}

func (r *rogue) fresh() (id syncengine.RecordID) {
	r.t.Helper()
	drawn, err := r.newID()
	must(r.t, err)
	return drawn
}

func (r *rogue) write(draft syncengine.Draft) (id syncengine.ChangeID) {
	r.t.Helper()
	if draft.Author.Zero() {
		draft.Author = r.staff["Interviewer"].ID
	}
	r.local(func(tx syncengine.Tx) error {
		c, err := r.engine.Save(tx, draft, syncengine.Moment{WallMillis: r.now.UnixMilli(), Random: rand.Reader})
		if err == nil {
			id = c.ID()
		}
		return err
	})
	return id
}

// interview makes an interview on the device, signed.
func (r *rogue) interview(answers screening.Answers) syncengine.RecordID {
	r.t.Helper()
	id := r.fresh()
	draft, err := casefile.OpeningDraft(form.Builtin(), casefile.Opening{
		Record: id, Author: r.staff["Interviewer"].ID, Commit: [16]byte(r.makes(id)), Center: "PTC", Kind: form.Long, Answers: answers,
	})
	must(r.t, err)
	draft.Sign, draft.SignClass = r.sign, classOfItem("con_interview")
	r.write(draft)
	return id
}

// edit answers more items of an interview that the device holds.
func (r *rogue) edit(id syncengine.RecordID, edit casefile.Edit) syncengine.ChangeID {
	r.t.Helper()
	var draft syncengine.Draft
	r.local(func(tx syncengine.Tx) error {
		rec, err := r.engine.Read(tx, id)
		if err != nil {
			return err
		}
		iv, err := casefile.OpenInterview(rec, r.Forms)
		if err != nil {
			return err
		}
		edit.Author = r.staff["Interviewer"].ID
		edit.Basis = casefile.BasisOf(rec, slices.Collect(mapsKeys(edit.Answers))...)
		draft, err = iv.Draft(edit)
		return err
	})
	draft.Sign, draft.SignClass = r.sign, classOfItem("con_interview")
	return r.write(draft)
}

func mapsKeys(answers screening.Answers) func(func(string) bool) {
	return func(yield func(string) bool) {
		for field := range answers {
			if !yield(field) {
				return
			}
		}
	}
}

func classOfItem(item string) syncengine.Class {
	class, _ := form.Builtin().Class(item)
	return syncengine.Class(class)
}

func (r *rogue) try() (*syncengine.Answer, error) {
	r.t.Helper()
	req := r.request
	req.Node, req.WantBytes = r.node, max(req.WantBytes, 1<<20)
	r.local(func(tx syncengine.Tx) error {
		acked, err := syncengine.Acked(tx, r.node)
		if err != nil {
			return err
		}
		req.Page, err = syncengine.BuildPage(tx, r.node, acked.Seq, 1<<20)
		return err
	})
	if req.Page != nil {
		var err error
		req.Page.Wraps = r.wraps
		req.Page.Signature, err = vault.SignPage(r.signing, req.Page.Digest())
		must(r.t, err)
	}
	answer, err := r.Exchange(r.t.Context(), r.device, &req)
	if err == nil {
		r.wraps = nil
		r.local(func(tx syncengine.Tx) error { return syncengine.Acknowledge(tx, r.node, answer.Receipt) })
	}
	return answer, err
}

// push sends what waits and gives the reasons for which changes were held back.
func (r *rogue) push() map[syncengine.ChangeID]string {
	r.t.Helper()
	answer, err := r.try()
	must(r.t, err)
	held := map[syncengine.ChangeID]string{}
	for _, one := range answer.Quarantined {
		held[one.Change] = one.Reason
	}
	return held
}

func writes(class syncengine.Class, field, value string) map[syncengine.Class][]syncengine.Write {
	return map[syncengine.Class][]syncengine.Write{class: {{Field: field, State: syncengine.State(screening.Answered), Value: []byte(value)}}}
}

var (
	caseOrder    = TicketOrder{Name: "PTC-2", Profile: screening.CaseDevice, Center: "PTC"}
	adminClass   = syncengine.Class(screening.Admin)
	agreesToNeed = screening.Answers{
		"con_interview": code("yes"), "con_referral": code("yes"), "con_share_ngo": code("needs"),
	}
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

func TestANodeIsOneDevices(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	t.Run("not the office's", func(t *testing.T) {
		var self syncengine.Self
		d.do(func(tx syncengine.Tx) (err error) { self, err = syncengine.LoadSelf(tx); return err })
		if _, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: self.Node}); err == nil {
			t.Error("a device became the office's node")
		}
	})
	t.Run("not taken over by enrolling", func(t *testing.T) {
		_, key, _ := ed25519.GenerateKey(rand.Reader)
		csr, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
		must(t, err)
		receive, err := vault.NewReceivingKey(rand.Reader)
		must(t, err)
		err = d.update(t.Context(), func(tx syncengine.Tx) error {
			_, err := d.enroll(tx, caseOrder, &enrollv1.EnrollRequest{Csr: csr, ReceivingKey: receive.Public(), Node: r.node[:]})
			return err
		})
		if err == nil {
			t.Error("a new device took the node of another")
		}
	})
	t.Run("not without end", func(t *testing.T) {
		var err error
		for range nodesMax + 1 {
			if _, err = d.Exchange(t.Context(), r.device, &syncengine.Request{Node: syncengine.NodeID(r.fresh())}); err != nil {
				break
			}
		}
		if err == nil {
			t.Error("a device has as many nodes as it likes")
		}
	})
}

func TestARevokedDeviceEntersNoKeys(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	d.do(func(tx syncengine.Tx) error { return d.Revoke(tx, r.device, d.staff["Dara"].ID) })
	r.signsAs("Dara")
	r.push()
	d.do(func(tx syncengine.Tx) error {
		s, err := d.Office.staff(tx, d.staff["Dara"].ID)
		if err == nil && slices.Equal(s.Key, r.request.SignerKeys[0].Public) {
			t.Error("the thief's key stands in the directory")
		}
		known, _ := tx.Get(bucketSigner, signerKey(d.staff["Dara"].ID, r.request.SignerKeys[0].Public))
		if known != nil {
			t.Error("the thief's key signs for a supervisor")
		}
		return err
	})
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

// ngo enters a partner and gives its id.
func (d *testDesk) ngo(name string) (id syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		id, err = d.AddOrganisation(tx, casefile.Organisation{Name: name, Agency: screening.NGO, Services: []string{"shelter"}}, officeHand)
		return err
	})
	return id
}

// requests puts a request for a referral into an interview, at the office.
func (d *testDesk) requests(id syncengine.RecordID, request string, to syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		iv, err := d.Office.interview(tx, id)
		if err != nil {
			return err
		}
		draft, err := iv.RequestDraft(d.staff["Interviewer"].ID, casefile.Request{ID: request, Organisation: to.String(), Service: "shelter", Urgency: "today"})
		if err != nil {
			return err
		}
		_, err = d.save(tx, draft)
		return err
	})
}

func (d *testDesk) sent(id syncengine.RecordID) (sent []SentReferral) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) { sent, err = d.Referrals(tx, id); return err })
	return sent
}

// referred makes an interview with one referral that was released.
func (d *testDesk) referred(to syncengine.RecordID) (id syncengine.RecordID, copied syncengine.RecordID) {
	d.t.Helper()
	id = d.interviewOf(agreesToNeed)
	d.requests(id, "r1", to)
	must(d.t, d.CatchUp(d.t.Context()))
	sent := d.sent(id)
	if len(sent) != 1 || sent[0].State != casefile.Sent {
		d.t.Fatalf("released: %v", sent)
	}
	return id, sent[0].Copy
}

func TestOneRecordThatFailsDoesNotHoldTheOthers(t *testing.T) {
	d := newDesk(t)
	to := d.ngo("Home")
	poisoned := d.interviewOf(agreesToNeed)
	d.do(func(tx syncengine.Tx) error { // a row that cannot be read
		return tx.Put(string(releases), releaseKey(poisoned, "r1"), []byte("{"))
	})
	d.requests(poisoned, "r1", to)
	behind := d.interviewOf(agreesToNeed)
	d.requests(behind, "r2", to)
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(behind); len(sent) != 1 || sent[0].State != casefile.Sent {
		t.Fatalf("what is behind it: %v", sent)
	}
	d.do(func(tx syncengine.Tx) error { return releases.Delete(tx, releaseKey(poisoned, "r1")) })
	d.now = d.now.Add(2 * 60 * 1e9)
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(poisoned); len(sent) != 1 || sent[0].State != casefile.Sent {
		t.Errorf("tried again: %v", sent)
	}
}

// Orders come before all else, however many there are.
func TestNothingComesBeforeTheLastOrder(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	d.interviewOf(agreesToNeed)
	d.do(func(tx syncengine.Tx) error {
		for range syncengine.PageChangesMax + 1 {
			order := syncengine.Control{Op: syncengine.OpWithdraw, Target: string(screening.ScopeAll)}
			if err := d.control(tx, r.fresh(), officeHand, order); err != nil {
				return err
			}
		}
		return nil
	})
	for _, bytes := range []int{1 << 20, 4 << 10} {
		r.request.WantBytes = bytes
		answer, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: r.node, WantBytes: bytes})
		must(t, err)
		if len(answer.News) != 1 || answer.News[0].Stream != streamControl {
			t.Errorf("at %d bytes an answer with %d streams", bytes, len(answer.News))
		}
	}
}

// A stream that is behind is always told, so that the device asks on.
func TestEveryStreamIsTold(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	answer, err := d.Exchange(t.Context(), r.device, &syncengine.Request{Node: r.node, WantBytes: 1})
	must(t, err)
	if want := len(streamsOf(casefile.Device{Profile: screening.CaseDevice})); len(answer.News) != want {
		t.Errorf("an answer with %d streams, want %d", len(answer.News), want)
	}
}

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

func (d *testDesk) partner(of syncengine.RecordID) *rogue {
	d.t.Helper()
	if _, hired := d.staff["Helper"]; !hired {
		d.hire("Helper", screening.Partner, screening.NGO)
	}
	return d.rogue(TicketOrder{Name: "NGO-1", Profile: screening.PartnerDevice, Organisation: of.String()})
}

// answers writes a partner's answer as a record of its own.
func (r *rogue) answers(copied syncengine.RecordID) (id syncengine.RecordID) {
	r.t.Helper()
	id = r.fresh()
	draft, err := casefile.AnswerDraft(id, nil, &casefile.Referral{ID: copied, Request: "r1"}, r.staff["Helper"].ID, casefile.Accepted, "", canaryStory)
	must(r.t, err)
	draft.Commit = r.makes(id)
	r.write(draft)
	return id
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

// samePerson lets a supervisor decide that two records are one person.
func (d *testDesk) samePerson(a, b syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(a, b), d.staff["Dara"].ID, casefile.SamePerson, "knows them", nil)
	})
}

// A person stays one where the record that ties the others is not counted.
func TestALinkThroughARecordThatIsNotCounted(t *testing.T) {
	for name, leave := range map[string]func(d *testDesk, between syncengine.RecordID){
		"erased": func(d *testDesk, between syncengine.RecordID) {
			d.do(func(tx syncengine.Tx) error { return d.Erase(tx, between, d.staff["Dara"].ID) })
		},
		"of another month": func(d *testDesk, between syncengine.RecordID) {
			d.do(func(tx syncengine.Tx) error {
				row, _, err := cases.Get(tx, between[:])
				row.Day -= 60
				if err != nil {
					return err
				}
				return cases.Put(tx, between[:], row)
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			first, between, last := d.interviewOf(somebody("One")), d.interviewOf(somebody("Two")), d.interviewOf(somebody("Three"))
			d.samePerson(first, between)
			d.samePerson(between, last)
			leave(d, between)
			d.do(func(tx syncengine.Tx) error {
				report, err := d.Count(tx, CountQuery{FromDay: casefile.SiteDay(d.now.UnixMilli()) - 1})
				if report.Records != 2 || report.Persons != 1 || report.PersonsHigh != 1 {
					t.Errorf("%d records, %d persons (%d to %d)", report.Records, report.Persons, report.PersonsLow, report.PersonsHigh)
				}
				return err
			})
		})
	}
}

// An erased key must not lie on in the store's write-ahead log.
func TestErasureScoursTheStore(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, id, d.staff["Dara"].ID) })
	must(t, d.CatchUp(t.Context()))
	logs, err := filepath.Glob(filepath.Join(filepath.Dir(t.TempDir()), "*", "office.db-wal"))
	must(t, err)
	if len(logs) != 1 {
		t.Fatalf("the store has %d logs", len(logs))
	}
	if info, err := os.Stat(logs[0]); err != nil || info.Size() != 0 {
		t.Errorf("the log holds %d bytes (%v)", info.Size(), err)
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

// Who takes back, by mistake withdraws that, and takes back again, is heard.
func TestConsentTakenBackTwice(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	id := d.interviewOf(agreesToNeed)
	r.holds(id)
	withdraw := func() {
		d.do(func(tx syncengine.Tx) error { return d.Withdraw(tx, id, screening.ScopeReferral, d.staff["Dara"].ID) })
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

// A page of wraps is one walk along the ratchet, however far it stands.
func TestWrapsFarAlongTheRatchetAreTaken(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(caseOrder)
	r.signsAs("Interviewer")
	var err error
	r.ratchet, err = r.ratchet.At(vault.RatchetStepsMax - 10)
	must(t, err)
	for range 5 {
		r.interview(agreesToNeed)
	}
	if held := r.push(); len(held) > 0 {
		t.Errorf("held: %v", held)
	}
}
