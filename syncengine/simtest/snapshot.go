package simtest

import (
	"errors"
	"slices"

	"raksa/syncengine"
)

const (
	snapshotLeast = 4   // changes for which a snapshot is offered
	snapshotBytes = 200 // of one page, so that a snapshot needs several
)

// pageOfBases is a rare moment, in which hosts are killed more often.
const pageOfBases = "first sync, a page of bases"

// A snapshotPage is one that the office gave away, with what it was asked for.
type snapshotPage struct {
	place []byte
	page  *syncengine.SnapshotPage
}

// offer gives the snapshot of a stream to a tablet that has nothing of it.
func (v *visit) offer(stream string, positions []syncengine.Position) (*syncengine.Offer, uint64, error) {
	at, digest, err := v.w.stableOf(v.tx, stream)
	if err != nil || stream == streamControl || len(positions) > 0 || at.Position < snapshotLeast || !v.w.foldsAll(v.tx) {
		return nil, at.Position, err
	}
	return &syncengine.Offer{At: at, Digest: digest}, at.Position, nil
}

// foldsAll reports whether the office reads all that it holds. A true one keeps
// what it cannot read in quarantine, and no base stands for it.
func (w *world) foldsAll(tx syncengine.Tx) bool {
	all := !w.office.keys.locked
	for n := range byte(recordsMax) {
		log, err := tx.Record(syncengine.RecordID{n + 1})
		all = all && err == nil && (w.office.updated || !slices.ContainsFunc(log, func(c *syncengine.Change) bool { return c.Form == formNew }))
	}
	return all
}

// takeOffer begins a snapshot, unless one of that stream is on its way.
func (w *world) takeOffer(r *replica, offer *syncengine.Offer) {
	err := w.update(r, "first sync, the offer", func(tx syncengine.Tx) error {
		begun, err := loadingOf(tx, r)
		if err != nil || begun != nil {
			return err
		}
		return (&loading{Offer: *offer, Below: offer.At.Position + 1}).store(tx)
	})
	w.must(r.name+": take an offer", err)
}

// snapshotRequest asks for the next page, or for bases anew; nil when all is here.
func (w *world) snapshotRequest(r *replica) (req *syncengine.SnapshotRequest) {
	w.view(r, func(tx syncengine.Tx) error {
		load, err := loadingOf(tx, r)
		if err != nil {
			return err
		}
		found := &syncengine.SnapshotRequest{WantBytes: snapshotBytes}
		if load != nil {
			found.At, found.Below = load.Offer.At, load.Below
		} else if found.Records, err = syncengine.Wanted(tx, recordsMax); err != nil || len(found.Records) == 0 {
			return err
		}
		self, err := syncengine.LoadSelf(tx)
		if err != nil {
			return err
		}
		found.Node = self.Node
		found.Control, _, err = syncengine.StreamHead(tx, streamControl)
		req = found
		return err
	})
	return req
}

// snapshotOf makes a page at the office, and leaves a record out where it lies.
// It is nil when the office can give none just now.
func (w *world) snapshotOf(r *replica, req *syncengine.SnapshotRequest, lies bool) (page *syncengine.SnapshotPage) {
	if w.revoked(r) {
		return nil
	}
	w.view(w.office, func(tx syncengine.Tx) error {
		orders, _, err := syncengine.StreamHead(tx, streamControl)
		if err != nil || !w.foldsAll(tx) {
			return err
		}
		page = &syncengine.SnapshotPage{OfficeMillis: w.nowMillis}
		if known, err := syncengine.KnowsPosition(tx, req.At); err != nil {
			return err
		} else if req.Control != orders {
			page.Refused = syncengine.SnapshotBehind
		} else if req.Below > 0 && !known {
			page.Refused = syncengine.SnapshotUnknown
		}
		if page.Refused != "" {
			return nil
		}
		bases, err := w.bases(tx, r, req, page)
		if lies && len(bases) > 0 {
			bases = bases[1:]
		}
		page.Sealed = w.office.engine.Codec.PackBases("", bases)
		return err
	})
	if page != nil {
		digest := page.Digest(req)
		page.Signature = sign("office", digest)
	}
	return page
}

func (w *world) bases(tx syncengine.Tx, r *replica, req *syncengine.SnapshotRequest, page *syncengine.SnapshotPage) (bases []*syncengine.Base, err error) {
	if req.Below > 0 {
		entered := map[syncengine.RecordID]uint64{}
		all, err := syncengine.Serve(tx, req.At.Stream, nil, 1<<20, func(*syncengine.Change, syncengine.Class) bool { return true })
		if err != nil {
			return nil, err
		}
		for _, entry := range slices.Backward(all.Entries) {
			entered[entry.Change.Record] = entry.Position
		}
		first := func(id syncengine.RecordID) (uint64, error) { return entered[id], nil }
		bases, page.Below, err = w.office.engine.Bases(tx, req.At, req.Below, req.WantBytes, first, w.share(tx, r))
		return bases, err
	}
	for _, id := range req.Records {
		scope, err := tx.Get(bucketScope, id[:])
		if err != nil {
			return nil, err
		}
		b := &syncengine.Base{Record: id}
		if slices.Contains(scope, byte(r.center)) {
			at, _, err := w.stableOf(tx, streamOf(r.center))
			if err != nil {
				return nil, err
			}
			at.Stream = streamOf(r.center)
			if b, err = w.office.engine.BaseOf(tx, id, at, w.share(tx, r)); err != nil {
				return nil, err
			}
		}
		bases = append(bases, b)
	}
	return bases, nil
}

// share gives what a tablet may have of a record.
func (w *world) share(tx syncengine.Tx, r *replica) syncengine.Share {
	return func(id syncengine.RecordID, _ syncengine.Kind) (func(syncengine.Class) bool, []byte, error) {
		scope, err := tx.Get(bucketScope, id[:])
		if err != nil || !slices.Contains(scope, byte(r.center)) {
			return nil, nil, err
		}
		held, err := tx.Get(bucketWrap, id[:])
		if err != nil || held == nil {
			return nil, nil, err
		}
		keys := slices.DeleteFunc([]byte{byte(identity), byte(indicator)}, func(class byte) bool {
			return !covers(held, class) || r.narrow && class == byte(identity)
		})
		return func(class syncengine.Class) bool { return slices.Contains(keys, byte(class)) }, keys, nil
	}
}

// fetchPage lets a tablet ask for the next page of bases. It may be lost, cut,
// flipped, lack a record, or be one that was given to the same question before.
func (w *world) fetchPage() bool {
	for _, r := range w.tablets {
		req := w.snapshotRequest(r)
		if req == nil || r.keys.locked || w.revoked(r) {
			continue
		}
		fate := w.rng.IntN(9)
		page := w.snapshotOf(r, req, fate == 0 && req.Below > 0)
		switch {
		case page == nil || page.Refused != "":
		case fate == 0 && req.Below > 0:
			w.counts["base left out of a page"]++
		case fate == 1:
			w.counts["page of bases lost"]++
			r.lastPage = snapshotPage{place: req.Place(), page: page}
			return true
		case fate == 2:
			page.Sealed = page.Sealed[:w.rng.IntN(len(page.Sealed))]
			w.counts["page of bases cut"]++
		case fate == 3:
			page.Sealed[w.rng.IntN(len(page.Sealed))] ^= 1 << w.rng.IntN(8)
			w.counts["byte of a page of bases flipped"]++
		case fate < 7 && r.lastPage.page != nil && string(r.lastPage.place) == string(req.Place()):
			page = r.lastPage.page
			w.counts["older page of bases for the same question"]++
		}
		w.takePage(r, req, page)
		return true
	}
	return false
}

// takePage works a page of bases in.
func (w *world) takePage(r *replica, req *syncengine.SnapshotRequest, page *syncengine.SnapshotPage) {
	if page == nil {
		return
	}
	if !slices.Equal(page.Signature, sign("office", page.Digest(req))) {
		w.counts["damaged page of bases refused"]++
		return
	}
	switch page.Refused {
	case syncengine.SnapshotUnknown:
		w.fail("stable", "the office does not know a snapshot that it offered to %s", r.name)
		return
	case syncengine.SnapshotBehind:
		w.counts["page of bases refused for want of orders"]++
		if m, ok := w.request(r); ok {
			w.atOffice(m)
		}
		if last := len(w.link) - 1; last >= 0 && w.link[last].answer && w.link[last].tablet == r {
			m := w.link[last]
			w.link = w.link[:last]
			w.atTablet(m)
		}
		return
	}
	r.lastPage = snapshotPage{place: req.Place(), page: page}
	bases, err := r.engine.Codec.UnpackBases(page.Sealed)
	if err != nil {
		w.must(r.name+": unpack bases", err)
		return
	}
	ended := ""
	err = w.update(r, pageOfBases, func(tx syncengine.Tx) error {
		for _, b := range bases {
			if req.Below > 0 {
				b.Streams = []string{req.At.Stream}
			}
			if len(b.Keys) > 0 {
				if _, err := w.steps.PutWrap(tx, b.Record, b.Keys...); err != nil {
					return err
				}
			}
			if err := w.steps.TakeBase(r.engine, tx, b); err != nil {
				return err
			}
		}
		if req.Below == 0 {
			ended = "base fetched again"
			return syncengine.NotWanted(tx, req.Records)
		}
		ended, err = w.goOn(tx, r, page.Below, syncengine.Sum(bases))
		return err
	})
	w.must(r.name+": take bases", err)
	if kept(err) && ended != "" {
		w.counts[ended]++
	}
}

// goOn notes how far a snapshot is here. At its end the stream goes on from it,
// or from its beginning where it does not come to its digest.
func (w *world) goOn(tx syncengine.Tx, r *replica, below, sum uint64) (ended string, err error) {
	load, err := loadingOf(tx, r)
	if err != nil || load == nil {
		return "", err
	}
	if load.Below, load.Sum = below, load.Sum+sum; below > 0 {
		return "", load.store(tx)
	}
	if err := tx.Delete(bucketLoad, []byte(load.Offer.At.Stream)); err != nil {
		return "", err
	}
	err = w.steps.Adopt(tx, load.Offer, load.Sum)
	if errors.Is(err, syncengine.ErrSnapshotDigest) {
		return "snapshot that does not come to its digest refused", syncengine.BeginStream(tx, load.Offer.At.Stream)
	}
	return "first sync from bases finished", err
}

// fetchAll lets a tablet fetch all bases that it lacks, at rest.
func (w *world) fetchAll(r *replica) {
	for range roundsMax {
		req := w.snapshotRequest(r)
		if req == nil {
			return
		}
		page := w.snapshotOf(r, req, false)
		if page == nil || page.Refused == syncengine.SnapshotBehind {
			return // the next exchange brings the orders
		}
		w.takePage(r, req, page)
	}
}
