//go:build linux

package sqlstore_test

import (
	"context"
	"errors"
	"testing"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/sqlstore/pgtest"
	"raksa/syncengine/storetest"
)

func openPostgres(t testing.TB, url string) *sqlstore.Postgres {
	t.Helper()
	p, err := sqlstore.OpenPostgres(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestPostgres(t *testing.T) {
	server := pgtest.Start(t)
	storetest.Run(t, func(t *testing.T) syncengine.Store { return openPostgres(t, server.Database(t)) })

	t.Run("a database of a later program is refused", func(t *testing.T) {
		url := server.Database(t)
		openPostgres(t, url)
		pgtest.Query(t, url, "insert into raksa_schema (version) values (99)")
		var future *sqlstore.FutureSchema
		if _, err := sqlstore.OpenPostgres(t.Context(), url); !errors.As(err, &future) || future.Version != 99 {
			t.Fatalf("got %v", err)
		}
	})
}
