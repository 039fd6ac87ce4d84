package wire_test

import (
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

func drawAnswer(t *rapid.T) *syncengine.Answer {
	a := &syncengine.Answer{
		Receipt:      syncengine.Receipt{UnknownBase: rapid.Bool().Draw(t, "unknown base"), Fork: rapid.Bool().Draw(t, "fork")},
		DeliverySeed: drawBytes(t, 60, "seed"),
		Certificate:  drawBytes(t, 60, "certificate"),
		RatchetKnown: rapid.Bool().Draw(t, "ratchet known"),
		OfficeMillis: rapid.Int64().Draw(t, "office millis"),
		Signature:    drawBytes(t, 64, "signature"),
	}
	if rapid.Bool().Draw(t, "holds") {
		a.Receipt.Head = syncengine.Mark{Seq: rapid.Uint64Range(1, 1<<60).Draw(t, "seq"), ID: fixed[syncengine.ChangeID](t, "id")}
		a.Receipt.Head.ID[0] |= 1
	}
	if a.Receipt.Known = a.Receipt.Head; rapid.Bool().Draw(t, "knows more") {
		a.Receipt.Known = syncengine.Mark{Seq: a.Receipt.Head.Seq + 1, ID: fixed[syncengine.ChangeID](t, "known id")}
	}
	for range rapid.IntRange(0, 2).Draw(t, "held") {
		a.Quarantined = append(a.Quarantined, syncengine.Held{Change: fixed[syncengine.ChangeID](t, "held"), Reason: rapid.StringN(0, 5, 20).Draw(t, "reason")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "keys") {
		a.Keys = append(a.Keys, syncengine.Delivery{Record: fixed[syncengine.RecordID](t, "record"), Sealed: drawBytes(t, 72, "key")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "streams") {
		stream := rapid.StringN(0, 5, 20).Draw(t, "stream")
		news := syncengine.News{Stream: stream, Digest: rapid.Uint64().Draw(t, "digest"), Reset: rapid.Bool().Draw(t, "reset")}
		news.After, news.Head = drawPosition(t, stream), drawPosition(t, stream)
		for i, c := range drawChain(t, 0) {
			some := rapid.Byte().Draw(t, "withheld")
			c = c.Withhold(func(class syncengine.Class) bool { return some&(1<<(class%8)) == 0 })
			news.Entries = append(news.Entries, syncengine.Entry{Position: news.After.Position + uint64(i) + 1, Change: c})
		}
		a.News = append(a.News, news)
	}
	return a
}

func TestAnAnswerArrivesAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sent := drawAnswer(t)
		got, err := wire.ToAnswer(travel(t, wire.FromAnswer(sent), &syncv1.SyncResponse{}))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(sent, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		if sent.Digest(syncengine.NodeID{1}) != got.Digest(syncengine.NodeID{1}) {
			t.Fatal("the office's signature would no longer hold")
		}
	})
}

func TestAReceiptKeepsItsNewChangesAtTheOffice(t *testing.T) {
	a := &syncengine.Answer{Receipt: syncengine.Receipt{New: []*syncengine.Change{{}}}}
	got, err := wire.ToAnswer(travel(t, wire.FromAnswer(a), &syncv1.SyncResponse{}))
	if err != nil || got.Receipt.New != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// oneEntry is a made-up answer with one change, to be spoilt.
func oneEntry(f interface{ Fatal(...any) }) *syncv1.SyncResponse {
	up, err := wire.ToRequest(onePage())
	if err != nil {
		f.Fatal(err)
	}
	return wire.FromAnswer(&syncengine.Answer{
		Receipt: syncengine.Receipt{Head: up.Claim},
		News:    []syncengine.News{{Stream: "center/1", Entries: []syncengine.Entry{{Position: 1, Change: up.Page.Changes[0]}}}},
	})
}

func TestAFaultyAnswerIsMalformed(t *testing.T) {
	entry := func(m *syncv1.SyncResponse) *syncv1.Entry { return m.News[0].Entries[0] }
	for name, spoil := range map[string]func(*syncv1.SyncResponse){
		"a head without an id":   func(m *syncv1.SyncResponse) { m.HeadId = nil },
		"a head without a seq":   func(m *syncv1.SyncResponse) { m.HeadSeq = 0 },
		"a cut envelope":         func(m *syncv1.SyncResponse) { e := entry(m); e.Envelope = e.Envelope[1:] },
		"a longer envelope":      func(m *syncv1.SyncResponse) { e := entry(m); e.Envelope = append(e.Envelope, 0) },
		"no envelope":            func(m *syncv1.SyncResponse) { m.News[0].Entries[0] = nil },
		"a class twice":          func(m *syncv1.SyncResponse) { e := entry(m); e.Blocks = append(e.Blocks, e.Blocks[0]) },
		"17 blocks":              func(m *syncv1.SyncResponse) { entry(m).Blocks = make([]*syncv1.Block, 17) },
		"501 entries":            func(m *syncv1.SyncResponse) { m.News[0].Entries = make([]*syncv1.Entry, 501) },
		"65 streams":             func(m *syncv1.SyncResponse) { m.News = make([]*syncv1.StreamNews, 65) },
		"a stream name of 1 KB":  func(m *syncv1.SyncResponse) { m.News[0].Stream = string(make([]byte, 1024)) },
		"a salt of 9 bytes":      func(m *syncv1.SyncResponse) { m.News[0].HeadSalt = make([]byte, 9) },
		"a known id of 31 bytes": func(m *syncv1.SyncResponse) { m.KnownSeq, m.KnownId = 9, make([]byte, 31) },
		"a held id of 31 bytes":  func(m *syncv1.SyncResponse) { m.Quarantined = []*syncv1.Quarantined{{Change: make([]byte, 31)}} },
		"a key for no record":    func(m *syncv1.SyncResponse) { m.Keys = []*syncv1.KeyDelivery{{Sealed: []byte{1}}} },
		"a signature of 1 KB":    func(m *syncv1.SyncResponse) { m.Signature = make([]byte, 1024) },
		"17 MB of blocks":        func(m *syncv1.SyncResponse) { entry(m).Blocks[0].Sealed = make([]byte, 17<<20) },
		"a certificate of 5 KB":  func(m *syncv1.SyncResponse) { m.Certificate = make([]byte, 5<<10) },
		"a delivery seed of 5KB": func(m *syncv1.SyncResponse) { m.DeliverySeed = make([]byte, 5<<10) },
	} {
		t.Run(name, func(t *testing.T) {
			m := proto.Clone(oneEntry(t)).(*syncv1.SyncResponse)
			if _, err := wire.ToAnswer(m); err != nil {
				t.Fatalf("unspoilt: %v", err)
			}
			spoil(m)
			_, err := wire.ToAnswer(m)
			var malformed *syncengine.Malformed
			if !errors.As(err, &malformed) {
				t.Errorf("got %v, want a malformed answer", err)
			}
		})
	}
}

func FuzzToAnswer(f *testing.F) {
	raw, err := proto.Marshal(oneEntry(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, raw []byte) {
		m := &syncv1.SyncResponse{}
		if proto.Unmarshal(raw, m) != nil {
			return
		}
		a, err := wire.ToAnswer(m)
		if err != nil {
			return
		}
		again, err := wire.ToAnswer(travel(t, wire.FromAnswer(a), &syncv1.SyncResponse{}))
		if err != nil {
			t.Fatalf("what was taken once is not taken again: %v", err)
		}
		if diff := cmp.Diff(a, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
