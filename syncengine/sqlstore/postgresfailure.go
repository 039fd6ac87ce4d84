package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"raksa/syncengine"
)

// postgresMeaning says in the engine's words what a code of PostgreSQL means
// (https://www.postgresql.org/docs/15/errcodes-appendix.html): whole codes
// first, then classes.
var postgresMeaning = map[string]error{
	"25P03": syncengine.ErrUnavailable, // idle in a transaction for too long
	"40001": syncengine.ErrBusy,        // could not be serialised
	"40P01": syncengine.ErrBusy,        // deadlock
	"55P03": syncengine.ErrBusy,        // waited too long for a lock
	"57P01": syncengine.ErrUnavailable, // an administrator ended it
	"57P02": syncengine.ErrUnavailable, // another connection crashed
	"57P03": syncengine.ErrUnavailable, // starting up or shutting down
	"57P05": syncengine.ErrUnavailable, // idle for too long
	"08":    syncengine.ErrUnavailable, // connection
	"53":    syncengine.ErrUnavailable, // too few resources: connections, memory
}

// postgresFailure says what was being done, and what the failure means. It is
// for failures after which nothing of the transaction stands.
func postgresFailure(doing string, err error) error {
	if err == nil {
		return nil
	}
	if meaning := meaningOf(err); meaning != nil {
		return fmt.Errorf("sqlstore: %s: %w: %w", doing, meaning, err)
	}
	return fmt.Errorf("sqlstore: %s: %w", doing, err)
}

func meaningOf(err error) error {
	var said *pgconn.PgError
	var connecting *pgconn.ConnectError
	var network *net.OpError
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return nil // the caller ended it
	case errors.As(err, &connecting), errors.As(err, &network), errors.Is(err, driver.ErrBadConn),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return syncengine.ErrUnavailable
	case !errors.As(err, &said):
		return nil
	}
	if meaning := postgresMeaning[said.Code]; meaning != nil {
		return meaning
	}
	if len(said.Code) != 5 {
		return nil
	}
	return postgresMeaning[said.Code[:2]]
}

// failedInside gives the error of a transaction whose function failed. Where the
// connection is gone, that is what the error means.
func failedInside(ctx context.Context, conn *sql.Conn, t *sql.Tx, err error) error {
	if meaning := meaningOf(err); meaning != nil {
		return fmt.Errorf("%w: %w", meaning, err)
	}
	_ = t.Rollback()
	if ctx.Err() == nil && dead(conn) {
		return fmt.Errorf("%w: %w", syncengine.ErrUnavailable, err)
	}
	return err
}

// commitFailure tells a commit that did not happen from one of which nobody
// knows. Only the server's plain word ERROR says that nothing stands: a
// connection that ends while a commit is on its way may end before or after it.
func commitFailure(err error) error {
	if err == nil {
		return nil
	}
	var said *pgconn.PgError
	if errors.As(err, &said) && said.SeverityUnlocalized == "ERROR" {
		return postgresFailure("commit", err)
	}
	// A transaction in which a statement failed is rolled back by its commit.
	if errors.Is(err, sql.ErrTxDone) || errors.Is(err, pgx.ErrTxCommitRollback) {
		return postgresFailure("commit", err)
	}
	return fmt.Errorf("sqlstore: commit: %w: %w", syncengine.ErrOutcomeUnknown, err)
}

// dead reports whether a connection can no longer be used.
func dead(conn *sql.Conn) bool {
	gone := true
	err := conn.Raw(func(driver any) error {
		c, is := driver.(*stdlib.Conn)
		gone = !is || c.Conn().IsClosed()
		return nil
	})
	return err != nil || gone
}

// NotUpYet reports an error of opening that may pass without anybody's doing: the
// server is not there, is starting, or recovers. A wrong password does not pass.
func NotUpYet(err error) bool {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return said.Code == codeNotUpYet
	}
	return errors.Is(err, syncengine.ErrUnavailable)
}

// codeNotUpYet: the server starts, recovers or stops.
const codeNotUpYet = "57P03"
