package device

import (
	"context"
	"errors"
	"fmt"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// loadRow is a snapshot of a stream on its way to this device: what was offered,
// and how much of it is here. It survives cuts and restarts.
type loadRow struct {
	Position uint64  `json:"position"`
	Salt     [8]byte `json:"salt"`
	Digest   uint64  `json:"digest"`
	People   uint64  `json:"people"`
	Below    uint64  `json:"below"` // go on from here
	Sum      uint64  `json:"sum"`   // of the ids that came
	Here     uint64  `json:"here"`  // people whose record came
}

func (r loadRow) offer(stream string) syncengine.Offer {
	at := syncengine.Position{Stream: stream, Position: r.Position, Salt: r.Salt}
	return syncengine.Offer{At: at, Digest: r.Digest, Records: r.People}
}

// Loading says how much of a first sync is here.
type Loading struct {
	Here, People int
}

// takeOffer begins a snapshot, unless one of that stream is on its way: an older
// one is as good as long as the office knows it.
func (d *Device) takeOffer(ctx context.Context, news syncengine.News) error {
	begun := false
	err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		_, begun, err = loadTable.Get(tx, []byte(news.Stream))
		return err
	})
	if err != nil || begun {
		return err
	}
	o := news.Offer
	return d.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := agreeTable.Put(tx, []byte(news.Stream), false); err != nil {
			return err
		}
		if err := reachTable.Put(tx, []byte(news.Stream), o.At.Position); err != nil {
			return err
		}
		return loadTable.Put(tx, []byte(news.Stream), loadRow{
			Position: o.At.Position, Salt: o.At.Salt, Digest: o.Digest, People: o.Records, Below: o.At.Position + 1,
		})
	})
}

// Limits of one load.
const (
	loadPagesMax   = 5000
	loadBytesFirst = 16 << 10  // of the first page
	loadBytesMax   = 128 << 10 // of one page: a save that waits behind it waits four seconds at 256 kbit/s
	behindMax      = 20        // times in a row that the office has new orders
	wantedAtOnce   = 200
	ordersPagesMx  = 200
)

// load fetches pages of snapshots until there are none to fetch, and brings
// saves to the office in between. A locked device can't open a page and waits.
func (d *Device) load(ctx context.Context, office Office) (loaded bool, err error) {
	behind := 0
	for range loadPagesMax {
		s, err := d.open()
		if err != nil {
			return loaded, nil
		}
		req, err := d.snapshotRequest(ctx)
		if err != nil || req == nil {
			return loaded, err
		}
		page, err := office.Snapshot(ctx, req)
		if err != nil {
			d.loadPace.failed()
			return loaded, err
		}
		if vault.VerifyOffice(d.identity().OfficeSigns, page.Digest(req), page.Signature) != nil {
			return loaded, ErrOfficeSignature
		}
		loaded = true
		switch page.Refused {
		case "":
			behind = 0
			if err := d.takeSnapshot(ctx, s, req, page); err != nil {
				return loaded, err
			}
			d.loadPace.worked()
		case syncengine.SnapshotUnknown:
			if err := d.dropLoad(ctx, req.At.Stream); err != nil {
				return loaded, err
			}
		default:
			if behind++; behind > behindMax {
				return loaded, nil // the next exchange goes on
			}
			if err := d.learnOrders(ctx, office); err != nil {
				return loaded, err
			}
			continue
		}
		if err := d.pushBetween(ctx, office); err != nil {
			return loaded, err
		}
	}
	return loaded, nil
}

// learnOrders exchanges until the device knows the latest orders.
func (d *Device) learnOrders(ctx context.Context, office Office) error {
	node, err := d.presentNode(ctx)
	if err != nil {
		return err
	}
	for range ordersPagesMx {
		if more, err := d.round(ctx, office, node); err != nil || !more {
			return err
		}
	}
	return nil
}

// pushBetween brings what was saved meanwhile to the office.
func (d *Device) pushBetween(ctx context.Context, office Office) error {
	node, err := d.presentNode(ctx)
	if err != nil {
		return err
	}
	if waits, err := d.waits(ctx, node); err != nil || !waits {
		return err
	}
	_, err = d.round(ctx, office, node)
	return err
}

func (d *Device) presentNode(ctx context.Context) (node syncengine.NodeID, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		self, err := syncengine.LoadSelf(tx)
		node = self.Node
		return err
	})
	return node, err
}

// snapshotRequest asks for the next page of the first snapshot that is on its
// way, else for the bases that are wanted anew; nil when there is neither.
func (d *Device) snapshotRequest(ctx context.Context) (req *syncengine.SnapshotRequest, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		found := syncengine.SnapshotRequest{WantBytes: min(d.loadPace.size(), loadBytesMax)}
		err := loadTable.Each(tx, nil, func(key []byte, row loadRow) error {
			if found.Below == 0 {
				found.At, found.Below = row.offer(string(key)).At, row.Below
			}
			return nil
		})
		if err != nil {
			return err
		}
		if found.Below == 0 {
			if found.Records, err = syncengine.Wanted(tx, wantedAtOnce); err != nil || len(found.Records) == 0 {
				return err
			}
		}
		self, err := syncengine.LoadSelf(tx)
		if err != nil {
			return err
		}
		found.Node = self.Node
		found.Control, _, err = syncengine.StreamHead(tx, streamControl)
		req = &found
		return err
	})
	return req, err
}

// streamControl is the stream of orders.
const streamControl = "control"

// dropLoad ends a snapshot that the office does not know any more. What came of
// it stays; the next exchange offers another.
func (d *Device) dropLoad(ctx context.Context, stream string) error {
	return d.Store.Update(ctx, func(tx syncengine.Tx) error { return loadTable.Delete(tx, []byte(stream)) })
}

// takeSnapshot takes one page in, with its keys and the place to go on from, in
// one transaction.
func (d *Device) takeSnapshot(ctx context.Context, s *session, req *syncengine.SnapshotRequest, page *syncengine.SnapshotPage) error {
	bases, err := d.openSnapshot(s, req, page)
	if errors.Is(err, vault.ErrNoKey) {
		return nil // locked meanwhile
	}
	if err != nil {
		return fmt.Errorf("snapshot: %w", err)
	}
	var came uint64
	err = d.Store.Update(ctx, func(tx syncengine.Tx) error {
		came = 0
		for _, b := range bases {
			if req.Below > 0 {
				b.Streams = []string{req.At.Stream}
			}
			if err := d.takeBase(tx, s, b); err != nil {
				return err
			}
			if b.Kind == casefile.KindInterview && len(b.Classes) > 0 {
				came++
			}
		}
		if len(req.Records) > 0 {
			return syncengine.NotWanted(tx, req.Records)
		}
		return d.goOn(tx, req.At.Stream, page.Below, syncengine.Sum(bases), came)
	})
	if err != nil {
		return fmt.Errorf("take a snapshot: %w", err)
	}
	for _, b := range bases {
		s.forget(b.Record)
	}
	return nil
}

func (d *Device) openSnapshot(s *session, req *syncengine.SnapshotRequest, page *syncengine.SnapshotPage) ([]*syncengine.Base, error) {
	self, receive := d.identity(), s.receivingKey()
	if len(self.DeliverySeed) == 0 || receive == nil {
		return nil, vault.ErrNoKey
	}
	seed, err := receive.OpenDeliverySeed(self.Device, deliveryPeriod, self.DeliverySeed)
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	packed, err := seed.OpenSnapshot(self.Device, req.Place(), page.Sealed)
	if err != nil {
		return nil, err
	}
	defer clear(packed)
	return d.codec.UnpackBases(packed)
}

// takeBase keeps the keys of a record and puts its base in place. Keys that are
// refused leave the base to nobody, and it is left too.
func (d *Device) takeBase(tx syncengine.Tx, s *session, b *syncengine.Base) error {
	if len(b.Keys) > 0 {
		keys, err := vault.UnpackClassKeys(b.Keys)
		if err != nil {
			return err
		}
		err = s.ring.PutClassKeys(tx, b.Record, keys)
		if errors.Is(err, vault.ErrOtherKey) {
			d.Log.Warn().Str("record", b.Record.String()).Msg("delivered keys are not those held here")
			b.Classes = nil
		} else if err != nil && !errors.Is(err, vault.ErrErased) {
			return err
		}
	}
	return s.engine.TakeBase(tx, b)
}

// goOn notes how far a snapshot is here; at its end the stream goes on from its
// position. A snapshot that does not come to its digest is left, and the stream
// is read from its beginning, change by change.
func (d *Device) goOn(tx syncengine.Tx, stream string, below, sum, came uint64) error {
	row, here, err := loadTable.Get(tx, []byte(stream))
	if err != nil || !here {
		return err
	}
	row.Below, row.Sum, row.Here = below, row.Sum+sum, row.Here+came
	if below > 0 {
		return loadTable.Put(tx, []byte(stream), row)
	}
	if err := loadTable.Delete(tx, []byte(stream)); err != nil {
		return err
	}
	err = syncengine.Adopt(tx, row.offer(stream), row.Sum)
	if errors.Is(err, syncengine.ErrSnapshotDigest) {
		d.Log.Warn().Str("stream", stream).Msg("a snapshot does not come to its digest; the stream is read from its beginning")
		return syncengine.BeginStream(tx, stream)
	}
	return err
}

// ahead reports whether bases may stand for changes that this copy of their
// stream has not come to: the snapshot is still on its way, or was left, or the
// office went back. What is here is then not yet to be compared.
func ahead(tx syncengine.Tx) (yes bool, _ error) {
	return yes, reachTable.Each(tx, nil, func(stream []byte, reach uint64) error {
		head, _, err := syncengine.StreamHead(tx, string(stream))
		yes = yes || head.Position < reach
		return err
	})
}

// noteStable keeps the position that every backup of the office holds: what is
// not after it may be compacted.
func (d *Device) noteStable(ctx context.Context, news syncengine.News) error {
	known := uint64(0)
	err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		known, _, err = stableTable.Get(tx, []byte(news.Stream))
		return err
	})
	if err != nil || known == news.Stable {
		return err
	}
	return d.Store.Update(ctx, func(tx syncengine.Tx) error { return stableTable.Put(tx, []byte(news.Stream), news.Stable) })
}

// loading tells how far first syncs are; nil when none is on its way.
func loading(tx syncengine.Tx) (l *Loading, err error) {
	err = loadTable.Each(tx, nil, func(_ []byte, row loadRow) error {
		if l == nil {
			l = &Loading{}
		}
		l.Here, l.People = l.Here+int(row.Here), l.People+int(row.People)
		return nil
	})
	return l, err
}
