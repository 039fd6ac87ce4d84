package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"raksa/syncengine"
)

// Postgres is a syncengine.Store in a PostgreSQL database. Several processes may
// have it open at the same time. Where a statement is the same as in SQLite, it
// is the same text.
//
// Updates of all processes run one at a time under one advisory lock. A writer
// holds it until its commit can be seen, so the commit order is the order of the
// log and of all positions, and nobody ever sees a gap that is filled later. A
// View is one snapshot.
type Postgres struct {
	name    string // of this process among those that are connected
	writers *sql.DB
	readers *sql.DB
	lock    func(context.Context, *sql.Tx) error // lockUpdates
	group   group
}

// Of two writers of a process one works and the other waits for the lock; more
// would only hold connections.
const (
	writerConnections = 2
	readerConnections = 8
)

// updateLock is the number of the advisory lock around every Update ("raksa").
const updateLock = 0x72616b7361

// settings of every connection. A transaction that waits for the lock gives up;
// one that holds it and does nothing, because its process was frozen or its
// network is gone, is ended by the server, for the others wait. An acknowledged
// commit is on the disk, and on the synchronous standby where there is one.
var settings = map[string]string{
	"synchronous_commit":                  "on",
	"lock_timeout":                        "20s",
	"idle_in_transaction_session_timeout": "30s",
	"tcp_keepalives_idle":                 "15",
	"tcp_keepalives_interval":             "5",
	"tcp_keepalives_count":                "3",
}

// namePrefix begins the name by which the server knows our connections; the
// rest is drawn by each process.
const namePrefix = "raksa/"

// commitPatience bounds the wait for the answer to a commit. The caller's
// context does not end it: that would leave its outcome open for nothing.
const commitPatience = 30 * time.Second

// Unsafe is the answer to a server that does not keep what it acknowledges, or
// cannot hold what is written.
type Unsafe struct{ Setting, Value, Want string }

func (e *Unsafe) Error() string {
	return fmt.Sprintf("sqlstore: the server has %s = %s; it must be %s", e.Setting, e.Value, e.Want)
}

// IsPostgres reports whether where is a PostgreSQL URL and not a file.
func IsPostgres(where string) bool {
	return strings.HasPrefix(where, "postgres://") || strings.HasPrefix(where, "postgresql://")
}

// OpenPostgres opens the database of a URL (postgres://user@host:5432/name),
// making the tables if they are not there. What the URL leaves out comes from
// the usual environment variables (PGHOST, PGPASSWORD, PGPASSFILE …) and from
// ~/.pgpass. Its errors never hold the password.
func OpenPostgres(ctx context.Context, url string) (*Postgres, error) {
	config, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("sqlstore: the URL of the database: %w", err)
	}
	maps.Copy(config.RuntimeParams, settings)
	config.ConnectTimeout = 10 * time.Second
	name := namePrefix + rand.Text()[:8]
	config.RuntimeParams["application_name"] = name
	p := &Postgres{name: name, lock: lockUpdates, writers: pool(config, writerConnections), readers: pool(config, readerConnections)}
	p.group.transact = func(ctx context.Context, fn func(*tx) error) error { return p.run(ctx, p.writers, nil, p.lock, fn) }
	if err := p.prepare(ctx); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func pool(config *pgx.ConnConfig, connections int) *sql.DB {
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db
}

// prepare asks whether the server can be trusted with a promise, and brings the
// tables up to date.
func (p *Postgres) prepare(ctx context.Context) error {
	for _, want := range []struct{ setting, value string }{
		{"fsync", "on"},
		{"full_page_writes", "on"},
		{"server_encoding", "UTF8"},
		{"transaction_read_only", "off"}, // a standby
	} {
		var value string
		if err := p.writers.QueryRowContext(ctx, "select current_setting($1)", want.setting).Scan(&value); err != nil {
			return postgresFailure("open", err)
		}
		if value != want.value {
			return &Unsafe{Setting: want.setting, Value: value, Want: want.value}
		}
	}
	return p.run(ctx, p.writers, nil, p.lock, func(t *tx) error {
		if _, err := t.sql.ExecContext(ctx, "create table if not exists raksa_schema (version bigint primary key)"); err != nil {
			return err
		}
		return migrate(ctx, t.sql, postgresDialect)
	})
}

// Close lets every connection go.
func (p *Postgres) Close() error { return errors.Join(p.readers.Close(), p.writers.Close()) }

// Shared reports that other processes may write to the same store.
func (p *Postgres) Shared() bool { return true }

// Update implements syncengine.Store.
func (p *Postgres) Update(ctx context.Context, fn func(syncengine.Tx) error) error {
	return p.group.update(ctx, fn)
}

// View implements syncengine.Store.
func (p *Postgres) View(ctx context.Context, fn func(syncengine.Tx) error) error {
	return p.run(ctx, p.readers, snapshot, nil, func(t *tx) error { return buffered(ctx, t, true, fn) })
}

// snapshot is one state of everything, from the first statement to the last.
var snapshot = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}

// lockUpdates comes first in every Update. At the level "read committed" each
// later statement sees all that was committed before the lock was given; a
// snapshot taken with the lock would be as old as the wait for it.
func lockUpdates(ctx context.Context, t *sql.Tx) error {
	_, err := t.ExecContext(ctx, "select pg_advisory_xact_lock($1)", int64(updateLock))
	return err
}

// run runs fn in one transaction. ctx ends it at any point before the commit is
// sent, and not after.
func (p *Postgres) run(ctx context.Context, db *sql.DB, options *sql.TxOptions,
	first func(context.Context, *sql.Tx) error, fn func(*tx) error,
) error {
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	release := context.AfterFunc(ctx, end)
	defer release()
	conn, t, err := p.begin(ctx, life, db, options, first)
	if err != nil {
		return postgresFailure("begin", err)
	}
	defer conn.Close()
	defer t.Rollback()
	if err := fn(&tx{ctx: ctx, sql: t}); err != nil {
		return failedInside(ctx, conn, t, err)
	}
	if !release() {
		return ctx.Err()
	}
	patience := time.AfterFunc(commitPatience, end)
	defer patience.Stop()
	return commitFailure(t.Commit())
}

// begin gives a transaction on a live connection. Nothing has been done yet, so
// a connection that turns out to be dead is simply replaced: after a restart of
// the server every idle one is.
func (p *Postgres) begin(ctx, life context.Context, db *sql.DB, options *sql.TxOptions,
	first func(context.Context, *sql.Tx) error,
) (*sql.Conn, *sql.Tx, error) {
	for tries := 0; ; tries++ {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		t, err := conn.BeginTx(life, options)
		if err == nil && first != nil {
			if err = first(ctx, t); err != nil {
				err = errors.Join(err, ignoreDone(t.Rollback()))
			}
		}
		if err == nil {
			return conn, t, nil
		}
		gone := dead(conn)
		conn.Close()
		if !gone || ctx.Err() != nil || tries > readerConnections {
			return nil, nil, err
		}
	}
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}
