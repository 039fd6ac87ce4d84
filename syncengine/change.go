package syncengine

import (
	"bytes"
	"crypto/sha256"
	"maps"
	"slices"
	"unicode/utf8"
)

// Class is the one-byte code of a sensitivity class. The engine gives no
// meaning to it but one: ClassClear is never sealed.
type Class uint8

// ClassClear holds what everybody on the way may read: control changes and the
// directory of staff and devices, which carry no word about a person.
const ClassClear Class = 0

// Kind is the one-byte code of what a record is. The engine gives meaning to
// KindControl only; the rest is casefile's.
type Kind uint8

// KindControl marks a control change: clear, without content, written by the
// office, sent before everything else and obeyed by locked devices too.
const KindControl Kind = 1

// envelopeVersion is the first byte of every envelope, hashed with it.
const envelopeVersion = 1

// Envelope says who saved, when, on which node, after which change, about which
// record. It travels in the clear and is hashed; it is never changed.
type Envelope struct {
	Node         NodeID
	Seq          uint64   // the node's own count: 1, 2, 3 …
	Prev         ChangeID // the change before it on the same node; zero at seq 1
	Author       PersonID
	DeviceMillis int64 // the device's wall clock, as it stood
	Stamp        Stamp
	Record       RecordID
	Kind         Kind
	Form         string   // form version that the fields belong to, at most 32 bytes
	Commit       []byte   // 16 bytes on the record's first change: commitment to its key; else empty
	Salt         [16]byte // fresh random bytes, so that clones never share a nonce
	Digests      []Digest // one per class that the change touches, by rising class
}

// Digest is the SHA-256 of the sealed block of one class.
type Digest struct {
	Class Class
	Sum   [32]byte
}

// Change is an envelope with those of its blocks that are at hand. A class that
// has a digest and no block is withheld here; the change verifies all the same.
type Change struct {
	Envelope
	Blocks map[Class][]byte
}

// ID is the change's name: SHA-256 over the canonical envelope.
func (e *Envelope) ID() ChangeID { return sha256.Sum256(e.Encode()) }

// Head is the envelope without the digests, the associated data and nonce
// source of its blocks. It ends with the codes of the classes, so a block can be
// moved neither to another change nor to another class.
func (e *Envelope) Head() []byte { return e.appendHead(make([]byte, 0, 208)) }

func (e *Envelope) appendHead(b []byte) []byte {
	w := writer{b: b}
	w.byte(envelopeVersion)
	w.fixed(e.Node[:])
	w.uvarint(e.Seq)
	w.fixed(e.Prev[:])
	w.fixed(e.Author[:])
	w.varint(e.DeviceMillis)
	w.uvarint(uint64(e.Stamp))
	w.fixed(e.Record[:])
	w.byte(byte(e.Kind))
	w.string(e.Form)
	w.bytes(e.Commit)
	w.fixed(e.Salt[:])
	w.uvarint(uint64(len(e.Digests)))
	for _, d := range e.Digests {
		w.byte(byte(d.Class))
	}
	return w.b
}

// Encode is the canonical encoding: the head, then the digests in class order.
func (e *Envelope) Encode() []byte {
	b := e.appendHead(make([]byte, 0, 208+32*len(e.Digests)))
	for _, d := range e.Digests {
		b = append(b, d.Sum[:]...)
	}
	return b
}

// DecodeEnvelope reads exactly what Encode writes, and nothing else.
func DecodeEnvelope(b []byte) (Envelope, error) {
	var e Envelope
	if len(b) > envelopeBytesMax {
		return e, &Malformed{What: "envelope", Reason: "too long"}
	}
	r := reader{what: "envelope", b: b}
	if v := r.byte(); v != envelopeVersion {
		r.fail("unknown version")
	}
	r.fixed(e.Node[:])
	e.Seq = r.uvarint()
	r.fixed(e.Prev[:])
	r.fixed(e.Author[:])
	e.DeviceMillis = r.varint()
	e.Stamp = Stamp(r.uvarint())
	r.fixed(e.Record[:])
	e.Kind = Kind(r.byte())
	e.Form = r.string(formBytesMax, "form version")
	e.Commit = r.bytes(16, "key commitment")
	r.fixed(e.Salt[:])
	e.Digests = make([]Digest, r.count(classesMax, "classes"))
	for i := range e.Digests {
		e.Digests[i].Class = Class(r.byte())
	}
	for i := range e.Digests {
		r.fixed(e.Digests[i].Sum[:])
	}
	if err := r.done(); err != nil {
		return Envelope{}, err
	}
	return e, e.check()
}

// check holds what the encoding alone does not.
func (e *Envelope) check() error {
	bad := func(reason string) error { return &Malformed{What: "envelope", Reason: reason} }
	switch {
	case e.Seq == 0:
		return bad("seq starts at 1")
	case (e.Seq == 1) != e.Prev.Zero():
		return bad("prev is zero at seq 1 and only there")
	case len(e.Commit) != 0 && len(e.Commit) != 16:
		return bad("key commitment is 16 bytes or none")
	case len(e.Form) > formBytesMax || !utf8.ValidString(e.Form):
		return bad("form version is no short UTF-8 text") // no message could carry it
	case len(e.Digests) == 0 || len(e.Digests) > classesMax:
		return bad("touches no class or too many")
	case e.Kind == 0:
		return bad("kind is unset")
	}
	for i := 1; i < len(e.Digests); i++ {
		if e.Digests[i-1].Class >= e.Digests[i].Class {
			return bad("classes are not in rising order")
		}
	}
	return nil
}

// Digest gives the digest of one class.
func (e *Envelope) Digest(class Class) ([32]byte, bool) {
	for _, d := range e.Digests {
		if d.Class == class {
			return d.Sum, true
		}
	}
	return [32]byte{}, false
}

// Verify checks every block at hand against its digest.
func (c *Change) Verify() error {
	for class, sealed := range c.Blocks {
		want, ok := c.Digest(class)
		if !ok || sha256.Sum256(sealed) != want {
			return &Malformed{What: "change", Reason: "a block does not match its digest"}
		}
	}
	return nil
}

// clearHere refuses a change whose clear block was left out. Nobody withholds
// those, and an order that came without its words would never be obeyed.
func (c *Change) clearHere() error {
	_, touches := c.Digest(ClassClear)
	if _, here := c.Blocks[ClassClear]; touches && !here {
		return &Malformed{What: "change", Reason: "its clear block was left out"}
	}
	return nil
}

// Whole reports whether no block is withheld.
func (c *Change) Whole() bool { return len(c.Blocks) == len(c.Digests) }

// Withhold gives the change with only those blocks whose class is allowed. Its
// id is the same.
func (c *Change) Withhold(allowed func(Class) bool) *Change {
	kept := maps.Clone(c.Blocks)
	maps.DeleteFunc(kept, func(class Class, _ []byte) bool { return !allowed(class) })
	return &Change{Envelope: c.Envelope, Blocks: kept}
}

// EncodeChange writes a change with the blocks at hand, for stores.
func EncodeChange(c *Change) []byte {
	w := writer{}
	w.bytes(c.Envelope.Encode())
	w.uvarint(uint64(len(c.Blocks)))
	for _, class := range slices.Sorted(maps.Keys(c.Blocks)) {
		w.byte(byte(class))
		w.bytes(c.Blocks[class])
	}
	return w.b
}

// BlockBytes gives the size of all blocks at hand.
func (c *Change) BlockBytes() (size int) {
	for _, sealed := range c.Blocks {
		size += len(sealed)
	}
	return size
}

// envelopeBytesAbout is what an envelope and the names of blocks come to beside
// the blocks, where a size need not be exact.
const envelopeBytesAbout = 320

// BytesAbout gives the size of a change on its way, near enough to bound a page.
func (c *Change) BytesAbout() int { return envelopeBytesAbout + c.BlockBytes() }

// DecodeChange reads what EncodeChange wrote and verifies every block.
func DecodeChange(b []byte) (*Change, error) {
	r := reader{what: "change", b: b}
	raw := r.bytes(envelopeBytesMax, "envelope")
	c := &Change{Blocks: map[Class][]byte{}}
	last := -1
	for range r.count(classesMax, "blocks") {
		class := r.byte()
		if int(class) <= last {
			r.fail("blocks are not in rising order")
		}
		last = int(class)
		c.Blocks[Class(class)] = r.bytes(blockBytesMax, "block")
	}
	if err := r.done(); err != nil {
		return nil, err
	}
	var err error
	if c.Envelope, err = DecodeEnvelope(raw); err != nil {
		return nil, err
	}
	return c, c.Verify()
}

// merge adds the blocks of other to c and reports whether any was new. Both
// are the same change.
func (c *Change) merge(other *Change) bool {
	added := false
	for class, sealed := range other.Blocks {
		if _, have := c.Blocks[class]; !have {
			c.Blocks[class] = bytes.Clone(sealed)
			added = true
		}
	}
	return added
}

// Union gives one change with the blocks of both, and whether b added any.
// Stores use it when a withheld block arrives later.
func Union(a, b *Change) (*Change, bool) {
	u := &Change{Envelope: a.Envelope, Blocks: maps.Clone(a.Blocks)}
	if u.Blocks == nil {
		u.Blocks = map[Class][]byte{}
	}
	added := u.merge(b)
	return u, added
}
