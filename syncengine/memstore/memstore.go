package memstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"raksa/syncengine"
)

// ErrReadOnly is the answer to a write inside View.
var ErrReadOnly = errors.New("memstore: write inside View")

// Store is a syncengine.Store in memory. Its zero value is empty and ready.
type Store struct {
	// Trusting gives the same change to every reader, who must not write to it:
	// decoding and hashing at each read is most of what a simulation does.
	Trusting bool
	// Keep is how many of the last commits RollBack can take back.
	Keep int

	mu      sync.RWMutex
	data    state
	commits [][]func() // the last ones, each with the steps that take it back
}

// state is all that a store holds. Encoded bytes are kept, so that nobody
// outside can change what is inside.
type state struct {
	log     []*entry
	byID    map[syncengine.ChangeID]int
	byNode  map[syncengine.NodeID][]int // indexes into log, by seq and then arrival
	byRec   map[syncengine.RecordID][]int
	buckets map[string]map[string][]byte
}

// entry is one place in the log. It is replaced and never changed, so that a
// clone of the store may share it.
type entry struct {
	id      syncengine.ChangeID
	seq     uint64
	raw     []byte
	decoded atomic.Pointer[syncengine.Change] // of a trusting store, after the first read
}

// Update implements syncengine.Store. A failed update leaves no trace.
func (s *Store) Update(_ context.Context, fn func(syncengine.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{state: &s.data, write: true, trusting: s.Trusting}
	if err := fn(t); err != nil {
		takeBack(t.undo)
		return err
	}
	if s.Keep > 0 && len(t.undo) > 0 {
		s.commits = append(s.commits, t.undo)
		s.commits = s.commits[max(0, len(s.commits)-s.Keep):]
	}
	return nil
}

// RollBack takes the last n commits back, or as many as are kept, and reports
// how many: what is left of a database whose acknowledged tail was lost.
func (s *Store) RollBack(n int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.commits))
	for range n {
		last := len(s.commits) - 1
		takeBack(s.commits[last])
		s.commits = s.commits[:last]
	}
	return n
}

// Damage flips one bit of what is stored of a change, as bad storage does. It
// reports whether the change is here.
func (s *Store) Damage(id syncengine.ChangeID, bit int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, here := s.data.byID[id]
	if here {
		e := s.data.log[at]
		raw := bytes.Clone(e.raw)
		bit %= 8 * len(raw)
		raw[bit/8] ^= 1 << (bit % 8)
		s.data.log[at] = &entry{id: e.id, seq: e.seq, raw: raw}
	}
	return here
}

// Intact reports whether no reader of a trusting store wrote to what it was given.
func (s *Store) Intact() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return !slices.ContainsFunc(s.data.log, func(e *entry) bool {
		if e == nil { // dropped
			return false
		}
		c := e.decoded.Load()
		return c != nil && !bytes.Equal(syncengine.EncodeChange(c), e.raw)
	})
}

// View implements syncengine.Store.
func (s *Store) View(_ context.Context, fn func(syncengine.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&tx{state: &s.data, trusting: s.Trusting})
}

// Clone copies the whole store: a backup, or somebody's copy of the disk.
func (s *Store) Clone() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := state{
		log:     slices.Clone(s.data.log),
		byID:    maps.Clone(s.data.byID),
		byNode:  make(map[syncengine.NodeID][]int, len(s.data.byNode)),
		byRec:   make(map[syncengine.RecordID][]int, len(s.data.byRec)),
		buckets: make(map[string]map[string][]byte, len(s.data.buckets)),
	}
	for node, at := range s.data.byNode {
		c.byNode[node] = slices.Clip(at) // lists are replaced and never changed
	}
	for rec, at := range s.data.byRec {
		c.byRec[rec] = slices.Clip(at)
	}
	for name, cells := range s.data.buckets {
		c.buckets[name] = maps.Clone(cells)
	}
	return &Store{Trusting: s.Trusting, Keep: s.Keep, data: c}
}

// tx is one transaction. It changes the state in place and remembers how to
// take each step back.
type tx struct {
	*state
	write    bool
	trusting bool
	undo     []func()
}

func takeBack(steps []func()) {
	for _, back := range slices.Backward(steps) {
		back()
	}
}

func (t *tx) Append(c *syncengine.Change) (bool, error) {
	if !t.write {
		return false, ErrReadOnly
	}
	id := c.ID()
	if at, known := t.byID[id]; known {
		return t.addBlocks(at, c)
	}
	if t.byID == nil {
		t.byID = map[syncengine.ChangeID]int{}
		t.byNode = map[syncengine.NodeID][]int{}
		t.byRec = map[syncengine.RecordID][]int{}
	}
	at := len(t.log)
	t.log = append(t.log, &entry{id: id, seq: c.Seq, raw: syncengine.EncodeChange(c)})
	t.byID[id] = at
	node, rec := t.byNode[c.Node], t.byRec[c.Record]
	place, _ := slices.BinarySearchFunc(node, c.Seq+1, func(i int, seq uint64) int {
		if t.log[i].seq < seq {
			return -1
		}
		return 1
	})
	t.byNode[c.Node] = slices.Insert(slices.Clone(node), place, at)
	t.byRec[c.Record] = append(slices.Clip(rec), at)
	t.undo = append(t.undo, func() {
		t.log = t.log[:at]
		delete(t.byID, id)
		t.byNode[c.Node], t.byRec[c.Record] = node, rec
	})
	return true, nil
}

// Drop leaves a hole in the log; the indexes forget where it is.
func (t *tx) Drop(id syncengine.ChangeID) error {
	if !t.write {
		return ErrReadOnly
	}
	at, known := t.byID[id]
	if !known {
		return nil
	}
	c, err := t.decode(at)
	if err != nil {
		return err
	}
	bytes, node, rec := t.log[at], t.byNode[c.Node], t.byRec[c.Record]
	not := func(i int) bool { return i == at }
	t.log[at] = nil
	delete(t.byID, id)
	t.byNode[c.Node] = slices.DeleteFunc(slices.Clone(node), not)
	t.byRec[c.Record] = slices.DeleteFunc(slices.Clone(rec), not)
	t.undo = append(t.undo, func() {
		t.log[at], t.byID[id] = bytes, at
		t.byNode[c.Node], t.byRec[c.Record] = node, rec
	})
	return nil
}

func (t *tx) addBlocks(at int, c *syncengine.Change) (bool, error) {
	before := t.log[at]
	known, err := t.decode(at)
	if err != nil && !errors.Is(err, syncengine.ErrDamaged) {
		return false, err
	}
	union, added := c, true // a good copy heals a damaged one
	if err == nil {
		union, added = syncengine.Union(known, c)
	}
	if added {
		t.log[at] = &entry{id: before.id, seq: before.seq, raw: syncengine.EncodeChange(union)}
		t.undo = append(t.undo, func() { t.log[at] = before })
	}
	return added, nil
}

func (t *tx) Change(id syncengine.ChangeID) (*syncengine.Change, error) {
	at, known := t.byID[id]
	if !known {
		return nil, syncengine.ErrUnknownChange
	}
	return t.decode(at)
}

func (t *tx) decode(at int) (*syncengine.Change, error) {
	e := t.log[at]
	if c := e.decoded.Load(); c != nil {
		return c, nil
	}
	c, err := syncengine.DecodeChange(e.raw)
	if err != nil {
		return nil, errors.Join(syncengine.ErrDamaged, err)
	}
	if c.ID() != e.id {
		return nil, syncengine.ErrDamaged
	}
	if t.trusting {
		e.decoded.Store(c)
	}
	return c, nil
}

func (t *tx) Chain(node syncengine.NodeID, after uint64, limit int) ([]*syncengine.Change, error) {
	all := t.byNode[node]
	from, _ := slices.BinarySearchFunc(all, after+1, func(i int, seq uint64) int { return cmp.Compare(t.log[i].seq, seq) })
	return t.decodeAll(all[from : from+min(limit, len(all)-from)])
}

func (t *tx) Record(id syncengine.RecordID) ([]*syncengine.Change, error) {
	return t.decodeAll(t.byRec[id])
}

func (t *tx) decodeAll(at []int) ([]*syncengine.Change, error) {
	if len(at) == 0 {
		return nil, nil
	}
	changes := make([]*syncengine.Change, 0, len(at))
	for _, i := range at {
		c, err := t.decode(i)
		if err != nil {
			return nil, err
		}
		changes = append(changes, c)
	}
	return changes, nil
}

func (t *tx) Get(bucket string, key []byte) ([]byte, error) {
	value, here := t.buckets[bucket][string(key)]
	if !here {
		return nil, nil
	}
	return append([]byte{}, value...), nil
}

func (t *tx) Put(bucket string, key, value []byte) error {
	if !t.write {
		return ErrReadOnly
	}
	if t.buckets == nil {
		t.buckets = map[string]map[string][]byte{}
	}
	cells := t.buckets[bucket]
	if cells == nil {
		cells = map[string][]byte{}
		t.buckets[bucket] = cells
	}
	t.remember(cells, string(key))
	cells[string(key)] = bytes.Clone(value)
	return nil
}

func (t *tx) Delete(bucket string, key []byte) error {
	if !t.write {
		return ErrReadOnly
	}
	cells := t.buckets[bucket]
	if _, here := cells[string(key)]; here {
		t.remember(cells, string(key))
		delete(cells, string(key))
	}
	return nil
}

func (t *tx) remember(cells map[string][]byte, key string) {
	before, here := cells[key]
	t.undo = append(t.undo, func() {
		if here {
			cells[key] = before
		} else {
			delete(cells, key)
		}
	})
}

func (t *tx) Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error {
	type cell struct {
		key   string
		value []byte
	}
	var cells []cell
	for key, value := range t.buckets[bucket] {
		if strings.HasPrefix(key, string(prefix)) {
			cells = append(cells, cell{key, append([]byte{}, value...)})
		}
	}
	slices.SortFunc(cells, func(a, b cell) int { return strings.Compare(a.key, b.key) })
	for _, one := range cells {
		if err := fn([]byte(one.key), one.value); err != nil {
			return err
		}
	}
	return nil
}
