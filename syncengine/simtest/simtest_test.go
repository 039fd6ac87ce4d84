package simtest_test

import (
	"flag"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"raksa/syncengine/simtest"
)

var (
	seedFlag  = flag.Uint64("seed", 1, "first seed")
	seedsFlag = flag.Int("seeds", 1000, "how many seeds")
	stepsFlag = flag.Int("steps", 60, "steps of one run before the link heals")
)

// longRunSteps is from how many steps on a fault that never occurred is itself
// a failure.
const longRunSteps = 60_000

// Runs make much garbage and keep little: a lazy collector nearly halves them.
func init() { debug.SetGCPercent(800) }

// tellEvery is after how many seeds a long run says how far it is.
const tellEvery = 10_000

// play runs seeds on all processors until enough of them are red, and tells how
// many are done.
func play(first uint64, seeds, enough int, steps simtest.Steps, tell func(done, red int)) (simtest.Counts, []simtest.Result) {
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	done, counts, red := 0, simtest.Counts{}, []simtest.Result(nil)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(seeds); i = next.Add(1) - 1 {
				result := simtest.Run(first+uint64(i), *stepsFlag, steps)
				mu.Lock()
				counts.Add(result.Counts)
				done++
				if len(result.Violations) > 0 {
					if red = append(red, result); len(red) >= enough {
						next.Store(int64(seeds))
					}
				}
				if done%tellEvery == 0 {
					tell(done, len(red))
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return counts, red
}

func TestNothingThatWasKeptIsLostOverARudeLink(t *testing.T) {
	t.Logf("first seed %d, %d seeds, %d steps", *seedFlag, *seedsFlag, *stepsFlag)
	counts, red := play(*seedFlag, *seedsFlag, 3, simtest.Faithful(), func(done, red int) {
		t.Logf("%d seeds done, %d red; to go on: -seed %d -seeds %d", done, red, *seedFlag+uint64(done), *seedsFlag-done)
	})
	for _, result := range red {
		for _, violation := range result.Violations {
			t.Errorf("seed %d: %s", result.Seed, violation)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%9d  %s", counts[what], what)
	}
	if *seedsFlag**stepsFlag >= longRunSteps && len(red) == 0 {
		for _, fault := range simtest.Missing(counts) {
			t.Errorf("in %d seeds this never happened: %s", *seedsFlag, fault)
		}
	}
}

func TestTheSameSeedGivesTheSameRun(t *testing.T) {
	a, b := simtest.Run(7, 200, simtest.Faithful()), simtest.Run(7, 200, simtest.Faithful())
	if !maps.Equal(a.Counts, b.Counts) || !slices.Equal(a.Violations, b.Violations) {
		t.Errorf("\n%v\n%v", a.Counts, b.Counts)
	}
}
