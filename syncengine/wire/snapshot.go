package wire

import (
	"math"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// Limits of a snapshot's messages.
const (
	snapshotWantedMax = syncengine.SnapshotRecordsMax
	snapshotSealedMax = 8 << 20
)

// FromSnapshotRequest gives the message of a request.
func FromSnapshotRequest(r *syncengine.SnapshotRequest) *syncv1.SnapshotRequest {
	m := &syncv1.SnapshotRequest{
		Node: r.Node[:], At: fromPosition(r.At), Below: r.Below, Control: fromPosition(r.Control),
		WantBytes: uint32(min(max(r.WantBytes, 0), math.MaxUint32)),
	}
	for _, id := range r.Records {
		m.Records = append(m.Records, id[:])
	}
	return m
}

func fromPosition(p syncengine.Position) *syncv1.Position {
	return &syncv1.Position{Stream: p.Stream, Position: p.Position, Salt: orNone(p.Salt[:])}
}

// ToSnapshotRequest reads a message. Every fault is a *syncengine.Malformed.
func ToSnapshotRequest(m *syncv1.SnapshotRequest) (*syncengine.SnapshotRequest, error) {
	k := &check{what: "snapshot request"}
	r := &syncengine.SnapshotRequest{
		At: k.position(m.GetAt().GetStream(), m.GetAt().GetPosition(), m.GetAt().GetSalt()), Below: m.GetBelow(),
		Control:   k.position(m.GetControl().GetStream(), m.GetControl().GetPosition(), m.GetControl().GetSalt()),
		WantBytes: k.most(int(min(m.GetWantBytes(), math.MaxInt32)), wantBytesMax, "bytes wanted"),
	}
	k.exactly(r.Node[:], m.GetNode(), "node")
	for _, raw := range m.GetRecords()[:k.most(len(m.GetRecords()), snapshotWantedMax, "records")] {
		var id syncengine.RecordID
		k.exactly(id[:], raw, "record")
		r.Records = append(r.Records, id)
	}
	if k.err != nil {
		return nil, k.err
	}
	return r, nil
}

// FromSnapshotPage gives the message of a page.
func FromSnapshotPage(p *syncengine.SnapshotPage) *syncv1.SnapshotResponse {
	return &syncv1.SnapshotResponse{
		Refused: p.Refused, Below: p.Below, Sealed: p.Sealed, OfficeMillis: p.OfficeMillis, Signature: p.Signature,
	}
}

// ToSnapshotPage reads a message. Every fault is a *syncengine.Malformed.
func ToSnapshotPage(m *syncv1.SnapshotResponse) (*syncengine.SnapshotPage, error) {
	k := &check{what: "snapshot page"}
	p := &syncengine.SnapshotPage{
		Refused: m.GetRefused(), Below: m.GetBelow(), Sealed: k.short(m.GetSealed(), snapshotSealedMax, "page"),
		OfficeMillis: m.GetOfficeMillis(), Signature: k.short(m.GetSignature(), signatureMax, "signature"),
	}
	k.most(len(p.Refused), reasonBytesMax, "reason")
	if k.err != nil {
		return nil, k.err
	}
	return p, nil
}
