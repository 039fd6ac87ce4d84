package syncengine

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Base is the folded state of one record over a set of changes that are named
// and not here: what a snapshot brings, or what compaction leaves. It is not
// derived, for the changes that it came from are at the office only.
//
//	fold of a record = its base ∪ the changes in the log that the base does not cover
type Base struct {
	Record RecordID
	Kind   Kind
	Form   string
	Covers []Cover // by rising short id, each once
	// Streams are those by which it came to this node; they do not travel.
	Streams []string
	// Classes holds the live versions, and those superseded ids that are not
	// covered. A class that is not in it is not covered either.
	Classes map[Class]Folded
	// Keys are the record's class keys, as the hosts pack them; the engine does
	// not read them.
	Keys []byte
}

// Cover names one change that a base knows, by the first 8 bytes of its id: the
// same bytes that a stream's digest adds up.
type Cover struct {
	Short uint64
	// Out: it was held back in quarantine, and is not in the folded state.
	Out bool
	// Late: it came after the position of the snapshot, so that it comes down
	// once more as a change.
	Late bool
}

// Buckets of bases.
const (
	bucketBase      = "base"       // record: covers and classes
	bucketBaseState = "base-state" // record ‖ class: sealed folded state
	bucketWanted    = "wanted"     // record: its base does not stand any more
)

// Limits of what the cell of a base names.
const (
	coversMax      = 100_000
	streamsMax     = 1000
	streamBytesMax = 200
)

// covering is what the cell of a base says; the state lies beside it, sealed.
type covering struct {
	covers  []Cover
	classes []Class // of which there is, or was, a state
	streams []string
}

func (b *covering) find(id ChangeID) (Cover, bool) {
	if b == nil {
		return Cover{}, false
	}
	at, found := slices.BinarySearchFunc(b.covers, truncated(id), compareCover)
	if !found {
		return Cover{}, false
	}
	return b.covers[at], true
}

func compareCover(c Cover, short uint64) int {
	switch {
	case c.Short < short:
		return -1
	case c.Short > short:
		return 1
	}
	return 0
}

// folds reports whether the state of a class already holds a change.
func (b *covering) folds(id ChangeID, class Class) bool {
	if b == nil || !slices.Contains(b.classes, class) {
		return false
	}
	cover, found := b.find(id)
	return found && !cover.Out
}

func loadCovering(cells Cells, id RecordID) (*covering, error) {
	raw, err := cells.Get(bucketBase, id[:])
	if err != nil || raw == nil {
		return nil, err
	}
	r := reader{what: "base", b: raw}
	b := &covering{}
	for range r.count(classesMax, "classes") {
		b.classes = append(b.classes, Class(r.byte()))
	}
	for range r.count(streamsMax, "streams") {
		b.streams = append(b.streams, r.string(streamBytesMax, "stream"))
	}
	b.covers = r.covers()
	return b, r.done()
}

func (b *covering) store(cells Cells, id RecordID) error {
	w := writer{}
	w.uvarint(uint64(len(b.classes)))
	for _, class := range b.classes {
		w.byte(byte(class))
	}
	w.uvarint(uint64(len(b.streams)))
	for _, stream := range b.streams {
		w.string(stream)
	}
	w.covers(b.covers)
	return cells.Put(bucketBase, id[:], w.b)
}

func (w *writer) covers(covers []Cover) {
	w.uvarint(uint64(len(covers)))
	for _, c := range covers {
		w.fixed(binary.BigEndian.AppendUint64(nil, c.Short))
		w.flags(c.Out, c.Late)
	}
}

func (r *reader) covers() []Cover {
	n := r.count(coversMax, "covers")
	var covers []Cover
	for range n {
		var short [8]byte
		r.fixed(short[:])
		c := Cover{Short: binary.BigEndian.Uint64(short[:]), Out: r.flag(), Late: r.flag()}
		if k := len(covers); k > 0 && covers[k-1].Short >= c.Short {
			r.fail("covers are not in rising order")
		}
		if r.err != nil {
			return nil
		}
		covers = append(covers, c)
	}
	return covers
}

func (r *reader) flag() bool {
	v := r.byte()
	if v > 1 {
		r.fail("a flag is neither 0 nor 1")
	}
	return v == 1
}

// Covered lists what the base of a record covers; nil when it has none.
func Covered(cells Cells, id RecordID) ([]Cover, error) {
	b, err := loadCovering(cells, id)
	if b == nil || err != nil {
		return nil, err
	}
	return b.covers, nil
}

// Knows reports whether a change about a record is here: in the log, or folded
// into the record's base.
func Knows(tx Tx, record RecordID, id ChangeID) (bool, error) {
	c, err := tx.Change(id)
	if err == nil {
		return c.Record == record, nil
	}
	if !errors.Is(err, ErrUnknownChange) {
		return false, err
	}
	b, err := loadCovering(tx, record)
	cover, found := b.find(id)
	return found && !cover.Out, err
}

// openBase gives the state of one class of a base. ErrNoKey where the base has
// the class and its state is not here any more, or is damaged: it can't be
// folded anew here, it can only be fetched again.
func (e *Engine) openBase(cells Cells, id RecordID, class Class) (Folded, error) {
	folded, err := e.openBaseState(cells, id, class)
	if damagedState(err) {
		return nil, fmt.Errorf("%w: the base is damaged: %w", ErrNoKey, err)
	}
	return folded, err
}

func (e *Engine) openBaseState(cells Cells, id RecordID, class Class) (Folded, error) {
	sealed, err := cells.Get(bucketBaseState, stateKey(id, class))
	if err != nil {
		return nil, err
	}
	if sealed == nil {
		return nil, ErrNoKey
	}
	packed := sealed
	if class != ClassClear {
		if packed, err = e.Keys.OpenState(cells, id, class, sealed); err != nil {
			return nil, err
		}
	}
	return DecodeFolded(packed)
}

func (e *Engine) sealBase(cells Cells, id RecordID, class Class, folded Folded) error {
	packed := folded.Encode()
	if class != ClassClear {
		var err error
		if packed, err = e.Keys.SealState(cells, id, class, packed); err != nil {
			return err
		}
	}
	return cells.Put(bucketBaseState, stateKey(id, class), packed)
}

// TakeBase puts a base under a record. It takes the place of one that it covers
// whole, and joins any other, so that an office that lost something takes
// nothing away here. Of an erased record only the ids are kept.
func (e *Engine) TakeBase(tx Tx, b *Base) error {
	erased, err := tx.Get(bucketErased, b.Record[:])
	if err != nil {
		return err
	}
	if erased != nil {
		b = &Base{Record: b.Record, Kind: b.Kind, Form: b.Form, Covers: b.Covers}
	}
	if len(b.Classes) > 0 { // of the others there is nothing to list
		if err := noteRecord(tx, &Envelope{Record: b.Record, Kind: b.Kind, Form: b.Form}, false); err != nil {
			return err
		}
	}
	old, err := loadCovering(tx, b.Record)
	if err != nil {
		return err
	}
	streams := b.Streams
	if old != nil {
		streams = union(old.streams, streams)
		if now := (&covering{covers: b.Covers}); !now.spans(old) {
			if b, err = e.joinBase(tx, old, b); err != nil {
				return err
			}
		}
	}
	if err := e.storeBase(tx, b, streams); err != nil {
		return err
	}
	return tx.Delete(bucketWanted, b.Record[:])
}

// storeBase writes a base and lets the folded state follow.
func (e *Engine) storeBase(tx Tx, b *Base, streams []string) error {
	if err := dropBaseStates(tx, b.Record); err != nil {
		return err
	}
	now := covering{covers: b.Covers, streams: streams}
	for class := range b.Classes {
		at, _ := slices.BinarySearch(now.classes, class)
		now.classes = slices.Insert(now.classes, at, class)
	}
	for _, class := range now.classes {
		if err := e.sealBase(tx, b.Record, class, b.Classes[class]); err != nil {
			return err
		}
	}
	if err := now.store(tx, b.Record); err != nil {
		return err
	}
	err := tx.Scan(bucketState, b.Record[:], func(key, _ []byte) error { return tx.Delete(bucketState, key) })
	if err != nil {
		return err
	}
	if changes, err := tx.Record(b.Record); err != nil || len(changes) == 0 {
		return err
	}
	return MarkStale(tx, b.Record)
}

// spans reports whether b names every change that old does.
func (b *covering) spans(old *covering) bool {
	for _, c := range old.covers {
		if _, found := slices.BinarySearchFunc(b.covers, c.Short, compareCover); !found {
			return false
		}
	}
	return true
}

// joinBase gives what two bases of one record come to: a version that one has
// and the other knows of and has not was replaced, and goes. Where an order came
// between the two, what the old one says of that counts only beside a version
// that it alone knows: it may have been replaced by what is held back now.
func (e *Engine) joinBase(tx Tx, old *covering, b *Base) (*Base, error) {
	mine, theirs := &Base{Record: b.Record, Kind: b.Kind, Form: b.Form, Classes: map[Class]Folded{}}, &covering{covers: b.Covers}
	ordered := slices.ContainsFunc(b.Covers, func(c Cover) bool {
		at, both := slices.BinarySearchFunc(old.covers, c.Short, compareCover)
		return both && old.covers[at].Out != c.Out
	})
	for _, class := range old.classes {
		before, err := e.openBase(tx, b.Record, class)
		if errors.Is(err, ErrNoKey) || errors.Is(err, ErrErased) {
			continue // it left this device; what comes now is all there is
		}
		if err != nil {
			return nil, err
		}
		mine.Classes[class] = joinFolded(before, old, b.Classes[class], theirs, ordered)
	}
	for class, folded := range b.Classes {
		if mine.Classes[class] == nil {
			mine.Classes[class] = folded
		}
	}
	mine.Covers = unionCovers(old.covers, b.Covers)
	return mine, nil
}

func joinFolded(old Folded, oldKnows *covering, now Folded, nowKnows *covering, ordered bool) Folded {
	out := Folded{}
	take := func(from, other Folded, otherKnows *covering, believed func(field string) bool) {
		for field, reg := range from {
			for _, v := range reg.live {
				if _, known := otherKnows.find(v.ID); known && !other.has(field, v.ID) && believed(field) {
					continue
				}
				out.register(field).Apply(v, nil)
			}
			for _, id := range reg.gone {
				out.register(field).replace(id)
			}
		}
	}
	take(old, now, nowKnows, func(string) bool { return true })
	take(now, old, oldKnows, func(field string) bool {
		return !ordered || old[field] != nil && slices.ContainsFunc(old[field].live, func(v Version) bool {
			_, known := nowKnows.find(v.ID)
			return !known
		})
	})
	return out
}

func (f Folded) has(field string, id ChangeID) bool {
	reg := f[field]
	return reg != nil && slices.ContainsFunc(reg.live, func(v Version) bool { return v.ID == id })
}

func (f Folded) register(field string) *Register {
	reg := f[field]
	if reg == nil {
		reg = &Register{}
		f[field] = reg
	}
	return reg
}

// replace notes an id as superseded.
func (r *Register) replace(id ChangeID) {
	at, found := slices.BinarySearchFunc(r.gone, id, compareIDs)
	if !found {
		r.gone = slices.Insert(r.gone, at, id)
	}
	r.live = slices.DeleteFunc(r.live, func(v Version) bool { return v.ID == id })
}

// unionCovers keeps of a change that both name what the newer base says of it.
func unionCovers(old, now []Cover) []Cover {
	all := slices.Clone(now)
	for _, c := range old {
		if at, found := slices.BinarySearchFunc(all, c.Short, compareCover); !found {
			all = slices.Insert(all, at, c)
		}
	}
	return all
}

// without gives the folded state of a base: the ids that the base covers need
// not be remembered as superseded, for what is covered is never folded again.
func (f Folded) without(known *covering) Folded {
	out := Folded{}
	for field, reg := range f {
		slim := &Register{live: reg.live}
		for _, id := range reg.gone {
			if cover, found := known.find(id); !found || cover.Out {
				slim.gone = append(slim.gone, id)
			}
		}
		out[field] = slim
	}
	return out
}

// Forget throws away all that this node could read of a record, its base with
// it: an erasure, or the record leaves the scope of the device. The ids stay.
func Forget(tx Tx, id RecordID) error {
	if err := dropBaseStates(tx, id); err != nil {
		return err
	}
	return DropFolded(tx, id)
}

func dropBaseStates(tx Tx, id RecordID) error {
	return tx.Scan(bucketBaseState, id[:], func(key, _ []byte) error { return tx.Delete(bucketBaseState, key) })
}

// Want notes that a record's base is to be fetched anew.
func Want(cells Cells, id RecordID) error { return cells.Put(bucketWanted, id[:], []byte{}) }

// WantAway notes it only of a record that has a base without its state, as when
// it comes back into the scope of the device.
func WantAway(tx Tx, id RecordID) error {
	b, err := loadCovering(tx, id)
	if b == nil || err != nil {
		return err
	}
	here := false
	err = tx.Scan(bucketBaseState, id[:], func(_, _ []byte) error { here = true; return nil })
	if err != nil || here {
		return err
	}
	return Want(tx, id)
}

// WantAnew notes it of a record that has a base at all: the office can open more
// of it than when it made that.
func WantAnew(cells Cells, id RecordID) error {
	b, err := loadCovering(cells, id)
	if b == nil || err != nil {
		return err
	}
	return Want(cells, id)
}

// Wanted lists the records whose base is to be fetched anew, at most so many.
func Wanted(cells Cells, most int) ([]RecordID, error) {
	var ids []RecordID
	err := cells.Scan(bucketWanted, nil, func(key, _ []byte) error {
		if len(ids) < most {
			ids = append(ids, RecordID(key))
		}
		return nil
	})
	return ids, err
}

func union(a, b []string) []string {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// StreamsOf lists the streams by which this node has a record: those with a
// change of it, and those by which its base came. Orders about it do not count.
func StreamsOf(tx Tx, record RecordID) ([]string, error) {
	changes, err := tx.Record(record)
	if err != nil {
		return nil, err
	}
	return streamsOf(tx, record, changes)
}

func streamsOf(tx Tx, record RecordID, changes []*Change) (in []string, err error) {
	base, err := loadCovering(tx, record)
	if err != nil {
		return nil, err
	}
	if base != nil {
		in = base.streams
	}
	streams, err := Streams(tx)
	if err != nil {
		return nil, err
	}
	for _, c := range changes {
		for _, stream := range streams {
			if c.Kind == KindControl || slices.Contains(in, stream) {
				continue
			}
			here, err := InStream(tx, stream, c.ID())
			if err != nil {
				return nil, err
			}
			if here {
				in = append(in, stream)
			}
		}
	}
	return in, nil
}

// outdate asks for a base anew whose folded state an order about one of its
// changes has made wrong.
func outdate(tx Tx, record RecordID, change ChangeID) error {
	b, err := loadCovering(tx, record)
	if err != nil {
		return err
	}
	if _, found := b.find(change); !found {
		return nil
	}
	return Want(tx, record)
}

// outdateAgain does the same for an order that was known before it came: a base
// may have come meanwhile from an office that had lost it.
func (e *Engine) outdateAgain(tx Tx, c *Change) error {
	if c.Kind != KindControl {
		return nil
	}
	order, err := e.ReadControl(c)
	if err != nil || order.Change.Zero() {
		return nil // kept and chained; an order that cannot be read is no order
	}
	return outdate(tx, c.Record, order.Change)
}

// NotWanted ends the wish for bases: they came, or the office has none to give.
func NotWanted(cells Cells, ids []RecordID) error {
	for _, id := range ids {
		if err := cells.Delete(bucketWanted, id[:]); err != nil {
			return err
		}
	}
	return nil
}
