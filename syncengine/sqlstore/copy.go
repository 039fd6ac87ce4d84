package sqlstore

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"

	"raksa/syncengine"
)

// Copied is how far a copy is, and in the end what was copied.
type Copied struct {
	Changes, Cells       int64
	AllChanges, AllCells int64
	Digest               [32]byte // over both, in order; in the end only
}

// Move says what Copy does apart from copying.
type Move struct {
	// Rehearse leaves the source as it was. Otherwise it is marked as moved and
	// opens no more: an office that went on there would part from this one.
	Rehearse bool
	Progress func(Copied) // may be nil
}

// TargetDiffers is the answer to a target that holds something else.
type TargetDiffers struct{ Changes, Cells int64 }

func (e *TargetDiffers) Error() string {
	return fmt.Sprintf("sqlstore: the target is not empty: it holds %d changes and %d cells, and not those of the source", e.Changes, e.Cells)
}

// ErrNotCopied: what was read back from the target is not what was read from the
// source. The target is left as it was.
var ErrNotCopied = errors.New("sqlstore: the copy differs from the source")

// Copy copies a whole store, a file or a PostgreSQL URL, into an empty one. The
// source must be in no other use, and nobody can write to it meanwhile. Every
// item is held against its hash or checksum on the way; damaged ones are refused.
//
// The target takes all of it in one transaction or nothing: a copy that was
// broken off is begun anew. Before the commit everything is read back, and its
// digest must be the source's. A target that holds exactly the source already is
// taken as copied.
func Copy(ctx context.Context, from, to string, move Move) (done Copied, err error) {
	source, err := openEnd(ctx, from, false)
	if err != nil {
		return done, fmt.Errorf("the source: %w", err)
	}
	defer func() { err = errors.Join(err, source.close()) }()
	target, err := openEnd(ctx, to, true)
	if err != nil {
		return done, fmt.Errorf("the target: %w", err)
	}
	defer func() { err = errors.Join(err, target.close()) }()
	if move.Progress == nil {
		move.Progress = func(Copied) {}
	}
	err = source.transact(ctx, func(read *tx) error {
		err := target.transact(ctx, func(write *tx) (err error) {
			done, err = copyInto(ctx, read, write, move.Progress)
			return err
		})
		if err != nil || move.Rehearse {
			return err
		}
		return source.retire(ctx, read)
	})
	return done, err
}

func copyInto(ctx context.Context, read, write *tx, progress func(Copied)) (done Copied, err error) {
	if done.AllChanges, done.AllCells, err = read.count(); err != nil {
		return done, err
	}
	changes, cells, err := write.count()
	if err != nil {
		return done, err
	}
	into := write
	if changes+cells > 0 {
		into = nil // it may be the same already
	}
	if done.Digest, err = read.walk(ctx, into, &done, progress); err != nil {
		return done, err
	}
	back, err := write.walk(ctx, nil, &Copied{}, func(Copied) {})
	switch {
	case err != nil:
		return done, fmt.Errorf("read back: %w", err)
	case back == done.Digest:
		return done, nil
	case into == nil:
		return done, &TargetDiffers{Changes: changes, Cells: cells}
	}
	return done, ErrNotCopied
}

// count gives the numbers of changes and cells.
func (t *tx) count() (changes, cells int64, err error) {
	err = t.sql.QueryRowContext(t.ctx, "select (select count(*) from change), (select count(*) from cell)").Scan(&changes, &cells)
	return changes, cells, wrap("count", err)
}

// walk reads everything in order, checks it, puts it into the target when there
// is one, and gives the digest over it.
func (t *tx) walk(ctx context.Context, into *tx, done *Copied, progress func(Copied)) (all [32]byte, err error) {
	sum := sha256.New()
	if err = t.walkLog(ctx, sum, into, done, progress); err == nil {
		err = t.walkCells(ctx, sum, into, done, progress)
	}
	return [32]byte(sum.Sum(nil)), err
}

// copiedAtOnce bounds what is held in memory, and paces the progress.
const copiedAtOnce = 500

func (t *tx) walkLog(ctx context.Context, sum hash.Hash, into *tx, done *Copied, progress func(Copied)) error {
	rows, err := t.sql.QueryContext(t.ctx, "select id, node, seq, record, body from change order by ord")
	if err != nil {
		return wrap("read the log", err)
	}
	defer rows.Close()
	var args []any
	send := func() error {
		defer progress(*done)
		if into == nil {
			return ctx.Err()
		}
		err := into.many(insertChanges, 5, args)
		args = args[:0]
		return errors.Join(wrap("copy the log", err), ctx.Err())
	}
	for rows.Next() {
		var seq int64
		var id, node, record, body []byte
		if err := rows.Scan(&id, &node, &seq, &record, &body); err != nil {
			return wrap("read the log", err)
		}
		if !sound(id, node, seq, record, body) {
			return fmt.Errorf("%w: %s", syncengine.ErrDamaged, damagedRow(id, record))
		}
		digest(sum, id, body)
		if into != nil {
			args = append(args, id, node, seq, record, body)
		}
		if done.Changes++; done.Changes%copiedAtOnce == 0 {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return errors.Join(wrap("read the log", rows.Err()), send())
}

func (t *tx) walkCells(ctx context.Context, sum hash.Hash, into *tx, done *Copied, progress func(Copied)) error {
	rows, err := t.sql.QueryContext(t.ctx, "select bucket, key, value from cell order by bucket, key")
	if err != nil {
		return wrap("read cells", err)
	}
	defer rows.Close()
	var args []any
	send := func() error {
		defer progress(*done)
		if into == nil {
			return ctx.Err()
		}
		err := into.many(putCells, 3, args)
		args = args[:0]
		return errors.Join(wrap("copy the cells", err), ctx.Err())
	}
	for rows.Next() {
		var bucket string
		var key, value []byte
		if err := rows.Scan(&bucket, &key, &value); err != nil {
			return wrap("read cells", err)
		}
		if _, err := unsum(bucket, key, value); err != nil {
			return err
		}
		digest(sum, []byte(bucket), key, value)
		if into != nil {
			args = append(args, bucket, nonNil(key), value)
		}
		if done.Cells++; done.Cells%copiedAtOnce == 0 {
			if err := send(); err != nil {
				return err
			}
		}
	}
	return errors.Join(wrap("read cells", rows.Err()), send())
}

func digest(sum hash.Hash, parts ...[]byte) {
	for _, part := range parts {
		sum.Write(binary.AppendUvarint(nil, uint64(len(part))))
		sum.Write(part)
	}
}
