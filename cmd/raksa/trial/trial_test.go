package trial_test

import (
	"flag"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"raksa/cmd/raksa/trial"
	"raksa/screening/form"
)

var (
	seedFlag    = flag.Uint64("seed", 1, "first seed")
	seedsFlag   = flag.Int("seeds", 2, "how many seeds")
	daysFlag    = flag.Int("days", 1, "working days of one run")
	devicesFlag = flag.Int("devices", 5, "devices of one run")
	liesFlag    = flag.Bool("lies", false, "let a host lie in every way, not in one")
	traceFlag   = flag.Bool("trace", false, "tell what happens")
)

// Runs make much garbage and keep little.
func init() { debug.SetGCPercent(800) }

func forms(version string) *form.Definition {
	if def := form.Builtin(); def.Version() == version {
		return def
	}
	return nil
}

// play runs one seed in a bubble of its own.
func play(t *testing.T, seed uint64, hands trial.Hands) (result trial.Result) {
	t.Helper()
	o := trial.Options{
		Dir: t.TempDir(), Seed: seed, Days: *daysFlag, Devices: *devicesFlag, Forms: forms, Hands: hands,
	}
	if *traceFlag {
		o.Trace = func(text string) { t.Log(text) }
		o.Log = zerolog.New(zerolog.NewTestWriter(t))
	}
	synctest.Test(t, func(t *testing.T) { result = trial.Run(t.Context(), o) })
	return result
}

func TestNothingThatWasKeptIsLostWithRealHosts(t *testing.T) {
	counts := trial.Counts{}
	for i := range *seedsFlag {
		seed := *seedFlag + uint64(i)
		began := time.Now()
		result := play(t, seed, trial.Hands{})
		t.Logf("seed %d: %d exchanges, %v", seed, result.Counts["exchange"], time.Since(began).Round(time.Millisecond))
		counts.Add(result.Counts)
		for _, violation := range result.Violations {
			t.Errorf("seed %d: %s", seed, violation)
		}
		if len(result.Violations) > 0 {
			t.Logf("again: go test ./cmd/raksa/trial -run Kept -args -seed %d -seeds 1 -days %d -devices %d -trace", seed, *daysFlag, *devicesFlag)
		}
	}
	for _, what := range counts.Names() {
		t.Logf("%7d  %s", counts[what], what)
	}
	for _, fault := range faults {
		if *seedsFlag >= enough && counts[fault] == 0 {
			t.Errorf("in %d seeds this never happened: %s", *seedsFlag, fault)
		}
	}
}

// enough seeds for every fault to occur.
const enough = 60

// faults must each occur in a long run: what never happened was not tested.
var faults = []string{
	"answer dropped", "request sent twice", "old request sent again", "link slow", "link away", "office away",
	"connection cut after some bytes", "connection half open", "connection trickles",
	"login page with 200", "login page with 302", "login page behind TLS",
	"office killed before a commit", "office killed after a commit", "office killed at rest", "office backed up", "office restored",
	"tablet killed before a commit", "tablet killed after a commit", "tablet killed at rest", "tablet backed up", "tablet restored",
	"tablet cloned", "device revoked and enrolled anew", "tablet locked for hours",
	"clock some minutes off", "clock jumped back", "clock drifts", "clock in 1970", "clock in the next year",
	"two answers to one page", "contested answer settled", "pair decided", "person transferred to KTC", "record erased", "erased record looked for",
	"consent taken back", "consent taken back at the desk", "withdrawal filed by slip", "referral asked for", "referral answered",
	"quarantined change released or discarded", "only copy destroyed", "mark looked at", "answer compared",
}
