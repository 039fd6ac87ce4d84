package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// ErrInUse: somebody else has the store open. Whatever they write would be
// missing from a copy, or lost under one.
var ErrInUse = errors.New("sqlstore: the database is in use; stop what serves it first")

// end is one of the two ends of a copy: a store that nobody else uses.
type end struct {
	transact func(ctx context.Context, fn func(*tx) error) error
	// retire marks the store as moved, in its transaction.
	retire func(ctx context.Context, t *tx) error
	close  func() error
}

// openEnd opens a file or a PostgreSQL URL. Only a target is made when it is
// not there.
func openEnd(ctx context.Context, where string, make bool) (end, error) {
	if IsPostgres(where) {
		return openPostgresEnd(ctx, where)
	}
	if _, err := os.Stat(where); !make && errors.Is(err, fs.ErrNotExist) {
		return end{}, err
	}
	return openFileEnd(ctx, where)
}

// openFileEnd holds the file so that no other connection, of this or another
// process, can open it: SQLite's exclusive mode, which fails where one has.
func openFileEnd(ctx context.Context, path string) (end, error) {
	setUp()
	db, err := openPool(path, "_txlock=immediate&_pragma=locking_mode(EXCLUSIVE)", 1)
	if err != nil {
		return end{}, err
	}
	_, err = db.ExecContext(ctx, "pragma busy_timeout = 500") // nobody is waited for
	if err == nil {
		err = prepare(db)
	}
	if err != nil {
		if busy(err) {
			err = ErrInUse
		}
		return end{}, errors.Join(err, db.Close())
	}
	one, err := newSession(ctx, db)
	if err != nil {
		return end{}, errors.Join(wrap("open", err), db.Close())
	}
	return end{
		transact: func(ctx context.Context, fn func(*tx) error) error {
			err := one.transact(ctx, "begin exclusive", fn)
			if busy(err) {
				return ErrInUse
			}
			return err
		},
		retire: func(ctx context.Context, t *tx) error {
			_, err := t.sql.ExecContext(ctx, fmt.Sprintf(sqliteDialect.remember, MovedVersion))
			return wrap("retire", err)
		},
		close: func() error { return errors.Join(one.close(), db.Close()) },
	}, nil
}

// codeBusy: another connection holds the lock.
const codeBusy = 5

func busy(err error) bool {
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == codeBusy
}

// openPostgresEnd refuses a database to which another process of ours is
// connected, and keeps writers out for the length of the copy. Retiring takes
// the tables' names away, so that one that was not connected just then cannot go
// on either.
func openPostgresEnd(ctx context.Context, url string) (end, error) {
	p, err := OpenPostgres(ctx, url)
	if err != nil {
		return end{}, err
	}
	if err := p.alone(ctx); err != nil {
		return end{}, errors.Join(err, p.Close())
	}
	return end{
		transact: func(ctx context.Context, fn func(*tx) error) error {
			first := func(ctx context.Context, t *sql.Tx) error { return errors.Join(takeTime(ctx, t), p.lock(ctx, t)) }
			return p.run(ctx, p.writers, nil, first, fn)
		},
		retire: func(ctx context.Context, t *tx) error {
			for _, text := range []string{
				fmt.Sprintf(postgresDialect.remember, MovedVersion),
				"alter table change rename to change_moved",
				"alter table cell rename to cell_moved",
			} {
				if _, err := t.sql.ExecContext(ctx, text); err != nil {
					return postgresFailure("retire", err)
				}
			}
			return nil
		},
		close: p.Close,
	}, nil
}

// A connection that its process has closed stands in the server's list until the
// server's end of it has noticed, so a process that ended just now seems to be
// there. Whoever is still there after goneWithin is.
const (
	goneWithin = 3 * time.Second
	goneLook   = 20 * time.Millisecond
)

// alone is ErrInUse while another process of ours is connected.
func (p *Postgres) alone(ctx context.Context) error {
	for began := time.Now(); ; {
		var others int
		err := p.readers.QueryRowContext(ctx, `select count(*) from pg_stat_activity
			where datname = current_database() and application_name like $1 and application_name <> $2`, namePrefix+"%", p.name).Scan(&others)
		if err != nil {
			return postgresFailure("look who else is connected", err)
		}
		if others == 0 {
			return nil
		}
		if time.Since(began) > goneWithin {
			return ErrInUse
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(goneLook):
		}
	}
}
