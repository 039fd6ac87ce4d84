package syncengine

import (
	"encoding/json"
	"fmt"
)

// Table is a bucket of cells whose values are T as JSON: the hosts' own lists,
// in the same transaction as the log.
type Table[T any] string

// Get gives the row and whether it is there.
func (t Table[T]) Get(cells Cells, key []byte) (row T, here bool, err error) {
	raw, err := cells.Get(string(t), key)
	if err != nil || raw == nil {
		return row, false, err
	}
	err = t.decode(raw, &row)
	return row, err == nil, err
}

// Put writes the row.
func (t Table[T]) Put(cells Cells, key []byte, row T) error {
	raw, err := json.Marshal(row)
	if err != nil {
		return fmt.Errorf("syncengine: table %s: %w", string(t), err)
	}
	return cells.Put(string(t), key, raw)
}

// Delete takes the row out; an absent one is no error.
func (t Table[T]) Delete(cells Cells, key []byte) error { return cells.Delete(string(t), key) }

// Each calls fn for the rows whose key begins with prefix, by rising key.
func (t Table[T]) Each(cells Cells, prefix []byte, fn func(key []byte, row T) error) error {
	return cells.Scan(string(t), prefix, func(key, raw []byte) error {
		var row T
		if err := t.decode(raw, &row); err != nil {
			return err
		}
		return fn(key, row)
	})
}

// decode never quotes the bytes in its error.
func (t Table[T]) decode(raw []byte, row *T) error {
	if json.Unmarshal(raw, row) != nil {
		return &Malformed{What: "row of table " + string(t), Reason: "is not the JSON it should be"}
	}
	return nil
}
