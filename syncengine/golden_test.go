package syncengine_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"raksa/syncengine"
)

var update = flag.Bool("update", false, "write testdata/*.json anew")

// A raw is bytes that stand in a file as hex.
type raw []byte

func (r raw) MarshalText() ([]byte, error) { return []byte(hex.EncodeToString(r)), nil }

func (r *raw) UnmarshalText(text []byte) (err error) {
	*r, err = hex.DecodeString(string(text))
	return err
}

// golden compares a file of vectors with those that the engine gives now.
func golden(t *testing.T, name string, now any) {
	t.Helper()
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile(path); err != nil || !bytes.Equal(kept, text) {
		t.Errorf("%s differs from what the engine gives (%v). These bytes are hashed and in people's hands.", path, err)
	}
}

// count fills n bytes 1, 2, 3 … from a start, so that a vector shows which
// field is where.
func count(start byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = start + byte(i)
	}
	return b
}

type changeVector struct {
	Name         string
	Node         raw
	Seq          uint64
	Prev         raw
	Author       raw
	DeviceMillis int64
	Stamp        string // decimal, for programs whose numbers are short
	Record       raw
	Kind         uint8
	Form         string
	Commit       raw
	Salt         raw
	Blocks       map[string]raw // class: sealed bytes
	Head         raw
	Envelope     raw
	ID           raw
}

// chain is three made-up changes of one node: the first of a record, an edit,
// and one before 1970 with everything large.
func chain() []*syncengine.Change {
	var all []*syncengine.Change
	add := func(c *syncengine.Change, blocks map[syncengine.Class][]byte) {
		c.Blocks = blocks
		c.Node = syncengine.NodeID(count(1, 16))
		if n := len(all); n > 0 {
			c.Seq, c.Prev = all[n-1].Seq+1, all[n-1].ID()
		}
		for class := range syncengine.Class(16) {
			if sealed, here := blocks[class]; here {
				c.Digests = append(c.Digests, syncengine.Digest{Class: class, Sum: sum(string(sealed))})
			}
		}
		all = append(all, c)
	}
	first := &syncengine.Change{}
	first.Seq, first.Author, first.Record = 1, syncengine.PersonID(count(0x21, 16)), syncengine.RecordID(count(0x41, 16))
	first.DeviceMillis, first.Stamp = 1_795_000_000_000, syncengine.Stamp(1_795_000_000_000<<16)
	first.Kind, first.Form, first.Commit, first.Salt = 2, "arrival/1", count(0x61, 16), [16]byte(count(0x81, 16))
	add(first, map[syncengine.Class][]byte{1: []byte("sealed admin"), 2: []byte("sealed identity"), 4: []byte("sealed indicators")})
	edit := &syncengine.Change{}
	edit.Author, edit.Record, edit.Kind, edit.Form = first.Author, first.Record, 2, "arrival/1"
	edit.DeviceMillis, edit.Stamp, edit.Salt = 1_795_000_060_000, syncengine.Stamp(1_795_000_060_000<<16|1), [16]byte(count(0xA1, 16))
	add(edit, map[syncengine.Class][]byte{4: []byte("sealed edit")})
	odd := &syncengine.Change{}
	odd.DeviceMillis, odd.Stamp, odd.Record, odd.Kind = -1<<62, 1<<64-1, syncengine.RecordID(count(0xE0, 16)), 255
	odd.Form = "ខ្មែរ/1"
	add(odd, map[syncengine.Class][]byte{0: nil, 15: {0}})
	return all
}

func TestGoldenChanges(t *testing.T) {
	var vectors []changeVector
	for i, c := range chain() {
		id := c.ID()
		v := changeVector{
			Name: []string{"first of a record", "an edit", "extremes"}[i],
			Node: c.Node[:], Seq: c.Seq, Prev: c.Prev[:], Author: c.Author[:], DeviceMillis: c.DeviceMillis,
			Stamp: fmt.Sprint(uint64(c.Stamp)), Record: c.Record[:], Kind: uint8(c.Kind), Form: c.Form,
			Commit: c.Commit, Salt: c.Salt[:], Blocks: map[string]raw{},
			Head: c.Head(), Envelope: c.Envelope.Encode(), ID: id[:],
		}
		for class, sealed := range c.Blocks {
			v.Blocks[fmt.Sprint(class)] = sealed
		}
		vectors = append(vectors, v)
		back, err := syncengine.DecodeEnvelope(v.Envelope)
		if err != nil || back.ID() != id || !bytes.HasPrefix(v.Envelope, v.Head) {
			t.Errorf("%s: does not come back: %v", v.Name, err)
		}
	}
	golden(t, "changes.json", vectors)
}

type writeVector struct {
	Field      string
	State      uint8
	Value      raw
	Supersedes []raw
}

type blockVector struct {
	Name       string
	Form       string
	Dictionary raw
	PadStep    int
	Writes     []writeVector
	Content    raw // the canonical writes, before compression
	Packed     raw // what is sealed
}

// Compressed bytes may differ from one release of DEFLATE to the next, and all
// of them must be read for ever: so those in the file are unpacked, not compared.
func TestGoldenBlocks(t *testing.T) {
	ids := []syncengine.ChangeID{syncengine.ChangeID(count(1, 32)), syncengine.ChangeID(count(0x40, 32))}
	writes := []syncengine.Write{
		{Field: "q1", State: 1, Value: []byte("yes"), Supersedes: ids},
		{Field: "note", State: 1, Value: bytes.Repeat([]byte("freedom of movement; "), 5)},
		{Field: "q2", State: syncengine.Struck, Supersedes: ids[:1]},
	}
	var now []blockVector
	for _, v := range []blockVector{
		{Name: "plain", Form: "unknown/1"},
		{Name: "deflated", Form: "unknown/1"},
		{Name: "deflated with the words of the form", Form: form},
		{Name: "padded", Form: form, PadStep: 64},
	} {
		some := writes
		if v.Name == "plain" {
			some = writes[:1]
		}
		codec := syncengine.Codec{Dictionary: words.Dictionary, PadStep: func(syncengine.Class) int { return v.PadStep }}
		v.Dictionary, v.Content, v.Packed = words.Dictionary(v.Form), syncengine.EncodeWrites(some), codec.Pack(v.Form, indicator, some)
		sorted, err := syncengine.DecodeWrites(v.Content)
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range sorted {
			one := writeVector{Field: w.Field, State: uint8(w.State), Value: w.Value}
			for _, id := range w.Supersedes {
				one.Supersedes = append(one.Supersedes, id[:])
			}
			v.Writes = append(v.Writes, one)
		}
		now = append(now, v)
	}
	var kept []blockVector
	if text, err := os.ReadFile("testdata/blocks.json"); err == nil && !*update {
		if err := json.Unmarshal(text, &kept); err != nil || len(kept) != len(now) {
			t.Fatalf("blocks.json: %d vectors, %v", len(kept), err)
		}
		for i, v := range kept {
			got, err := words.Unpack(v.Form, v.Packed)
			if err != nil || !bytes.Equal(syncengine.EncodeWrites(got), v.Content) {
				t.Errorf("%s: unpacked otherwise: %v", v.Name, err)
			}
			if v.Name != "plain" {
				now[i].Packed = v.Packed
			}
		}
	}
	golden(t, "blocks.json", now)
}

type foldVector struct {
	Changes []raw // ids, in order of the writes
	State   raw
	Live    []raw
}

type streamVector struct {
	IDs    []raw
	Salts  []raw // after each id
	Digest string
}

type signedVector struct {
	Node       raw
	ChangeIDs  []raw
	WrapRecord raw
	WrapStep   uint64
	WrapSealed raw
	PageDigest raw
	Answer     string // what it says, in words
	Digest     raw
}

func TestGoldenFold(t *testing.T) {
	f := syncengine.Folded{}
	v := foldVector{}
	all := chain()
	for i, c := range all {
		id := c.ID()
		w := syncengine.Write{Field: "q1", State: 1, Value: []byte{byte('a' + i)}}
		if i == 1 {
			w.Supersedes = []syncengine.ChangeID{all[0].ID()}
		}
		f.Apply(&c.Envelope, []syncengine.Write{w})
		v.Changes = append(v.Changes, id[:])
	}
	v.State = f.Encode()
	for _, id := range f["q1"].Basis() {
		v.Live = append(v.Live, id[:])
	}
	golden(t, "fold.json", v)
}

func TestGoldenStream(t *testing.T) {
	n := newNode(t, 1)
	v := streamVector{}
	n.update(func(tx syncengine.Tx) error {
		for _, c := range chain() {
			id := c.ID()
			if _, err := syncengine.AppendStream(tx, stream, id); err != nil {
				return err
			}
			head, digest, err := syncengine.StreamHead(tx, stream)
			if err != nil {
				return err
			}
			v.IDs, v.Salts, v.Digest = append(v.IDs, id[:]), append(v.Salts, head.Salt[:]), fmt.Sprint(digest)
		}
		return nil
	})
	golden(t, "stream.json", v)
}

func TestGoldenSignedDigests(t *testing.T) {
	all := chain()
	wrap := syncengine.Wrap{Record: all[0].Record, Step: 300, Sealed: count(9, 72)}
	page := &syncengine.Page{Node: all[0].Node, Changes: all, Wraps: []syncengine.Wrap{wrap}}
	digest := page.Digest()
	v := signedVector{Node: page.Node[:], WrapRecord: wrap.Record[:], WrapStep: wrap.Step, WrapSealed: wrap.Sealed, PageDigest: digest[:]}
	for _, c := range all {
		id := c.ID()
		v.ChangeIDs = append(v.ChangeIDs, id[:])
	}
	answer := &syncengine.Answer{
		Receipt:     syncengine.Receipt{Head: syncengine.Mark{Seq: 3, ID: all[2].ID()}, Known: syncengine.Mark{Seq: 3, ID: all[2].ID()}, Fork: true},
		Quarantined: []syncengine.Held{{Change: all[1].ID(), Reason: "odd"}},
		News: []syncengine.News{{
			Stream: stream, After: syncengine.Position{Stream: stream}, Entries: []syncengine.Entry{{Position: 1, Change: all[0]}},
			Head: syncengine.Position{Stream: stream, Position: 3, Salt: syncengine.Salt(count(1, 8))}, Digest: 1 << 63,
		}},
		Keys:         []syncengine.Delivery{{Record: all[0].Record, Sealed: count(5, 40)}},
		RatchetKnown: true, OfficeMillis: 1_795_000_000_000,
	}
	answered := answer.Digest(page.Node)
	v.Answer = "head is change 3; fork; change 2 held as odd; of center/1 from 0 change 1 with all its blocks at position 1, head 3 with salt 0102…08, " +
		"digest 2^63; one key for the record of change 1: 05 06 … 2c; no delivery seed; no certificate; ratchet known; office millis 1795000000000"
	v.Digest = answered[:]
	golden(t, "signed.json", v)
}
