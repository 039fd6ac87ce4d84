package server

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// snapshotLeast is the least number of changes for which a snapshot is offered:
// fewer are read at once.
const snapshotLeast = 100

// snapshotBytesMax bounds one page; a save that waits behind it on a bad link
// waits no longer.
const snapshotBytesMax = 256 << 10

// offer says whether a device may have a stream as a snapshot: it has nothing of
// it, or less than half of what every backup holds. A device that names the
// beginning as its position asks for the changes.
func (v *visit) offer(stream string) (*syncengine.Offer, uint64, error) {
	stable, here, err := stableOf(v.tx, stream)
	if err != nil || !here {
		return nil, 0, err
	}
	at := syncengine.Position{Stream: stream, Position: stable.Position, Salt: syncengine.Salt(stable.Salt)}
	if known, err := syncengine.StreamAt(v.tx, stream, at.Position); err != nil || known != at {
		return nil, 0, err // a backup of another log: this office was restored
	}
	if stream == streamControl || stream == streamDirectory {
		return nil, stable.Position, nil
	}
	offer := &syncengine.Offer{At: at, Digest: stable.Digest, Records: stable.People}
	from := uint64(0)
	switch positions := v.positions(stream); {
	case len(positions) > 1 || len(positions) == 1 && positions[0].Position == 0:
		return nil, stable.Position, nil
	case len(positions) == 1:
		from = positions[0].Position
		if known, err := syncengine.StreamAt(v.tx, stream, from); err != nil || known != positions[0] {
			return nil, stable.Position, err
		}
	}
	if from+snapshotLeast > at.Position || from > at.Position/2 {
		return nil, stable.Position, nil
	}
	return offer, stable.Position, nil
}

// giveOffer tells where a stream stands, and that it can be had as a snapshot.
func (v *visit) giveOffer(stream string, offer *syncengine.Offer) error {
	head, digest, err := syncengine.StreamHead(v.tx, stream)
	news := syncengine.News{Stream: stream, After: syncengine.Position{Stream: stream}, Head: head, Digest: digest, Offer: offer}
	if positions := v.positions(stream); len(positions) > 0 {
		news.After = positions[0]
	}
	v.answer.News = append(v.answer.News, news)
	return err
}

// Snapshot gives a device the next page of a snapshot.
func (o *Office) Snapshot(ctx context.Context, device syncengine.RecordID, req *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error) {
	return o.snapshot(ctx, caller{Device: device, NotAfter: o.Now().Add(certificateLife)}, req)
}

// snapshot makes the page on one state of the store, writes down who may read
// what from here on, and only then gives it away.
func (o *Office) snapshot(ctx context.Context, from caller, req *syncengine.SnapshotRequest) (*syncengine.SnapshotPage, error) {
	page := &syncengine.SnapshotPage{OfficeMillis: o.Now().UnixMilli()}
	var d *deviceRow
	var bases []*syncengine.Base
	err := o.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		if d, err = loadDevice(tx, from.Device); err != nil {
			return err
		}
		if err := o.maySnapshot(d, from, req); err != nil {
			return err
		}
		if page.Refused, err = snapshotRefusal(tx, req); err != nil || page.Refused != "" {
			return err
		}
		bases, page.Below, err = o.bases(tx, d, req)
		return err
	})
	if err != nil {
		o.refused(ctx, from.Device, err)
		return nil, fmt.Errorf("snapshot for device %s: %w", from.Device, err)
	}
	if page.Refused == "" {
		if page.Sealed, err = o.sealBases(d, req, bases); err != nil {
			return nil, err
		}
		if err := o.auditBases(ctx, d, bases); err != nil {
			return nil, err
		}
	}
	page.Signature, err = o.Keys.Sign(page.Digest(req))
	return page, err
}

// maySnapshot holds whose node asks, and for which stream.
func (o *Office) maySnapshot(d *deviceRow, from caller, req *syncengine.SnapshotRequest) error {
	switch stream := req.At.Stream; {
	case d.Entry.Revoked, o.Now().After(from.NotAfter):
		return &Denied{Reason: heldRevoked}
	case !slices.Contains(d.Entry.Nodes, req.Node.String()):
		return &Denied{Reason: "node_of_another_device"}
	case len(req.Records) == 0 && (!slices.Contains(streamsOf(d.Entry), stream) || stream == streamControl || stream == streamDirectory):
		return &Denied{Reason: heldOutOfScope}
	}
	return nil
}

// snapshotRefusal says why there is no page just now: the device does not know
// the latest order, or this office does not know the snapshot any more.
func snapshotRefusal(tx syncengine.Tx, req *syncengine.SnapshotRequest) (string, error) {
	orders, _, err := syncengine.StreamHead(tx, streamControl)
	if err != nil {
		return "", err
	}
	if req.Control.Position != orders.Position || req.Control.Salt != orders.Salt {
		return syncengine.SnapshotBehind, nil
	}
	if len(req.Records) > 0 {
		return "", nil
	}
	at, err := syncengine.StreamAt(tx, req.At.Stream, req.At.Position)
	if err != nil || req.At.Position == 0 || at != req.At {
		return syncengine.SnapshotUnknown, err
	}
	return "", nil
}

func (o *Office) bases(tx syncengine.Tx, d *deviceRow, req *syncengine.SnapshotRequest) ([]*syncengine.Base, uint64, error) {
	if len(req.Records) > 0 {
		bases, err := o.wantedBases(tx, d, req.Records)
		return bases, 0, err
	}
	first := func(id syncengine.RecordID) (uint64, error) {
		at, _, err := firstIn.Get(tx, firstKey(req.At.Stream, id))
		return at, err
	}
	most := req.WantBytes
	if most <= 0 {
		most = newsBytesDefault
	}
	return o.engine.Bases(tx, req.At, req.Below, min(most, snapshotBytesMax), first, o.share(tx, d, req.At.Stream))
}

// wantedBases gives single records anew, each by a stream of the device that it
// is in; of any other the device gets nothing but an empty base.
func (o *Office) wantedBases(tx syncengine.Tx, d *deviceRow, records []syncengine.RecordID) ([]*syncengine.Base, error) {
	var bases []*syncengine.Base
	for _, id := range records {
		streams, _, err := scope.Get(tx, id[:])
		if err != nil {
			return nil, err
		}
		own := slices.DeleteFunc(streamsOf(d.Entry), func(stream string) bool { return !slices.Contains(streams, stream) })
		if len(own) == 0 {
			bases = append(bases, &syncengine.Base{Record: id})
			continue
		}
		// What came after the stable position the device has as changes too.
		stable, _, err := stableOf(tx, own[0])
		if err != nil {
			return nil, err
		}
		at := syncengine.Position{Stream: own[0], Position: stable.Position}
		b, err := o.engine.BaseOf(tx, id, at, o.share(tx, d, own[0]))
		if err != nil {
			return nil, err
		}
		bases = append(bases, b)
	}
	return bases, nil
}

// share gives what a device may have of the records of a stream: the classes
// that it may read, with their keys. Of a record that was erased, or is not in
// the stream any more, it is nothing.
func (o *Office) share(tx syncengine.Tx, d *deviceRow, stream string) syncengine.Share {
	return func(id syncengine.RecordID, kind syncengine.Kind) (func(syncengine.Class) bool, []byte, error) {
		streams, _, err := scope.Get(tx, id[:])
		if err != nil || !slices.Contains(streams, stream) {
			return nil, nil, err
		}
		keys, err := o.classKeys(tx, d, id, kind)
		if errors.Is(err, vault.ErrNoKey) || errors.Is(err, vault.ErrErased) {
			return nil, nil, nil
		}
		if err != nil {
			return nil, nil, err
		}
		packed, err := vault.PackClassKeys(keys)
		return func(class syncengine.Class) bool { return deliverable(d.Entry, kind, class) }, packed, err
	}
}

// sealBases compresses a page as a whole and seals it to the device.
func (o *Office) sealBases(d *deviceRow, req *syncengine.SnapshotRequest, bases []*syncengine.Base) ([]byte, error) {
	form := ""
	for _, b := range bases {
		if b.Kind == casefile.KindInterview {
			form = b.Form
			break
		}
	}
	seed, err := o.Keys.Open("delivery", d.ID[:], d.DeliverySeed)
	if err != nil {
		return nil, err
	}
	defer clear(seed)
	packed := o.engine.Codec.PackBases(form, bases)
	defer clear(packed)
	return vault.DeliverySeed(seed).SealSnapshot(o.Random, d.ID, req.Place(), packed)
}

// auditBases writes a leaf for each record that the device can read from here on.
func (o *Office) auditBases(ctx context.Context, d *deviceRow, bases []*syncengine.Base) error {
	return o.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, b := range bases {
			if len(b.Keys) == 0 {
				continue
			}
			if err := o.audit(tx, Leaf{What: "deliver", Device: d.ID.String(), Record: b.Record.String()}); err != nil {
				return err
			}
		}
		return nil
	})
}
