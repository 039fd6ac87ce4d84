package server

import (
	"slices"
	"testing"
	"time"

	"raksa/syncengine"
)

// An order that hands keys over passed while a device's certificate had run out:
// it gets the orders before it at once, and that one when it has renewed, with
// the keys.
func TestADeviceWhoseCertificateRanOutMissesNoKeys(t *testing.T) {
	d, _, _ := restorable(t)
	author, away := d.rogue(caseOrder), d.rogue(caseOrder)
	author.signsAs("Interviewer")
	record := author.interview(agreesToNeed)
	gone := author.interview(agreesToNeed)
	author.push()
	away.pulls()
	d.do(func(tx syncengine.Tx) error {
		if err := d.control(tx, gone, officeHand, syncengine.Control{Op: syncengine.OpErase, Reason: "asked_for"}); err != nil {
			return err
		}
		return d.control(tx, record, officeHand, syncengine.Control{Op: syncengine.OpRekey})
	})
	orders := func(notAfter time.Time) (ops []syncengine.Op, answer *syncengine.Answer) {
		req := &syncengine.Request{Node: away.node, WantBytes: 1 << 20}
		away.local(func(tx syncengine.Tx) (err error) {
			head, _, err := syncengine.StreamHead(tx, streamControl)
			req.Positions = []syncengine.Position{head}
			return err
		})
		answer, err := d.exchange(t.Context(), caller{Device: away.device, NotAfter: notAfter}, req)
		must(t, err)
		for _, entry := range answer.News[0].Entries {
			order, err := d.engine.ReadControl(entry.Change)
			must(t, err)
			ops = append(ops, order.Op)
		}
		away.local(func(tx syncengine.Tx) error {
			_, err := away.engine.Take(tx, answer.News[0], d.now.UnixMilli())
			return err
		})
		return ops, answer
	}
	gives := func(answer *syncengine.Answer) bool {
		return slices.ContainsFunc(answer.Keys, func(k syncengine.Delivery) bool { return k.Record == record })
	}
	for range 2 { // the first answer may have been lost
		ops, answer := orders(d.now.Add(-time.Hour))
		if slices.Contains(ops, syncengine.OpRekey) || gives(answer) || len(answer.Certificate) == 0 {
			t.Errorf("run out, it gets %v, keys %v, a certificate %v", ops, gives(answer), len(answer.Certificate) > 0)
		}
	}
	head := syncengine.Position{}
	away.local(func(tx syncengine.Tx) (err error) {
		head, _, err = syncengine.StreamHead(tx, streamControl)
		return err
	})
	if head.Position == 0 {
		t.Error("the erasure waits for the certificate")
	}
	if ops, answer := orders(d.now.Add(certificateLife)); !slices.Contains(ops, syncengine.OpRekey) || !gives(answer) {
		t.Errorf("renewed, it gets %v, keys %v", ops, gives(answer))
	}
}
