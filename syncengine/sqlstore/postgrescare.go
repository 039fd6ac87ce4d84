package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"raksa/syncengine"
)

// Verify implements syncengine.Verifier.
func (p *Postgres) Verify(ctx context.Context, place []byte, most int) (part syncengine.Part, err error) {
	err = p.run(ctx, p.readers, snapshot, nil, func(t *tx) error { return t.verify(place, most, &part) })
	return part, err
}

// Schema gives the version of the database's tables, and that which this program writes.
func (p *Postgres) Schema(ctx context.Context) (database, program int, err error) {
	err = p.readers.QueryRowContext(ctx, postgresDialect.version).Scan(&database)
	return database, schemaVersion, postgresFailure("read the schema version", err)
}

// Check asks the server for nothing: it checks its pages itself, where the
// cluster was made with checksums. Values are guarded by hashes, on every read.
func (p *Postgres) Check(ctx context.Context) error {
	return postgresFailure("check", p.readers.PingContext(ctx))
}

// Backup writes a consistent copy of the whole store into a new file: one state
// of everything, whatever is written meanwhile, each item held against its hash
// or checksum on the way and read back before the file counts. What is left of
// one that was broken off is to be deleted.
func (p *Postgres) Backup(ctx context.Context, path string) (err error) {
	target, err := openFileEnd(ctx, path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	return p.run(ctx, p.readers, snapshot, takeTime, func(read *tx) error {
		return target.transact(ctx, func(write *tx) error {
			_, err := copyInto(ctx, read, write, func(Copied) {})
			return err
		})
	})
}

// takeTime lets a transaction stand while the other end of a copy is busy.
func takeTime(ctx context.Context, t *sql.Tx) error {
	_, err := t.ExecContext(ctx, "set local idle_in_transaction_session_timeout = 0")
	return err
}

// scourWait bounds how long a scouring holds others up before it begins.
const scourWait = "2s"

// Scour writes the cells' table anew, without what was deleted, so that no older
// copy of a row is left in its files; nobody reads or writes meanwhile. Then, as
// far as this role may, it moves the server on to a new segment of its
// write-ahead log, so that older ones can go. When they go, and what archives,
// standbys and backups keep, is the server's affair.
func (p *Postgres) Scour(ctx context.Context) error {
	conn, err := p.writers.Conn(ctx)
	if err != nil {
		return postgresFailure("scour", err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "set lock_timeout = '"+scourWait+"'"); err != nil {
		return postgresFailure("scour", err)
	}
	_, err = conn.ExecContext(ctx, "vacuum (full) cell")
	if _, back := conn.ExecContext(context.WithoutCancel(ctx), "set lock_timeout = '"+settings["lock_timeout"]+"'"); err == nil {
		err = back
	}
	if err != nil {
		return postgresFailure("scour", err)
	}
	for _, step := range []string{"select pg_switch_wal()", "checkpoint"} {
		_, err := conn.ExecContext(ctx, step)
		var said *pgconn.PgError
		if errors.As(err, &said) && said.Code == codeNotAllowed {
			continue
		}
		if err != nil {
			return postgresFailure("scour", err)
		}
	}
	return nil
}

// codeNotAllowed: insufficient privilege.
const codeNotAllowed = "42501"
