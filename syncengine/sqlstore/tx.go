package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"raksa/syncengine"
)

// tx is one SQL transaction as a syncengine.Tx.
type tx struct {
	ctx context.Context
	sql *sql.Tx
}

func (t *tx) Append(c *syncengine.Change) (bool, error) {
	id := c.ID()
	known, err := t.Change(id)
	if errors.Is(err, syncengine.ErrDamaged) {
		return t.heal(c)
	}
	if errors.Is(err, syncengine.ErrUnknownChange) {
		_, err := t.sql.ExecContext(t.ctx,
			"insert into change (id, node, seq, record, body) values ($1, $2, $3, $4, $5)",
			id[:], c.Node[:], int64(c.Seq), c.Record[:], syncengine.EncodeChange(c))
		return err == nil, wrap("append", err)
	}
	if err != nil {
		return false, err
	}
	union, added := syncengine.Union(known, c)
	if !added {
		return false, nil
	}
	_, err = t.sql.ExecContext(t.ctx, "update change set body = $1 where id = $2", syncengine.EncodeChange(union), id[:])
	return err == nil, wrap("add blocks", err)
}

func (t *tx) Drop(id syncengine.ChangeID) error {
	_, err := t.sql.ExecContext(t.ctx, "delete from change where id = $1", id[:])
	return wrap("drop a change", err)
}

func (t *tx) Change(id syncengine.ChangeID) (*syncengine.Change, error) {
	found, err := t.changes("select id, body from change where id = $1", id[:])
	if err == nil && len(found) == 0 {
		return nil, syncengine.ErrUnknownChange
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

func (t *tx) Chain(node syncengine.NodeID, after uint64, limit int) ([]*syncengine.Change, error) {
	return t.changes("select id, body from change where node = $1 and seq > $2 order by seq, ord limit $3",
		node[:], int64(after), limit)
}

func (t *tx) Record(id syncengine.RecordID) ([]*syncengine.Change, error) {
	return t.changes("select id, body from change where record = $1 order by ord", id[:])
}

// changes reads and verifies: bytes that no longer hash to their id are an
// error, never an answer.
func (t *tx) changes(query string, args ...any) ([]*syncengine.Change, error) {
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return nil, wrap("read the log", err)
	}
	defer rows.Close()
	var found []*syncengine.Change
	for rows.Next() {
		var id, body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return nil, wrap("read the log", err)
		}
		c, err := syncengine.DecodeChange(body)
		if err != nil {
			return nil, fmt.Errorf("%w: change %x: %w", syncengine.ErrDamaged, id, err)
		}
		if got := c.ID(); string(got[:]) != string(id) {
			return nil, fmt.Errorf("%w: change %x has another hash", syncengine.ErrDamaged, id)
		}
		found = append(found, c)
	}
	return found, wrap("read the log", rows.Err())
}

func (t *tx) Get(bucket string, key []byte) ([]byte, error) {
	var value []byte
	err := t.sql.QueryRowContext(t.ctx, "select value from cell where bucket = $1 and key = $2", bucket, nonNil(key)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, wrap("read a cell", err)
	}
	return unsum(bucket, key, value)
}

func (t *tx) Put(bucket string, key, value []byte) error {
	_, err := t.sql.ExecContext(t.ctx,
		"insert into cell (bucket, key, value) values ($1, $2, $3) on conflict (bucket, key) do update set value = excluded.value",
		bucket, nonNil(key), withSum(bucket, key, value))
	return wrap("write a cell", err)
}

func (t *tx) Delete(bucket string, key []byte) error {
	_, err := t.sql.ExecContext(t.ctx, "delete from cell where bucket = $1 and key = $2", bucket, nonNil(key))
	return wrap("delete a cell", err)
}

func (t *tx) Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error {
	cells, err := t.cells(bucket, prefix)
	if err != nil {
		return err
	}
	for _, cell := range cells {
		if err := fn(cell.key, cell.value); err != nil {
			return err
		}
	}
	return nil
}

type cell struct{ key, value []byte }

func (t *tx) cells(bucket string, prefix []byte) ([]cell, error) {
	query, args := "select key, value from cell where bucket = $1 and key >= $2 order by key", []any{bucket, nonNil(prefix)}
	if end := after(prefix); end != nil {
		query, args = "select key, value from cell where bucket = $1 and key >= $2 and key < $3 order by key", append(args, end)
	}
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return nil, wrap("read cells", err)
	}
	defer rows.Close()
	var cells []cell
	for rows.Next() {
		one := cell{}
		if err := rows.Scan(&one.key, &one.value); err != nil {
			return nil, wrap("read cells", err)
		}
		if one.value, err = unsum(bucket, one.key, one.value); err != nil {
			return nil, err
		}
		cells = append(cells, one)
	}
	return cells, wrap("read cells", rows.Err())
}

// after gives the first key that no longer begins with prefix; nil when every
// later key does.
func after(prefix []byte) []byte {
	for n := len(prefix); n > 0; n-- {
		if prefix[n-1] != 0xff {
			end := append([]byte{}, prefix[:n]...)
			end[n-1]++
			return end
		}
	}
	return nil
}

func nonNil(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
