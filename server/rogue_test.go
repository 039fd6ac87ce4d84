package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"

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

// rogue enrolls one.
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

// samePerson lets a supervisor decide that two records are one person.
func (d *testDesk) samePerson(a, b syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		return d.SayVerdict(tx, casefile.PairOf(a, b), d.staff["Dara"].ID, casefile.SamePerson, "knows them", nil)
	})
}
