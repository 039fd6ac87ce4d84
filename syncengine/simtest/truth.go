package simtest

import (
	"raksa/syncengine"
)

// truth is what people typed, kept apart from every store.
type truth struct {
	changes map[syncengine.ChangeID]*typed
	list    []*typed // in the order in which they were saved
	salts   map[[16]byte]bool
	twice   int // salts that were drawn twice
}

// typed is one save that was committed, so that a screen could say "kept".
type typed struct {
	id     syncengine.ChangeID
	record syncengine.RecordID
	form   string
	fields map[string]answer
	order  *syncengine.Control // of a control change
	stamp  syncengine.Stamp
	node   syncengine.NodeID
	seq    uint64
	forged bool // nobody ordered it
	// gone: no office holds it and nobody who wrote it can send it again.
	gone bool
}

func (t *truth) note(c *syncengine.Change, one *typed) {
	one.id, one.node, one.seq, one.stamp = c.ID(), c.Node, c.Seq, c.Stamp
	t.changes[one.id] = one
	t.list = append(t.list, one)
	if t.salts[c.Salt] {
		t.twice++
	}
	t.salts[c.Salt] = true
}

// mourn runs after every disaster: it finds the changes that nobody can bring
// to the office any more, because the only copies that send them are destroyed.
// No protocol saves these. They are counted apart and asked for no longer,
// unless a carrier brings them after all.
func (w *world) mourn() {
	w.basesStand()
	for _, one := range w.truth.list {
		if one.gone || w.holds(w.office, one.id) {
			continue
		}
		own, copied := false, false
		for _, r := range w.tablets {
			if w.holds(r, one.id) {
				own, copied = own || w.isOwn(r, one) || w.returnable(r, one), true
			}
		}
		if own {
			w.counts["lost at the office, and still on a tablet"]++
			continue
		}
		one.gone = true
		if copied {
			w.counts["lost at the office and at its author"]++
		} else {
			w.counts["only copy destroyed"]++
		}
	}
}

// isOwn reports whether a tablet counts a change to those that it sends.
func (w *world) isOwn(r *replica, one *typed) (own bool) {
	w.view(r, func(tx syncengine.Tx) error {
		page, err := syncengine.BuildPage(tx, one.node, one.seq-1, 0)
		own = page != nil && page.Changes[0].ID() == one.id
		return err
	})
	return own
}
