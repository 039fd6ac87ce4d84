package wire

import (
	"math"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// FromRequest gives the message of a request. The page, if there is one, is a
// run of one chain, as syncengine.BuildPage makes it.
func FromRequest(r *syncengine.Request) *syncv1.SyncRequest {
	m := &syncv1.SyncRequest{
		Node:        r.Node[:],
		ClaimSeq:    r.Claim.Seq,
		ClaimId:     orNone(r.Claim.ID[:]),
		RatchetSeed: r.RatchetSeed,
		WantBytes:   uint32(min(max(r.WantBytes, 0), math.MaxUint32)),
	}
	m.Following = uint32(min(max(r.Following, 0), math.MaxInt32))
	if r.Page != nil {
		m.Push = fromPage(r.Page)
	}
	for _, p := range r.Positions {
		m.Positions = append(m.Positions, &syncv1.Position{Stream: p.Stream, Position: p.Position, Salt: orNone(p.Salt[:])})
	}
	for _, key := range r.SignerKeys {
		m.SignerKeys = append(m.SignerKeys, &syncv1.SignerKey{Person: key.Person[:], PublicKey: key.Public})
	}
	m.Lost, m.Returned, m.Check = fromLost(r.Lost), fromReturned(r.Returned), fromCheck(r.Check)
	for _, record := range r.Want {
		m.Want = append(m.Want, record[:])
	}
	for _, loss := range r.LostSaves {
		m.LostSaves = append(m.LostSaves, &syncv1.LostSaves{Node: loss.Node[:], FromSeq: loss.From, ToSeq: loss.To})
	}
	return m
}

// ToRequest reads a message. A fault in the page is a *syncengine.Refused with
// the code that the host answers, any other a *syncengine.Malformed.
func ToRequest(m *syncv1.SyncRequest) (*syncengine.Request, error) {
	k := &check{what: "request"}
	r := &syncengine.Request{
		RatchetSeed: k.short(m.GetRatchetSeed(), sealedBytesMax, "ratchet seed"),
		WantBytes:   k.most(int(min(m.GetWantBytes(), math.MaxInt32)), wantBytesMax, "bytes wanted"),
	}
	r.Following = int(min(m.GetFollowing(), math.MaxInt32))
	k.exactly(r.Node[:], m.GetNode(), "node")
	r.Claim.Seq = m.GetClaimSeq()
	k.exactlyOrNone(r.Claim.ID[:], m.GetClaimId(), "claimed id")
	if (r.Claim.Seq == 0) != r.Claim.ID.Zero() {
		k.fail("a claim has a seq and an id, or neither")
	}
	for _, p := range m.GetPositions()[:k.most(len(m.GetPositions()), positionsMax, "positions")] {
		r.Positions = append(r.Positions, k.position(p.GetStream(), p.GetPosition(), p.GetSalt()))
	}
	for _, key := range m.GetSignerKeys()[:k.most(len(m.GetSignerKeys()), signersMax, "signer keys")] {
		one := syncengine.SignerKey{Public: k.short(key.GetPublicKey(), publicBytesMax, "public key")}
		k.exactly(one.Person[:], key.GetPerson(), "person")
		r.SignerKeys = append(r.SignerKeys, one)
	}
	r.Lost, r.Returned, r.Check = k.lost(m.GetLost()), k.returned(m.GetReturned()), k.check(m.GetCheck())
	for _, raw := range m.GetWant()[:k.most(len(m.GetWant()), wantMax, "wanted records")] {
		var record syncengine.RecordID
		k.exactly(record[:], raw, "record")
		r.Want = append(r.Want, record)
	}
	for _, loss := range m.GetLostSaves()[:k.most(len(m.GetLostSaves()), lossesMax, "losses")] {
		one := syncengine.Loss{From: loss.GetFromSeq(), To: loss.GetToSeq()}
		k.exactly(one.Node[:], loss.GetNode(), "node of a loss")
		if one.From == 0 || one.From > one.To {
			k.fail("a loss is a run of seqs")
		}
		r.LostSaves = append(r.LostSaves, one)
	}
	if k.err != nil {
		return nil, k.err
	}
	if m.GetPush() != nil {
		var err error
		if r.Page, err = toPage(m.GetPush()); err != nil {
			return nil, err
		}
		if r.Page.Node != r.Node {
			return nil, &syncengine.Refused{Code: syncengine.RefusedChain}
		}
	}
	return r, nil
}

func (k *check) position(stream string, position uint64, salt []byte) syncengine.Position {
	p := syncengine.Position{Stream: stream, Position: position}
	k.most(len(stream), streamBytesMax, "stream name")
	k.exactlyOrNone(p.Salt[:], salt, "salt")
	return p
}
