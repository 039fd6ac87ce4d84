package device

import (
	"context"
	"crypto/ed25519"
	"io"

	"raksa/carrier"
	"raksa/syncengine"
	"raksa/syncengine/wire"
	"raksa/vault"
)

// CarriedIn is what came of a bundle that was brought to this device.
type CarriedIn struct {
	Kind    carrier.Kind
	From    syncengine.RecordID // the device that sent it; zero is the office
	Answers int
	Changes int  // news in them
	New     int  // of them that this device did not have
	Held    int  // own changes that the office has set aside
	Gap     bool // it follows answers that never came here
	Stale   bool // all of it was known here already
	Record  syncengine.RecordID
}

// CarryIn takes a bundle in: the office's answers, or an interview that another
// device hands over. Answers are taken while the device is locked; each is
// signed by the office and taken as if it had come by wire. Taking a bundle
// twice, or an old one, changes nothing.
func (d *Device) CarryIn(ctx context.Context, r io.Reader, progress func(CarriedIn)) (CarriedIn, error) {
	self := d.identity()
	if self.Device.Zero() {
		return CarriedIn{}, ErrNotEnrolled
	}
	in, err := d.openCarried(ctx, r)
	if err != nil {
		return CarriedIn{}, err
	}
	if in.Head.To != self.Device {
		return CarriedIn{}, carrier.ErrOtherReceiver
	}
	switch in.Head.Kind {
	case carrier.Answers:
		return d.takeAnswers(ctx, in, progress)
	case carrier.Handover:
		return d.takeHandover(ctx, in)
	}
	return CarriedIn{}, carrier.ErrKind
}

// openCarried opens a bundle with the key that answers are sealed to, or, while
// somebody is signed in, with the receiving key in the vault.
func (d *Device) openCarried(ctx context.Context, r io.Reader) (*carrier.Reader, error) {
	answers, err := d.carrierKey(ctx)
	if err != nil {
		return nil, err
	}
	keys := []*vault.ReceivingKey{answers}
	if s, err := d.open(); err == nil {
		keys = append(keys, s.receivingKey())
	}
	return carrier.Open(r, func(r io.Reader) (io.Reader, error) { return vault.OpenStream(r, keys...) })
}

func (d *Device) takeAnswers(ctx context.Context, in *carrier.Reader, progress func(CarriedIn)) (CarriedIn, error) {
	signs := ed25519.PublicKey(d.identity().OfficeSigns)
	done := CarriedIn{Kind: carrier.Answers, Stale: true}
	if !in.Head.From.Zero() {
		return done, carrier.ErrSender
	}
	err := in.Trust(func(digest [32]byte, signature []byte) error { return vault.VerifyOffice(signs, digest, signature) })
	if err != nil {
		return done, err
	}
	d.syncing.Lock()
	defer d.syncing.Unlock()
	for {
		item, err := in.Next()
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, err
		}
		if err := d.takeAnswer(ctx, item, &done); err != nil {
			return done, err
		}
		if progress != nil {
			progress(done)
		}
	}
}

func (d *Device) takeAnswer(ctx context.Context, item []byte, done *CarriedIn) error {
	if len(item) < len(syncengine.NodeID{}) {
		return carrier.ErrDamaged
	}
	node := syncengine.NodeID(item[:len(syncengine.NodeID{})])
	answer, err := wire.DecodeAnswer(item[len(node):])
	if err != nil {
		return err
	}
	if vault.VerifyOffice(d.identity().OfficeSigns, answer.Digest(node), answer.Signature) != nil {
		return ErrOfficeSignature
	}
	done.Answers++
	done.Held += len(answer.Quarantined)
	for _, news := range answer.News {
		done.Changes += len(news.Entries)
	}
	if err := d.Store.View(ctx, func(tx syncengine.Tx) error { return d.onlyWhatIsNew(tx, node, answer, done) }); err != nil {
		return err
	}
	_, err = d.take(ctx, node, nil, answer)
	return err
}

// onlyWhatIsNew fits an answer that may be old to where this device stands now.
// A receipt never takes a mark back, and news go on from the present position.
// The office's signature was checked on the whole before.
func (d *Device) onlyWhatIsNew(tx syncengine.Tx, node syncengine.NodeID, answer *syncengine.Answer, done *CarriedIn) error {
	acked, err := syncengine.Acked(tx, node)
	if err != nil {
		return err
	}
	switch {
	case answer.Receipt.UnknownBase:
		done.Stale = false
	case answer.Receipt.Head.Seq <= acked.Seq:
		answer.Receipt.Head = acked
	default:
		done.Stale = false
	}
	kept := answer.News[:0]
	for _, news := range answer.News {
		fits, err := d.goesOn(tx, &news)
		if err != nil {
			return err
		}
		switch fits {
		case newsFit:
			done.New += len(news.Entries)
			done.Stale = done.Stale && len(news.Entries) == 0
			kept = append(kept, news)
		case newsGap:
			done.Gap, done.Stale = true, false
		}
	}
	answer.News = kept
	return nil
}

type newsFits int

const (
	newsOld newsFits = iota // nothing in it that is not here
	newsFit
	newsGap // what comes before it is not here
)

// goesOn cuts what is here already off the front of news.
func (d *Device) goesOn(tx syncengine.Tx, news *syncengine.News) (newsFits, error) {
	head, _, err := syncengine.StreamHead(tx, news.Stream)
	if err != nil {
		return newsOld, err
	}
	at, err := syncengine.StreamAt(tx, news.Stream, news.After.Position)
	if err != nil {
		return newsOld, err
	}
	switch {
	case news.After.Position > head.Position:
		return newsGap, nil
	case at.Salt != news.After.Salt:
		// Another history: the office was restored from a backup meanwhile. Only
		// a call can find the last common position.
		return newsGap, nil
	case news.Reset:
		d.setLost(news.Stream, true) // the ladder was sent already
		return newsFit, nil
	}
	known := head.Position - news.After.Position
	if known > uint64(len(news.Entries)) {
		return newsOld, nil
	}
	if known > 0 {
		in, err := syncengine.InStream(tx, news.Stream, news.Entries[known-1].Change.ID())
		if err != nil || !in {
			return newsGap, err
		}
		news.Entries = news.Entries[known:]
		news.After = head
	}
	if len(news.Entries) == 0 && head.Position != news.Head.Position {
		return newsOld, nil
	}
	return newsFit, nil
}
