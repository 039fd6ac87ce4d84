package syncengine

import (
	"encoding/binary"
)

// Limits of the canonical encoding, fixed with it.
const (
	formBytesMax      = 32
	fieldBytesMax     = 200
	valueBytesMax     = 64 << 10
	writesMax         = 2000
	supersedesMax     = 1000
	classesMax        = 16
	blockBytesMax     = 1 << 20
	contentBytesMax   = blockBytesMax - 1024 // leaves room for padding and seal
	envelopeBytesMax  = 1024
	versionsPerRegMax = 10_000
)

// A writer appends the canonical encoding: fixed-size fields as they are,
// numbers as shortest varints, everything else behind its length.
type writer struct{ b []byte }

func (w *writer) byte(v byte)      { w.b = append(w.b, v) }
func (w *writer) fixed(v []byte)   { w.b = append(w.b, v...) }
func (w *writer) uvarint(v uint64) { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) varint(v int64)   { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) bytes(v []byte)   { w.uvarint(uint64(len(v))); w.fixed(v) }
func (w *writer) string(v string)  { w.uvarint(uint64(len(v))); w.b = append(w.b, v...) }

// A reader takes apart what writer wrote. It keeps the first fault and answers
// zero values from then on, so a decoder checks once, at its end. It refuses
// every encoding but the shortest, so that bytes and meaning are one to one and
// a hash over the bytes is a hash over the meaning.
type reader struct {
	what string
	b    []byte
	err  error
}

func (r *reader) fail(reason string) {
	if r.err == nil {
		r.err = &Malformed{What: r.what, Reason: reason}
	}
	r.b = nil
}

func (r *reader) byte() byte {
	if len(r.b) < 1 {
		r.fail("ends early")
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *reader) fixed(into []byte) {
	if len(r.b) < len(into) {
		r.fail("ends early")
		return
	}
	copy(into, r.b)
	r.b = r.b[len(into):]
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || (n > 1 && r.b[n-1] == 0) {
		r.fail("number is cut or not in its shortest form")
		return 0
	}
	r.b = r.b[n:]
	return v
}

func (r *reader) varint() int64 {
	u := r.uvarint()
	v := int64(u >> 1)
	if u&1 != 0 {
		v = ^v
	}
	return v
}

// count reads a number of things that may not exceed most.
func (r *reader) count(most int, of string) int {
	v := r.uvarint()
	if v > uint64(most) {
		r.fail("too many or too long: " + of)
		return 0
	}
	return int(v)
}

func (r *reader) bytes(most int, of string) []byte {
	n := r.count(most, of)
	if len(r.b) < n {
		r.fail("ends early in " + of)
		return nil
	}
	if n == 0 || r.err != nil {
		return nil
	}
	v := append([]byte(nil), r.b[:n]...)
	r.b = r.b[n:]
	return v
}

func (r *reader) string(most int, of string) string { return string(r.bytes(most, of)) }

// done reports the first fault, or that something is left over.
func (r *reader) done() error {
	if r.err == nil && len(r.b) != 0 {
		r.fail("has bytes after its end")
	}
	return r.err
}
