//go:build linux

package main

import (
	"testing"

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
