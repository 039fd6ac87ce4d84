package syncengine

import (
	"maps"
	"slices"
)

// Folded is what one class of one record comes to: a register per field. It is
// derived from the log, may be thrown away at any time, and rests sealed as one
// packed blob.
type Folded map[string]*Register

// Apply takes in the writes of one change. Signatures are no answers: nobody
// replaces one, so they would pile up. They stay in the log, where [Engine.Open]
// gives them.
func (f Folded) Apply(e *Envelope, writes []Write) {
	id := e.ID()
	for _, w := range writes {
		if w.Field == SignatureField {
			continue
		}
		reg := f[w.Field]
		if reg == nil {
			reg = &Register{}
			f[w.Field] = reg
		}
		reg.Apply(Version{
			ID: id, State: w.State, Value: w.Value,
			Author: e.Author, Node: e.Node, DeviceMillis: e.DeviceMillis, Stamp: e.Stamp, Form: e.Form,
		}, w.Supersedes)
	}
}

// Encode packs the folded state. Equal states are equal bytes on every replica.
func (f Folded) Encode() []byte {
	w := writer{}
	w.uvarint(uint64(len(f)))
	for _, field := range slices.Sorted(maps.Keys(f)) {
		reg := f[field]
		w.string(field)
		w.uvarint(uint64(len(reg.live)))
		for _, v := range reg.live {
			w.fixed(v.ID[:])
			w.byte(byte(v.State))
			w.bytes(v.Value)
			w.fixed(v.Author[:])
			w.fixed(v.Node[:])
			w.varint(v.DeviceMillis)
			w.uvarint(uint64(v.Stamp))
			w.string(v.Form)
		}
		w.uvarint(uint64(len(reg.gone)))
		for _, id := range reg.gone {
			w.fixed(id[:])
		}
	}
	return w.b
}

// DecodeFolded reads what Encode writes.
func DecodeFolded(b []byte) (Folded, error) {
	r := reader{what: "folded state", b: b}
	f, last := Folded{}, ""
	for range r.count(writesMax*10, "fields") {
		field := r.string(fieldBytesMax, "field")
		if field == "" || field <= last {
			r.fail("fields are not in rising order")
		}
		last = field
		reg := &Register{}
		for range r.count(versionsPerRegMax, "live versions") {
			var v Version
			r.fixed(v.ID[:])
			v.State = State(r.byte())
			v.Value = r.bytes(valueBytesMax, "value")
			r.fixed(v.Author[:])
			r.fixed(v.Node[:])
			v.DeviceMillis = r.varint()
			v.Stamp = Stamp(r.uvarint())
			v.Form = r.string(formBytesMax, "form version")
			if n := len(reg.live); n > 0 && compareVersions(reg.live[n-1], v) >= 0 {
				r.fail("versions are not in rising order")
			}
			if r.err != nil {
				return nil, r.err
			}
			reg.live = append(reg.live, v)
		}
		for range r.count(versionsPerRegMax, "superseded ids") {
			var id ChangeID
			r.fixed(id[:])
			if n := len(reg.gone); n > 0 && compareIDs(reg.gone[n-1], id) >= 0 {
				r.fail("superseded ids are not in rising order")
			}
			if r.err != nil {
				return nil, r.err
			}
			reg.gone = append(reg.gone, id)
		}
		if r.err != nil {
			return nil, r.err
		}
		f[field] = reg
	}
	return f, r.done()
}
