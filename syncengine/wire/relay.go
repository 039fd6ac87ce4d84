package wire

import (
	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// What a node gives back to a restored office.

func fromLost(l *syncengine.Lost) *syncv1.Lost {
	if l == nil {
		return nil
	}
	m := &syncv1.Lost{Stream: l.Stream, After: l.After.Position, Salt: orNone(l.After.Salt[:]), Proof: l.Proof}
	for _, id := range l.IDs {
		m.Ids = append(m.Ids, id[:]...)
	}
	return m
}

func (k *check) lost(m *syncv1.Lost) *syncengine.Lost {
	if m == nil {
		return nil
	}
	l := &syncengine.Lost{Stream: m.GetStream(), Proof: k.short(m.GetProof(), signatureMax, "proof")}
	l.After = k.position(m.GetStream(), m.GetAfter(), m.GetSalt())
	const idBytes = len(syncengine.ChangeID{})
	raw := m.GetIds()
	if len(raw)%idBytes != 0 {
		k.fail("ids are 32 bytes each")
	}
	for range k.most(len(raw)/idBytes, syncengine.LostIDsMax, "lost ids") {
		l.IDs = append(l.IDs, syncengine.ChangeID(raw[:idBytes]))
		raw = raw[idBytes:]
	}
	return l
}

func fromReturned(r *syncengine.Returned) *syncv1.Returned {
	if r == nil {
		return nil
	}
	m := &syncv1.Returned{Stream: r.Stream, Seed: r.Seed}
	for _, c := range r.Changes {
		m.Entries = append(m.Entries, fromEntry(c))
	}
	for _, key := range r.Keys {
		m.Keys = append(m.Keys, &syncv1.KeyDelivery{Record: key.Record[:], Sealed: key.Sealed})
	}
	return m
}

func (k *check) returned(m *syncv1.Returned) *syncengine.Returned {
	if m == nil {
		return nil
	}
	size := 0
	r := &syncengine.Returned{Stream: m.GetStream(), Seed: k.short(m.GetSeed(), sealedBytesMax, "seed")}
	k.most(len(r.Stream), streamBytesMax, "stream name")
	for _, entry := range m.GetEntries()[:k.most(len(m.GetEntries()), syncengine.PageChangesMax, "returned changes")] {
		if c := k.entry(entry, &size); c != nil {
			r.Changes = append(r.Changes, c)
		}
	}
	k.most(size, syncengine.PageBytesMax, "returned bytes")
	for _, key := range m.GetKeys()[:k.most(len(m.GetKeys()), syncengine.PageChangesMax, "returned keys")] {
		one := syncengine.Delivery{Sealed: k.short(key.GetSealed(), sealedBytesMax, "returned key")}
		k.exactly(one.Record[:], key.GetRecord(), "record")
		r.Keys = append(r.Keys, one)
	}
	return r
}
