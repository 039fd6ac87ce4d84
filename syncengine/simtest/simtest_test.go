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
	stepsFlag = flag.Int("steps", 100, "steps of one run before the link heals")
)

// Runs make much garbage and keep little: a lazy collector nearly halves them.
func init() { debug.SetGCPercent(800) }

// faults must each occur in a long run: what never happened was not tested.
var faults = []string{
	"page opened", "page saved", "contested field settled", "answer struck", "request sent",
	"message delivered", "message lost", "request lost", "answer lost", "message repeated", "message overtaken", "message arrived twice in a row",
	"message cut", "cut message refused", "clock set wrong", "tablet locked", "tablet unlocked",
	"tablet backed up", "tablet restored", "tablet cloned", "tablet destroyed", "office backed up", "office restored",
	"change quarantined or released", "record erased", "page closed by an erasure", "killed before a commit",
	"fork noticed", "unknown base answered", "position unknown at the office", "common position found",
	"late news refused", "only copy destroyed", "lost at the office and at its author", "record compared",
}

// play runs seeds on all processors until enough of them are red.
func play(first uint64, seeds, enough int, steps simtest.Steps) (simtest.Counts, []simtest.Result) {
	var next atomic.Int64
	var mu sync.Mutex
	var all sync.WaitGroup
	counts, red := simtest.Counts{}, []simtest.Result(nil)
	for range runtime.GOMAXPROCS(0) {
		all.Go(func() {
			for i := next.Add(1) - 1; i < int64(seeds); i = next.Add(1) - 1 {
				result := simtest.Run(first+uint64(i), *stepsFlag, steps)
				mu.Lock()
				counts.Add(result.Counts)
				if len(result.Violations) > 0 {
					if red = append(red, result); len(red) >= enough {
						next.Store(int64(seeds))
					}
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
	counts, red := play(*seedFlag, *seedsFlag, 3, simtest.Faithful())
	for _, result := range red {
		for _, violation := range result.Violations {
			t.Errorf("seed %d: %s", result.Seed, violation)
		}
	}
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%9d  %s", counts[what], what)
	}
	for _, fault := range faults {
		if *seedsFlag >= 500 && counts[fault] == 0 && len(red) == 0 {
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
