package device

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"raksa/carrier"
	"raksa/casefile"
	"raksa/syncengine"
	"raksa/vault"
)

// handedRow is an interview that another device handed to this one. It is at
// the office only when all of these changes have come down from there.
type handedRow struct {
	From    string   `json:"from"` // name painted on the giver
	Millis  int64    `json:"ms"`
	Changes []string `json:"changes"`
}

const (
	handedTable syncengine.Table[handedRow] = "device/handed" // record id

	// bucketPassing holds bundles of others for the office: name ▸ bundle.
	bucketPassing = "device/passing"
)

// handedChangesMax bounds the changes of one handed interview.
const handedChangesMax = 20_000

// takeHandover takes an interview that another device hands over, all of it or
// nothing. Somebody must be signed in: its keys go into the vault.
func (d *Device) takeHandover(ctx context.Context, in *carrier.Reader) (CarriedIn, error) {
	done := CarriedIn{Kind: carrier.Handover, From: in.Head.From}
	s, err := d.open()
	if err != nil {
		return done, err
	}
	self := d.identity()
	if len(entitled(self.Profile)) == 0 {
		return done, ErrNotAllowed
	}
	giver, err := d.peerOf(ctx, in.Head.From)
	if err != nil {
		return done, err
	}
	err = in.Trust(func(digest [32]byte, signature []byte) error {
		return vault.VerifyCarried(giver.SigningKey, digest, signature)
	})
	if err != nil {
		return done, err
	}
	h := &handing{device: d, session: s, giver: giver, done: &done}
	if err := h.read(in); err != nil {
		return done, err
	}
	if err := d.Store.Update(ctx, h.take); err != nil {
		return done, err
	}
	s.forgetAll()
	d.stir()
	return done, nil
}

// handing is one handover on its way in, read whole before anything is stored.
type handing struct {
	device  *Device
	session *session
	giver   casefile.Device
	keys    vault.Handover
	changes []*syncengine.Change
	passing map[carrier.Name][]byte
	done    *CarriedIn
}

func (h *handing) read(in *carrier.Reader) error {
	h.passing = map[carrier.Name][]byte{}
	for first := true; ; first = false {
		item, err := in.Next()
		if err == io.EOF {
			if len(h.changes) == 0 {
				return carrier.ErrDamaged
			}
			return nil
		}
		if err != nil {
			return err
		}
		if len(item) == 0 || first != (item[0] == handedKeys) {
			return carrier.ErrDamaged
		}
		if err := h.item(item[0], item[1:]); err != nil {
			return err
		}
	}
}

func (h *handing) item(kind byte, body []byte) error {
	switch kind {
	case handedKeys:
		return h.open(body)
	case handedChange:
		return h.change(body)
	case handedPassing:
		name, err := carrier.NameOf(body)
		if err != nil {
			return carrier.ErrDamaged
		}
		h.passing[name] = body
		return nil
	}
	return carrier.ErrDamaged
}

func (h *handing) open(body []byte) error {
	var head handedHead
	receive := h.session.receivingKey()
	if json.Unmarshal(body, &head) != nil {
		return carrier.ErrDamaged
	}
	if receive == nil {
		return ErrLocked
	}
	var err error
	h.keys, err = receive.OpenHandover(head.Record, h.giver.ID, h.device.identity().Device, head.Sealed)
	if err != nil || h.keys.Whole != nil {
		return carrier.ErrDamaged
	}
	h.done.Record = head.Record
	return nil
}

// change holds that a change is one of this interview: whole, unaltered, and
// nothing that only the office may write.
func (h *handing) change(body []byte) error {
	c, err := syncengine.DecodeChange(body)
	if err != nil || c.Verify() != nil || c.Record != h.keys.Record || c.Kind != casefile.KindInterview || len(h.changes) >= handedChangesMax {
		return carrier.ErrDamaged
	}
	if _, clear := c.Digest(syncengine.ClassClear); clear {
		return carrier.ErrDamaged
	}
	h.changes = append(h.changes, c)
	return nil
}

// take keeps keys, changes and what is to be passed on, in one transaction.
func (h *handing) take(tx syncengine.Tx) error {
	d, record := h.device, h.keys.Record
	if err := h.session.ring.PutClassKeys(tx, record, h.keys.Classes); err != nil {
		return err
	}
	row, _, err := handedTable.Get(tx, record[:])
	if err != nil {
		return err
	}
	row.From, row.Millis = h.giver.Name, d.now().UnixMilli()
	for _, c := range h.changes {
		added, err := h.session.engine.Ingest(tx, c)
		if err != nil {
			return err
		}
		h.done.Changes++
		if added {
			h.done.New++
			row.Changes = append(row.Changes, c.ID().String())
		}
	}
	rec, err := h.session.engine.Read(tx, record)
	if err != nil {
		return err
	}
	if len(rec.Unreadable) > 0 || len(rec.Classes) == 0 {
		return carrier.ErrDamaged // keys that do not fit: nothing of it is kept
	}
	h.done.Stale = h.done.New == 0
	for name, bundle := range h.passing {
		if err := tx.Put(bucketPassing, name[:], bundle); err != nil {
			return err
		}
	}
	return handedTable.Put(tx, record[:], row)
}

// handedWhere says whether all that came with a handover has also come down
// from the office.
func handedWhere(tx syncengine.Tx, id syncengine.RecordID, streams []string) (atOffice bool, err error) {
	row, here, err := handedTable.Get(tx, id[:])
	if err != nil || !here {
		return true, err
	}
	for _, text := range row.Changes {
		change, err := syncengine.ParseChangeID(text)
		if err != nil {
			return false, err
		}
		found := false
		for _, stream := range streams {
			in, err := syncengine.InStream(tx, stream, change)
			if err != nil {
				return false, err
			}
			found = found || in
		}
		if !found {
			return false, nil
		}
	}
	return true, nil
}

// passing gives the bundles of others that lie here for the office.
func passing(tx syncengine.Tx) (all map[carrier.Name][]byte, err error) {
	all = map[carrier.Name][]byte{}
	return all, tx.Scan(bucketPassing, nil, func(key, bundle []byte) error {
		if len(key) == len(carrier.Name{}) {
			all[carrier.Name(key)] = bundle
		}
		return nil
	})
}

// ofTheOffice reports an error that the next call would meet too.
func ofTheOffice(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, ErrUnreachable) || errors.Is(err, ErrPin)
}

// passOn brings to the office what others gave along with a handover, before
// anything of this device: then the office has the keys to what was written
// here. Its answers are for others, who get their own.
func (d *Device) passOn(ctx context.Context, office Office) error {
	taker, can := office.(bundleTaker)
	if !can {
		return nil
	}
	var all map[carrier.Name][]byte
	err := d.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		all, err = passing(tx)
		return err
	})
	if err != nil {
		return err
	}
	for name, bundle := range all {
		_, err := taker.Carry(ctx, bundle)
		switch {
		case err == nil, errors.Is(err, errBundleRefused):
		case ofTheOffice(ctx, err):
			return err
		default:
			// It stays and is brought again. What was saved here does not wait for
			// what somebody else put into a bundle.
			d.Log.Warn().Str("bundle", name.String()).Msg("the office does not take a bundle that was passed on")
			continue
		}
		err = d.Store.Update(ctx, func(tx syncengine.Tx) error { return tx.Delete(bucketPassing, name[:]) })
		if err != nil {
			return err
		}
	}
	return nil
}
