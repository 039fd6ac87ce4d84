package night

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
	"raksa/vault"
)

// The worked life of one record, step by step as the design tells it, with
// every host real: first save, clone, fork, transfer, disagreement, settlement,
// closing, referral, withdrawal, erasure.
func TestTheWorkedLifeOfOneRecord(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	l := &life{Night: n, t: t, whole: t}
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"PTC-2 opens R and saves twice offline", l.opens},
		{"PTC-2 is cloned; both copies write seq 3", l.isCloned},
		{"fork: both branches stand, the second gets a new node id", l.forks},
		{"R enters KTC's stream with class keys", l.moves},
		{"KTC and PTC answer one item offline: contested", l.disagree},
		{"settled at the desk; the other answer stays in the history", l.isSettled},
		{"closed", l.closes},
		{"a referral is requested; the partner gets only what was agreed", l.isReferred},
		{"consent is taken back from another tablet by the slip", l.isWithdrawn},
		{"R is erased; a restored backup refuses the old wrap", l.isErased},
		{"every chain and digest still verifies", func() { l.allWell(t, l.clone, l.restored) }},
	} {
		if !t.Run(step.name, func(inner *testing.T) { l.t = inner; step.do() }) {
			t.FailNow()
		}
	}
}

// life is one record with the hosts it passes through.
type life struct {
	*Night
	t        *testing.T // of the step
	whole    *testing.T // of the life: what is opened in one step lasts
	id       syncengine.RecordID
	clone    *device.Device
	cloneDir string
	restored *device.Device
	copyID   syncengine.RecordID // the partner's copy
	slip     string
}

func (l *life) opens() {
	l.link.setCut(true)
	who, _ := somebody(1, "fisher")
	l.id = l.begin(l.t, l.PTC2, who) // the opening is the first save, the page the second
	held := wraps(l.t, l.PTC2.Store, l.id)
	for _, bucket := range []string{vault.BucketRecordKeys, vault.BucketOfficeWraps} {
		if held[bucket+" "+string(l.id[:])] == nil {
			l.t.Errorf("after the first save no wrap is in %s", bucket)
		}
	}
	changes := changesOf(l.t, l.PTC2.Store, l.id)
	if len(changes) != 2 || len(changes[0].Commit) == 0 || len(changes[1].Commit) != 0 {
		l.t.Fatalf("two saves made %d changes, or the commitment is not on the first alone", len(changes))
	}
}

func changesOf(t *testing.T, store syncengine.Store, id syncengine.RecordID) (changes []*syncengine.Change) {
	t.Helper()
	view(t, store, func(tx syncengine.Tx) (err error) {
		changes, err = tx.Record(id)
		return err
	})
	return changes
}

func (l *life) isCloned() {
	l.cloneDir = copyFolder(l.whole, l.folder("PTC-2"))
	l.clone = l.open(l.whole, l.cloneDir)
	l.signIn(l.t, l.clone, caseOfficer)
	l.write(l.t, l.PTC2, l.id, map[string]string{"wrk_sector": "fishing"})
	l.write(l.t, l.clone, l.id, map[string]string{"wrk_pay_state": "nothing"})
	a, b := last(changesOf(l.t, l.PTC2.Store, l.id)), last(changesOf(l.t, l.clone.Store, l.id))
	switch {
	case a.Seq != 3 || b.Seq != 3 || a.Node != b.Node:
		l.t.Fatalf("the copies wrote seq %d of node %s and seq %d of node %s", a.Seq, a.Node, b.Seq, b.Node)
	case a.Salt == b.Salt || a.ID() == b.ID():
		l.t.Fatal("the twins share a salt, and so a nonce")
	}
}

func last[T any](all []T) T { return all[len(all)-1] }

func (l *life) forks() {
	node := last(changesOf(l.t, l.PTC2.Store, l.id)).Node
	l.link.setCut(false)
	must(l.t, l.PTC2.SyncOnce(l.t.Context()))
	if forks := l.leaves(l.t, "fork"); len(forks) != 0 {
		l.t.Fatal("a fork was seen before there was one")
	}
	must(l.t, l.clone.SyncOnce(l.t.Context()))
	if forks := l.leaves(l.t, "fork"); len(forks) == 0 || forks[0].Node != node.String() {
		l.t.Fatalf("the audit log does not tell of the fork: %v", forks)
	}
	if got := l.values(l.t, l.id, "wrk_sector"); !slices.Equal(got, []string{"fishing"}) {
		l.t.Errorf("the first branch reads %q", got)
	}
	if got := l.values(l.t, l.id, "wrk_pay_state"); !slices.Equal(got, []string{"nothing"}) {
		l.t.Errorf("the second branch reads %q", got)
	}
	l.write(l.t, l.clone, l.id, map[string]string{"wrk_hours_day": "18"})
	if after := last(changesOf(l.t, l.clone.Store, l.id)); after.Node == node || after.Seq != 1 {
		l.t.Fatalf("after the fork the second copy writes seq %d of the same node", after.Seq)
	}
	must(l.t, l.clone.SyncOnce(l.t.Context()))
	if got := l.values(l.t, l.id, "wrk_hours_day"); !slices.Equal(got, []string{"18"}) {
		l.t.Errorf("what the new node wrote reads %q at the office", got)
	}
	if fresh := l.begin(l.t, l.clone, map[string]string{"idn_sex": "male"}); l.clone.SyncOnce(l.t.Context()) != nil || len(l.values(l.t, fresh, "idn_sex")) != 1 {
		l.t.Error("the office cannot open a record that was begun after the fork: the new ratchet did not arrive")
	}
}

func (l *life) moves() {
	must(l.t, l.KTC1.SyncOnce(l.t.Context()))
	if _, err := l.KTC1.Record(l.t.Context(), l.id); !errors.Is(err, device.ErrNotFound) {
		l.t.Fatalf("before the transfer KTC-1 answers %v", err)
	}
	l.atOffice(l.t, func(tx syncengine.Tx) error {
		return l.Office.Transfer(tx, l.id, "KTC", l.Staff[supervisor].ID)
	})
	must(l.t, l.KTC1.SyncOnce(l.t.Context()))
	seen, err := l.KTC1.Record(l.t.Context(), l.id)
	must(l.t, err)
	if seen.Answers.Code("wrk_sector") != "fishing" || seen.Answers["idn_given_km"].Value == nil {
		l.t.Error("KTC-1 does not read what PTC-2 wrote")
	}
	held := wraps(l.t, l.KTC1.Store, l.id)
	if held[vault.BucketRecordKeys+" "+string(l.id[:])] != nil {
		l.t.Error("KTC-1 was given the whole key, not class keys")
	}
}

func (l *life) disagree() {
	l.meet(l.t)
	l.link.setCut(true)
	l.write(l.t, l.PTC2, l.id, map[string]string{"rec_found_by": "relative"})
	l.write(l.t, l.KTC1, l.id, map[string]string{"rec_found_by": "village_broker"})
	l.link.setCut(false)
	l.meet(l.t)
	if iv := l.officeReads(l.t, l.id); !slices.Equal(iv.Contested, []string{"rec_found_by"}) {
		l.t.Fatalf("contested at the office: %q", iv.Contested)
	}
	for _, d := range []*device.Device{l.PTC2, l.KTC1} {
		seen, err := d.Record(l.t.Context(), l.id)
		must(l.t, err)
		if len(seen.Versions("rec_found_by")) != 2 {
			l.t.Error("a case device does not show both answers")
		}
	}
}

func (l *life) isSettled() {
	iv := l.officeReads(l.t, l.id)
	versions := iv.Versions("rec_found_by")
	at := slices.IndexFunc(versions, func(v casefile.Version) bool { return string(v.Value) == "relative" })
	l.atOffice(l.t, func(tx syncengine.Tx) error {
		return l.Office.Settle(tx, l.viewer(supervisor), server.Settlement{
			Record: l.id, Field: "rec_found_by", Choice: versions[at].ID,
			Basis: casefile.BasisOf(iv.Record, "rec_found_by"), Reason: "asked again (made up)",
		}, l.signer(l.t, supervisor))
	})
	l.meet(l.t)
	if got := l.values(l.t, l.id, "rec_found_by"); !slices.Equal(got, []string{"relative"}) {
		l.t.Fatalf("after the settlement the office reads %q", got)
	}
	if got := history(l.t, l.Night, l.id, "rec_found_by"); !slices.Equal(got, []string{"relative", "relative", "village_broker"}) {
		l.t.Errorf("the history holds %q: the other answer is gone", got)
	}
	seen, err := l.KTC1.Record(l.t.Context(), l.id)
	must(l.t, err)
	if len(seen.Contested) != 0 || seen.Answers.Code("rec_found_by") != "relative" {
		l.t.Error("the settlement did not reach KTC-1")
	}
}

// history gives every value that was ever written to a field, as the office can
// still read it from the log.
func history(t *testing.T, n *Night, id syncengine.RecordID, field string) (values []string) {
	t.Helper()
	engine := &syncengine.Engine{Keys: n.officeKeys(), Codec: casefile.Codec(forms)}
	view(t, n.store, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		must(t, err)
		for _, c := range changes {
			for _, digest := range c.Digests {
				writes, err := engine.Open(tx, c, digest.Class)
				must(t, err)
				for _, w := range writes {
					if w.Field == field {
						values = append(values, string(w.Value))
					}
				}
			}
		}
		return nil
	})
	slices.Sort(values)
	return values
}

func (l *life) closes() {
	_, told := somebody(1, "fisher")
	for _, asked := range []string{"rec_found_by", "wrk_sector", "wrk_pay_state", "wrk_hours_day"} {
		delete(told, asked)
	}
	told["wrk_employer"] = "Sea Dragon Number Nine" // nothing of it may leave for a shelter
	l.write(l.t, l.PTC2, l.id, told)
	must(l.t, l.PTC2.CloseInterview(l.t.Context(), l.id))
	l.meet(l.t)
	iv := l.officeReads(l.t, l.id)
	if !iv.Closed || iv.State != screening.PreliminaryPositive {
		l.t.Fatalf("at the office it is closed: %v, in state %s", iv.Closed, iv.State)
	}
	l.slip = iv.Slip
}

// agreedFields are all that a shelter may have of a person who agreed to be
// referred and to share what is needed.
var agreedFields = []string{
	"$fact.age_band", "$fact.child", "$from", "$made", "$note", "$request", "$service", "$share", "$urgency", "con_method", "con_referral",
	"hrm_mental", "hrm_physical", "idn_family_km", "idn_family_latin", "idn_given_km", "idn_given_latin", "idn_sex",
	"ref_needs", "ses_interpreter", "ses_language",
}

func (l *life) isReferred() {
	_, err := l.PTC2.Refer(l.t.Context(), l.id, casefile.Request{
		Organisation: l.Shelter.String(), Service: "shelter", Urgency: "24h", Note: "please call before noon (made up)",
	})
	must(l.t, err)
	l.meet(l.t)
	inbox, err := l.Partner.Inbox(l.t.Context())
	must(l.t, err)
	if len(inbox) != 1 {
		l.t.Fatalf("the partner has %d referrals", len(inbox))
	}
	l.copyID = inbox[0].ID
	var fields []string
	for _, folded := range inbox[0].Record.Classes {
		fields = slices.AppendSeq(fields, maps.Keys(folded))
		for field, reg := range folded {
			for _, v := range reg.Live() {
				if strings.Contains(string(v.Value), "Sea Dragon") {
					l.t.Errorf("the partner reads testimony in %s", field)
				}
			}
		}
	}
	if beyond := slices.DeleteFunc(slices.Clone(fields), func(f string) bool { return slices.Contains(agreedFields, f) }); len(beyond) > 0 {
		l.t.Errorf("the partner's copy holds %q, which nobody agreed to", beyond)
	}
	if !slices.Contains(fields, "idn_given_km") || !slices.Contains(fields, "ref_needs") {
		l.t.Errorf("the partner's copy holds only %q", fields)
	}
	if _, err := l.Partner.Record(l.t.Context(), l.id); err == nil {
		l.t.Error("the partner reads the interview itself")
	}
	for _, c := range changesOf(l.t, l.Partner.Store, l.id) {
		if c.Kind != syncengine.KindControl {
			l.t.Error("the interview is on the partner's disk")
		}
	}
}

func (l *life) isWithdrawn() {
	list, err := l.KTC1.List(l.t.Context())
	must(l.t, err)
	at := slices.IndexFunc(list, func(one device.Someone) bool { return one.Slip == l.slip })
	if at < 0 || list[at].ID != l.id {
		l.t.Fatal("KTC-1 does not find the person by the code on the slip")
	}
	must(l.t, l.KTC1.WithdrawBySlip(l.t.Context(), strings.ToLower(l.slip), screening.ScopeAll))
	must(l.t, l.KTC1.SyncOnce(l.t.Context()))
	l.controlComesFirst()
	must(l.t, l.Partner.SyncOnce(l.t.Context()))
	inbox, err := l.Partner.Inbox(l.t.Context())
	must(l.t, err)
	if len(inbox) != 1 || !inbox[0].Stopped || inbox[0].State != casefile.Withdrawn {
		l.t.Fatalf("the partner has no stop notice: %+v", inbox)
	}
	if err := l.Partner.AnswerReferral(l.t.Context(), l.copyID, casefile.Accepted, "", ""); !errors.Is(err, device.ErrStopped) {
		l.t.Errorf("a stopped referral is answered with %v", err)
	}
	must(l.t, l.PTC2.SyncOnce(l.t.Context()))
	_, err = l.PTC2.Refer(l.t.Context(), l.id, casefile.Request{Organisation: l.Shelter.String(), Service: "shelter", Urgency: "24h"})
	if device.Code(err) != "consent_withdrawn" {
		l.t.Errorf("PTC-2 refers after the withdrawal: %v", err)
	}
}

// controlComesFirst asks the office for as little as can be asked for: what
// comes is the order, before any record.
func (l *life) controlComesFirst() {
	partner := lootOf(l.t, l.Partner.Store, l.Staff[shelterWorker].ID)
	var request syncengine.Request
	view(l.t, l.Partner.Store, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		must(l.t, err)
		request = syncengine.Request{Node: self.Node, WantBytes: 1}
		streams, err := syncengine.Streams(tx)
		for _, stream := range streams {
			head, _, err := syncengine.StreamHead(tx, stream)
			must(l.t, err)
			request.Positions = append(request.Positions, head)
		}
		return err
	})
	answer, err := l.Office.Exchange(l.t.Context(), partner.id, &request)
	must(l.t, err)
	if len(answer.News) == 0 || answer.News[0].Stream != "control" || len(answer.News[0].Entries) == 0 {
		l.t.Fatalf("the first news are not the control changes: %+v", answer.News)
	}
	engine := &syncengine.Engine{Codec: casefile.Codec(forms)}
	order, err := engine.ReadControl(answer.News[0].Entries[0].Change)
	must(l.t, err)
	if order.Op != syncengine.OpWithdraw {
		l.t.Errorf("the first order is %q", order.Op)
	}
}

func (l *life) isErased() {
	backup := copyFolder(l.whole, l.folder("PTC-2"))
	devices := []*device.Device{l.PTC2, l.KTC1, l.Partner, l.clone}
	var old [][]byte
	for _, store := range append(stores(devices), l.store) {
		for _, id := range []syncengine.RecordID{l.id, l.copyID} {
			old = slices.AppendSeq(old, maps.Values(wraps(l.t, store, id)))
		}
	}
	if len(old) < 4 {
		l.t.Fatalf("only %d wraps were found before the erasure: the search proves nothing", len(old))
	}
	l.atOffice(l.t, func(tx syncengine.Tx) error { return l.Office.Erase(tx, l.id, l.Staff[supervisor].ID) })
	l.meet(l.t)
	must(l.t, l.clone.SyncOnce(l.t.Context()))
	for _, store := range append(stores(devices), l.store) {
		for _, id := range []syncengine.RecordID{l.id, l.copyID} {
			if left := wraps(l.t, store, id); len(left) != 0 {
				l.t.Errorf("%d wraps are left after the erasure", len(left))
			}
		}
	}
	if _, err := l.PTC2.Record(l.t.Context(), l.id); !errors.Is(err, syncengine.ErrErased) {
		l.t.Errorf("PTC-2 answers %v", err)
	}
	if rec := l.readErased(); !rec.Erased || len(rec.Classes) != 0 {
		l.t.Error("the office still reads the record")
	}
	l.noOldWrapIn(l.Dir, old)
	l.noOldWrapIn(l.cloneDir, old)
	l.restoreRefuses(backup)
}

func stores(devices []*device.Device) (all []syncengine.Store) {
	for _, d := range devices {
		all = append(all, d.Store)
	}
	return all
}

func (l *life) readErased() (rec *syncengine.Record) {
	engine := &syncengine.Engine{Keys: l.officeKeys(), Codec: casefile.Codec(forms)}
	view(l.t, l.store, func(tx syncengine.Tx) (err error) {
		rec, err = engine.Read(tx, l.id)
		return err
	})
	return rec
}

// noOldWrapIn searches the bytes of every file of the hosts: a deleted cell
// could still stand in a free page or in the write-ahead log.
func (l *life) noOldWrapIn(dir string, old [][]byte) {
	must(l.t, l.store.Scour(l.t.Context()))
	all := files(l.t, dir)
	for _, wrap := range old {
		if where := inFiles(all, wrap); len(where) != 0 {
			l.t.Errorf("a wrap of the erased record is still in %v", where)
		}
	}
}

// restoreRefuses opens a backup from before the erasure: at the first contact
// it learns what was erased, and no old wrap comes back into the living device.
func (l *life) restoreRefuses(backup string) {
	l.restored = l.open(l.whole, backup)
	if len(wraps(l.t, l.restored.Store, l.id)) == 0 {
		l.t.Fatal("the backup holds no wrap of the record: it proves nothing")
	}
	must(l.t, l.PTC2.Store.Update(l.t.Context(), func(live syncengine.Tx) error {
		return l.restored.Store.View(l.t.Context(), func(old syncengine.Tx) error {
			_, refused, err := vault.NewKeyring(nil, nil).Restore(live, old)
			if refused == 0 {
				l.t.Error("no wrap of the backup was refused")
			}
			return err
		})
	}))
	if left := wraps(l.t, l.PTC2.Store, l.id); len(left) != 0 {
		l.t.Errorf("%d wraps came back by the backup", len(left))
	}
	must(l.t, l.restored.SyncOnce(l.t.Context())) // locked: it needs nobody
	if left := wraps(l.t, l.restored.Store, l.id); len(left) != 0 {
		l.t.Errorf("the restored device keeps %d wraps after its first contact", len(left))
	}
	l.signIn(l.t, l.restored, caseOfficer)
	if _, err := l.restored.Record(l.t.Context(), l.id); !errors.Is(err, syncengine.ErrErased) {
		l.t.Errorf("the restored device answers %v", err)
	}
}
