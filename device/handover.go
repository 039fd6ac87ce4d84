package device

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"

	"raksa/carrier"
	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// With the office away, an open interview goes to another device directly: its
// class keys in one seal to that device's receiving key, and its changes. With
// them goes what the giver has for the office, sealed to the office, so that the
// record's key is there before anything that the receiver writes.

// The first byte of an item says what it is.
const (
	handedKeys    = 'k' // handedHead as JSON, the first item
	handedChange  = 'c' // one change of the record
	handedPassing = 'p' // a bundle of the giver for the office, to be passed on
)

// handedHead names the record and holds its keys.
type handedHead struct {
	Record syncengine.RecordID `json:"record"`
	Sealed []byte              `json:"sealed"` // vault.Handover
}

// MayReceive lists the devices of this center that an open interview may be
// handed to: those that the office would give its keys to.
func (d *Device) MayReceive(ctx context.Context) ([]casefile.Device, error) {
	others, err := d.Devices(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(others, func(other casefile.Device) bool { return len(entitled(other.Profile)) == 0 }), nil
}

// entitled lists the classes of an interview that a device may hold keys of: the
// one table of the office's deliveries too.
func entitled(profile screening.Profile) (classes []syncengine.Class) {
	for _, class := range casefile.Classes() {
		if casefile.Deliverable(profile, casefile.KindInterview, class) {
			classes = append(classes, class)
		}
	}
	return classes
}

// HandOver writes one open interview for another device of this center, and
// notes who has it. ErrPeer, ErrNotAllowed, ErrClosed; the office need not be
// there, and nothing is lost if the bundle never arrives.
func (d *Device) HandOver(ctx context.Context, id, to syncengine.RecordID, begin func(carrier.Name) (CarryFile, error)) (carrier.Name, error) {
	s, err := d.uncovered()
	if err != nil {
		return carrier.Name{}, err
	}
	receiver, err := d.peerOf(ctx, to)
	switch {
	case err != nil:
		return carrier.Name{}, err
	case to == d.identity().Device || len(entitled(receiver.Profile)) == 0:
		return carrier.Name{}, ErrNotAllowed
	}
	name, err := carrier.NewName(d.Random)
	if err != nil {
		return name, err
	}
	items, err := d.handed(ctx, s, id, receiver)
	if err != nil {
		return name, err
	}
	file, err := begin(name)
	if err != nil {
		return name, err
	}
	if err := d.writeHandover(ctx, file, name, receiver, items); err != nil {
		file.Discard()
		return name, err
	}
	if err := file.Keep(); err != nil {
		return name, err
	}
	defer s.forget(id)
	return name, d.setAside(ctx, id, func(row *asideRow) {
		row.Paused, row.GivenTo, row.GivenMillis = true, receiver.Name, d.now().UnixMilli()
	})
}

// handed gathers the keys and changes of an open interview.
func (d *Device) handed(ctx context.Context, s *session, id syncengine.RecordID, to casefile.Device) (items [][]byte, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		seen, err := d.see(tx, s, id)
		if err != nil {
			return err
		}
		if seen.Closed {
			return ErrClosed
		}
		handover := vault.Handover{Record: id, From: d.identity().Device, To: to.ID, Classes: vault.ClassKeys{}}
		for _, class := range entitled(to.Profile) {
			if handover.Classes[byte(class)], err = s.ring.ClassKey(tx, id, byte(class)); err != nil {
				return err
			}
		}
		head := handedHead{Record: id}
		if head.Sealed, err = handover.Seal(to.ReceivingKey); err != nil {
			return err
		}
		text, err := json.Marshal(head)
		if err != nil {
			return err
		}
		items = append(items, append([]byte{handedKeys}, text...))
		changes, err := tx.Record(id)
		for _, c := range changes {
			if c.Kind == casefile.KindInterview {
				items = append(items, append([]byte{handedChange}, syncengine.EncodeChange(c)...))
			}
		}
		return err
	})
	return items, err
}

func (d *Device) writeHandover(ctx context.Context, file io.Writer, name carrier.Name, to casefile.Device, items [][]byte) error {
	self := d.identity()
	head := carrier.Head{Kind: carrier.Handover, Name: name, From: self.Device, To: to.ID, MadeMillis: d.now().UnixMilli()}
	w, err := carrier.NewWriter(file, head,
		func(w io.Writer) (io.WriteCloser, error) { return vault.SealStream(w, to.ReceivingKey) },
		func(digest [32]byte) ([]byte, error) { return vault.SignCarried(self.SigningKey, digest) })
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := w.Item(item); err != nil {
			return err
		}
	}
	_, err = d.CarryOut(ctx, CarryOrder{
		PartBytes: boxPartBytes,
		To:        func(carrier.Name) (CarryFile, error) { return &inItem{w: w}, nil },
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// inItem puts a whole bundle into one item of another.
type inItem struct {
	bytes.Buffer
	w *carrier.Writer
}

func (i *inItem) Keep() error { return i.w.Item(append([]byte{handedPassing}, i.Bytes()...)) }
func (i *inItem) Discard()    {}
