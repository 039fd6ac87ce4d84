package wire_test

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
	"raksa/syncengine/wire"
)

// fixed draws an id of any width.
func fixed[T syncengine.NodeID | syncengine.RecordID | syncengine.PersonID | syncengine.ChangeID | syncengine.Salt | [16]byte](t *rapid.T, label string) (id T) {
	for i, v := range rapid.SliceOfN(rapid.Byte(), len(id), len(id)).Draw(t, label) {
		id[i] = v
	}
	return id
}

func drawBytes(t *rapid.T, most int, label string) []byte {
	b := rapid.SliceOfN(rapid.Byte(), 0, most).Draw(t, label)
	if len(b) == 0 {
		return nil
	}
	return b
}

// drawChange draws a whole change that keeps every rule of an envelope.
func drawChange(t *rapid.T, node syncengine.NodeID, seq uint64, prev syncengine.ChangeID) *syncengine.Change {
	c := &syncengine.Change{Blocks: map[syncengine.Class][]byte{}}
	c.Node, c.Seq, c.Prev = node, seq, prev
	c.Author = syncengine.PersonID{rapid.Byte().Draw(t, "author")}
	c.Record = syncengine.RecordID{rapid.Byte().Draw(t, "record")}
	c.DeviceMillis = rapid.Int64().Draw(t, "device millis")
	c.Stamp = syncengine.Stamp(rapid.Uint64().Draw(t, "stamp"))
	c.Kind = syncengine.Kind(rapid.ByteRange(1, 255).Draw(t, "kind"))
	c.Form = rapid.StringN(0, 8, 32).Draw(t, "form")
	if rapid.Bool().Draw(t, "first") {
		c.Commit = rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "commit")
	}
	c.Salt = fixed[[16]byte](t, "salt")
	classes := rapid.Uint16Range(1, 1<<16-1).Draw(t, "classes")
	for class := range 16 {
		if classes&(1<<class) == 0 {
			continue
		}
		sealed := drawBytes(t, 40, "block")
		c.Blocks[syncengine.Class(class)] = sealed
		c.Digests = append(c.Digests, syncengine.Digest{Class: syncengine.Class(class), Sum: sha256.Sum256(sealed)})
	}
	return c
}

func drawChain(t *rapid.T, least int) []*syncengine.Change {
	var chain []*syncengine.Change
	node := fixed[syncengine.NodeID](t, "node")
	seq, prev := uint64(1), syncengine.ChangeID{}
	if rapid.Bool().Draw(t, "in the middle") {
		seq = rapid.Uint64Range(2, 1<<40).Draw(t, "seq")
		prev = fixed[syncengine.ChangeID](t, "prev")
		prev[0] |= 1
	}
	for range rapid.IntRange(least, 4).Draw(t, "changes") {
		c := drawChange(t, node, seq, prev)
		chain, seq, prev = append(chain, c), seq+1, c.ID()
	}
	return chain
}

func drawRequest(t *rapid.T) *syncengine.Request {
	r := &syncengine.Request{
		Node:        fixed[syncengine.NodeID](t, "node"),
		RatchetSeed: drawBytes(t, 60, "seed"),
		WantBytes:   rapid.IntRange(0, 1<<20).Draw(t, "want"),
	}
	if rapid.Bool().Draw(t, "claims") {
		r.Claim = syncengine.Mark{Seq: rapid.Uint64Range(1, 1<<60).Draw(t, "seq"), ID: fixed[syncengine.ChangeID](t, "id")}
		r.Claim.ID[0] |= 1
	}
	for range rapid.IntRange(0, 3).Draw(t, "positions") {
		r.Positions = append(r.Positions, drawPosition(t, rapid.StringN(0, 5, 20).Draw(t, "stream")))
	}
	for range rapid.IntRange(0, 2).Draw(t, "signers") {
		r.SignerKeys = append(r.SignerKeys, syncengine.SignerKey{Person: fixed[syncengine.PersonID](t, "person"), Public: drawBytes(t, 32, "public")})
	}
	if chain := drawChain(t, 0); len(chain) > 0 {
		r.Node = chain[0].Node
		r.Page = &syncengine.Page{Node: r.Node, Changes: chain, Signature: drawBytes(t, 64, "signature")}
		for range rapid.IntRange(0, 2).Draw(t, "wraps") {
			r.Page.Wraps = append(r.Page.Wraps, syncengine.Wrap{
				Record: fixed[syncengine.RecordID](t, "wrapped"), Step: rapid.Uint64().Draw(t, "step"), Sealed: drawBytes(t, 72, "wrap"),
			})
		}
	}
	return r
}

func drawPosition(t *rapid.T, stream string) syncengine.Position {
	return syncengine.Position{Stream: stream, Position: rapid.Uint64().Draw(t, "position"), Salt: fixed[syncengine.Salt](t, "salt")}
}

// travel passes a message through its bytes.
func travel[M proto.Message](t interface{ Fatal(...any) }, sent, received M) M {
	raw, err := proto.Marshal(sent)
	if err != nil {
		t.Fatal(err)
	}
	if err := proto.Unmarshal(raw, received); err != nil {
		t.Fatal(err)
	}
	return received
}

func TestARequestArrivesAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := drawRequest(t)
		got, err := wire.ToRequest(travel(t, wire.FromRequest(sent), &syncv1.SyncRequest{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if sent.Page != nil && sent.Page.Digest() != got.Page.Digest() {
			t.Fatal("the signature would no longer hold")
		}
	})
}

// onePage is a made-up request with two changes, to be spoilt.
func onePage() *syncv1.SyncRequest {
	node := syncengine.NodeID{7}
	var chain []*syncengine.Change
	prev := syncengine.ChangeID{}
	for seq := uint64(1); seq <= 2; seq++ {
		c := &syncengine.Change{Blocks: map[syncengine.Class][]byte{3: []byte("sealed")}}
		c.Node, c.Seq, c.Prev, c.Kind, c.Form, c.Record = node, seq, prev, 2, "form/1", syncengine.RecordID{9}
		c.Digests = []syncengine.Digest{{Class: 3, Sum: sha256.Sum256([]byte("sealed"))}}
		chain, prev = append(chain, c), c.ID()
	}
	page := &syncengine.Page{Node: node, Changes: chain, Wraps: []syncengine.Wrap{{Record: syncengine.RecordID{9}, Sealed: []byte("wrap")}}}
	return wire.FromRequest(&syncengine.Request{Node: node, Page: page, Claim: syncengine.Mark{Seq: 4, ID: prev}})
}

func TestAFaultyPageIsRefusedWithItsCode(t *testing.T) {
	long := make([]byte, syncengine.PageBytesMax/2+1)
	for name, row := range map[string]struct {
		spoil func(*syncv1.SyncRequest)
		code  string
		seq   uint64
	}{
		"a block is altered":        {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Blocks[0].Sealed = []byte("other") }, syncengine.RefusedChain, 2},
		"a salt is altered":         {func(m *syncv1.SyncRequest) { m.Push.Changes[1].Salt[0]++ }, syncengine.RefusedChain, 2},
		"prev is altered":           {func(m *syncv1.SyncRequest) { m.Push.FirstSeq, m.Push.Prev = 2, make([]byte, 32); m.Push.Prev[0] = 1 }, syncengine.RefusedChain, 3},
		"the last id is cut":        {func(m *syncv1.SyncRequest) { m.Push.LastId = m.Push.LastId[:31] }, syncengine.RefusedChain, 2},
		"a change is left out":      {func(m *syncv1.SyncRequest) { m.Push.Changes = m.Push.Changes[1:] }, syncengine.RefusedBytes, 1},
		"the changes are swapped":   {func(m *syncv1.SyncRequest) { c := m.Push.Changes; c[0].Salt[0] = 1; c[0], c[1] = c[1], c[0] }, syncengine.RefusedBytes, 1},
		"another node's page":       {func(m *syncv1.SyncRequest) { m.Node = make([]byte, 16) }, syncengine.RefusedChain, 0},
		"no changes":                {func(m *syncv1.SyncRequest) { m.Push.Changes = nil }, syncengine.RefusedBytes, 0},
		"no such record":            {func(m *syncv1.SyncRequest) { m.Push.Changes[1].Record = 1 }, syncengine.RefusedBytes, 2},
		"no such person":            {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Person = 1 << 31 }, syncengine.RefusedBytes, 1},
		"no such form":              {func(m *syncv1.SyncRequest) { m.Push.Changes[1].Form = 1 }, syncengine.RefusedBytes, 2},
		"a wrap of no record":       {func(m *syncv1.SyncRequest) { m.Push.Wraps[0].Record = 5 }, syncengine.RefusedBytes, 0},
		"a kind past one byte":      {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Kind = 256 }, syncengine.RefusedBytes, 1},
		"a stamp before 1970":       {func(m *syncv1.SyncRequest) { m.Push.Changes[1].StampStep = -1 << 50 }, syncengine.RefusedBytes, 2},
		"a counter of 17 bits":      {func(m *syncv1.SyncRequest) { m.Push.Changes[1].StampCount = 1 << 16 }, syncengine.RefusedBytes, 2},
		"a class past one byte":     {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Blocks[0].Class = 256 }, syncengine.RefusedBytes, 1},
		"no class":                  {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Blocks = nil }, syncengine.RefusedBytes, 1},
		"a class twice":             {func(m *syncv1.SyncRequest) { b := m.Push.Changes[0]; b.Blocks = append(b.Blocks, b.Blocks[0]) }, syncengine.RefusedBytes, 1},
		"a digest beside the block": {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Blocks[0].Digest = make([]byte, 32) }, syncengine.RefusedBytes, 1},
		"seq zero":                  {func(m *syncv1.SyncRequest) { m.Push.FirstSeq = 0 }, syncengine.RefusedBytes, 0},
		"seq wraps round":           {func(m *syncv1.SyncRequest) { m.Push.FirstSeq, m.Push.Prev = 1<<64-1, m.Push.LastId }, syncengine.RefusedBytes, 0},
		"a form of 33 bytes":        {func(m *syncv1.SyncRequest) { m.Push.Forms[0] = string(make([]byte, 33)) }, syncengine.RefusedBytes, 0},
		"a commitment of 15 bytes":  {func(m *syncv1.SyncRequest) { m.Push.Changes[0].Commit = make([]byte, 15) }, syncengine.RefusedBytes, 1},
		"a signature of 1 KB":       {func(m *syncv1.SyncRequest) { m.Push.Signature = make([]byte, 1024) }, syncengine.RefusedBytes, 0},
		"more bytes than a page": {func(m *syncv1.SyncRequest) {
			m.Push.Changes[0].Blocks[0].Sealed, m.Push.Changes[1].Blocks[0].Sealed = long, long
		}, syncengine.RefusedLimit, 0},
		"more changes than a page": {func(m *syncv1.SyncRequest) { m.Push.Changes = make([]*syncv1.Change, syncengine.PageChangesMax+1) }, syncengine.RefusedLimit, 0},
	} {
		t.Run(name, func(t *testing.T) {
			m := onePage()
			if _, err := wire.ToRequest(m); err != nil {
				t.Fatalf("unspoilt: %v", err)
			}
			m = proto.Clone(m).(*syncv1.SyncRequest)
			row.spoil(m)
			_, err := wire.ToRequest(m)
			var refused *syncengine.Refused
			if !errors.As(err, &refused) || refused.Code != row.code || refused.Seq != row.seq {
				t.Errorf("got %v, want %s at seq %d", err, row.code, row.seq)
			}
		})
	}
}

func TestAFaultyRequestIsMalformed(t *testing.T) {
	for name, spoil := range map[string]func(*syncv1.SyncRequest){
		"a node of 15 bytes":    func(m *syncv1.SyncRequest) { m.Node = m.Node[:15] },
		"a claim without an id": func(m *syncv1.SyncRequest) { m.ClaimId = nil },
		"a claim without a seq": func(m *syncv1.SyncRequest) { m.ClaimSeq = 0 },
		"a claim of 31 bytes":   func(m *syncv1.SyncRequest) { m.ClaimId = m.ClaimId[:31] },
		"a salt of 7 bytes":     func(m *syncv1.SyncRequest) { m.Positions = []*syncv1.Position{{Salt: make([]byte, 7)}} },
		"513 positions":         func(m *syncv1.SyncRequest) { m.Positions = make([]*syncv1.Position, 513) },
		"65 losses":             func(m *syncv1.SyncRequest) { m.LostSaves = make([]*syncv1.LostSaves, 65) },
		"a loss of no node":     func(m *syncv1.SyncRequest) { m.LostSaves = []*syncv1.LostSaves{{FromSeq: 1, ToSeq: 1}} },
		"a loss from nowhere": func(m *syncv1.SyncRequest) {
			m.LostSaves = []*syncv1.LostSaves{{Node: make([]byte, 16), FromSeq: 2, ToSeq: 1}}
		},
		"65 signer keys": func(m *syncv1.SyncRequest) { m.SignerKeys = make([]*syncv1.SignerKey, 65) },
		"a seed of 5 KB": func(m *syncv1.SyncRequest) { m.RatchetSeed = make([]byte, 5<<10) },
		"wants 1 GB":     func(m *syncv1.SyncRequest) { m.WantBytes = 1 << 30 },
		"wants 4 GB":     func(m *syncv1.SyncRequest) { m.WantBytes = 1<<32 - 1 },
	} {
		t.Run(name, func(t *testing.T) {
			m := onePage()
			spoil(m)
			_, err := wire.ToRequest(m)
			var malformed *syncengine.Malformed
			if !errors.As(err, &malformed) {
				t.Errorf("got %v, want a malformed request", err)
			}
		})
	}
}

func FuzzToRequest(f *testing.F) {
	raw, err := proto.Marshal(onePage())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &syncv1.SyncRequest{}
		if proto.Unmarshal(raw, m) != nil {
			return
		}
		r, err := wire.ToRequest(m)
		if err != nil {
			return
		}
		again, err := wire.ToRequest(travel(t, wire.FromRequest(r), &syncv1.SyncRequest{}))
		if err != nil {
			t.Fatalf("what was taken once is not taken again: %v", err)
		}
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
