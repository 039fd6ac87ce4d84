package trial

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/server"
	"raksa/syncengine"
)

// rest ends all faults and lets everybody come to rest: all is brought over, a
// quiet day passes, and nothing is new after it.
func (w *world) rest() bool {
	w.resting = true
	w.inquest()
	w.play() // an office that is away comes back
	w.office.store.disarm()
	for _, t := range w.tablets {
		t.off()
		t.store.disarm()
		t.link.be(good)
	}
	for _, pause := range []time.Duration{0, 24 * time.Hour} {
		w.sleep(pause)
		if pause > 0 && w.rng.IntN(2) == 0 && w.releases() { // by now all is in that was held back
			w.count("quarantined change released or discarded")
		}
		for _, t := range w.tablets {
			t.dev.Lock() // a shift is over, and its session ends by itself
			t.signIn()
			t.on()
		}
		left := ""
		for range 120 {
			w.sleep(15 * time.Second)
			if left = w.restless(); left == "" {
				break
			}
		}
		if left != "" {
			w.fail("no rest after half an hour: %s", left)
			return false
		}
		w.sleep(time.Minute)
		for _, t := range w.tablets {
			t.signIn()
			t.off()
		}
	}
	w.must("follow", w.office.CatchUp(w.ctx))
	return w.red() == 0
}

// restless says who still has something to bring or to fetch.
func (w *world) restless() string {
	for _, t := range w.tablets {
		status, err := t.dev.Status(w.ctx)
		if err != nil {
			return t.name + ": " + err.Error()
		}
		if status.Waiting > 0 {
			return t.name + " has something to send"
		}
		if stream := w.behind(t); stream != "" && !w.revoked[status.Device] {
			return t.name + " stands elsewhere in " + stream
		}
	}
	return ""
}

// behind gives a stream of which a tablet and the office do not say the same.
func (w *world) behind(t *tablet) (behind string) {
	err := view(w.office.store, func(office syncengine.Tx) error {
		return view(t.store, func(own syncengine.Tx) error {
			streams, err := syncengine.Streams(own)
			if len(streams) == 0 {
				behind = "all"
			}
			for _, stream := range append(streams, "control") {
				here, digest, err := syncengine.StreamHead(own, stream)
				there, officeDigest, err2 := syncengine.StreamHead(office, stream)
				if err != nil || err2 != nil || here != there || digest != officeDigest {
					behind = stream
				}
			}
			return err
		})
	})
	if err != nil {
		return err.Error()
	}
	return behind
}

// judge asks the truth, at rest.
func (w *world) judge() {
	w.nothingIsLost()
	w.nothingIsDoubled()
	w.answersAreTrue()
	w.quarantineIsExplained()
	w.marksAreShown()
	w.storesAreSound()
	w.erasedIsGone()
	w.nothingLiesInTheClear()
	w.nothingGrew()
}

// nothingIsLost is P1, P2 and P6: whatever was kept is at the office, but for
// what was destroyed with its only copies.
func (w *world) nothingIsLost() {
	for _, one := range w.truth.all() {
		switch {
		case has(w.office.store, one.id):
			w.count("kept and at the office")
		case one.gone:
		case w.inOwnChain(one):
			w.fail("lost: the office lacks seq %d that %s wrote about record %s and still sends (told %v)", one.seq, one.by, short(one.record), one.told)
		case w.somebodyHas(one.id):
			w.fail("lost: the office lacks seq %d of record %s, which %s wrote and another device took (kind %d)", one.seq, short(one.record), one.by, one.kind)
		default:
			w.fail("lost: nobody has seq %d that %s wrote about record %s (told %v)", one.seq, one.by, short(one.record), one.told)
		}
	}
}

// inOwnChain reports whether somebody sends a change as their own.
func (w *world) inOwnChain(one *kept) bool {
	for _, t := range w.tablets {
		found := false
		_ = view(t.store, func(tx syncengine.Tx) error {
			page, err := syncengine.BuildPage(tx, one.node, one.seq-1, 1)
			found = err == nil && page != nil && page.Changes[0].ID() == one.id
			return err
		})
		if found {
			return true
		}
	}
	return false
}

// nothingIsDoubled: the office has no change that nobody saved, and every
// interview once.
func (w *world) nothingIsDoubled() {
	own, _ := officeNodes(w.office.store)
	err := view(w.office.store, func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			changes, err := tx.Record(id)
			for _, c := range changes {
				if w.truth.kept[c.ID()] == nil && !slices.Contains(own, c.Node) {
					w.fail("the office has seq %d of node %s, which nobody saved", c.Seq, c.Node.String()[:6])
				}
			}
			return err
		})
	})
	w.must("read the office's log", err)
}

func officeNodes(s *store) (nodes []syncengine.NodeID, err error) {
	err = view(s, func(tx syncengine.Tx) (err error) { nodes, err = syncengine.OwnNodes(tx); return err })
	return nodes, err
}

// reading is what a store says about the answers that the truth follows.
type reading struct {
	log  []syncengine.ChangeID
	held map[syncengine.ChangeID]bool
	live map[string][]syncengine.ChangeID
}

// read gives what a store holds of a record; live answers by rec, which is nil
// where it cannot be read.
func read(s *store, id syncengine.RecordID, rec *syncengine.Record) (r reading, err error) {
	r.held, r.live = map[syncengine.ChangeID]bool{}, map[string][]syncengine.ChangeID{}
	err = view(s, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		for _, c := range changes {
			if c.Kind == syncengine.KindControl {
				continue
			}
			r.log = append(r.log, c.ID())
			state, err := syncengine.Quarantine(tx, c.ID())
			if err != nil {
				return err
			}
			r.held[c.ID()] = state.Held()
		}
		return err
	})
	if rec == nil {
		return r, err
	}
	for _, item := range askedItems() {
		for _, v := range rec.Field(item).Live() {
			r.live[item] = append(r.live[item], v.ID)
		}
		slices.SortFunc(r.live[item], compareIDs)
	}
	slices.SortFunc(r.log, compareIDs)
	return r, err
}

func compareIDs(a, b syncengine.ChangeID) int { return slices.Compare(a[:], b[:]) }

// answersAreTrue is P2, I3, I4 and I10: the office and every device that reads a
// record show what the truth makes of it, and the same.
func (w *world) answersAreTrue() {
	for _, id := range w.truth.opened {
		if _, gone := w.truth.erased[id]; gone {
			continue
		}
		var iv *casefile.Interview
		err := view(w.office.store, func(tx syncengine.Tx) (err error) { iv, err = w.office.interview(tx, id); return err })
		if err != nil {
			if !w.allGone(id) {
				w.fail("the office does not read record %s: %v", short(id), err)
			}
			continue
		}
		if iv.Record.Erased && w.truth.perhaps[id] {
			w.truth.erased[id] = w.office.life()
			continue
		}
		if iv.Record.Erased {
			w.fail("record %s is erased, which nobody ordered", short(id))
			continue
		}
		there, err := read(w.office.store, id, iv.Record)
		w.must("read", err)
		w.compare("office", id, there)
		for _, t := range w.tablets {
			w.compareTablet(t, id, there)
		}
	}
}

// allGone reports whether of a record nothing is left but orders about it.
func (w *world) allGone(id syncengine.RecordID) bool {
	for _, one := range w.truth.all() {
		if one.record == id && !one.gone && one.kind != syncengine.KindControl {
			return false
		}
	}
	return true
}

func (w *world) compare(who string, id syncengine.RecordID, r reading) {
	w.dropUnwritten(id)
	for _, item := range askedItems() {
		want := w.truth.live(id, item, func(id syncengine.ChangeID) bool { return slices.Contains(r.log, id) && !r.held[id] })
		if !slices.Equal(r.live[item], want) {
			w.fail("I4: %s, record %s, %s: live are %s, the truth says %s", who, short(id), item, w.truth.name(r.live[item]), w.truth.name(want))
		}
		w.count("answer compared")
	}
}

// dropUnwritten takes out of the truth what a killed save did not write because
// it stood there already: nobody was told either way. Of the office's own changes
// only one is the settlement.
func (w *world) dropUnwritten(id syncengine.RecordID) {
	_ = view(w.office.store, func(tx syncengine.Tx) error {
		for _, one := range w.truth.all() {
			if one.record != id || one.told && one.by != "office" || len(one.fields) == 0 {
				continue
			}
			c, err := tx.Change(one.id)
			if err != nil {
				continue
			}
			wrote := map[string]bool{}
			for _, digest := range c.Digests {
				writes, _ := w.office.engine().Open(tx, c, digest.Class)
				for _, write := range writes {
					wrote[write.Field] = true
				}
			}
			for field := range one.fields {
				if !wrote[field] {
					delete(one.fields, field)
				}
			}
		}
		return nil
	})
}

func (w *world) compareTablet(t *tablet, id syncengine.RecordID, there reading) {
	if t.profile != screening.CaseDevice || w.isRevoked(t) || !t.signIn() {
		return
	}
	seen, err := t.dev.Record(w.ctx, id)
	if err != nil {
		counts := slices.ContainsFunc(there.log, func(id syncengine.ChangeID) bool { return !there.held[id] })
		if counts && w.truth.mayHold(t, id, casefile.KindInterview) && has(t.store, there.log[0]) {
			w.fail("%s holds record %s and does not read it: %v", t.name, short(id), err)
		}
		return
	}
	here, err := read(t.store, id, seen.Record)
	w.must("read", err)
	w.compare(t.name, id, here)
	if !slices.Equal(here.log, there.log) {
		w.count("log that differs from the office's")
	}
}

func (w *world) isRevoked(t *tablet) bool {
	status, err := t.dev.Status(w.ctx)
	return err == nil && (w.revoked[status.Device] || status.Revoked)
}

// quarantineIsExplained is I15: what the office holds back has a reason that
// follows from what was done, and is listed with it.
func (w *world) quarantineIsExplained() {
	err := view(w.office.store, func(tx syncengine.Tx) error {
		return syncengine.Quarantined(tx, func(id syncengine.ChangeID, state syncengine.QuarantineState) error {
			w.count("held back or released: " + state.Reason)
			if state.Op != syncengine.OpQuarantine {
				return nil
			}
			c, err := tx.Change(id)
			if err != nil {
				w.count("held back, and lost with the office")
				return nil
			}
			_, erased := w.truth.erased[c.Record]
			switch {
			case state.Reason == "device_revoked" && len(w.revoked) > 0:
			case state.Reason == "record_erased" && (erased || c.Kind != casefile.KindInterview):
			default:
				w.fail("held back as %s: seq %d of record %s, kind %d, by %s", state.Reason, c.Seq, short(c.Record), c.Kind, w.truth.kept[id].by)
			}
			return nil
		})
	})
	w.must("read the quarantine", err)
}

// marksAreShown: at rest everything is at the office, and says so.
func (w *world) marksAreShown() {
	for _, t := range w.tablets {
		if t.profile == screening.PartnerDevice || w.isRevoked(t) || !t.signIn() {
			continue
		}
		all, err := t.dev.List(w.ctx)
		w.must(t.name+" list", err)
		for _, one := range all {
			if one.Where != device.AtOffice {
				w.fail("%s says of record %s at rest: %v", t.name, short(one.ID), one.Where)
			}
		}
	}
}

// storesAreSound examines every log, chain, stream and fold, and the audit log.
func (w *world) storesAreSound() {
	for _, s := range w.stores() {
		engine := &syncengine.Engine{Codec: casefile.Codec(w.Forms)}
		if s == w.office.store {
			engine = w.office.engine()
		}
		err := view(s, func(tx syncengine.Tx) error {
			report, err := engine.Examine(tx)
			for _, found := range report.Findings {
				w.fail("%s: %s: %s", filepath.Base(s.dir), found.Code, found.About)
			}
			return err
		})
		w.must("examine", err)
	}
	w.must("verify the audit log", view(w.office.store, func(tx syncengine.Tx) error {
		_, _, err := server.VerifyAudit(tx)
		return err
	}))
}

// erasedIsGone is I13: no wrap of an erased record is left in any store, and
// none of the old ones in any file.
func (w *world) erasedIsGone() {
	for id, life := range w.truth.erased {
		if life != w.office.life() && !w.orderStands(id) {
			w.count("erasure lost with the office")
			continue
		}
		for _, s := range w.stores() {
			if left := wrapsIn(s, id); len(left) > 0 {
				w.fail("I13: %d wraps of the erased record %s are left in %s", len(left), short(id), filepath.Base(s.dir))
			}
		}
		w.count("erased record looked for")
		w.inFiles(func(name string, raw []byte) {
			for _, wrap := range w.truth.wraps[id] {
				if bytes.Contains(raw, wrap) {
					w.fail("I13: a wrap of the erased record %s is still in %s", short(id), name)
				}
			}
		})
	}
}

func (w *world) orderStands(id syncengine.RecordID) (stands bool) {
	_ = view(w.office.store, func(tx syncengine.Tx) error {
		erased, err := syncengine.Erased(tx)
		stands = slices.Contains(erased, id)
		return err
	})
	return stands
}

// nothingLiesInTheClear: no word that anybody typed is in any file as it is.
func (w *world) nothingLiesInTheClear() {
	w.inFiles(func(name string, raw []byte) {
		if bytes.Contains(raw, []byte(canaryMark)) {
			w.fail("plain words of a person are in %s", name)
		}
	})
}

// inFiles calls fn for every file of a living host.
func (w *world) inFiles(fn func(name string, raw []byte)) {
	for _, s := range w.stores() {
		w.must("read files", filepath.WalkDir(s.dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			raw, err := os.ReadFile(path)
			fn(filepath.Base(s.dir)+"/"+entry.Name(), raw)
			return err
		}))
	}
}

const walBytesMax = 64 << 20

// nothingGrew is I14: logs are small, nothing waits in the follower's queue.
func (w *world) nothingGrew() {
	for _, s := range w.stores() {
		if info, err := os.Stat(filepath.Join(s.dir, dbName+"-wal")); err == nil && info.Size() > walBytesMax {
			w.fail("I14: the write-ahead log of %s has %d bytes", filepath.Base(s.dir), info.Size())
		}
	}
	waiting := 0
	w.must("read the follower's queue", view(w.office.store, func(tx syncengine.Tx) error {
		return tx.Scan("follow-again", nil, func(_, _ []byte) error { waiting++; return nil })
	}))
	if waiting > 0 {
		w.fail("I14: %d records wait for the follower", waiting)
	}
}
