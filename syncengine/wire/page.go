package wire

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"

	syncv1 "raksa/gen/raksa/sync/v1"
	"raksa/syncengine"
)

// A table gives the numbers by which the changes of one page name people,
// records and forms.
type table[T comparable] struct {
	list []T
	at   map[T]uint32
}

func (t *table[T]) number(one T) uint32 {
	at, known := t.at[one]
	if !known {
		if t.at == nil {
			t.at = map[T]uint32{}
		}
		at = uint32(len(t.list))
		t.at[one], t.list = at, append(t.list, one)
	}
	return at
}

func fromPage(p *syncengine.Page) *syncv1.Page {
	m := &syncv1.Page{Node: p.Node[:], Signature: p.Signature}
	var people table[syncengine.PersonID]
	var records table[syncengine.RecordID]
	var forms table[string]
	var last before
	for i, c := range p.Changes {
		if i == 0 {
			m.FirstSeq, m.Prev = c.Seq, orNone(c.Prev[:])
		}
		m.Changes = append(m.Changes, &syncv1.Change{
			Person: people.number(c.Author), Record: records.number(c.Record), Form: forms.number(c.Form),
			Kind: last.kind(c), ClockOff: c.DeviceMillis - c.Stamp.Millis(),
			StampStep: c.Stamp.Millis() - last.millis, StampCount: uint32(c.Stamp & 0xffff),
			Salt: c.Salt[:], Commit: c.Commit, Blocks: blocksUp(c),
		})
		last = before{millis: c.Stamp.Millis(), code: c.Kind}
	}
	if n := len(p.Changes); n > 0 {
		id := p.Changes[n-1].ID()
		m.LastId = id[:]
	}
	for _, wrap := range p.Wraps {
		m.Wraps = append(m.Wraps, &syncv1.Wrap{Record: records.number(wrap.Record), Step: wrap.Step, Sealed: wrap.Sealed})
	}
	for i := range people.list {
		m.People = append(m.People, people.list[i][:])
	}
	for i := range records.list {
		m.Records = append(m.Records, records.list[i][:])
	}
	m.Forms = forms.list
	return m
}

// before is what a change takes over from the one before it in the page.
type before struct {
	millis int64 // the wall part of its stamp
	code   syncengine.Kind
}

func (b before) kind(c *syncengine.Change) uint32 {
	if c.Kind == b.code {
		return 0
	}
	return uint32(c.Kind)
}

// stampMillisMax is the greatest wall part of a stamp: 48 bits.
const stampMillisMax = 1<<48 - 1

// stamp reads kind, stamp and clock of a change, and goes on to the next.
func (b *before) stamp(k *check, m *syncv1.Change, c *syncengine.Change) {
	if m.GetKind() != 0 {
		b.code = syncengine.Kind(k.code(m.GetKind(), "kind"))
	}
	c.Kind = b.code
	if step := m.GetStampStep(); step > stampMillisMax || step < -stampMillisMax {
		k.fail("a stamp is out of range")
		return
	}
	b.millis += m.GetStampStep()
	if b.millis < 0 || b.millis > stampMillisMax || m.GetStampCount() > 0xffff {
		k.fail("a stamp is out of range")
		return
	}
	c.Stamp = syncengine.Stamp(uint64(b.millis)<<16 | uint64(m.GetStampCount()))
	c.DeviceMillis = b.millis + m.GetClockOff()
}

// blocksUp carries the blocks without digests: a page up is whole.
func blocksUp(c *syncengine.Change) []*syncv1.Block {
	var blocks []*syncv1.Block
	for _, class := range slices.Sorted(maps.Keys(c.Blocks)) {
		blocks = append(blocks, &syncv1.Block{Class: uint32(class), Sealed: c.Blocks[class]})
	}
	return blocks
}

// toPage computes what was not sent, and holds it against the last id.
func toPage(m *syncv1.Page) (*syncengine.Page, error) {
	if len(m.GetChanges()) > syncengine.PageChangesMax || sizeUp(m) > syncengine.PageBytesMax {
		return nil, &syncengine.Refused{Code: syncengine.RefusedLimit}
	}
	p, names, prev, err := pageHead(m)
	if err != nil {
		return nil, err
	}
	var last before
	for i, change := range m.GetChanges() {
		seq := m.GetFirstSeq() + uint64(i)
		c, err := names.change(change, &last)
		if err != nil {
			return nil, &syncengine.Refused{Code: syncengine.RefusedBytes, Seq: seq}
		}
		c.Node, c.Seq, c.Prev = p.Node, seq, prev
		raw := c.Envelope.Encode()
		// Decoding holds every rule that an envelope from elsewhere must keep.
		if _, err := syncengine.DecodeEnvelope(raw); err != nil {
			return nil, &syncengine.Refused{Code: syncengine.RefusedBytes, Seq: seq}
		}
		prev = sha256.Sum256(raw)
		p.Changes = append(p.Changes, c)
	}
	if !bytes.Equal(m.GetLastId(), prev[:]) {
		return nil, &syncengine.Refused{Code: syncengine.RefusedChain, Seq: m.GetFirstSeq() + uint64(len(p.Changes)) - 1}
	}
	return p, nil
}

func sizeUp(m *syncv1.Page) int {
	size := 0
	for _, c := range m.GetChanges() {
		for _, b := range c.GetBlocks() {
			size += len(b.GetSealed())
		}
	}
	return size
}

// names are the page's tables as the receiver reads them.
type names struct {
	people  []syncengine.PersonID
	records []syncengine.RecordID
	forms   []string
}

// pageHead reads all of a page but its changes.
func pageHead(m *syncv1.Page) (*syncengine.Page, *names, syncengine.ChangeID, error) {
	k := &check{what: "page"}
	p := &syncengine.Page{Signature: k.short(m.GetSignature(), signatureMax, "signature")}
	k.exactly(p.Node[:], m.GetNode(), "node")
	var prev syncengine.ChangeID
	k.exactlyOrNone(prev[:], m.GetPrev(), "prev")
	n := &names{forms: m.GetForms()[:k.most(len(m.GetForms()), syncengine.PageChangesMax, "forms")]}
	for _, raw := range m.GetPeople()[:k.most(len(m.GetPeople()), syncengine.PageChangesMax, "people")] {
		var id syncengine.PersonID
		k.exactly(id[:], raw, "person")
		n.people = append(n.people, id)
	}
	for _, raw := range m.GetRecords()[:k.most(len(m.GetRecords()), 2*syncengine.PageChangesMax, "records")] {
		var id syncengine.RecordID
		k.exactly(id[:], raw, "record")
		n.records = append(n.records, id)
	}
	for _, form := range n.forms {
		k.most(len(form), formBytesMax, "form version")
	}
	for _, wrap := range m.GetWraps()[:k.most(len(m.GetWraps()), syncengine.PageChangesMax, "wraps")] {
		one := syncengine.Wrap{Step: wrap.GetStep(), Sealed: k.short(wrap.GetSealed(), sealedBytesMax, "wrap")}
		one.Record = named(k, n.records, wrap.GetRecord())
		p.Wraps = append(p.Wraps, one)
	}
	if len(m.GetChanges()) == 0 {
		k.fail("no changes")
	}
	if k.err != nil {
		return nil, nil, prev, &syncengine.Refused{Code: syncengine.RefusedBytes}
	}
	return p, n, prev, nil
}

func (n *names) change(m *syncv1.Change, last *before) (*syncengine.Change, error) {
	k := &check{what: "change"}
	c := &syncengine.Change{Blocks: map[syncengine.Class][]byte{}}
	c.Author = named(k, n.people, m.GetPerson())
	c.Record = named(k, n.records, m.GetRecord())
	c.Form = named(k, n.forms, m.GetForm())
	last.stamp(k, m, c)
	c.Commit = k.short(m.GetCommit(), 16, "key commitment")
	k.exactly(c.Salt[:], m.GetSalt(), "salt")
	for _, b := range m.GetBlocks()[:k.most(len(m.GetBlocks()), blocksMax, "blocks")] {
		if len(b.GetDigest()) != 0 {
			k.fail("a digest where the block is")
		}
		class := syncengine.Class(k.code(b.GetClass(), "class"))
		c.Digests = append(c.Digests, syncengine.Digest{Class: class, Sum: sha256.Sum256(b.GetSealed())})
		c.Blocks[class] = b.GetSealed()
	}
	return c, k.err
}

// named looks a number up in one of the page's tables.
func named[T any](k *check, list []T, number uint32) (one T) {
	if uint64(number) >= uint64(len(list)) {
		k.fail("names what is not in the page's tables")
		return one
	}
	return list[number]
}

func (k *check) code(v uint32, of string) byte {
	if v > 255 {
		k.fail(of + " is no code")
	}
	return byte(v)
}
