package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"time"

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

// How long serve waits for a database server that is not up yet, or is still
// recovering, and how often it looks.
const (
	databaseWait = 2 * time.Minute
	databaseLook = time.Second
)

// openWhenUp is openDatabase for a service, which may be started before its
// database server is. It says once that it waits, and then in the end why not.
func openWhenUp(ctx context.Context, where string, wait time.Duration, say io.Writer) (sqlstore.Database, error) {
	for began, said := time.Now(), false; ; {
		store, err := openDatabase(ctx, where)
		if !sqlstore.NotUpYet(err) || ctx.Err() != nil {
			return store, err
		}
		if time.Since(began) > wait {
			return nil, fmt.Errorf("the database server was not there for %s; look whether it runs, and at its log: %w", wait, err)
		}
		if !said {
			said = true
			fmt.Fprintf(say, "raksa: the database server is not up yet; waiting for it, at most %s\n", wait)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(databaseLook):
		}
	}
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
