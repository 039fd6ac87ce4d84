package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"

	"raksa/syncengine"
)

var _ syncengine.Verifier = (*Store)(nil)

// A place is where a reading of the whole file stands: after the change of that
// ord, or after the cell of that bucket and key.
const (
	inLog   = 'c' // then ord, 8 bytes
	inCells = 'k' // then the bucket, a zero byte, the key
)

// verifyBytesMax ends a part early when its values are large.
const verifyBytesMax = 2 << 20

// Verify implements syncengine.Verifier: the log in the order of arrival, then
// the cells by bucket and key.
func (s *Store) Verify(ctx context.Context, place []byte, most int) (part syncengine.Part, err error) {
	err = s.now().readers.transact(ctx, func(t *tx) error { return t.verify(place, most, &part) })
	return part, err
}

func (t *tx) verify(place []byte, most int, part *syncengine.Part) error {
	if len(place) > 0 && place[0] == inCells {
		return t.verifyCells(place[1:], most, part)
	}
	after := int64(0)
	if len(place) == 9 {
		after = int64(binary.BigEndian.Uint64(place[1:]))
	}
	return t.verifyLog(after, most, part)
}

func (t *tx) verifyLog(after int64, most int, part *syncengine.Part) error {
	rows, err := t.sql.QueryContext(t.ctx,
		"select ord, id, node, seq, record, body from change where ord > $1 order by ord limit $2", after, most)
	if err != nil {
		return t.wrap("read the log", err)
	}
	defer rows.Close()
	part.Next = []byte{inCells}
	for rows.Next() {
		var ord, seq int64
		var id, node, record, body []byte
		if err := rows.Scan(&ord, &id, &node, &seq, &record, &body); err != nil {
			return t.wrap("read the log", err)
		}
		part.Items++
		part.Bytes += int64(len(body))
		part.Next = binary.BigEndian.AppendUint64([]byte{inLog}, uint64(ord))
		if !sound(id, node, seq, record, body) {
			part.Damaged = append(part.Damaged, damagedRow(id, record))
		}
		if part.Bytes > verifyBytesMax {
			return nil
		}
	}
	return t.wrap("read the log", rows.Err())
}

// sound reports whether a row of the log is the change that it is named for, in
// every column.
func sound(id, node []byte, seq int64, record, body []byte) bool {
	c, err := syncengine.DecodeChange(body)
	if err != nil {
		return false
	}
	got := c.ID()
	return string(got[:]) == string(id) && string(c.Node[:]) == string(node) && c.Seq == uint64(seq) && string(c.Record[:]) == string(record)
}

func damagedRow(id, record []byte) (d syncengine.Damage) {
	if len(id) == len(d.Change) {
		d.Change = syncengine.ChangeID(id)
	}
	if len(record) == len(d.Record) {
		d.Record = syncengine.RecordID(record)
	}
	return d
}

func (t *tx) verifyCells(place []byte, most int, part *syncengine.Part) error {
	bucket, key := "", []byte{}
	for i, b := range place {
		if b == 0 {
			bucket, key = string(place[:i]), place[i+1:]
			break
		}
	}
	rows, err := t.sql.QueryContext(t.ctx,
		"select bucket, key, value from cell where (bucket, key) > ($1, $2) order by bucket, key limit $3", bucket, key, most)
	if err != nil {
		return t.wrap("read cells", err)
	}
	defer rows.Close()
	for rows.Next() {
		var value []byte
		if err := rows.Scan(&bucket, &key, &value); err != nil {
			return t.wrap("read cells", err)
		}
		part.Items++
		part.Bytes += int64(len(value))
		part.Next = append(append([]byte{inCells}, bucket...), append([]byte{0}, key...)...)
		if _, err := unsum(bucket, key, value); err != nil {
			part.Damaged = append(part.Damaged, syncengine.Damage{Bucket: bucketName(bucket), Key: append([]byte{}, key...)})
		}
		if part.Bytes > verifyBytesMax {
			return nil
		}
	}
	return t.wrap("read cells", rows.Err())
}

// heal puts a good copy of a change in the place of one whose bytes are damaged.
func (t *tx) heal(c *syncengine.Change) (bool, error) {
	id := c.ID()
	_, err := t.sql.ExecContext(t.ctx, "update change set id = $1, node = $2, seq = $3, record = $4, body = $5 where id = $1",
		id[:], c.Node[:], int64(c.Seq), c.Record[:], syncengine.EncodeChange(c))
	return err == nil, t.wrap("heal a change", err)
}

// Schema gives the version of the file's tables, and that which this program writes.
func (s *Store) Schema(ctx context.Context) (file, program int, err error) {
	err = s.now().readers.use(ctx, func(one *session) error {
		return one.conn.QueryRowContext(ctx, "pragma user_version").Scan(&file)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return file, schemaVersion, wrap("read the schema version", err)
}
