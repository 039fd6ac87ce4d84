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
	if a.Receipt.Known != a.Receipt.Head {
		m.KnownSeq, m.KnownId = a.Receipt.Known.Seq, orNone(a.Receipt.Known.ID[:])
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
	if a.Lost != nil {
		m.Lost = &syncv1.LostReply{Stream: a.Lost.Stream, Proven: a.Lost.Proven, Wanted: a.Lost.Wanted}
	}
	for _, c := range a.Given {
		m.Given = append(m.Given, fromEntry(c))
	}
	m.Check = fromCheckReply(a.Check)
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
	a.Receipt.Known = a.Receipt.Head
	if m.GetKnownSeq() != 0 {
		a.Receipt.Known.Seq = m.GetKnownSeq()
		k.exactly(a.Receipt.Known.ID[:], m.GetKnownId(), "known id")
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
	if l := m.GetLost(); l != nil {
		a.Lost = &syncengine.LostReply{Stream: l.GetStream(), Proven: l.GetProven(), Wanted: l.GetWanted()}
		k.most(len(l.GetStream()), streamBytesMax, "stream name")
		k.most(len(l.GetWanted()), syncengine.LostIDsMax, "wanted ids")
	}
	for _, entry := range m.GetGiven()[:k.most(len(m.GetGiven()), givenMax, "given changes")] {
		if c := k.entry(entry, &size); c != nil {
			a.Given = append(a.Given, c)
		}
	}
	a.Check = k.checkReply(m.GetCheck())
	if k.err != nil {
		return nil, k.err
	}
	return a, nil
}

func fromNews(n *syncengine.News) *syncv1.StreamNews {
	m := &syncv1.StreamNews{
		Stream: n.Stream, After: n.After.Position, Salt: orNone(n.After.Salt[:]),
		HeadPosition: n.Head.Position, HeadSalt: orNone(n.Head.Salt[:]),
		Digest: n.Digest, Reset_: n.Reset, Proof: n.Proof, Stable: n.Stable,
	}
	if o := n.Offer; o != nil {
		m.Offer = &syncv1.Offer{Position: o.At.Position, Salt: orNone(o.At.Salt[:]), Digest: o.Digest, Records: o.Records}
	}
	for _, entry := range n.Entries {
		m.Entries = append(m.Entries, fromEntry(entry.Change))
	}
	return m
}

func fromEntry(c *syncengine.Change) *syncv1.Entry {
	one := &syncv1.Entry{Envelope: c.Envelope.Encode()}
	for _, class := range slices.Sorted(maps.Keys(c.Blocks)) {
		one.Blocks = append(one.Blocks, &syncv1.Block{Class: uint32(class), Sealed: c.Blocks[class]})
	}
	return one
}

// news reads one part of a stream. Its entries follow each other without a gap,
// so their positions are not sent. size adds up the blocks of the whole answer.
func (k *check) news(m *syncv1.StreamNews, size *int) syncengine.News {
	n := syncengine.News{
		Stream: m.GetStream(), Digest: m.GetDigest(), Reset: m.GetReset_(),
		Proof: k.short(m.GetProof(), signatureMax, "proof"), Stable: m.GetStable(),
	}
	if o := m.GetOffer(); o != nil {
		n.Offer = &syncengine.Offer{At: k.position(n.Stream, o.GetPosition(), o.GetSalt()), Digest: o.GetDigest(), Records: o.GetRecords()}
	}
	n.After = k.position(n.Stream, m.GetAfter(), m.GetSalt())
	n.Head = k.position(n.Stream, m.GetHeadPosition(), m.GetHeadSalt())
	for i, entry := range m.GetEntries()[:k.most(len(m.GetEntries()), syncengine.PageChangesMax, "entries")] {
		c := k.entry(entry, size)
		if c == nil {
			return n
		}
		n.Entries = append(n.Entries, syncengine.Entry{Position: n.After.Position + uint64(i) + 1, Change: c})
	}
	k.most(*size, newsBytesMax, "news")
	return n
}

// entry reads one change with the blocks that came; nil after a fault.
func (k *check) entry(m *syncv1.Entry, size *int) *syncengine.Change {
	envelope, err := syncengine.DecodeEnvelope(m.GetEnvelope())
	if err != nil {
		k.fail("an envelope does not parse")
		return nil
	}
	c := &syncengine.Change{Envelope: envelope, Blocks: map[syncengine.Class][]byte{}}
	for _, b := range m.GetBlocks()[:k.most(len(m.GetBlocks()), blocksMax, "blocks")] {
		class := syncengine.Class(k.code(b.GetClass(), "class"))
		if _, twice := c.Blocks[class]; twice {
			k.fail("a class comes twice")
		}
		c.Blocks[class] = b.GetSealed()
		*size += len(b.GetSealed())
	}
	return c
}
