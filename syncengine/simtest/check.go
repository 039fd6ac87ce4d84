package simtest

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"raksa/syncengine"
)

// roundsMax bounds the healing: a protocol that needs more is stuck.
const roundsMax = 120

// heal ends all faults and lets every tablet speak to the office until nothing
// waits and all agree. It reports whether that came about.
func (w *world) heal() bool {
	w.calm, w.link = true, nil
	for _, r := range w.tablets {
		w.unlockNow(r)
	}
	for range roundsMax {
		for _, r := range w.tablets {
			w.exchange(r)
		}
		if len(w.violations) > 0 {
			return false
		}
		if !slices.ContainsFunc(w.tablets, func(r *replica) bool { return w.restless(r) != "" }) {
			return true
		}
	}
	for _, r := range w.tablets {
		if why := w.restless(r); why != "" {
			w.fail("not at rest after %d rounds: %s: %s", roundsMax, r.name, why)
		}
	}
	return false
}

func (w *world) exchange(r *replica) {
	if m, ok := w.request(r); ok {
		w.atOffice(m)
	}
	for _, m := range w.link {
		w.atTablet(m)
	}
	w.link = nil
}

// restless says what a tablet still has to do; I8 at rest is part of it.
func (w *world) restless(r *replica) (why string) {
	w.view(r, func(tx syncengine.Tx) error {
		if waiting, err := syncengine.Waiting(tx); err != nil || waiting > 0 {
			why = fmt.Sprintf("%d changes wait", waiting)
			return err
		}
		nodes, err := syncengine.OwnNodes(tx)
		for _, node := range nodes {
			acked, _ := syncengine.Acked(tx, node)
			if acked.Seq > 0 && !w.holds(w.office, acked.ID) {
				why = "believes that the office holds what it lost"
			}
		}
		for _, stream := range streams {
			here, digest, _ := syncengine.StreamHead(tx, stream)
			w.view(w.office, func(office syncengine.Tx) error {
				there, want, err := syncengine.StreamHead(office, stream)
				if here != there || digest != want {
					why = fmt.Sprintf("stands at %d of %d in %s", here.Position, there.Position, stream)
				}
				return err
			})
		}
		return err
	})
	return why
}

// ackedIsHeld is I8 while faults last: what counts as acknowledged was once
// committed by an office.
func (w *world) ackedIsHeld(r *replica) {
	w.view(r, func(tx syncengine.Tx) error {
		nodes, err := syncengine.OwnNodes(tx)
		for _, node := range nodes {
			if acked, _ := syncengine.Acked(tx, node); acked.Seq > 0 && !w.everHeld[acked.ID] {
				w.fail("I8: %s counts seq %d as held, and no office ever had it", r.name, acked.Seq)
			}
		}
		return err
	})
}

// trace names all that a replica holds, to see whether a repeat left anything.
func (w *world) trace(r *replica) string {
	var out strings.Builder
	w.view(r, func(tx syncengine.Tx) error {
		for _, stream := range streams {
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

// check asks the truth, at rest.
func (w *world) check() {
	if w.truth.twice > 0 {
		w.fail("two changes have one salt, so two blocks may have one nonce")
	}
	w.nothingIsLost()
	w.authorsSawWhatTheyReplaced()
	alike := map[string]string{}
	for _, r := range append([]*replica{w.office}, w.tablets...) {
		w.chainsAreClosed(r)
		w.saltsAreChained(r)
		for n := range byte(recordsMax) {
			w.recordIsTrue(r, syncengine.RecordID{n + 1}, alike)
		}
	}
}

// nothingIsLost is P2 and P6: all that was kept is at the office and at every
// tablet, but for what was destroyed with its only copies.
func (w *world) nothingIsLost() {
	for _, id := range sorted(w.truth.changes) {
		one := w.truth.changes[id]
		atOffice := w.holds(w.office, id)
		if !one.gone && !atOffice {
			w.fail("lost: seq %d of node %x", one.seq, one.node[:2])
		}
		for _, r := range w.tablets {
			if atOffice && !w.holds(r, id) {
				w.fail("%s lacks seq %d of node %x", r.name, one.seq, one.node[:2])
			}
		}
	}
}

// authorsSawWhatTheyReplaced is I5, from the bytes that travelled.
func (w *world) authorsSawWhatTheyReplaced() {
	w.view(w.office, func(tx syncengine.Tx) error {
		for _, id := range sorted(w.truth.changes) {
			c, err := tx.Change(id)
			if err != nil {
				continue
			}
			for _, d := range c.Digests {
				writes, err := w.office.engine.Open(tx, c, d.Class)
				if err != nil {
					continue // erased
				}
				for _, write := range writes {
					for _, over := range write.Supersedes {
						if !slices.Contains(w.truth.changes[id].fields[write.Field].screen, over) {
							w.fail("I5: seq %d of node %x replaced in %s what its author had not seen", c.Seq, c.Node[:2], write.Field)
						}
					}
				}
			}
		}
		return nil
	})
}

// chainsAreClosed is I2: with every change, the one before it is there.
func (w *world) chainsAreClosed(r *replica) {
	for _, id := range sorted(w.truth.changes) {
		w.view(r, func(tx syncengine.Tx) error {
			c, err := tx.Change(id)
			if err == nil && !c.Prev.Zero() && !w.holds(r, c.Prev) && !w.truth.changes[id].gone {
				w.fail("I2: %s has seq %d of node %x without the one before", r.name, c.Seq, c.Node[:2])
			}
			return nil
		})
	}
}

// saltsAreChained is I7, computed anew from the ids at the office.
func (w *world) saltsAreChained(r *replica) {
	for _, stream := range streams {
		w.view(w.office, func(tx syncengine.Tx) error {
			salt := syncengine.Salt{}
			at := syncengine.Position{Stream: stream}
			for {
				news, err := syncengine.Serve(tx, stream, []syncengine.Position{at}, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return false })
				if err != nil {
					return err
				}
				for _, entry := range news.Entries {
					salt = salt.Next(entry.Change.ID())
					at = syncengine.Position{Stream: stream, Position: entry.Position, Salt: salt}
				}
				if at.Position == news.Head.Position {
					break
				}
			}
			w.view(r, func(own syncengine.Tx) error {
				head, _, err := syncengine.StreamHead(own, stream)
				if head != at {
					w.fail("I7: %s stands at %v of %s, the ids say %v", r.name, head, stream, at)
				}
				return err
			})
			return nil
		})
	}
}

// recordIsTrue is I3, I4, I10 and I13 for one record on one replica: what it
// shows is what the truth makes of the changes that it holds.
func (w *world) recordIsTrue(r *replica, id syncengine.RecordID, alike map[string]string) {
	var log []syncengine.ChangeID
	w.view(r, func(tx syncengine.Tx) error {
		changes, err := tx.Record(id)
		for _, c := range changes {
			log = append(log, c.ID())
			if w.truth.changes[c.ID()] == nil {
				w.fail("%s holds a change that nobody saved", r.name)
			}
		}
		return err
	})
	if len(log) == 0 || len(w.violations) > 0 {
		return
	}
	rec := w.read(r, id)
	if slices.ContainsFunc(log, func(id syncengine.ChangeID) bool { return w.truth.erases(id) }) {
		if len(rec.Classes) != 0 || !rec.Erased {
			w.fail("I13: %s still shows the erased record %x", r.name, id[0])
		}
		return
	}
	for _, field := range fields {
		if r.narrow && classOf(field) == identity {
			continue
		}
		if got, want := live(rec.Field(field)), w.truth.live(log, field); !slices.Equal(got, want) {
			w.fail("I3/I4: %s, record %x, %s\n  shows %v\n  truth %v", r.name, id[0], field, got, want)
		}
	}
	before := shown(rec)
	w.must("refold", w.update(r, func(tx syncengine.Tx) error { return r.engine.Refold(tx, id) }))
	if after := shown(w.read(r, id)); after != before {
		w.fail("I3: %s, record %x: stored state is not the fold of the log", r.name, id[0])
	}
	slices.SortFunc(log, func(a, b syncengine.ChangeID) int { return bytes.Compare(a[:], b[:]) })
	for class, folded := range rec.Classes {
		if r.narrow && class == identity {
			continue // has of these what was typed on it, and no other's
		}
		w.counts["record compared"]++
		same, bytes := fmt.Sprint(class, log), string(folded.Encode())
		if cmp.Or(alike[same], bytes) != bytes {
			w.fail("I10: %s folds record %x otherwise than another replica", r.name, id[0])
		}
		alike[same] = bytes
	}
}

func (t *truth) erases(id syncengine.ChangeID) bool {
	order := t.changes[id].order
	return order != nil && order.Op == syncengine.OpErase
}

// live is the oracle: of the changes in a log, those whose answer to a field no
// other names, where a change names exactly what its author had on the screen.
func (t *truth) live(log []syncengine.ChangeID, field string) []string {
	held, named := t.heldBack(log), map[syncengine.ChangeID]bool{}
	for _, id := range log {
		if a, writes := t.changes[id].fields[field]; writes && !held[id] {
			for _, over := range a.screen {
				named[over] = true
			}
		}
	}
	out := []string{}
	for _, id := range log {
		if a, writes := t.changes[id].fields[field]; writes && !held[id] && !named[id] {
			out = append(out, fmt.Sprintf("%s %d %s", id, a.state, a.value))
		}
	}
	slices.Sort(out)
	return out
}

func live(reg *syncengine.Register) []string {
	out := []string{}
	for _, v := range reg.Live() {
		out = append(out, fmt.Sprintf("%s %d %s", v.ID, v.State, v.Value))
	}
	slices.Sort(out)
	return out
}
