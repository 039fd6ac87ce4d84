package syncengine_test

import (
	"bytes"
	"compress/flate"
	"errors"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

// bounded runs decode and holds it to a multiple of the bytes that came in, so
// that nobody makes a node allocate much by sending little.
func bounded(t *testing.T, in []byte, fixed uint64, decode func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	decode()
	runtime.ReadMemStats(&after)
	if spent := after.TotalAlloc - before.TotalAlloc; spent > fixed+256*uint64(len(in)) {
		t.Errorf("%d bytes in, %d allocated", len(in), spent)
	}
}

// onlyMalformed holds a decoder to its one kind of error.
func onlyMalformed(t *testing.T, err error) {
	t.Helper()
	var malformed *syncengine.Malformed
	if err != nil && !errors.As(err, &malformed) {
		t.Errorf("got %v", err)
	}
}

func seeds(f *testing.F) (changes []*syncengine.Change) {
	n := newNode(f, 1)
	changes = append(changes, n.save(1, "q1", "yes"), n.save(1, "name", "made up"), n.save(1, "q1", "no"))
	return append(changes, n.order(1, syncengine.Control{Op: syncengine.OpWithdraw, Target: "center/1", Reason: "asked_for"}))
}

func FuzzDecodeEnvelope(f *testing.F) {
	for _, c := range seeds(f) {
		f.Add(c.Envelope.Encode())
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, in, 1<<16, func() {
			e, err := syncengine.DecodeEnvelope(in)
			onlyMalformed(t, err)
			if err == nil && !bytes.Equal(e.Encode(), in) {
				t.Error("two encodings of one envelope")
			}
		})
	})
}

func FuzzDecodeChange(f *testing.F) {
	for _, c := range seeds(f) {
		f.Add(syncengine.EncodeChange(c))
		f.Add(syncengine.EncodeChange(c.Withhold(func(syncengine.Class) bool { return false })))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, in, 1<<16, func() {
			c, err := syncengine.DecodeChange(in)
			onlyMalformed(t, err)
			if err == nil && !bytes.Equal(syncengine.EncodeChange(c), in) {
				t.Error("two encodings of one change")
			}
		})
	})
}

func FuzzDecodeWrites(f *testing.F) {
	f.Add(syncengine.EncodeWrites(nil))
	f.Add(syncengine.EncodeWrites([]syncengine.Write{
		{Field: "b", State: 1, Value: []byte("yes"), Supersedes: []syncengine.ChangeID{{2}, {1}, {2}}}, {Field: "a"},
	}))
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, in, 1<<16, func() {
			writes, err := syncengine.DecodeWrites(in)
			onlyMalformed(t, err)
			if err == nil && !bytes.Equal(syncengine.EncodeWrites(writes), in) {
				t.Error("two encodings of the same writes")
			}
		})
	})
}

func FuzzDecodeFolded(f *testing.F) {
	folded := syncengine.Folded{}
	for i, c := range seeds(f) {
		folded.Apply(&c.Envelope, []syncengine.Write{{Field: "q", State: 1, Value: []byte{byte(i)}, Supersedes: []syncengine.ChangeID{{byte(i)}}}, {Field: "r"}})
	}
	f.Add(folded.Encode())
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, in, 1<<16, func() {
			folded, err := syncengine.DecodeFolded(in)
			onlyMalformed(t, err)
			if err == nil && !bytes.Equal(folded.Encode(), in) {
				t.Error("two encodings of one state")
			}
		})
	})
}

func FuzzUnpack(f *testing.F) {
	writes := []syncengine.Write{{Field: "q1", State: 1, Value: bytes.Repeat([]byte("freedom of movement "), 9)}}
	for _, version := range []string{form, "unknown/1"} {
		for _, class := range []syncengine.Class{indicator, 5} {
			f.Add(words.Pack(version, class, writes))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		bounded(t, in, 8<<20, func() { // content ends at 1 MB, and is read into a growing buffer
			for _, version := range []string{form, "unknown/1"} {
				writes, err := words.Unpack(version, in)
				onlyMalformed(t, err)
				if err != nil {
					continue
				}
				again, err := words.Unpack(version, words.Pack(version, indicator, writes))
				if err != nil || !bytes.Equal(syncengine.EncodeWrites(again), syncengine.EncodeWrites(writes)) {
					t.Errorf("packed again it is not the same: %v", err)
				}
			}
		})
	})
}

func TestWhatIsPackedIsUnpacked(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var writes []syncengine.Write
		for _, field := range rapid.SliceOfNDistinct(rapid.StringN(1, 20, 200), 0, 5, rapid.ID).Draw(t, "fields") {
			w := syncengine.Write{Field: field, State: syncengine.State(rapid.Byte().Draw(t, "state"))}
			if value := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "value"); len(value) > 0 {
				w.Value = value
			}
			writes = append(writes, w)
		}
		version := rapid.SampledFrom([]string{form, "unknown/1"}).Draw(t, "form")
		class := rapid.SampledFrom([]syncengine.Class{indicator, 5}).Draw(t, "class")
		packed := words.Pack(version, class, writes)
		if class == 5 && len(packed)%64 != 0 {
			t.Fatalf("%d bytes are not padded to 64", len(packed))
		}
		got, err := words.Unpack(version, packed)
		if err != nil || !bytes.Equal(syncengine.EncodeWrites(got), syncengine.EncodeWrites(writes)) {
			t.Fatalf("%v", err)
		}
	})
}

func TestASmallBlockCannotBecomeALargeOne(t *testing.T) {
	var bomb bytes.Buffer
	z, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	z.Write(make([]byte, 50<<20))
	z.Close()
	packed := append([]byte{1, byte(bomb.Len())&0x7F | 0x80, byte(bomb.Len()>>7)&0x7F | 0x80, byte(bomb.Len() >> 14)}, bomb.Bytes()...)
	bounded(t, nil, 8<<20, func() {
		_, err := words.Unpack(form, packed)
		var malformed *syncengine.Malformed
		if !errors.As(err, &malformed) {
			t.Errorf("got %v", err)
		}
	})
}

// Rows that a fuzzer would need long to find: one way to write each thing.
func TestOnlyTheCanonicalEncodingIsTaken(t *testing.T) {
	n := newNode(t, 1)
	e := n.save(1, "q1", "yes").Envelope
	two := e
	two.Digests = []syncengine.Digest{{Class: 4}, {Class: 2}}
	twice := e
	twice.Digests = []syncengine.Digest{{Class: 4}, {Class: 4}}
	later := e
	later.Seq = 2
	zeroth := e
	zeroth.Seq = 0
	kindless := e
	kindless.Kind = 0
	bare := e
	bare.Digests = nil
	odd := e
	odd.Commit = make([]byte, 3)
	foreign := e
	foreign.Form = "\xff\xfe"
	for name, raw := range map[string][]byte{
		"nothing":                        {},
		"another version":                slices.Concat([]byte{2}, e.Encode()[1:]),
		"a byte after the end":           append(e.Encode(), 0),
		"a byte too few":                 e.Encode()[:len(e.Encode())-1],
		"a number not in shortest form":  slices.Concat(e.Encode()[:17], []byte{0x81, 0}, e.Encode()[18:]),
		"classes out of order":           two.Encode(),
		"a class twice":                  twice.Encode(),
		"seq 2 without prev":             later.Encode(),
		"seq 0":                          zeroth.Encode(),
		"no kind":                        kindless.Encode(),
		"no class":                       bare.Encode(),
		"a commitment of 3 bytes":        odd.Encode(),
		"a form version that is no text": foreign.Encode(),
		"two kilobytes":                  make([]byte, 2<<10),
	} {
		_, err := syncengine.DecodeEnvelope(raw)
		var malformed *syncengine.Malformed
		if !errors.As(err, &malformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestFoldedStateInAnotherOrderIsMalformed(t *testing.T) {
	n := newNode(t, 1)
	a, b := n.save(1, "q1", "yes"), n.saveOver(1, "q1", "no")
	state := func(field string, c *syncengine.Change, supersedes ...syncengine.ChangeID) []byte {
		f := syncengine.Folded{}
		f.Apply(&c.Envelope, []syncengine.Write{{Field: field, State: 1, Supersedes: supersedes}})
		return f.Encode()[1:]
	}
	for name, raw := range map[string][]byte{
		"fields fall":   slices.Concat([]byte{2}, state("b", a), state("a", a)),
		"a field twice": slices.Concat([]byte{2}, state("a", a), state("a", b)),
		"no field name": slices.Concat([]byte{1}, state("", a)),
	} {
		if _, err := syncengine.DecodeFolded(raw); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	f := syncengine.Folded{}
	f.Apply(&a.Envelope, []syncengine.Write{{Field: "q", State: 1, Supersedes: []syncengine.ChangeID{{1}, {2}}}})
	f.Apply(&b.Envelope, []syncengine.Write{{Field: "q", State: 1}})
	good := f.Encode()
	if _, err := syncengine.DecodeFolded(good); err != nil {
		t.Fatal(err)
	}
	end := len(good)
	swapped := slices.Concat(good[:end-64], good[end-32:], good[end-64:end-32])
	if _, err := syncengine.DecodeFolded(swapped); err == nil {
		t.Error("superseded ids fall: taken")
	}
}
