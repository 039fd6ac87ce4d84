package sqlstore

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// schemaVersion is the last step that this program knows: the number of files in
// schema/. It is written into the database; one of a later version is refused.
const schemaVersion = 1

// FutureSchema is the answer to a database that a later program has written.
type FutureSchema struct{ Version int }

func (e *FutureSchema) Error() string {
	return fmt.Sprintf("sqlstore: the database has schema version %d, this program knows %d", e.Version, schemaVersion)
}

// MovedVersion stands for a version in a store that was copied elsewhere for good.
const MovedVersion = 1 << 30

// ErrMoved is the answer to a store that was copied elsewhere: the office is there.
var ErrMoved = errors.New("sqlstore: this database was moved; the office is where it was copied to")

// dialect is all that differs between the two in the text of the schema, and
// where each keeps its version. The statements of tx.go are the same for both.
type dialect struct {
	words    *strings.Replacer
	extra    string // after the last step
	version  string // gives one number
	remember string // keeps it; %d is the version
}

var sqliteDialect = dialect{
	words: strings.NewReplacer("{{ord}}", "integer primary key", "{{long}}", "integer",
		"{{bytes}}", "blob", "{{text}}", "text", "{{rowless}}", " without rowid"),
	version:  "pragma user_version",
	remember: "pragma user_version = %d",
}

// In PostgreSQL buckets sort by their bytes, as they do in SQLite; what is
// sealed is not compressed in vain; and a change of ordinary size stays in its
// row.
var postgresDialect = dialect{
	words: strings.NewReplacer("{{ord}}", "bigint generated always as identity primary key", "{{long}}", "bigint",
		"{{bytes}}", "bytea", "{{text}}", `text collate "C"`, "{{rowless}}", ""),
	extra: `
		alter table change alter body set storage external, set (toast_tuple_target = 8160);
		alter table cell alter value set storage external, set (toast_tuple_target = 8160, fillfactor = 85);`,
	version:  "select coalesce(max(version), 0) from raksa_schema",
	remember: "insert into raksa_schema (version) values (%d)",
}

// migrate takes the tables from their version to this program's, within one
// transaction.
func migrate(ctx context.Context, tx statements, d dialect) error {
	var version int
	if err := tx.QueryRowContext(ctx, d.version).Scan(&version); err != nil {
		return fmt.Errorf("sqlstore: read the schema version: %w", err)
	}
	if version == MovedVersion {
		return ErrMoved
	}
	if version > schemaVersion {
		return &FutureSchema{Version: version}
	}
	for version < schemaVersion {
		version++
		text, err := fs.ReadFile(schemaFiles, fmt.Sprintf("schema/%04d.sql", version))
		if err != nil {
			return err
		}
		statements := d.words.Replace(string(text))
		if version == 1 {
			statements += d.extra
		}
		if _, err := tx.ExecContext(ctx, statements); err != nil {
			return fmt.Errorf("sqlstore: schema version %d: %w", version, err)
		}
		if _, err := tx.ExecContext(ctx, fmt.Sprintf(d.remember, version)); err != nil {
			return fmt.Errorf("sqlstore: remember schema version %d: %w", version, err)
		}
	}
	return nil
}
