package simtest

import (
	"errors"

	"raksa/syncengine"
)

// answer is what was typed into one field, and what stood on the screen then.
type answer struct {
	state  syncengine.State
	value  string
	screen []syncengine.ChangeID
}

// screen is a page that somebody has opened on a tablet.
type screen struct {
	record syncengine.RecordID
	shown  map[string][]syncengine.ChangeID
}

const (
	formOld = "arrival/1"
	formNew = "arrival/2" // its blocks open only where the program is new enough
)

var (
	fields = []string{"name", "q1", "q2"}
	values = []string{"yes", "no", "refused"}
	// valueNew is an answer that only the new form version has. It is long, so
	// that its block is packed with the version's words and opens with them only.
	valueNew = "prefers to come back tomorrow with somebody they trust"
	wordsNew = []byte(valueNew)
)

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
	if r.keys.locked {
		return false
	}
	r.open = w.look(r, w.someRecord(r))
	return r.open != nil
}

func (w *world) look(r *replica, id syncengine.RecordID) *screen {
	page := &screen{record: id, shown: map[string][]syncengine.ChangeID{}}
	rec := w.read(r, id)
	if w.hasBase(r, id) && w.wrap(r, id) == nil {
		return nil // known by its ids, and none of this tablet's
	}
	if rec == nil {
		return page
	}
	if rec.Erased || w.wrap(r, id) == nil {
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
	if r.open == nil && !r.keys.locked {
		r.open = w.look(r, w.someRecord(r))
	}
	if r.open == nil {
		return false
	}
	answers := map[string]answer{}
	for range 1 + w.rng.IntN(2) {
		answers[fields[w.rng.IntN(len(fields))]] = w.draw()
	}
	return w.save(r, answers, r.open)
}

// saveTwo saves two pages in one transaction: both are kept or neither.
func (w *world) saveTwo() bool {
	r := w.someTablet()
	if r.keys.locked {
		return false
	}
	first, second := w.look(r, w.someRecord(r)), w.look(r, w.someRecord(r))
	if first == nil || second == nil || first.record == second.record {
		return false
	}
	return w.save(r, map[string]answer{fields[w.rng.IntN(len(fields))]: w.draw()}, first, second)
}

func (w *world) draw() answer {
	if w.rng.IntN(7) == 0 {
		w.counts["answer struck"]++
		return answer{state: syncengine.Struck}
	}
	return answer{state: 1, value: values[w.rng.IntN(len(values))]}
}

// settle looks for a contested field on one tablet and writes one answer over it.
func (w *world) settle() bool {
	return w.rewrite(func(reg *syncengine.Register) bool { return reg.Contested() })
}

// unstrike writes an answer where one was struck.
func (w *world) unstrike() bool {
	return w.rewrite(func(reg *syncengine.Register) bool {
		live := reg.Live()
		return len(live) == 1 && live[0].State == syncengine.Struck
	})
}

func (w *world) rewrite(wanted func(*syncengine.Register) bool) bool {
	r := w.someTablet()
	if r.keys.locked {
		return false
	}
	for n := range byte(recordsMax) {
		id := syncengine.RecordID{n + 1}
		rec := w.read(r, id)
		if rec == nil || rec.Erased || w.wrap(r, id) == nil {
			continue
		}
		for _, field := range fields {
			if wanted(rec.Field(field)) {
				a := answer{state: 1, value: values[w.rng.IntN(len(values))]}
				return w.save(r, map[string]answer{field: a}, w.look(r, id))
			}
		}
	}
	return false
}

// save writes the same answers on one page or more, in one transaction.
func (w *world) save(r *replica, answers map[string]answer, pages ...*screen) bool {
	saved := make([]*syncengine.Change, len(pages))
	written := make([]*typed, len(pages))
	moment := syncengine.Moment{WallMillis: w.wallMillis(r), Random: w.random}
	drafts := make([]syncengine.Draft, len(pages))
	for i, page := range pages {
		if drafts[i], written[i] = w.draft(r, page, answers); len(drafts[i].Writes) == 0 {
			if w.wrap(r, page.record) == nil {
				w.counts["page closed by an erasure or eviction"]++
				r.open = nil
			}
			return false
		}
	}
	err := w.update(r, "save", func(tx syncengine.Tx) (err error) {
		for i := range drafts {
			if err = makeKey(tx, drafts[i].Record); err != nil {
				return err
			}
			if saved[i], err = w.steps.Save(r.engine, tx, drafts[i], moment); err != nil {
				return err
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, syncengine.ErrLocked), err == errFull:
		return false // the page keeps what was typed
	}
	r.open = nil
	if !kept(err) {
		w.must(r.name+": save", err)
		return false
	}
	for i, c := range saved {
		w.truth.note(c, written[i])
	}
	return err == nil
}

// makeKey gives a record its key where it is opened.
func makeKey(tx syncengine.Tx, id syncengine.RecordID) error {
	log, err := tx.Record(id)
	if err != nil {
		return err
	}
	base, err := syncengine.Covered(tx, id)
	if err == nil && len(log) == 0 && base == nil {
		_, err = putWrap(tx, id, allClasses)
	}
	return err
}

// draft says what is saved of a page, and notes what its author means.
func (w *world) draft(r *replica, page *screen, answers map[string]answer) (syncengine.Draft, *typed) {
	d := syncengine.Draft{
		Record: page.record, Kind: interview, Form: formOld,
		Author: syncengine.PersonID{byte(1 + w.rng.IntN(3))}, Writes: map[syncengine.Class][]syncengine.Write{},
	}
	if r.updated && w.rng.IntN(8) == 0 {
		d.Form, answers = formNew, map[string]answer{fields[w.rng.IntN(len(fields))]: {state: 1, value: valueNew}}
		w.counts["saved under a new form version"]++
	}
	one := &typed{record: page.record, form: d.Form, fields: map[string]answer{}}
	now, held := w.read(r, page.record), w.wrap(r, page.record)
	known := now != nil || w.hasBase(r, page.record)
	for _, field := range fields {
		a, typedIn := answers[field]
		if !typedIn || known && !covers(held, byte(classOf(field))) {
			continue // not this device's to write
		}
		a.screen = page.shown[field]
		one.fields[field] = a
		live := []syncengine.ChangeID{}
		if now != nil {
			live = now.Field(field).Basis()
		}
		write := syncengine.Write{Field: field, State: a.state, Value: []byte(a.value), Supersedes: w.steps.Basis(a.screen, live)}
		d.Writes[classOf(field)] = append(d.Writes[classOf(field)], write)
		d.SignClass = classOf(field)
	}
	if w.rng.IntN(6) == 0 {
		w.counts["signed by a person"]++
		d.Sign = func([]byte) ([]byte, error) { return []byte("a person's"), nil }
	}
	return d, one
}
