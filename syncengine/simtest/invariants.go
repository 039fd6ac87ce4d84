package simtest

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"raksa/syncengine"
)

// Invariants lists what is held against every run, with the names that the
// reliability study gives them. A violation begins with one of these names.
var Invariants = []struct{ Name, Holds string }{
	{"I1", "a change is its hash: stored bytes that differ are noticed"},
	{"I2", "at the office, with every change the one before it on its chain is there"},
	{"I3", "what is shown is what the naive oracle makes of the changes that are held"},
	{"I4", "every answer that was kept is held, but for what was destroyed with its only copies"},
	{"I5", "nobody replaced what was not on the screen"},
	{"I7", "positions and salts are those of the ids, everywhere"},
	{"I8", "what counts as acknowledged was committed by an office"},
	{"I10", "at rest all agree, and equal logs are equal bytes"},
	{"I11", "nothing outside the scope of a device is in an answer to it"},
	{"I12", "a repeat has no effect"},
	{"stable", "what a tablet keeps as a base only is at the office, whatever that is put back to"},
	{"I13", "what was erased has neither wrap nor folded state"},
	{"orders first", "no change is taken before the orders that the office had given by then"},
	{"salts", "no salt is drawn twice, so no nonce is"},
	{"signatures", "what was not signed for this receiver has no effect"},
	{"one holder", "no two databases that were told go on writing under one node id"},
	{"no error without a cause", "no call fails but by a fault that was put in"},
}

// check holds everything against every replica, at rest.
func (w *world) check() {
	if w.truth.twice > 0 {
		w.fail("salts", "two changes have one salt, so two blocks may have one nonce")
	}
	w.nothingIsLost()
	w.authorsSawWhatTheyReplaced()
	w.chainsAreClosed()
	w.nodesHaveOneHolder()
	for _, stream := range []string{streamControl, streamOf(1), streamOf(2)} {
		w.saltsAreChained(stream)
	}
	alike := map[string]string{}
	for _, r := range append([]*replica{w.office}, w.tablets...) {
		w.isSound(r, alike)
	}
}

// lookInto holds one replica against the truth in the middle of everything.
func (w *world) lookInto() bool {
	r := w.someone()
	if r.keys.locked {
		return false
	}
	w.isSound(r, map[string]string{})
	return true
}

func (w *world) isSound(r *replica, alike map[string]string) {
	w.view(r, func(tx syncengine.Tx) error {
		report, err := r.engine.Examine(tx)
		for _, found := range report.Findings {
			w.fail(map[string]string{syncengine.FoundFold: "I3", syncengine.FoundDamaged: "I1", syncengine.FoundAckBeyond: "I8", syncengine.FoundGap: "I2"}[found.Code],
				"%s: %s: %s", r.name, found.Code, found.About)
		}
		return err
	})
	for n := range byte(recordsMax) {
		w.recordIsTrue(r, syncengine.RecordID{n + 1}, alike)
	}
}

// ackedIsHeld is I8 while faults last: what counts as acknowledged was once
// committed by an office.
func (w *world) ackedIsHeld(r *replica) {
	w.view(r, func(tx syncengine.Tx) error {
		nodes, err := syncengine.OwnNodes(tx)
		for _, node := range nodes {
			if acked, _ := syncengine.Acked(tx, node); acked.Seq > 0 && !w.everHeld[acked.ID] {
				w.fail("I8", "%s counts seq %d as held, and no office ever had it", r.name, acked.Seq)
			}
		}
		return err
	})
}

// nothingIsLost is I4 with P2 and P6: all that was kept is at the office, in the
// streams of its record, and at the tablets that pull them.
func (w *world) nothingIsLost() {
	for _, one := range w.truth.list {
		if !w.holds(w.office, one.id) {
			if !one.gone {
				w.fail("I4", "lost: seq %d of node %x", one.seq, one.node[:2])
			}
			continue
		}
		if one.forged || one.order != nil && w.unproven(one.id) {
			continue
		}
		scope := w.scope(one.record)
		w.view(w.office, func(tx syncengine.Tx) error {
			for _, center := range scope {
				in, err := syncengine.InStream(tx, streamOf(int(center)), one.id)
				if err != nil || !in && one.order == nil {
					w.fail("I4", "seq %d of node %x is not in stream %d of its record", one.seq, one.node[:2], center)
				}
			}
			return nil
		})
		for _, r := range w.tablets {
			wanted := one.order != nil || slices.Contains(scope, byte(r.center)) && !w.revoked(r)
			if wanted && !w.knows(r, one) {
				w.fail("I4", "%s lacks seq %d of node %x", r.name, one.seq, one.node[:2])
			}
		}
	}
}

// unproven reports whether the office keeps an order that came back to it without
// a proof: it obeys it no more, and passes it on to nobody.
func (w *world) unproven(id syncengine.ChangeID) (yes bool) {
	w.view(w.office, func(tx syncengine.Tx) error {
		state, err := syncengine.Quarantine(tx, id)
		yes = state.Held()
		return err
	})
	return yes
}

// authorsSawWhatTheyReplaced is I5, from the bytes that travelled.
func (w *world) authorsSawWhatTheyReplaced() {
	w.view(w.office, func(tx syncengine.Tx) error {
		for _, one := range w.truth.list {
			c, err := tx.Change(one.id)
			if err != nil {
				continue
			}
			for _, d := range c.Digests {
				writes, err := w.office.engine.Open(tx, c, d.Class)
				if err != nil {
					continue // erased, or a form that the office does not know
				}
				for _, write := range writes {
					for _, over := range write.Supersedes {
						if !slices.Contains(one.fields[write.Field].screen, over) {
							w.fail("I5", "seq %d of node %x replaced in %s what its author had not seen", c.Seq, c.Node[:2], write.Field)
						}
					}
				}
			}
		}
		return nil
	})
}

// chainsAreClosed is I2 at the office.
func (w *world) chainsAreClosed() {
	w.view(w.office, func(tx syncengine.Tx) error {
		for _, one := range w.truth.list {
			c, err := tx.Change(one.id)
			if err != nil || c.Prev.Zero() || one.gone {
				continue
			}
			prev := w.truth.changes[c.Prev]
			if (prev == nil || !prev.gone) && !w.holds(w.office, c.Prev) { // one that came back alone is loose
				w.fail("I2", "the office has seq %d of node %x without the one before", c.Seq, c.Node[:2])
			}
		}
		return nil
	})
}

// nodesHaveOneHolder: every clone and every tablet with an older past was told,
// so no two databases write under one id any more.
func (w *world) nodesHaveOneHolder() {
	holders := map[syncengine.NodeID]syncengine.Self{}
	for _, r := range w.tablets {
		w.view(r, func(tx syncengine.Tx) error {
			self, err := syncengine.LoadSelf(tx)
			other, twice := holders[self.Node]
			if twice && other.Head != self.Head && !w.rewound {
				w.fail("one holder", "two tablets stand at seq %d and %d of node %x", other.Seq, self.Seq, self.Node[:2])
			}
			holders[self.Node] = self
			return err
		})
	}
}

// saltsAreChained is I7: the salts of a stream, computed anew from the ids at
// the office, are those of everybody who pulls it.
func (w *world) saltsAreChained(stream string) {
	var want syncengine.Position
	w.view(w.office, func(tx syncengine.Tx) error {
		want = syncengine.Position{Stream: stream}
		news, err := syncengine.Serve(tx, stream, []syncengine.Position{want}, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return true })
		for _, entry := range news.Entries {
			id := entry.Change.ID()
			sum := sha256.Sum256(append(slices.Clone(want.Salt[:]), id[:]...))
			want.Position, want.Salt = entry.Position, syncengine.Salt(sum[:8])
		}
		return err
	})
	for _, r := range append([]*replica{w.office}, w.tablets...) {
		if r.center > 0 && (!slices.Contains(r.streams, stream) || stream != streamControl && w.revoked(r)) {
			continue
		}
		w.view(r, func(own syncengine.Tx) error {
			head, _, err := syncengine.StreamHead(own, stream)
			if head != want {
				w.fail("I7", "%s stands at %v of %s, the ids say %v", r.name, head, stream, want)
			}
			return err
		})
	}
}

// recordIsTrue is I3, I10 and I13 for one record on one replica.
func (w *world) recordIsTrue(r *replica, id syncengine.RecordID, alike map[string]string) {
	if len(w.violations) > 0 {
		return
	}
	o, base := w.oracleFor(r, id)
	if len(o.set) == 0 || w.outdated(r, id) {
		return
	}
	rec := w.read(r, id)
	if rec == nil {
		rec = &syncengine.Record{} // a base of which nothing is here but its ids
	}
	if o.erased() {
		w.nothingIsLeft(r, id, rec)
		return
	}
	if rec.Erased {
		w.fail("I3", "%s shows record %x as erased, and nobody ordered it", r.name, id[0])
	}
	if o.anyCounts() && !base && rec.Kind != interview {
		w.fail("I3", "%s takes record %x for one of kind %d", r.name, id[0], rec.Kind)
	}
	for _, field := range fields {
		if got, want := live(rec.Field(field)), o.live(field); got != want {
			w.fail("I3", "%s, record %x, %s\n  shows %q\n  truth %q", r.name, id[0], field, got, want)
		}
	}
	if w.wrap(r, id) == nil {
		w.nothingIsFolded("I11", r, id)
	}
	for class, folded := range rec.Classes {
		open := []byte{byte(class)}
		for _, c := range o.set {
			if o.opens(c, class) {
				open = append(open, c[:]...)
			}
		}
		if w.counts["record compared"]++; base {
			w.counts["record with a base compared"]++
			continue // it remembers less of what was replaced
		}
		same, bytes := string(open)+"without "+heldKey(o), string(folded.Encode())
		if before, known := alike[same]; known && before != bytes {
			w.fail("I10", "%s folds record %x otherwise than another replica", r.name, id[0])
		}
		alike[same] = bytes
	}
}

func heldKey(o *oracle) string {
	var held []string
	for id, is := range o.heldBack() {
		if is {
			held = append(held, string(id[:]))
		}
	}
	slices.Sort(held)
	return strings.Join(held, "")
}

// oracleFor gives the oracle over what a replica holds of a record, in the log
// or in a base.
func (w *world) oracleFor(r *replica, id syncengine.RecordID) (o *oracle, base bool) {
	var log []*syncengine.Change
	w.view(r, func(tx syncengine.Tx) (err error) {
		log, err = tx.Record(id)
		return err
	})
	here := make(map[syncengine.ChangeID]*syncengine.Change, len(log))
	o = &oracle{truth: &w.truth}
	for _, c := range log {
		change := c.ID()
		if here[change] = c; w.truth.changes[change] == nil {
			w.fail("I4", "%s holds a change that nobody saved", r.name)
			return &oracle{truth: &w.truth}, false
		}
		o.set = append(o.set, change)
	}
	folded, out, classes := w.covered(r, id)
	for _, change := range slices.Concat(folded, out) {
		if base = true; here[change] == nil {
			o.set = append(o.set, change)
		}
	}
	slices.SortFunc(o.set, func(a, b syncengine.ChangeID) int { return bytes.Compare(a[:], b[:]) })
	keys := w.wrap(r, id)
	o.opens = func(id syncengine.ChangeID, class syncengine.Class) bool {
		if classes[class] && slices.Contains(folded, id) {
			return covers(keys, byte(class))
		}
		if here[id] == nil {
			return false
		}
		_, block := here[id].Blocks[class]
		return block && covers(keys, byte(class)) && (r.updated || here[id].Form != formNew)
	}
	return o, base
}

// nothingIsLeft is I13.
func (w *world) nothingIsLeft(r *replica, id syncengine.RecordID, rec *syncengine.Record) {
	if len(rec.Classes) != 0 || !rec.Erased || w.wrap(r, id) != nil {
		w.fail("I13", "%s still shows the erased record %x, or holds its key", r.name, id[0])
	}
	w.nothingIsFolded("I13", r, id)
}

// nothingIsFolded holds where a record was erased or left the scope.
func (w *world) nothingIsFolded(invariant string, r *replica, id syncengine.RecordID) {
	w.view(r, func(tx syncengine.Tx) error {
		for _, bucket := range []string{"state", "base-state"} {
			err := tx.Scan(bucket, id[:], func(_, _ []byte) error {
				w.fail(invariant, "%s keeps folded state of record %x, which it may not have", r.name, id[0])
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// nothingOutOfScope is I11, over what an answer brings.
func (w *world) nothingOutOfScope(r *replica, answer *syncengine.Answer) {
	for _, news := range answer.News {
		for _, entry := range news.Entries {
			c := entry.Change
			_, name := c.Blocks[identity]
			if r.narrow && name {
				w.fail("I11", "an answer brings %s a class that is withheld from it", r.name)
			}
			if c.Kind != syncengine.KindControl && !w.entered[[2]byte{c.Record[0], byte(r.center)}] {
				w.fail("I11", "an answer brings %s record %x of another center", r.name, c.Record[0])
			}
		}
	}
}

// ordersCameFirst holds that what is taken beside orders is no older and no
// newer than they are.
func (w *world) ordersCameFirst(m message, news syncengine.News) {
	if len(news.Entries) == 0 {
		return
	}
	w.view(m.tablet, func(tx syncengine.Tx) error {
		head, _, err := syncengine.StreamHead(tx, streamControl)
		if head != m.control {
			w.fail("orders first", "%s takes changes at %d of the orders, the office stood at %d", m.tablet.name, head.Position, m.control.Position)
		}
		return err
	})
}

// live gives what an engine's register shows, in the words of the oracle.
func live(reg *syncengine.Register) string {
	var out []string
	for _, v := range reg.Live() {
		out = append(out, version(v.ID, v.State, string(v.Value)))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// faultsSoFar counts kills and full disks, which make a repeat the first.
func (w *world) faultsSoFar() (n int) {
	for what, times := range w.counts {
		if strings.Contains(what, "killed: ") || strings.HasPrefix(what, "disk full") {
			n += times
		}
	}
	return n
}

// trace names all that a replica holds, to see whether a repeat left anything.
func (w *world) trace(r *replica) string {
	var out strings.Builder
	w.view(r, func(tx syncengine.Tx) error {
		for _, stream := range []string{streamControl, streamOf(1), streamOf(2)} {
			head, digest, err := syncengine.StreamHead(tx, stream)
			if err != nil {
				return err
			}
			fmt.Fprint(&out, head, digest)
		}
		for n := range byte(recordsMax) {
			log, err := tx.Record(syncengine.RecordID{n + 1})
			if err != nil {
				return err
			}
			fmt.Fprint(&out, len(log), " ")
		}
		return nil
	})
	for n := range byte(recordsMax) {
		out.WriteString(shown(w.read(r, syncengine.RecordID{n + 1})))
	}
	return out.String()
}

// shown gives the bytes of all that can be read of a record.
func shown(rec *syncengine.Record) string {
	var out strings.Builder
	if rec == nil {
		return ""
	}
	for _, class := range slices.Sorted(maps.Keys(rec.Classes)) {
		fmt.Fprintf(&out, "%d:%x ", class, rec.Classes[class].Encode())
	}
	return out.String()
}
