package simtest

import (
	"fmt"
	"slices"

	"raksa/syncengine"
)

// roundsMax bounds the healing: a protocol that needs more is stuck.
const roundsMax = 120

// heal ends all faults, brings in every stick, and lets every tablet speak to
// the office until nothing waits and all agree. It reports whether that came about.
func (w *world) heal() bool {
	w.calm, w.link = true, nil
	for w.rng.IntN(2) == 0 && w.enrollAgain() {
	}
	for _, r := range append([]*replica{w.office}, w.tablets...) {
		if w.rng.IntN(2) == 0 || r == w.office { // one that reads all gives bases
			r.keys.locked = false
			w.updateNow(r)
		}
		w.unlockNow(r)
	}
	for _, b := range w.shelf {
		w.importBundle(b)
	}
	w.link, w.shelf = nil, nil
	// Where there are clones, until each has asked about all that it has been.
	quiet, enough := 0, 1+min(1, w.counts["tablet cloned"])*w.nodesMost()
	for range roundsMax {
		for _, r := range w.tablets {
			w.exchange(r)
		}
		if len(w.violations) > 0 {
			return false
		}
		if slices.ContainsFunc(w.tablets, func(r *replica) bool { return w.restless(r) != "" }) {
			quiet = 0
		} else if quiet++; quiet == enough {
			return true
		}
	}
	for _, r := range w.tablets {
		if why := w.restless(r); why != "" {
			w.fail("I10", "not at rest after %d rounds: %s: %s", roundsMax, r.name, why)
		}
	}
	return false
}

// nodesMost is the most nodes that one tablet has been.
func (w *world) nodesMost() (most int) {
	for _, r := range w.tablets {
		w.view(r, func(tx syncengine.Tx) error {
			nodes, err := syncengine.OwnNodes(tx)
			most = max(most, len(nodes))
			return err
		})
	}
	return most
}

func (w *world) exchange(r *replica) {
	if m, ok := w.request(r); ok {
		w.atOffice(m)
	}
	for _, m := range w.link {
		w.atTablet(m)
	}
	w.link = w.link[:0]
	w.fetchAll(r)
}

// restless says what a tablet still has to do; I8 at rest is part of it.
func (w *world) restless(r *replica) (why string) {
	streams := r.streams
	if w.revoked(r) {
		streams = streams[:1]
	}
	w.view(r, func(tx syncengine.Tx) error {
		if load, err := loadingOf(tx, r); err != nil || load != nil && len(streams) > 1 {
			why = "a snapshot is on its way"
			return err
		}
		if wanted, err := syncengine.Wanted(tx, 1); err != nil || len(wanted) > 0 && len(streams) > 1 {
			why = "wants a base anew"
			return err
		}
		if lost, err := nextLost(tx, r); err != nil || lost != nil && !r.giving.deaf {
			why = "has something to give back"
			return err
		}
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
		for _, stream := range r.streams[len(streams):] { // closed to it
			here, _, err := syncengine.StreamHead(tx, stream)
			if err != nil {
				return err
			}
			w.view(w.office, func(office syncengine.Tx) error {
				known, err := syncengine.KnowsPosition(office, here)
				if !known && here.Position > 0 {
					why = "was not asked for what the office lost of " + stream
				}
				return err
			})
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
