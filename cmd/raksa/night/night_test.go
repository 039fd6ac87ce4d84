package night

import (
	"bytes"
	"testing"

	"github.com/rs/zerolog"

	"raksa/screening/form"
	"raksa/vault"
)

// cheap makes a guess at a secret cheap: nobody guesses in tests.
var cheap = vault.Params{Passes: 1, MemoryKiB: 64, Threads: 1}

func forms(version string) *form.Definition {
	if def := form.Builtin(); def.Version() == version {
		return def
	}
	return nil
}

// begin starts empty hosts; what they log is in the buffer.
func begin(t *testing.T) (*Night, *bytes.Buffer) {
	t.Helper()
	return beginOn(t, "")
}

// beginOn is begin with the office's database elsewhere.
func beginOn(t *testing.T, db string) (*Night, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	n, err := Start(t.Context(), Options{
		Dir: t.TempDir(), DB: db, Forms: forms, Seed: 1, Log: zerolog.New(zerolog.SyncWriter(&log)), SecretCost: cheap,
		Progress: func(text string) { t.Log(text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := n.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return n, &log
}

func TestTheNightEndsAsItWasPutIn(t *testing.T) {
	n, _ := begin(t)
	n.playsOut(t)
}

func (n *Night) playsOut(t *testing.T) {
	t.Helper()
	if err := n.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	summary, differences, err := n.Check(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + summary)
	for _, difference := range differences {
		t.Error(difference)
	}
}
