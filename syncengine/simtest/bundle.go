package simtest

import (
	"slices"

	"raksa/syncengine"
	"raksa/syncengine/wire"
)

// A bundle is what a tablet has waiting, page by page, as bytes on a stick.
// It outlives the tablet.
type bundle struct {
	tablet *replica
	pages  [][]byte
}

// writeBundle puts all that waits on a tablet on a stick.
func (w *world) writeBundle() bool {
	r := w.someTablet()
	b := bundle{tablet: r}
	w.view(r, func(tx syncengine.Tx) error {
		nodes, err := syncengine.OwnNodes(tx)
		for _, node := range nodes {
			acked, err := syncengine.Acked(tx, node)
			if err != nil {
				return err
			}
			for after := acked.Seq; ; {
				page, err := syncengine.BuildPage(tx, node, after, pageBytes)
				if err != nil || page == nil {
					break
				}
				page.Signature = sign("device", page.Digest())
				raw, err := wire.EncodeRequest(&syncengine.Request{Node: node, Page: page, WantBytes: wantBytes})
				if err != nil {
					return err
				}
				b.pages = append(b.pages, raw)
				after = page.Changes[len(page.Changes)-1].Seq
			}
		}
		return err
	})
	if len(b.pages) == 0 || len(w.shelf) >= 4 {
		return false
	}
	w.shelf = append(w.shelf, b)
	return true
}

// bringBundle has a carrier bring a stick to the office: whole and in order, or
// out of order, cut, or with a flipped byte. Half of the sticks are kept and
// come again.
func (w *world) bringBundle() bool {
	if len(w.shelf) == 0 {
		return false
	}
	at := w.rng.IntN(len(w.shelf))
	b := bundle{tablet: w.shelf[at].tablet, pages: slices.Clone(w.shelf[at].pages)}
	switch w.rng.IntN(5) {
	case 0:
		w.rng.Shuffle(len(b.pages), func(i, j int) { b.pages[i], b.pages[j] = b.pages[j], b.pages[i] })
		w.counts["bundle out of order"]++
	case 1:
		last := &b.pages[len(b.pages)-1]
		*last = (*last)[:w.rng.IntN(len(*last))]
		w.counts["bundle truncated"]++
	case 2:
		i := w.rng.IntN(len(b.pages))
		b.pages[i] = slices.Clone(b.pages[i])
		b.pages[i][w.rng.IntN(len(b.pages[i]))] ^= 1 << w.rng.IntN(8)
		w.counts["bundle with a flipped byte"]++
	}
	w.importBundle(b)
	if w.rng.IntN(2) == 0 {
		w.counts["bundle kept for another time"]++
		return true
	}
	w.shelf = slices.Delete(w.shelf, at, at+1)
	return true
}

func (w *world) importBundle(b bundle) {
	for _, raw := range b.pages {
		w.atOffice(message{tablet: b.tablet, raw: raw})
	}
}

// misbringBundle brings a stick to whom it is not for: another tablet takes it
// for an answer, and an office of elsewhere knows none of its signatures.
func (w *world) misbringBundle() bool {
	if len(w.shelf) == 0 {
		return false
	}
	raw := w.shelf[w.rng.IntN(len(w.shelf))].pages[0]
	r := w.someTablet()
	before := w.trace(r)
	w.atTablet(message{tablet: r, raw: raw})
	if w.trace(r) != before {
		w.fail("signatures", "%s took a bundle that is for the office", r.name)
	}
	req, err := wire.DecodeRequest(raw)
	if err != nil || slices.Equal(req.Page.Signature, sign("device of elsewhere", req.Page.Digest())) {
		w.fail("signatures", "an office of elsewhere takes the bundle: %v", err)
	}
	return true
}

// meet has one tablet give another of its center what it has saved, over the
// local network.
func (w *world) meet() bool {
	from, to := w.someTablet(), w.someTablet()
	if from == to || from.center != to.center || to.narrow {
		return false
	}
	var given []*syncengine.Change
	w.view(from, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		if err != nil {
			return err
		}
		page, err := syncengine.BuildPage(tx, self.Node, self.Seq-min(self.Seq, 2), pageBytes)
		if page != nil {
			given = page.Changes
		}
		return err
	})
	err := w.update(to, "taking from another tablet", func(tx syncengine.Tx) error {
		for _, c := range given {
			if _, err := to.engine.Ingest(tx, c); err != nil {
				return err
			}
		}
		return nil
	})
	w.must(to.name+": meet", err)
	return len(given) > 0
}
