package wire

import (
	"maps"
	"slices"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// FromAnswer gives the message of an answer. Receipt.New stays at the office.
func FromAnswer(a *syncengine.Answer) *syncv1.SyncResponse {
	m := &syncv1.SyncResponse{
		HeadSeq: a.Receipt.Head.Seq, HeadId: orNone(a.Receipt.Head.ID[:]),
		UnknownBase: a.Receipt.UnknownBase, Fork: a.Receipt.Fork,
		DeliverySeed: a.DeliverySeed, RatchetKnown: a.RatchetKnown,
		OfficeMillis: a.OfficeMillis, Signature: a.Signature, Certificate: a.Certificate,
	}
	for _, held := range a.Quarantined {
		m.Quarantined = append(m.Quarantined, &syncv1.Quarantined{Change: held.Change[:], Reason: held.Reason})
	}
	for i := range a.News {
		m.News = append(m.News, fromNews(&a.News[i]))
	}
	for _, key := range a.Keys {
		m.Keys = append(m.Keys, &syncv1.KeyDelivery{Record: key.Record[:], Sealed: key.Sealed})
	}
	return m
}

// ToAnswer reads a message. Every fault is a *syncengine.Malformed. Blocks are
// checked against their digests by syncengine's Take.
func ToAnswer(m *syncv1.SyncResponse) (*syncengine.Answer, error) {
	k := &check{what: "answer"}
	a := &syncengine.Answer{
		Receipt: syncengine.Receipt{
			Head:        syncengine.Mark{Seq: m.GetHeadSeq()},
			UnknownBase: m.GetUnknownBase(), Fork: m.GetFork(),
		},
		DeliverySeed: k.short(m.GetDeliverySeed(), sealedBytesMax, "delivery seed"),
		Certificate:  k.short(m.GetCertificate(), sealedBytesMax, "certificate"),
		RatchetKnown: m.GetRatchetKnown(),
		OfficeMillis: m.GetOfficeMillis(),
		Signature:    k.short(m.GetSignature(), signatureMax, "signature"),
	}
	k.exactlyOrNone(a.Receipt.Head.ID[:], m.GetHeadId(), "head id")
	if (a.Receipt.Head.Seq == 0) != a.Receipt.Head.ID.Zero() {
		k.fail("a head has a seq and an id, or neither")
	}
	for _, held := range m.GetQuarantined()[:k.most(len(m.GetQuarantined()), heldMax, "quarantined")] {
		one := syncengine.Held{Reason: held.GetReason()}
		k.most(len(one.Reason), reasonBytesMax, "reason")
		k.exactly(one.Change[:], held.GetChange(), "change id")
		a.Quarantined = append(a.Quarantined, one)
	}
	size := 0
	for _, news := range m.GetNews()[:k.most(len(m.GetNews()), newsMax, "streams")] {
		a.News = append(a.News, k.news(news, &size))
	}
	for _, key := range m.GetKeys()[:k.most(len(m.GetKeys()), deliveriesMax, "keys")] {
		one := syncengine.Delivery{Sealed: k.short(key.GetSealed(), sealedBytesMax, "key delivery")}
		k.exactly(one.Record[:], key.GetRecord(), "record")
		a.Keys = append(a.Keys, one)
	}
	if k.err != nil {
		return nil, k.err
	}
	return a, nil
}

func fromNews(n *syncengine.News) *syncv1.StreamNews {
	m := &syncv1.StreamNews{
		Stream: n.Stream, After: n.After.Position, Salt: orNone(n.After.Salt[:]),
		HeadPosition: n.Head.Position, HeadSalt: orNone(n.Head.Salt[:]),
		Digest: n.Digest, Reset_: n.Reset,
	}
	for _, entry := range n.Entries {
		one := &syncv1.Entry{Envelope: entry.Change.Envelope.Encode()}
		for _, class := range slices.Sorted(maps.Keys(entry.Change.Blocks)) {
			one.Blocks = append(one.Blocks, &syncv1.Block{Class: uint32(class), Sealed: entry.Change.Blocks[class]})
		}
		m.Entries = append(m.Entries, one)
	}
	return m
}

// news reads one part of a stream. Its entries follow each other without a gap,
// so their positions are not sent. size adds up the blocks of the whole answer.
func (k *check) news(m *syncv1.StreamNews, size *int) syncengine.News {
	n := syncengine.News{Stream: m.GetStream(), Digest: m.GetDigest(), Reset: m.GetReset_()}
	n.After = k.position(n.Stream, m.GetAfter(), m.GetSalt())
	n.Head = k.position(n.Stream, m.GetHeadPosition(), m.GetHeadSalt())
	for i, entry := range m.GetEntries()[:k.most(len(m.GetEntries()), syncengine.PageChangesMax, "entries")] {
		envelope, err := syncengine.DecodeEnvelope(entry.GetEnvelope())
		if err != nil {
			k.fail("an envelope does not parse")
			return n
		}
		c := &syncengine.Change{Envelope: envelope, Blocks: map[syncengine.Class][]byte{}}
		for _, b := range entry.GetBlocks()[:k.most(len(entry.GetBlocks()), blocksMax, "blocks")] {
			class := syncengine.Class(k.code(b.GetClass(), "class"))
			if _, twice := c.Blocks[class]; twice {
				k.fail("a class comes twice")
			}
			c.Blocks[class] = b.GetSealed()
			*size += len(b.GetSealed())
		}
		n.Entries = append(n.Entries, syncengine.Entry{Position: n.After.Position + uint64(i) + 1, Change: c})
	}
	k.most(*size, newsBytesMax, "news")
	return n
}
