package syncengine

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// Request is one call of a node to the office: what it saved, and where it
// stands. Any request may be repeated with the same effect.
type Request struct {
	Node      NodeID
	Page      *Page      // nil when nothing waits
	Claim     Mark       // how far the node believes that the office holds its chain
	Positions []Position // several of one stream, latest first, after a reset
	// RatchetSeed starts the node's ratchet, sealed to the office; sent until it is known.
	RatchetSeed []byte
	WantBytes   int
	// Following is about how many changes of the node follow Page in later calls.
	Following  int
	SignerKeys []SignerKey
	// Lost is a list that a restored office is to look through, Returned are
	// changes that it asked for of one. While either is sent, Page is not.
	Lost     *Lost
	Returned *Returned
	// Want names records of which the office shall give everything again that
	// the node may have.
	Want []RecordID
	// Check is compared with the same part of the office's log.
	Check *Check
	// LostSaves are own saves that the witness knows and the database does not, until
	// the office was told.
	LostSaves []Loss
}

// Returned are changes of one stream on their way back to a restored office,
// with class keys of their records for an office that lost those too.
type Returned struct {
	Stream  string
	Changes []*Change // with the blocks at hand
	Keys    []Delivery
	Seed    []byte // under which the keys are wrapped, sealed to the office; empty without keys
}

// SignerKey is the public key with which a person signs on this device.
type SignerKey struct {
	Person PersonID
	Public []byte
}

// Answer is what the office gives back, signed as a whole.
type Answer struct {
	Receipt     Receipt // New is not sent
	Quarantined []Held
	News        []News
	Keys        []Delivery
	// DeliverySeed is sealed to the device; empty when the device has it.
	DeliverySeed []byte
	// Certificate renews the device's, in DER; empty while the old one lasts.
	Certificate  []byte
	RatchetKnown bool
	OfficeMillis int64
	Lost         *LostReply // to Request.Lost
	Given        []*Change  // of the records that were wanted
	Check        *CheckReply
	Signature    []byte
}

// LostReply says what a restored office makes of a list.
type LostReply struct {
	Stream string
	Proven bool     // the office knows its own signature
	Wanted []uint32 // indexes of what it lacks, rising
}

// Held is a change that the office keeps and does not fold yet, with a reason code.
type Held struct {
	Change ChangeID
	Reason string
}

// Delivery is a record's class keys, wrapped for one device.
type Delivery struct {
	Record RecordID
	Sealed []byte
}

// Digest is what the office signs: everything in the answer but the blocks,
// which the ids cover, and the signature itself. Which blocks are in it is
// signed too: one that was taken out on the way would look withheld. The node
// id keeps an answer from being given to another.
func (a *Answer) Digest(node NodeID) [32]byte {
	w := writer{}
	w.string("raksa/answer/2")
	w.fixed(node[:])
	w.uvarint(a.Receipt.Head.Seq)
	w.fixed(a.Receipt.Head.ID[:])
	w.flags(a.Receipt.UnknownBase, a.Receipt.Fork, a.RatchetKnown)
	w.uvarint(uint64(len(a.Quarantined)))
	for _, held := range a.Quarantined {
		w.fixed(held.Change[:])
		w.string(held.Reason)
	}
	w.uvarint(uint64(len(a.News)))
	for _, news := range a.News {
		w.news(news)
	}
	w.uvarint(uint64(len(a.Keys)))
	for _, key := range a.Keys {
		w.fixed(key.Record[:])
		w.bytes(key.Sealed)
	}
	w.bytes(a.DeliverySeed)
	w.bytes(a.Certificate)
	w.varint(a.OfficeMillis)
	w.answers(a)
	w.offers(a.News)
	return sha256.Sum256(w.b)
}

// offers adds what the office says of its backups; an answer that says nothing
// of them ends before it.
func (w *writer) offers(all []News) {
	for i, n := range all {
		if n.Offer == nil && n.Stable == 0 {
			continue
		}
		w.string("stable")
		w.uvarint(uint64(i))
		w.uvarint(n.Stable)
		if w.flags(n.Offer != nil); n.Offer != nil {
			w.uvarint(n.Offer.At.Position)
			w.fixed(n.Offer.At.Salt[:])
			w.fixed(binary.BigEndian.AppendUint64(nil, n.Offer.Digest))
			w.uvarint(n.Offer.Records)
		}
	}
}

func (w *writer) news(n News) {
	w.string(n.Stream)
	w.uvarint(n.After.Position)
	w.fixed(n.After.Salt[:])
	w.uvarint(n.Head.Position)
	w.fixed(n.Head.Salt[:])
	w.fixed(binary.BigEndian.AppendUint64(nil, n.Digest))
	w.flags(n.Reset)
	w.uvarint(uint64(len(n.Entries)))
	for _, entry := range n.Entries {
		id := entry.Change.ID()
		w.uvarint(entry.Position)
		w.fixed(id[:])
		w.present(entry.Change)
	}
}

// present says of each digest of a change, in their order, whether its block is
// sent with it.
func (w *writer) present(c *Change) {
	bits := make([]byte, (len(c.Digests)+7)/8)
	for i, d := range c.Digests {
		if _, here := c.Blocks[d.Class]; here {
			bits[i/8] |= 1 << (i % 8)
		}
	}
	w.fixed(bits)
}

// answers adds what only some answers carry; the everyday one ends before it.
func (w *writer) answers(a *Answer) {
	proven := slices.ContainsFunc(a.News, func(n News) bool { return len(n.Proof) > 0 })
	if a.Lost == nil && len(a.Given) == 0 && a.Check == nil && a.Receipt.Known == a.Receipt.Head && !proven {
		return
	}
	for _, news := range a.News { // a proof that was altered on the way would prove nothing later
		w.bytes(news.Proof)
	}
	w.uvarint(a.Receipt.Known.Seq)
	w.fixed(a.Receipt.Known.ID[:])
	w.lostReply(a.Lost)
	w.uvarint(uint64(len(a.Given)))
	for _, c := range a.Given {
		id := c.ID()
		w.fixed(id[:])
		w.present(c)
	}
	w.checkReply(a.Check)
}

func (w *writer) lostReply(l *LostReply) {
	if w.flags(l != nil); l == nil {
		return
	}
	w.string(l.Stream)
	w.flags(l.Proven)
	w.uvarint(uint64(len(l.Wanted)))
	for _, at := range l.Wanted {
		w.uvarint(uint64(at))
	}
}

func (w *writer) checkReply(c *CheckReply) {
	if w.flags(c != nil); c == nil {
		return
	}
	w.uvarint(uint64(len(c.Differs)))
	for _, prefix := range c.Differs {
		w.byte(prefix)
	}
	w.uvarint(uint64(len(c.Records)))
	for _, one := range c.Records {
		w.fixed(one.Record[:])
		w.uvarint(one.Count)
		w.fixed(binary.BigEndian.AppendUint64(nil, one.Tally.Sum))
	}
}

func (w *writer) flags(flags ...bool) {
	for _, flag := range flags {
		if flag {
			w.byte(1)
		} else {
			w.byte(0)
		}
	}
}
