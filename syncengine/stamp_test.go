package syncengine_test

import (
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

func TestAStampAlwaysRisesWhateverTheClockShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := syncengine.Stamp(0)
		for range rapid.IntRange(1, 20).Draw(t, "saves") {
			next := s.Next(rapid.Int64Range(-1<<50, 1<<47).Draw(t, "clock"))
			if next <= s {
				t.Fatalf("%d after %d", next, s)
			}
			s = next
		}
	})
}

func TestATabletInAFarYearDoesNotDragTheOthersAlong(t *testing.T) {
	const noon = 1_795_000_000_000
	own := syncengine.Stamp(0).Next(noon)
	for name, row := range map[string]struct {
		otherMillis int64
		adopted     bool
	}{
		"five minutes ahead": {noon + 5*60_000, true},
		"ten minutes ahead":  {noon + 10*60_000, true},
		"an hour ahead":      {noon + 60*60_000, false},
		"in 2031":            {1_925_000_000_000, false},
		"behind":             {noon - 60_000, false},
		"in 1970":            {0, false},
	} {
		other := syncengine.Stamp(0).Next(row.otherMillis)
		if met := own.Meet(other, noon); (met == other) != row.adopted || met < own {
			t.Errorf("%s: %d", name, met.Millis())
		}
	}
}

func TestASaveAfterAnotherThatWasSeenIsStampedLater(t *testing.T) {
	ahead, tablet, office := newNode(t, 1), newNode(t, 2), newNode(t, 9)
	ahead.wallMillis += 5 * 60_000
	seen := ahead.save(1, "q1", "yes")
	ahead.push(office)
	tablet.pull(office)
	if c := tablet.save(1, "q1", "no"); c.Stamp <= seen.Stamp {
		t.Errorf("%d after %d", c.Stamp, seen.Stamp)
	}
	farAhead := newNode(t, 3)
	farAhead.wallMillis = 1_925_000_000_000
	far := farAhead.save(1, "q1", "refused")
	farAhead.push(office)
	tablet.pull(office)
	if c := tablet.save(1, "q1", "no"); c.Stamp >= far.Stamp {
		t.Error("the tablet took over a year that nobody believes")
	}
	if tablet.live(1, "q1") != "no" {
		t.Error("an earlier stamp kept a save from replacing what it saw")
	}
}
