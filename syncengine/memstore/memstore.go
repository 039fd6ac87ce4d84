package memstore

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"raksa/syncengine"
)

// ErrReadOnly is the answer to a write inside View.
var ErrReadOnly = errors.New("memstore: write inside View")

// Store is a syncengine.Store in memory. Its zero value is empty and ready.
type Store struct {
	mu   sync.RWMutex
	data state
}

// state is all that a store holds. Encoded bytes are kept, not pointers, so
// that nobody outside can change what is inside.
type state struct {
	log     [][]byte
	byID    map[syncengine.ChangeID]int
	byNode  map[syncengine.NodeID][]int // indexes into log, by seq and then arrival
	byRec   map[syncengine.RecordID][]int
	seqs    []uint64 // seq of each log entry
	buckets map[string]map[string][]byte
}

// Update implements syncengine.Store. A failed update leaves no trace.
func (s *Store) Update(_ context.Context, fn func(syncengine.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := &tx{state: &s.data, write: true}
	if err := fn(t); err != nil {
		t.rollBack()
		return err
	}
	return nil
}

// View implements syncengine.Store.
func (s *Store) View(_ context.Context, fn func(syncengine.Tx) error) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fn(&tx{state: &s.data})
}

// Clone copies the whole store: a backup, or somebody's copy of the disk.
func (s *Store) Clone() *Store {
	s.mu.RLock()
	defer s.mu.RUnlock()
	c := state{
		log: slices.Clone(s.data.log), seqs: slices.Clone(s.data.seqs),
		byID:    maps.Clone(s.data.byID),
		byNode:  make(map[syncengine.NodeID][]int, len(s.data.byNode)),
		byRec:   make(map[syncengine.RecordID][]int, len(s.data.byRec)),
		buckets: make(map[string]map[string][]byte, len(s.data.buckets)),
	}
	for node, at := range s.data.byNode {
		c.byNode[node] = slices.Clone(at)
	}
	for rec, at := range s.data.byRec {
		c.byRec[rec] = slices.Clone(at)
	}
	for name, cells := range s.data.buckets {
		c.buckets[name] = maps.Clone(cells)
	}
	return &Store{data: c}
}

// tx is one transaction. It changes the state in place and remembers how to
// take each step back.
type tx struct {
	*state
	write bool
	undo  []func()
}

func (t *tx) rollBack() {
	for _, back := range slices.Backward(t.undo) {
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
	t.log = append(t.log, syncengine.EncodeChange(c))
	t.seqs = append(t.seqs, c.Seq)
	t.byID[id] = at
	node, rec := t.byNode[c.Node], t.byRec[c.Record]
	place, _ := slices.BinarySearchFunc(node, c.Seq+1, func(i int, seq uint64) int {
		if t.seqs[i] < seq {
			return -1
		}
		return 1
	})
	t.byNode[c.Node] = slices.Insert(slices.Clone(node), place, at)
	t.byRec[c.Record] = append(slices.Clip(rec), at)
	t.undo = append(t.undo, func() {
		t.log, t.seqs = t.log[:at], t.seqs[:at]
		delete(t.byID, id)
		t.byNode[c.Node], t.byRec[c.Record] = node, rec
	})
	return true, nil
}

func (t *tx) addBlocks(at int, c *syncengine.Change) (bool, error) {
	before := t.log[at]
	known, err := syncengine.DecodeChange(before)
	if err != nil {
		return false, errors.Join(syncengine.ErrDamaged, err)
	}
	union, added := syncengine.Union(known, c)
	if added {
		t.log[at] = syncengine.EncodeChange(union)
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
	c, err := syncengine.DecodeChange(t.log[at])
	if err != nil {
		return nil, errors.Join(syncengine.ErrDamaged, err)
	}
	return c, nil
}

func (t *tx) Chain(node syncengine.NodeID, after uint64, limit int) ([]*syncengine.Change, error) {
	at := slices.DeleteFunc(slices.Clone(t.byNode[node]), func(i int) bool { return t.seqs[i] <= after })
	return t.decodeAll(at[:min(limit, len(at))])
}

func (t *tx) Record(id syncengine.RecordID) ([]*syncengine.Change, error) {
	return t.decodeAll(t.byRec[id])
}

func (t *tx) decodeAll(at []int) ([]*syncengine.Change, error) {
	var changes []*syncengine.Change
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
	cells := t.buckets[bucket]
	var keys []string
	for key := range cells {
		if strings.HasPrefix(key, string(prefix)) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = append([]byte{}, cells[key]...)
	}
	for i, key := range keys {
		if err := fn([]byte(key), values[i]); err != nil {
			return err
		}
	}
	return nil
}
