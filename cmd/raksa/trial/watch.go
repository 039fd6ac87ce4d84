package trial

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"raksa/casefile"
	"raksa/device"
	enrollv1 "raksa/gen/raksa/enroll/v1"
	"raksa/screening"
	"raksa/syncengine"
)

// watch stands between a device and its real connection: whole messages get
// lost or come twice, and every answer is searched for what must not be in it.
type watch struct {
	real   device.Office
	tablet *tablet
	old    *syncengine.Request // one that was sent before
}

func (o *watch) Enroll(ctx context.Context, r *enrollv1.EnrollRequest) (*enrollv1.EnrollResponse, error) {
	return o.real.Enroll(ctx, r)
}

// Exchange implements device.Office.
func (o *watch) Exchange(ctx context.Context, r *syncengine.Request) (*syncengine.Answer, error) {
	t := o.tablet
	m := t.link.is()
	if m == echoing && o.old != nil && t.link.chance(2) == 0 {
		t.world.count(string(echoing))
		_, _ = o.real.Exchange(ctx, o.old)
	}
	if r.Page != nil && t.link.chance(4) == 0 {
		o.old = r
	}
	sent := *r
	if change := t.world.Hands.Request; change != nil {
		change(&sent)
	}
	if t.world.Hands.MarkByClaim {
		t.claimed(&sent)
	}
	life := t.world.office.life()
	answer, err := o.real.Exchange(ctx, &sent)
	if m == stuttering && t.link.chance(2) == 0 {
		t.world.count(string(stuttering))
		answer, err = o.real.Exchange(ctx, &sent)
	}
	t.world.trace("%s", told(t, &sent, answer, err))
	if err != nil {
		return nil, err
	}
	if change := t.world.Hands.Answer; change != nil {
		change(&sent, answer)
		answer.Signature, _ = t.world.office.keys.Sign(answer.Digest(r.Node))
	}
	o.search(answer)
	o.isHeld(answer, life)
	if m == deaf && t.link.chance(2) == 0 {
		t.world.count(string(deaf))
		return nil, errors.Join(device.ErrUnreachable, errAway)
	}
	t.met(life)
	t.world.count("exchange")
	return answer, nil
}

// isHeld is P1: what the office confirms is in its file when it says so.
func (o *watch) isHeld(answer *syncengine.Answer, life int) {
	office, head := o.tablet.world.office, answer.Receipt.Head
	if head.Seq > 0 && office.lacks(head.ID) && office.life() == life {
		o.tablet.world.fail("P1: the office confirms seq %d to %s and does not have it", head.Seq, o.tablet.name)
	}
}

// search holds I11: nothing of a record outside a device's scope, no class that
// its profile must not get, and no plain word of anybody is in an answer.
func (o *watch) search(answer *syncengine.Answer) {
	w, t := o.tablet.world, o.tablet
	for _, news := range answer.News {
		for _, entry := range news.Entries {
			c := entry.Change
			if bytes.Contains(syncengine.EncodeChange(c), []byte(canaryMark)) {
				w.fail("I11: %s got plain words of record %s", t.name, short(c.Record))
			}
			if c.Kind == syncengine.KindControl || news.Stream == "directory" {
				continue
			}
			if !w.truth.mayHold(t, c.Record, c.Kind) {
				w.fail("I11: %s got a change of record %s, kind %d, from %s", t.name, short(c.Record), c.Kind, strings.SplitN(news.Stream, "/", 2)[0])
			}
			for class := range c.Blocks {
				if class != syncengine.ClassClear && !casefile.Deliverable(t.profile, c.Kind, class) {
					w.fail("I11: %s got class %d of kind %d", t.name, class, c.Kind)
				}
			}
		}
	}
	for _, key := range answer.Keys {
		if !w.truth.mayHoldKeys(t, key.Record) {
			w.fail("I11: %s got keys of record %s", t.name, short(key.Record))
		}
	}
}

// mayHold says whether a record may reach a device: of its own center, moved
// there, or sent to its organisation.
func (tr *truth) mayHold(t *tablet, id syncengine.RecordID, kind syncengine.Kind) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch kind {
	case casefile.KindReferral:
		return t.profile == screening.PartnerDevice
	case casefile.KindAnswer:
		return t.profile != screening.Capture
	case casefile.KindWithdrawal:
		return t.profile == screening.CaseDevice
	}
	return t.profile != screening.PartnerDevice && tr.centers[id][t.center]
}

func (tr *truth) mayHoldKeys(t *tablet, id syncengine.RecordID) bool {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.centers[id] == nil { // a referral or an answer to one
		return t.profile != screening.Capture
	}
	return t.profile != screening.PartnerDevice && tr.centers[id][t.center]
}

// told writes an exchange for the trace: sequence numbers and sizes alone.
func told(t *tablet, r *syncengine.Request, a *syncengine.Answer, err error) string {
	pushed, took := "nothing", 0
	if r.Page != nil {
		first, last := r.Page.Changes[0], r.Page.Changes[len(r.Page.Changes)-1]
		pushed = fmt.Sprintf("%d-%d", first.Seq, last.Seq)
	}
	if err != nil {
		return fmt.Sprintf("%s node %s claims %d pushes %s: %s", t.name, r.Node.String()[:4], r.Claim.Seq, pushed, device.Code(err))
	}
	for _, held := range a.Quarantined {
		pushed += ", held " + held.Change.String()[:6] + " as " + held.Reason
	}
	for _, news := range a.News {
		took += len(news.Entries)
	}
	if r.Lost != nil {
		pushed += fmt.Sprintf(", lists %d of %s (wanted %d)", len(r.Lost.IDs), strings.SplitN(r.Lost.Stream, "/", 2)[0], len(a.Lost.Wanted))
	}
	if r.Returned != nil {
		pushed += fmt.Sprintf(", returns %d changes, %d keys", len(r.Returned.Changes), len(r.Returned.Keys))
	}
	if len(r.Want) > 0 {
		pushed += fmt.Sprintf(", wants %d records (given %d)", len(r.Want), len(a.Given))
	}
	return fmt.Sprintf("%s node %s claims %d pushes %s: office has %d unknown %v fork %v, gives %d",
		t.name, r.Node.String()[:4], r.Claim.Seq, pushed, a.Receipt.Head.Seq, a.Receipt.UnknownBase, a.Receipt.Fork, took)
}
