package syncengine

import (
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
)

// Limits of a page of a snapshot.
const (
	snapshotBytesMax   = 16 << 20 // unpacked
	snapshotColumnsMax = 100_000
	snapshotPeopleMax  = 10_000
	keysBytesMax       = 1024
)

// A page of bases is two runs of bytes. What no compressor can shorten (ids,
// keys) lies apart from the rest, so that it does not stand between two equal
// answers; and the rest lies by field, not by record, so that equal answers are
// neighbours.
//
//	raw   per record: id, ids of the changes with live versions, other covers, keys
//	text  tables of nodes, people and forms; per record its heads; per field its versions

// PackBases gives the bytes of a page, compressed with the words of a form.
func (c Codec) PackBases(form string, bases []*Base) []byte {
	raw, text := encodeBases(bases)
	w := writer{}
	w.bytes(raw)
	dictionary := c.Dictionary(form)
	if dictionary == nil {
		form = ""
	}
	w.string(form)
	w.uvarint(uint64(len(text)))
	w.fixed(deflate(text, dictionary))
	return w.b
}

// UnpackBases reads what PackBases wrote.
func (c Codec) UnpackBases(packed []byte) ([]*Base, error) {
	r := reader{what: "snapshot", b: packed}
	raw := r.bytes(snapshotBytesMax, "raw bytes")
	form := r.string(formBytesMax, "form version")
	size := r.count(snapshotBytesMax, "text")
	if r.err != nil {
		return nil, r.err
	}
	var dictionary []byte
	if form != "" {
		if dictionary = c.Dictionary(form); dictionary == nil {
			return nil, &Malformed{What: "snapshot", Reason: "form version is unknown here"}
		}
	}
	text, err := inflateAtMost(r.b, dictionary, size)
	if err != nil || len(text) != size {
		return nil, &Malformed{What: "snapshot", Reason: "does not inflate"}
	}
	return decodeBases(raw, text)
}

// A head is what all versions of one change have in common.
type versionHead struct {
	id     ChangeID
	author PersonID
	node   NodeID
	form   string
	millis int64
	stamp  Stamp
}

func headOf(v Version) versionHead {
	return versionHead{id: v.ID, author: v.Author, node: v.Node, form: v.Form, millis: v.DeviceMillis, stamp: v.Stamp}
}

func (h versionHead) version(state State, value []byte) Version {
	return Version{ID: h.id, State: state, Value: value, Author: h.author, Node: h.node, DeviceMillis: h.millis, Stamp: h.stamp, Form: h.form}
}

// heads lists the changes with live versions, oldest first.
func (b *Base) heads() []versionHead {
	seen := map[ChangeID]versionHead{}
	for _, folded := range b.Classes {
		for _, reg := range folded {
			for _, v := range reg.live {
				seen[v.ID] = headOf(v)
			}
		}
	}
	return slices.SortedFunc(maps.Values(seen), func(a, c versionHead) int {
		return cmp.Or(cmp.Compare(a.stamp, c.stamp), compareIDs(a.id, c.id))
	})
}

// numbering gives equal things one number, in the order of their first use.
type numbering[T comparable] struct {
	number map[T]int
	list   []T
}

func (n *numbering[T]) of(v T) uint64 {
	at, known := n.number[v]
	if !known {
		if n.number == nil {
			n.number = map[T]int{}
		}
		at = len(n.list)
		n.number[v], n.list = at, append(n.list, v)
	}
	return uint64(at)
}

// column is one field of one class over all records of a page.
type column struct {
	class Class
	field string
}

func compareColumns(a, b column) int {
	return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.field, b.field))
}

func encodeBases(bases []*Base) (raw, text []byte) {
	var nodes numbering[NodeID]
	var people numbering[PersonID]
	var forms numbering[string]
	var fixed, about writer
	columns := map[column][]int{}
	refs := make([]map[ChangeID]int, len(bases))
	lastMillis := int64(0)
	for i, b := range bases {
		heads := b.heads()
		refs[i] = make(map[ChangeID]int, len(heads))
		fixed.fixed(b.Record[:])
		about.byte(byte(b.Kind))
		about.uvarint(forms.of(b.Form))
		about.uvarint(uint64(len(heads)))
		live := map[uint64]bool{}
		for at, h := range heads {
			refs[i][h.id] = at
			fixed.fixed(h.id[:])
			live[truncated(h.id)] = true
			about.uvarint(nodes.of(h.node))
			about.uvarint(people.of(h.author))
			about.uvarint(forms.of(h.form))
			about.varint(h.millis - lastMillis)
			about.varint(int64(uint64(h.stamp) - uint64(h.millis)<<16))
			lastMillis = h.millis
		}
		about.uvarint(uint64(len(b.Covers)))
		for _, c := range b.Covers {
			about.flags(c.Out, c.Late, live[c.Short])
			if !live[c.Short] {
				fixed.fixed(binary.BigEndian.AppendUint64(nil, c.Short))
			}
		}
		about.uvarint(uint64(len(b.Keys)))
		fixed.fixed(b.Keys)
		about.uvarint(uint64(len(b.Classes)))
		for _, class := range slices.Sorted(maps.Keys(b.Classes)) {
			about.byte(byte(class))
			for field := range b.Classes[class] {
				key := column{class, field}
				columns[key] = append(columns[key], i)
			}
		}
	}
	w := writer{}
	w.uvarint(uint64(len(bases)))
	w.uvarint(uint64(len(nodes.list)))
	for _, id := range nodes.list {
		w.fixed(id[:])
	}
	w.uvarint(uint64(len(people.list)))
	for _, id := range people.list {
		w.fixed(id[:])
	}
	w.uvarint(uint64(len(forms.list)))
	for _, form := range forms.list {
		w.string(form)
	}
	w.fixed(about.b)
	w.uvarint(uint64(len(columns)))
	for _, key := range slices.SortedFunc(maps.Keys(columns), compareColumns) {
		w.column(key, columns[key], bases, refs)
	}
	return fixed.b, w.b
}

// column writes which records have the field, then all states and references,
// then all values.
func (w *writer) column(key column, in []int, bases []*Base, refs []map[ChangeID]int) {
	w.byte(byte(key.class))
	w.string(key.field)
	w.uvarint(uint64(len(in)))
	var values writer
	last := -1
	for _, i := range in {
		reg := bases[i].Classes[key.class][key.field]
		w.uvarint(uint64(i - last - 1))
		last = i
		w.uvarint(uint64(len(reg.live)))
		for _, v := range reg.live {
			w.uvarint(uint64(refs[i][v.ID]))
			w.byte(byte(v.State))
			values.bytes(v.Value)
		}
		w.uvarint(uint64(len(reg.gone)))
		for _, id := range reg.gone {
			values.fixed(id[:])
		}
	}
	w.fixed(values.b)
}

func decodeBases(raw, text []byte) ([]*Base, error) {
	fixed, r := &reader{what: "snapshot", b: raw}, &reader{what: "snapshot", b: text}
	n := r.count(SnapshotRecordsMax, "records")
	nodes := make([]NodeID, r.count(snapshotPeopleMax, "nodes"))
	for i := range nodes {
		r.fixed(nodes[i][:])
	}
	people := make([]PersonID, r.count(snapshotPeopleMax, "people"))
	for i := range people {
		r.fixed(people[i][:])
	}
	forms := make([]string, r.count(snapshotPeopleMax, "forms"))
	for i := range forms {
		forms[i] = r.string(formBytesMax, "form version")
	}
	bases, heads := make([]*Base, n), make([][]versionHead, n)
	lastMillis := int64(0)
	for i := range bases {
		b := &Base{Classes: map[Class]Folded{}}
		bases[i] = b
		fixed.fixed(b.Record[:])
		b.Kind, b.Form = Kind(r.byte()), pick(r, forms, "form")
		heads[i] = make([]versionHead, r.count(min(coversMax, len(fixed.b)/32), "changes"))
		var shorts []uint64
		for at := range heads[i] {
			h := &heads[i][at]
			fixed.fixed(h.id[:])
			shorts = append(shorts, truncated(h.id))
			h.node, h.author, h.form = pick(r, nodes, "node"), pick(r, people, "person"), pick(r, forms, "form")
			h.millis = lastMillis + r.varint()
			h.stamp = Stamp(uint64(r.varint()) + uint64(h.millis)<<16)
			lastMillis = h.millis
		}
		b.Covers = decodeCovers(r, fixed, shorts)
		b.Keys = make([]byte, r.count(keysBytesMax, "keys"))
		fixed.fixed(b.Keys)
		for range r.count(classesMax, "classes") {
			b.Classes[Class(r.byte())] = Folded{}
		}
		if r.err != nil || fixed.err != nil {
			return nil, cmp.Or(r.err, fixed.err)
		}
	}
	last := column{}
	for at := range r.count(snapshotColumnsMax, "fields") {
		key := column{Class(r.byte()), r.string(fieldBytesMax, "field")}
		if key.field == "" || at > 0 && compareColumns(last, key) >= 0 {
			r.fail("fields are not in rising order")
		}
		last = key
		if decodeColumn(r, key, bases, heads); r.err != nil {
			return nil, r.err
		}
	}
	if err := fixed.done(); err != nil {
		return nil, err
	}
	return bases, r.done()
}

// pick reads a number and gives what stands under it.
func pick[T any](r *reader, list []T, of string) (one T) {
	at := r.uvarint()
	if at >= uint64(len(list)) {
		r.fail("no such " + of)
		return one
	}
	return list[at]
}

// decodeCovers reads the covers of a record: the short ids of live changes stand
// in their ids, those of others by themselves.
func decodeCovers(r, fixed *reader, live []uint64) []Cover {
	slices.Sort(live)
	n := r.count(coversMax, "covers")
	var covers []Cover
	for range n {
		c := Cover{Out: r.flag(), Late: r.flag()}
		if r.flag() {
			if len(live) == 0 {
				r.fail("more covers than changes")
				return nil
			}
			c.Short, live = live[0], live[1:]
		} else {
			var short [8]byte
			fixed.fixed(short[:])
			c.Short = binary.BigEndian.Uint64(short[:])
		}
		if k := len(covers); k > 0 && covers[k-1].Short >= c.Short {
			r.fail("covers are not in rising order")
		}
		if r.err != nil || fixed.err != nil {
			return nil
		}
		covers = append(covers, c)
	}
	if len(live) > 0 {
		r.fail("a live change is not covered")
	}
	return covers
}

func decodeColumn(r *reader, key column, bases []*Base, heads [][]versionHead) {
	type entry struct {
		reg  *Register
		live []Version
		gone int
	}
	n := r.count(len(bases), "records of a field")
	entries := make([]entry, 0, n)
	i := -1
	for range n {
		i += 1 + r.count(len(bases), "records skipped")
		if r.err != nil || i >= len(bases) {
			r.fail("a field of a record that is not on the page")
			return
		}
		folded := bases[i].Classes[key.class]
		if folded == nil {
			r.fail("a class that the record has not")
			return
		}
		e := entry{reg: folded.register(key.field)}
		for range r.count(min(versionsPerRegMax, len(r.b)), "live versions") {
			h := pick(r, heads[i], "change")
			e.live = append(e.live, h.version(State(r.byte()), nil))
		}
		e.gone = r.count(min(versionsPerRegMax, len(r.b)), "superseded ids")
		entries = append(entries, e)
	}
	for _, e := range entries {
		for at := range e.live {
			e.live[at].Value = r.bytes(valueBytesMax, "value")
			if at > 0 && compareVersions(e.live[at-1], e.live[at]) >= 0 {
				r.fail("versions are not in rising order")
			}
		}
		gone := make([]ChangeID, e.gone)
		for at := range gone {
			r.fixed(gone[at][:])
			if at > 0 && compareIDs(gone[at-1], gone[at]) >= 0 {
				r.fail("superseded ids are not in rising order")
			}
		}
		if r.err != nil {
			return
		}
		e.reg.live, e.reg.gone = e.live, gone
	}
}
