package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"raksa/syncengine"
)

// statements is what runs SQL in one transaction: a *sql.Tx, or a session that
// keeps its statements prepared.
type statements interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// tx is one SQL transaction: every statement of the store, and nothing else. A
// buffer stands before it.
type tx struct {
	ctx context.Context
	sql statements
	// failed is the first failure of the store in it that had a meaning. Whoever
	// ran the statement may have swallowed it or made something else of it.
	failed error
	rows   int64 // written so far
}

// wrap is wrap, and remembers what the store said.
func (t *tx) wrap(doing string, err error) error {
	err = wrap(doing, err)
	if t.failed == nil || !t.diskFailed() && errors.Is(err, syncengine.ErrDisk) {
		t.failed = meant(err)
	}
	return err
}

// diskFailed reports whether the disk failed under any statement of it. Nothing
// of such a transaction may be committed: SQLite may have kept half of it.
func (t *tx) diskFailed() bool { return errors.Is(t.failed, syncengine.ErrDisk) }

// rowsAtOnce are the sizes of the many-row statements: a few texts, so that they
// stay prepared.
var rowsAtOnce = []int{100, 10, 1}

func manyRows(head, row, tail string) map[int]string {
	texts := map[int]string{}
	columns := strings.Count(row, "$")
	for _, rows := range rowsAtOnce {
		var text strings.Builder
		text.WriteString(head)
		for i := range rows {
			if i > 0 {
				text.WriteByte(',')
			}
			text.WriteByte('(')
			for c := range columns {
				if c > 0 {
					text.WriteByte(',')
				}
				fmt.Fprintf(&text, "$%d", i*columns+c+1)
			}
			text.WriteByte(')')
		}
		texts[rows] = text.String() + tail
	}
	return texts
}

var (
	insertChanges = manyRows("insert into change (id, node, seq, record, body) values ", "$,$,$,$,$", "")
	putCells      = manyRows("insert into cell (bucket, key, value) values ", "$,$,$",
		" on conflict (bucket, key) do update set value = excluded.value")
)

// someOf are the texts that ask for several by their keys.
func someOf(head string, first int, tail string) map[int]string {
	texts := map[int]string{}
	for _, rows := range rowsAtOnce {
		marks := make([]string, rows)
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", first+i)
		}
		texts[rows] = head + " in (" + strings.Join(marks, ",") + ")" + tail
	}
	return texts
}

var (
	someChanges = someOf("select id, body from change where id", 1, "")
	deleteCells = someOf("delete from cell where bucket = $1 and key", 2, "")
	someCells   = someOf("select key, value from cell where bucket = $1 and key", 2, "")
	someRecords = someOf("select id, body from change where record", 1, " order by record, ord")
	sharedSeqs  = someOf("select seq, count(*) from change where node = $1 and seq", 2, " group by seq having count(*) > 1")
)

// asking calls fn with the texts and arguments that ask for so many keys: as few
// as there can be, the last of them filled up with a key that is asked for.
func asking(texts map[int]string, first []any, count int, key func(int) any, fn func(text string, args []any) error) error {
	for from := 0; from < count; {
		rows := 1
		if left := count - from; left > 3*10 {
			rows = 100
		} else if left > 3 {
			rows = 10
		}
		args := append(make([]any, 0, len(first)+rows), first...)
		for i := range rows {
			args = append(args, key(min(from+i, count-1)))
		}
		if err := fn(texts[rows], args); err != nil {
			return err
		}
		from += rows
	}
	return nil
}

// many runs a many-row statement over rows of arguments, in order.
func (t *tx) many(texts map[int]string, columns int, args []any) error {
	for _, rows := range rowsAtOnce {
		for len(args) >= rows*columns {
			if _, err := t.sql.ExecContext(t.ctx, texts[rows], args[:rows*columns]...); err != nil {
				return err
			}
			args = args[rows*columns:]
			t.rows += int64(rows)
		}
	}
	return nil
}

// insert puts new changes at the end of the log.
func (t *tx) insert(changes []*stored) error {
	args := make([]any, 0, 5*len(changes))
	for _, c := range changes {
		args = append(args, c.id[:], c.change.Node[:], int64(c.change.Seq), c.change.Record[:], c.body)
	}
	return t.wrap("append", t.many(insertChanges, 5, args))
}

// replace writes a change anew, with blocks that were withheld before.
func (t *tx) replace(id syncengine.ChangeID, c *syncengine.Change) error {
	_, err := t.sql.ExecContext(t.ctx, "update change set body = $1 where id = $2", syncengine.EncodeChange(c), id[:])
	return t.wrap("add blocks", err)
}

func (t *tx) drop(id syncengine.ChangeID) error {
	_, err := t.sql.ExecContext(t.ctx, "delete from change where id = $1", id[:])
	return t.wrap("drop a change", err)
}

func (t *tx) change(id syncengine.ChangeID) (*syncengine.Change, error) {
	found, err := t.changes("select id, body from change where id = $1", id[:])
	if err == nil && len(found) == 0 {
		return nil, syncengine.ErrUnknownChange
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// some gives those of several changes that are here; nil for one that is damaged,
// of which whoever asks for it is told then.
func (t *tx) some(ids []syncengine.ChangeID, fn func(syncengine.ChangeID, *syncengine.Change)) error {
	return t.asking(someChanges, nil, len(ids), func(i int) any { return ids[i][:] }, func(id, body []byte) error {
		c, _ := verified(id, body)
		fn(syncengine.ChangeID(id), c)
		return nil
	})
}

// someRecords gives the changes of several records, those of each in the order of
// their arrival, and whether any was damaged.
func (t *tx) someRecords(ids []syncengine.RecordID) (found []*syncengine.Change, damaged bool, _ error) {
	err := t.asking(someRecords, nil, len(ids), func(i int) any { return ids[i][:] }, func(id, body []byte) error {
		c, err := verified(id, body)
		if damaged = damaged || err != nil; err == nil {
			found = append(found, c)
		}
		return nil
	})
	return found, damaged, err
}

// sharedSeqs gives those of several seqs of a node that more than one change has.
func (t *tx) sharedSeqs(node syncengine.NodeID, seqs []uint64, fn func(seq uint64)) error {
	key := func(i int) any { return int64(seqs[i]) }
	return asking(sharedSeqs, []any{node[:]}, len(seqs), key, func(text string, args []any) error {
		rows, err := t.sql.QueryContext(t.ctx, text, args...)
		if err != nil {
			return t.wrap("read", err)
		}
		defer rows.Close()
		for rows.Next() {
			var seq, count int64
			if err := rows.Scan(&seq, &count); err != nil {
				return t.wrap("read", err)
			}
			fn(uint64(seq))
		}
		return t.wrap("read", rows.Err())
	})
}

// someOfCells gives those of several cells of a bucket that are there; nil for a
// damaged value.
func (t *tx) someOfCells(bucket string, keys [][]byte, fn func(key, value []byte)) error {
	return t.asking(someCells, []any{bucket}, len(keys), func(i int) any { return nonNil(keys[i]) }, func(key, stored []byte) error {
		value, _ := unsum(bucket, key, stored)
		fn(key, value)
		return nil
	})
}

// asking asks for several keys and calls fn with the rows, of two columns.
func (t *tx) asking(texts map[int]string, first []any, count int, key func(int) any, fn func(a, b []byte) error) error {
	return asking(texts, first, count, key, func(text string, args []any) error { return t.each(text, args, fn) })
}

// each reads rows of two columns, whose bytes hold until fn returns.
func (t *tx) each(query string, args []any, fn func(a, b []byte) error) error {
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return t.wrap("read", err)
	}
	defer rows.Close()
	for rows.Next() {
		var a, b sql.RawBytes
		if err := rows.Scan(&a, &b); err != nil {
			return t.wrap("read", err)
		}
		if err := fn(a, b); err != nil {
			return err
		}
	}
	return t.wrap("read", rows.Err())
}

func (t *tx) chain(node syncengine.NodeID, after uint64, limit int) ([]*syncengine.Change, error) {
	return t.changes("select id, body from change where node = $1 and seq > $2 order by seq, ord limit $3",
		node[:], int64(after), limit)
}

func (t *tx) record(id syncengine.RecordID) ([]*syncengine.Change, error) {
	return t.changes("select id, body from change where record = $1 order by ord", id[:])
}

// changes reads and verifies: bytes that no longer hash to their id are an
// error, never an answer.
func (t *tx) changes(query string, args ...any) ([]*syncengine.Change, error) {
	var found []*syncengine.Change
	err := t.each(query, args, func(id, body []byte) error {
		c, err := verified(id, body)
		found = append(found, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return found, nil
}

func verified(id, body []byte) (*syncengine.Change, error) {
	c, err := syncengine.DecodeChange(body)
	if err != nil {
		return nil, fmt.Errorf("%w: change %x: %w", syncengine.ErrDamaged, id, err)
	}
	if got := c.ID(); string(got[:]) != string(id) {
		return nil, fmt.Errorf("%w: change %x has another hash", syncengine.ErrDamaged, id)
	}
	return c, nil
}

func (t *tx) get(bucket string, key []byte) ([]byte, error) {
	var value []byte
	err := t.sql.QueryRowContext(t.ctx, "select value from cell where bucket = $1 and key = $2", bucket, nonNil(key)).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, t.wrap("read a cell", err)
	}
	return unsum(bucket, key, value)
}

func (t *tx) put(cells []cell) error {
	args := make([]any, 0, 3*len(cells))
	for _, c := range cells {
		args = append(args, c.bucket, nonNil(c.key), withSum(c.bucket, c.key, c.value))
	}
	return t.wrap("write a cell", t.many(putCells, 3, args))
}

func (t *tx) delete(bucket string, keys [][]byte) error {
	for _, rows := range rowsAtOnce {
		for ; len(keys) >= rows; keys = keys[rows:] {
			args := []any{bucket}
			for _, key := range keys[:rows] {
				args = append(args, nonNil(key))
			}
			if _, err := t.sql.ExecContext(t.ctx, deleteCells[rows], args...); err != nil {
				return wrap("delete a cell", err)
			}
		}
	}
	return nil
}

type cell struct {
	bucket     string
	key, value []byte
}

func (t *tx) cells(bucket string, prefix []byte) ([]cell, error) {
	query, args := "select key, value from cell where bucket = $1 and key >= $2 order by key", []any{bucket, nonNil(prefix)}
	if end := after(prefix); end != nil {
		query, args = "select key, value from cell where bucket = $1 and key >= $2 and key < $3 order by key", append(args, end)
	}
	return t.cellsBy(bucket, query, args)
}

// first gives the first cells of a bucket.
func (t *tx) first(bucket string, most int) ([]cell, error) {
	return t.cellsBy(bucket, "select key, value from cell where bucket = $1 order by key limit $2", []any{bucket, most})
}

func (t *tx) cellsBy(bucket, query string, args []any) ([]cell, error) {
	rows, err := t.sql.QueryContext(t.ctx, query, args...)
	if err != nil {
		return nil, t.wrap("read cells", err)
	}
	defer rows.Close()
	var cells []cell
	for rows.Next() {
		one := cell{bucket: bucket}
		if err := rows.Scan(&one.key, &one.value); err != nil {
			return nil, t.wrap("read cells", err)
		}
		if one.value, err = unsum(bucket, one.key, one.value); err != nil {
			return nil, err
		}
		cells = append(cells, one)
	}
	return cells, t.wrap("read cells", rows.Err())
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
