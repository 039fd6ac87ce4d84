package trial

import (
	"time"

	"raksa/screening"
	"raksa/syncengine"
)

// quarrel lets two officers of one center have the same page open and answer it
// differently. A supervisor settles it some hours later.
func (w *world) quarrel() {
	one, other, id, found := w.shared()
	if !found {
		return
	}
	with := "wrk_sector"
	here, opened := w.open(one, id, with)
	there, openedToo := w.open(other, id, with)
	if !opened || !openedToo {
		return
	}
	for _, said := range []struct {
		t    *tablet
		page page
		code string
	}{{one, here, "fishing"}, {other, there, "agriculture"}} {
		if !w.save(said.t, said.page, map[string]string{with: said.code}) {
			return
		}
		w.spell(said.t)
	}
	w.count("two answers to one page")
	w.at(time.Duration(1+w.rng.IntN(3))*time.Hour, func() {
		if w.settles() {
			w.count("contested answer settled")
		}
	})
}

// shared finds two case devices of one center that both show an interview.
func (w *world) shared() (one, other *tablet, id syncengine.RecordID, found bool) {
	held := map[syncengine.RecordID]*tablet{}
	for _, t := range w.tablets {
		if t.profile != screening.CaseDevice || t.center != "PTC" || t.store.isDead() || !t.signIn() {
			continue
		}
		all, err := t.dev.List(w.ctx)
		t.told("list", err, nil)
		for _, someone := range all {
			if first := held[someone.ID]; someone.Seen != nil && first != nil && first != t {
				return first, t, someone.ID, true
			}
			if someone.Seen != nil {
				held[someone.ID] = t
			}
		}
	}
	return nil, nil, id, false
}
