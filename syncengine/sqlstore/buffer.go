package sqlstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"raksa/syncengine"
)

// A buffer stands between a function and its transaction. What is written waits
// in memory and goes to the database in statements of many rows; a cell that is
// written a hundred times goes there once, and one that was read is not read
// again. Nobody else writes while the transaction lasts, so what is remembered
// holds until its end.
type buffer struct {
	ctx     context.Context // the caller's: it ends the transaction between two statements, never within one
	tx      *tx
	reading bool // a View: writes fail
	cells   map[string]map[string]*held
	known   map[string]*keyOrder // by bucket, the cells that wait, and all others of a bucket that is whole
	dirty   map[string]bool      // buckets with cells that wait
	scans   map[string]int       // how often a bucket was scanned; wholeNever: it is too large to be read whole
	whole   map[string]bool      // buckets of which every cell is in cells
	waiting []*stored            // changes that wait, in order of arrival
	byID    map[syncengine.ChangeID]*stored
	ahead   map[syncengine.ChangeID]*syncengine.Change   // read ahead
	absent  map[syncengine.ChangeID]bool                 // asked for and not in the log
	records map[syncengine.RecordID][]*syncengine.Change // read ahead, of each all, to be given out once
	again   map[syncengine.RecordID][]*syncengine.Change // read before, of each all
	bytes   int
}

// held is what is known of one cell; a nil value is an absent cell.
type held struct {
	value []byte
	dirty bool
}

// stored is a change on its way into the log.
type stored struct {
	id     syncengine.ChangeID
	change *syncengine.Change
	body   []byte
}

// bufferBytesMax bounds what one transaction remembers; then it begins anew.
const bufferBytesMax = 8 << 20

var errViewWrites = errors.New("sqlstore: a View does not write")

// buffered runs fn over a buffer and sends what waits.
func buffered(ctx context.Context, t *tx, reading bool, fn func(syncengine.Tx) error) error {
	b := &buffer{ctx: ctx, tx: t, reading: reading}
	b.forget()
	if err := fn(b); err != nil {
		return err
	}
	return b.flush()
}

func (b *buffer) forget() {
	b.cells, b.dirty, b.bytes = map[string]map[string]*held{}, map[string]bool{}, 0
	b.waiting, b.byID, b.absent = nil, map[syncengine.ChangeID]*stored{}, map[syncengine.ChangeID]bool{}
	b.ahead = map[syncengine.ChangeID]*syncengine.Change{}
	b.records, b.again = nil, map[syncengine.RecordID][]*syncengine.Change{}
	b.known, b.scans, b.whole = map[string]*keyOrder{}, map[string]int{}, map[string]bool{}
}

// begin comes before every access.
func (b *buffer) begin() error {
	if b.bytes > bufferBytesMax {
		if err := b.flush(); err != nil {
			return err
		}
		b.forget()
	}
	return b.ctx.Err()
}

// flush sends everything that waits.
func (b *buffer) flush() error {
	if err := b.tx.insert(b.waiting); err != nil {
		return err
	}
	b.waiting = nil
	clear(b.byID)
	return b.flushCells()
}

// flushCells sends the cells by bucket and key, which is the order on the disk.
func (b *buffer) flushCells() error {
	var puts []cell
	for _, bucket := range slices.Sorted(maps.Keys(b.dirty)) {
		var gone [][]byte
		for _, key := range b.known[bucket].all() {
			one := b.cells[bucket][key]
			if !one.dirty {
				continue
			}
			one.dirty = false
			if one.value != nil {
				puts = append(puts, cell{bucket, []byte(key), one.value})
			} else {
				gone = append(gone, []byte(key))
			}
		}
		if !b.whole[bucket] {
			delete(b.known, bucket)
		}
		if err := b.tx.delete(bucket, gone); err != nil {
			return err
		}
	}
	clear(b.dirty)
	return b.tx.put(puts)
}

func (b *buffer) Append(c *syncengine.Change) (bool, error) {
	if b.reading {
		return false, errViewWrites
	}
	id := c.ID()
	b.records = nil
	delete(b.again, c.Record)
	if b.ahead[id] != nil && b.byID[id] == nil {
		delete(b.ahead, id) // it may be about to change
	}
	if !b.absent[id] {
		known, err := b.Change(id)
		switch {
		case errors.Is(err, syncengine.ErrDamaged):
			return b.tx.heal(c)
		case err == nil:
			return b.addBlocks(id, known, c)
		case !errors.Is(err, syncengine.ErrUnknownChange):
			return false, err
		}
	}
	delete(b.absent, id)
	one := &stored{id: id, change: own(c), body: syncengine.EncodeChange(c)}
	b.waiting, b.byID[id] = append(b.waiting, one), one
	b.bytes += 2 * len(one.body)
	return true, nil
}

func (b *buffer) addBlocks(id syncengine.ChangeID, known, c *syncengine.Change) (bool, error) {
	union, added := syncengine.Union(known, c)
	if !added {
		return false, nil
	}
	if one := b.byID[id]; one != nil {
		one.change, one.body = union, syncengine.EncodeChange(union)
		return true, nil
	}
	err := b.tx.replace(id, union)
	return err == nil, err
}

func (b *buffer) Drop(id syncengine.ChangeID) error {
	if b.reading {
		return errViewWrites
	}
	if err := b.flush(); err != nil { // it may be among what waits
		return err
	}
	delete(b.ahead, id)
	b.records = nil
	clear(b.again)
	return b.tx.drop(id)
}

func (b *buffer) Change(id syncengine.ChangeID) (*syncengine.Change, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	if one := b.byID[id]; one != nil {
		return own(one.change), nil
	}
	if c := b.ahead[id]; c != nil {
		return own(c), nil
	}
	if b.absent[id] {
		return nil, syncengine.ErrUnknownChange
	}
	c, err := b.tx.change(id)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		b.absent[id] = true
		b.bytes += len(id)
	}
	return c, err
}

// ChangesAhead implements syncengine.Ahead.
func (b *buffer) ChangesAhead(ids []syncengine.ChangeID) error {
	if err := b.begin(); err != nil {
		return err
	}
	var asked []syncengine.ChangeID
	for _, id := range ids {
		if b.byID[id] == nil && b.ahead[id] == nil && !b.absent[id] {
			asked = append(asked, id)
		}
	}
	damaged := map[syncengine.ChangeID]bool{}
	err := b.tx.some(asked, func(id syncengine.ChangeID, c *syncengine.Change) {
		if damaged[id] = c == nil; c == nil {
			return
		}
		b.ahead[id] = c
		for _, sealed := range c.Blocks {
			b.bytes += len(sealed)
		}
	})
	if err != nil {
		return err
	}
	for _, id := range asked {
		if b.ahead[id] == nil && !damaged[id] {
			b.absent[id] = true
			b.bytes += len(id)
		}
	}
	return nil
}

// RecordsAhead implements syncengine.Ahead. What was read ahead before and never
// asked for is forgotten.
func (b *buffer) RecordsAhead(ids []syncengine.RecordID) ([]*syncengine.Change, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	b.records = nil
	if len(b.waiting) > 0 {
		return nil, nil // they belong to the records too
	}
	found, damaged, err := b.tx.someRecords(ids)
	if err != nil || damaged {
		return nil, err // whoever asks for that record is told then
	}
	b.records = make(map[syncengine.RecordID][]*syncengine.Change, len(ids))
	for _, id := range ids {
		b.records[id] = nil
	}
	for _, c := range found {
		if _, asked := b.records[c.Record]; !asked { // a damaged column
			b.records = nil
			return nil, nil
		}
		b.records[c.Record] = append(b.records[c.Record], c)
	}
	return found, nil
}

// SeqsShared implements syncengine.Ahead.
func (b *buffer) SeqsShared(node syncengine.NodeID, seqs []uint64) (map[uint64]bool, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	if err := b.flush(); err != nil {
		return nil, err
	}
	shared := map[uint64]bool{}
	return shared, b.tx.sharedSeqs(node, seqs, func(seq uint64) { shared[seq] = true })
}

// CellsAhead implements syncengine.Ahead.
func (b *buffer) CellsAhead(bucket string, keys [][]byte) error {
	if err := b.begin(); err != nil {
		return err
	}
	var asked [][]byte
	for _, key := range keys {
		if b.cells[bucket][string(key)] == nil {
			asked = append(asked, key)
		}
	}
	damaged := map[string]bool{}
	err := b.tx.someOfCells(bucket, asked, func(key, value []byte) {
		if value == nil {
			damaged[string(key)] = true
		} else {
			b.hold(bucket, key, value, false)
		}
	})
	if err != nil {
		return err
	}
	for _, key := range asked {
		if b.cells[bucket][string(key)] == nil && !damaged[string(key)] {
			b.hold(bucket, key, nil, false)
		}
	}
	return nil
}

// Chain gives what is stored and what waits, which arrived later.
func (b *buffer) Chain(node syncengine.NodeID, after uint64, limit int) ([]*syncengine.Change, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	found, err := b.tx.chain(node, after, limit)
	if err != nil {
		return nil, err
	}
	for _, one := range b.waiting {
		if one.change.Node == node && one.change.Seq > after {
			found = append(found, own(one.change))
		}
	}
	slices.SortStableFunc(found, func(x, y *syncengine.Change) int { return cmp.Compare(x.Seq, y.Seq) })
	return found[:min(limit, len(found))], nil
}

func (b *buffer) Record(id syncengine.RecordID) ([]*syncengine.Change, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	if found, here := b.records[id]; here {
		delete(b.records, id)
		return found, nil
	}
	if found, here := b.again[id]; here {
		return ownAll(found), nil
	}
	found, err := b.tx.record(id)
	if err != nil {
		return nil, err
	}
	stored := len(found)
	for _, one := range b.waiting {
		if one.change.Record == id {
			found = append(found, own(one.change))
		}
	}
	if !b.reading && stored == len(found) {
		b.again[id] = found
		for _, c := range found {
			b.bytes += c.BytesAbout()
		}
		return ownAll(found), nil
	}
	return found, nil
}

func (b *buffer) Get(bucket string, key []byte) ([]byte, error) {
	if err := b.begin(); err != nil {
		return nil, err
	}
	if one := b.cells[bucket][string(key)]; one != nil {
		return bytes.Clone(one.value), nil
	}
	if b.whole[bucket] {
		return nil, nil
	}
	value, err := b.tx.get(bucket, key)
	if err != nil {
		return nil, err
	}
	b.hold(bucket, key, value, false)
	return bytes.Clone(value), nil
}

func (b *buffer) Put(bucket string, key, value []byte) error {
	return b.write(bucket, key, append([]byte{}, value...))
}

func (b *buffer) Delete(bucket string, key []byte) error { return b.write(bucket, key, nil) }

func (b *buffer) write(bucket string, key, value []byte) error {
	if b.reading {
		return errViewWrites
	}
	if err := b.begin(); err != nil {
		return err
	}
	if one := b.cells[bucket][string(key)]; one != nil && bytes.Equal(one.value, value) && (one.value == nil) == (value == nil) {
		return nil // it stands so already
	}
	b.hold(bucket, key, value, true)
	return nil
}

// hold remembers a cell. One that waits, or is of a whole bucket, is known by its place.
func (b *buffer) hold(bucket string, key, value []byte, dirty bool) {
	if b.cells[bucket] == nil {
		b.cells[bucket] = map[string]*held{}
	}
	before := b.cells[bucket][string(key)]
	listed := before != nil && (before.dirty || b.whole[bucket])
	if !listed && (dirty || b.whole[bucket]) {
		if b.known[bucket] == nil {
			b.known[bucket] = &keyOrder{}
		}
		b.known[bucket].add(string(key))
	}
	if dirty {
		b.dirty[bucket] = true
	}
	b.cells[bucket][string(key)] = &held{value: value, dirty: dirty}
	b.bytes += len(key) + len(value) + 64
}

func (b *buffer) Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error {
	if err := b.begin(); err != nil {
		return err
	}
	if err := b.wholeIfSmall(bucket); err != nil {
		return err
	}
	var stored []cell
	if !b.whole[bucket] {
		var err error
		if stored, err = b.tx.cells(bucket, prefix); err != nil {
			return err
		}
	}
	for _, one := range b.over(bucket, prefix, stored) {
		if err := fn(one.key, one.value); err != nil {
			return err
		}
	}
	return nil
}

// over lays what is known of a bucket over what is stored, by rising key.
func (b *buffer) over(bucket string, prefix []byte, stored []cell) []cell {
	if b.known[bucket] == nil {
		return stored
	}
	var all []cell
	for _, key := range b.known[bucket].within(string(prefix)) {
		for len(stored) > 0 && string(stored[0].key) < key {
			all, stored = append(all, stored[0]), stored[1:]
		}
		if len(stored) > 0 && string(stored[0].key) == key {
			stored = stored[1:]
		}
		if value := b.cells[bucket][key].value; value != nil {
			all = append(all, cell{bucket, []byte(key), bytes.Clone(value)})
		}
	}
	return append(all, stored...)
}

const (
	wholeFrom  = 3   // scans of a bucket in one transaction, from which it is worth knowing whole
	wholeMost  = 200 // cells of such a bucket
	wholeNever = -1 << 20
)

// wholeIfSmall reads a bucket that is scanned again and again whole, if it is small.
func (b *buffer) wholeIfSmall(bucket string) error {
	if b.scans[bucket]++; b.scans[bucket] != wholeFrom || b.whole[bucket] {
		return nil
	}
	b.scans[bucket] = wholeNever
	cells, err := b.tx.first(bucket, wholeMost+1)
	if errors.Is(err, syncengine.ErrDamaged) {
		return nil // whoever asks for that cell is told
	}
	if err != nil || len(cells) > wholeMost {
		return err
	}
	b.whole[bucket], b.known[bucket] = true, &keyOrder{}
	for key := range b.cells[bucket] {
		b.known[bucket].add(key)
	}
	for _, one := range cells {
		if b.cells[bucket][string(one.key)] == nil {
			b.hold(bucket, one.key, one.value, false)
		}
	}
	return nil
}

func ownAll(changes []*syncengine.Change) []*syncengine.Change {
	all := make([]*syncengine.Change, len(changes))
	for i, c := range changes {
		all[i] = own(c)
	}
	return all
}

// own gives a change whose bytes are nobody else's.
func own(c *syncengine.Change) *syncengine.Change {
	mine := &syncengine.Change{Envelope: c.Envelope, Blocks: make(map[syncengine.Class][]byte, len(c.Blocks))}
	mine.Commit, mine.Digests = bytes.Clone(c.Commit), slices.Clone(c.Digests)
	for class, sealed := range c.Blocks {
		mine.Blocks[class] = bytes.Clone(sealed)
	}
	return mine
}
