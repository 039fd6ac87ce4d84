package trial_test

import (
	"flag"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"raksa/cmd/raksa/trial"
	"raksa/screening/form"
)

var (
	seedFlag    = flag.Uint64("seed", 1, "first seed")
	seedsFlag   = flag.Int("seeds", 2, "how many seeds")
	daysFlag    = flag.Int("days", 2, "working days of one run")
	devicesFlag = flag.Int("devices", 4, "devices of one run")
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
}
