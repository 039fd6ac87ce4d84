package main

import (
	"errors"
	"strings"
	"testing"
)

func TestAPasswordOnTheCommandLineIsRefused(t *testing.T) {
	const secret = "made-up-word"
	for where, refused := range map[string]bool{
		"postgres://raksa:" + secret + "@db/office":       true,
		"postgresql://raksa@db/office?password=" + secret: true,
		"postgres://raksa@db/office":                      false,
		"postgres:///office?host=/run/postgresql":         false,
		"office.db":                   false,
		"a file:with a colon@sign.db": false,
		"postgres://raksa:" + secret + "@db/office?sslmode=verify-full": true,
	} {
		err := checkShown([]string{"raksa", "serve", "--db=" + where}, where)
		if errors.Is(err, errShownSecret) != refused {
			t.Errorf("%q: got %v", strings.ReplaceAll(where, secret, "…"), err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Error("the error says the password")
		}
		if err := checkShown([]string{"raksa", "serve"}, where); err != nil { // from RAKSA_DB
			t.Errorf("from the environment: %v", err)
		}
	}
	if err := checkShown([]string{"--db", "postgres://raksa:" + secret + "%zz@db/x"}, "postgres://raksa:"+secret+"%zz@db/x"); err == nil || strings.Contains(err.Error(), secret) {
		t.Error("a URL that does not parse is taken, or quoted")
	}
}
