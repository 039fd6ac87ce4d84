//go:build linux

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"raksa/syncengine/sqlstore/pgtest"
)

func TestStoriesOnPostgreSQL(t *testing.T) {
	server := pgtest.Start(t)
	testscript.Run(t, testscript.Params{
		Dir:  "testdata/postgres",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"database": makeDatabase},
		Setup: func(env *testscript.Env) error {
			env.Setenv("DB", server.Database(t))
			return nil
		},
	})
}

// starts starts the server when it is told that somebody waits for it.
type starts struct {
	server *pgtest.Server
	said   strings.Builder
	failed error
}

func (s *starts) Write(text []byte) (int, error) {
	s.failed = s.server.Run()
	return s.said.Write(text)
}

func TestServeWaitsForADatabaseServerThatIsNotUpYet(t *testing.T) {
	server := pgtest.Start(t)
	url := server.Database(t)
	if err := server.Stop("immediate"); err != nil { // it has to recover when it starts
		t.Fatal(err)
	}
	if _, err := openWhenUp(t.Context(), url, 0, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), "look whether it runs") {
		t.Errorf("a server that never comes: %v", err)
	}
	waits := &starts{server: server}
	store, err := openWhenUp(t.Context(), url, time.Minute, waits)
	if err != nil || waits.failed != nil {
		t.Fatal(err, waits.failed)
	}
	store.Close()
	if strings.Count(waits.said.String(), "waiting for it") != 1 {
		t.Errorf("it said %q", waits.said.String())
	}
	quiet := &strings.Builder{}
	if _, err := openWhenUp(t.Context(), strings.Replace(url, "/?", "/nowhere?", 1)+"&dbname=nowhere", time.Minute, quiet); err == nil || quiet.Len() > 0 {
		t.Errorf("a database that is not there: %v, and it said %q", err, quiet)
	}
}
