package simtest

import (
	"bytes"
	"cmp"
	"errors"
	"slices"

	"raksa/syncengine"
)

// truth is what people typed, kept apart from every store.
type truth struct {
	changes map[syncengine.ChangeID]*typed
	salts   map[[16]byte]bool
	twice   int // salts that were drawn twice
}

// typed is one save that was committed, so that a screen said "kept".
type typed struct {
	record syncengine.RecordID
	fields map[string]answer
	order  *syncengine.Control // of a control change
	stamp  syncengine.Stamp
	node   syncengine.NodeID
	seq    uint64
	// gone: no office holds it and nobody who wrote it can send it again.
	gone bool
}

// answer is what was typed into one field, and what stood on the screen then.
type answer struct {
	state  syncengine.State
	value  string
	screen []syncengine.ChangeID
}

func (t *truth) note(c *syncengine.Change, one *typed) {
	one.node, one.seq = c.Node, c.Seq
	t.changes[c.ID()] = one
	if t.salts == nil {
		t.salts = map[[16]byte]bool{}
	}
	if t.salts[c.Salt] {
		t.twice++
	}
	t.salts[c.Salt] = true
}

// screen is a page that somebody has opened on a tablet.
type screen struct {
	record syncengine.RecordID
	shown  map[string][]syncengine.ChangeID
}

var fields = []string{"name", "q1", "q2"}

func classOf(field string) syncengine.Class {
	if field == "name" {
		return identity
	}
	return indicator
}

// read gives a record as its reader sees it, or nil when there is nothing to see.
func (w *world) read(r *replica, id syncengine.RecordID) (rec *syncengine.Record) {
	w.view(r, func(tx syncengine.Tx) (err error) {
		rec, err = w.steps.Read(r.engine, tx, id)
		if errors.Is(err, syncengine.ErrUnknownChange) {
			rec, err = nil, nil
		}
		return err
	})
	return rec
}

func (w *world) openPage() bool {
	r := w.someTablet()
	if r.keys.Locked {
		return false
	}
	r.open = w.look(r, w.someRecord())
	return r.open != nil
}

func (w *world) look(r *replica, id syncengine.RecordID) *screen {
	page := &screen{record: id, shown: map[string][]syncengine.ChangeID{}}
	rec := w.read(r, id)
	if rec == nil {
		return page
	}
	if rec.Erased {
		return nil
	}
	for _, field := range fields {
		page.shown[field] = rec.Field(field).Basis()
	}
	return page
}

// savePage saves what somebody typed since the page was opened, perhaps long
// ago, or at once where no page is open.
func (w *world) savePage() bool {
	r := w.someTablet()
	if r.open == nil && !r.keys.Locked {
		r.open = w.look(r, w.someRecord())
	}
	if r.open == nil {
		return false
	}
	page := r.open
	r.open = nil
	answers := map[string]answer{}
	for range 1 + w.rng.IntN(2) {
		answers[fields[w.rng.IntN(len(fields))]] = w.draw()
	}
	return w.save(r, page, answers)
}

func (w *world) draw() answer {
	if w.rng.IntN(7) == 0 {
		w.counts["answer struck"]++
		return answer{state: syncengine.Struck}
	}
	return answer{state: 1, value: []string{"yes", "no", "refused"}[w.rng.IntN(3)]}
}

// settle looks for a contested field on one tablet and writes one answer over it.
func (w *world) settle() bool {
	r := w.someTablet()
	if r.keys.Locked {
		return false
	}
	for n := range byte(recordsMax) {
		id := syncengine.RecordID{n + 1}
		rec := w.read(r, id)
		if rec == nil || rec.Erased {
			continue
		}
		for _, field := range fields {
			if rec.Field(field).Contested() {
				return w.save(r, w.look(r, id), map[string]answer{field: w.draw()})
			}
		}
	}
	return false
}

func (w *world) save(r *replica, page *screen, answers map[string]answer) bool {
	now := w.read(r, page.record)
	if now != nil && now.Erased {
		w.counts["page closed by an erasure"]++
		return false
	}
	draft := syncengine.Draft{
		Record: page.record, Kind: interview, Form: "arrival/1",
		Author: syncengine.PersonID{byte(1 + w.rng.IntN(3))}, Writes: map[syncengine.Class][]syncengine.Write{},
	}
	one := &typed{record: page.record, fields: map[string]answer{}}
	for _, field := range fields {
		a, typedIn := answers[field]
		if !typedIn {
			continue
		}
		a.screen = page.shown[field]
		one.fields[field] = a
		live := []syncengine.ChangeID{}
		if now != nil {
			live = now.Field(field).Basis()
		}
		write := syncengine.Write{Field: field, State: a.state, Value: []byte(a.value), Supersedes: w.steps.Basis(a.screen, live)}
		draft.Writes[classOf(field)] = append(draft.Writes[classOf(field)], write)
	}
	var c *syncengine.Change
	err := w.update(r, func(tx syncengine.Tx) (err error) {
		c, err = r.engine.Save(tx, draft, syncengine.Moment{WallMillis: w.wallMillis(r), Random: w.random})
		return err
	})
	if err != nil {
		w.must(r.name+": save", err)
		return false
	}
	one.stamp = c.Stamp
	w.truth.note(c, one)
	return true
}

// mourn runs after every disaster: it finds the changes that nobody can bring
// to the office any more, because the only copies that send them are destroyed.
// No protocol saves these. They are counted apart and asked for no longer.
func (w *world) mourn() {
	for _, id := range sorted(w.truth.changes) {
		one := w.truth.changes[id]
		if one.gone || w.holds(w.office, id) {
			continue
		}
		own, copied := false, false
		for _, r := range w.tablets {
			own = own || w.isOwn(r, id, one)
			copied = copied || w.holds(r, id)
		}
		if own {
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
func (w *world) isOwn(r *replica, id syncengine.ChangeID, one *typed) (own bool) {
	w.view(r, func(tx syncengine.Tx) error {
		page, err := syncengine.BuildPage(tx, one.node, one.seq-1, 0)
		own = page != nil && page.Changes[0].ID() == id
		return err
	})
	return own
}

// heldBack gives the changes that a set of orders keeps out of the fold: the
// order with the latest stamp stands, of two with one stamp the greater id.
func (t *truth) heldBack(log []syncengine.ChangeID) map[syncengine.ChangeID]bool {
	log = slices.Clone(log)
	slices.SortFunc(log, func(a, b syncengine.ChangeID) int {
		return cmp.Or(cmp.Compare(t.changes[a].stamp, t.changes[b].stamp), bytes.Compare(a[:], b[:]))
	})
	held := map[syncengine.ChangeID]bool{}
	for _, id := range log {
		if order := t.changes[id].order; order != nil && order.Op != syncengine.OpErase {
			held[order.Change] = order.Op != syncengine.OpRelease
		}
	}
	return held
}
