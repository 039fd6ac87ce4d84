package sqlstore

import (
	"context"
	"io"

	"raksa/syncengine"
)

// Database is a store as a host sees it, a file or a PostgreSQL database.
type Database interface {
	syncengine.Store
	syncengine.Verifier
	io.Closer
	// Scour takes older copies of deleted cells away, as far as it can.
	Scour(ctx context.Context) error
	// Check asks whether the structure is sound. It says nothing of values.
	Check(ctx context.Context) error
	// Schema gives the version of the tables, and that which this program writes.
	Schema(ctx context.Context) (database, program int, err error)
}

var (
	_ Database = (*Store)(nil)
	_ Database = (*Postgres)(nil)
)

// OpenAt opens a PostgreSQL URL, or else a file.
func OpenAt(ctx context.Context, where string) (Database, error) {
	if IsPostgres(where) {
		return OpenPostgres(ctx, where)
	}
	return Open(where)
}
