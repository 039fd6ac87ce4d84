package web

import (
	"math"
	"testing"
)

// Each bar of the waterfall begins where the one before ended, and the last
// one ends at the sum.
func TestWaterfallAddsUp(t *testing.T) {
	w := waterfallOf([]WeightStep{{Label: "prior", Bits: -7.2}, {Label: "name", Bits: 9.1}, {Label: "birth", Bits: -1.5}, {Label: "village", Bits: 8}})
	at := w.Zero
	for i, s := range w.Steps[:4] {
		from := s.X
		if !s.For {
			from = s.X + s.Width
		}
		if math.Abs(from-at) > 0.2 {
			t.Errorf("step %d begins at %.1f, the one before ended at %.1f", i, from, at)
		}
		at = s.End
	}
	sum := w.Steps[4]
	if !sum.Sum || math.Abs(sum.End-at) > 0.2 || math.Abs(sum.Bits-8.4) > 1e-9 {
		t.Errorf("sum %+v ends elsewhere than %.1f", sum, at)
	}
}

func TestWhiskersShareOneScale(t *testing.T) {
	c := Counts{Rows: []CountRow{{Persons: 100, Low: 80, High: 110}, {Persons: 10, Low: 9, High: 10}, {Persons: -1}}}
	if got := c.Spread(); got != 0.2 {
		t.Fatalf("spread %v, want 0.2", got)
	}
	if w := whiskerOf(80, 100, 110, 0.2); w != (whisker{6, 100, 147}) {
		t.Errorf("got %+v", w)
	}
	if w := whiskerOf(0, 0, 0, 0); w.At != 100 {
		t.Errorf("nothing counted: %+v", w)
	}
}

func TestBarsOfNothingAndOfZero(t *testing.T) {
	if c := barsOf(nil); len(c.Bars) != 0 {
		t.Errorf("%+v", c)
	}
	if c := barsOf([]Bar{{"a", 0}, {"b", 10}}); c.Bars[0].Height != 0 || c.Bars[1].Height != barAreaHigh {
		t.Errorf("%+v", c)
	}
}
