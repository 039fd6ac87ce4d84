package server

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"slices"
	"testing"

	"raksa/casefile"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

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

// A stolen device can at most sign for those who may work on it.
func TestADeviceEntersKeysOnlyOfThoseWhoWorkOnIt(t *testing.T) {
	d := newDesk(t)
	for _, row := range []struct {
		name, who string
		order     TicketOrder
		entered   bool
	}{
		{"an interviewer of its center", "Interviewer", caseOrder, true},
		{"a supervisor", "Dara", caseOrder, false},
		{"an interviewer of another center", "Interviewer", TicketOrder{Name: "KTC-1", Profile: screening.CaseDevice, Center: "KTC"}, false},
		{"whoever its ticket named", "Dara", TicketOrder{Name: "PTC-3", Profile: screening.CaseDevice, Center: "PTC", Person: d.staff["Dara"].ID}, true},
	} {
		r := d.rogue(row.order)
		r.signsAs(row.who)
		r.push()
		d.do(func(tx syncengine.Tx) error {
			known, err := tx.Get(bucketSigner, signerKey(d.staff[row.who].ID, r.request.SignerKeys[0].Public))
			if (known != nil) != row.entered {
				t.Errorf("%s: entered %v, want %v", row.name, known != nil, row.entered)
			}
			return err
		})
	}
}

// A device cannot shift its interviews to another center's count.
func TestAnInterviewIsOpenedAtTheCenterOfItsDevice(t *testing.T) {
	d := newDesk(t)
	r := d.rogue(TicketOrder{Name: "KTC-1", Profile: screening.CaseDevice, Center: "KTC", Person: d.staff["Interviewer"].ID})
	r.signsAs("Interviewer")
	id := r.interview(nil) // says that it was opened at PTC
	for change, reason := range r.push() {
		c := change
		d.do(func(tx syncengine.Tx) error {
			opened, err := tx.Change(c)
			if err == nil && opened.Record == id && reason != heldOutOfScope {
				t.Errorf("held for %q", reason)
			}
			return err
		})
	}
	d.do(func(tx syncengine.Tx) error {
		report, err := d.Count(tx, CountQuery{Center: "PTC"})
		if report.Records != 0 {
			t.Errorf("PTC counts %d", report.Records)
		}
		return err
	})
}
