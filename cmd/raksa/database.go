package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"strings"

	"raksa/syncengine/sqlstore"
)

// errShownSecret: what stands on a command line, everybody on the machine reads.
var errShownSecret = errors.New("the password of the database must not stand on the command line: " +
	"put it into ~/.pgpass, a file named by PGPASSFILE, or the whole URL into RAKSA_DB")

// openDatabase opens a file or a PostgreSQL URL.
func openDatabase(ctx context.Context, where string) (sqlstore.Database, error) {
	if err := checkShown(os.Args, where); err != nil {
		return nil, err
	}
	return sqlstore.OpenAt(ctx, where)
}

// openExisting is openDatabase for a file that must be there already.
func openExisting(ctx context.Context, where string) (sqlstore.Database, error) {
	if !sqlstore.IsPostgres(where) {
		if _, err := os.Stat(where); err != nil {
			return nil, err
		}
	}
	return openDatabase(ctx, where)
}

// openToRead opens what is only looked at: a file is not written to at all.
func openToRead(ctx context.Context, where string) (sqlstore.Database, error) {
	if sqlstore.IsPostgres(where) {
		return openDatabase(ctx, where)
	}
	return sqlstore.OpenToRead(where)
}

// checkShown refuses a URL whose password stands among the arguments. Nothing of
// the URL is in the error.
func checkShown(args []string, where string) error {
	if !sqlstore.IsPostgres(where) || !strings.Contains(strings.Join(args, " "), where) {
		return nil
	}
	parsed, err := url.Parse(where)
	if err != nil {
		return errors.New("the URL of the database does not parse")
	}
	if _, given := parsed.User.Password(); given || parsed.Query().Has("password") {
		return errShownSecret
	}
	return nil
}
