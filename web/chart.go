package web

import "math"

// waterfall is the geometry of a weight's waterfall, in the units of its SVG
// view box (waterfallWidth wide, waterfallRow a step).
type waterfall struct {
	Height float64
	Zero   float64 // x of weight 0
	Steps  []waterfallStep
}

type waterfallStep struct {
	Label    string
	Bits     float64
	X, Width float64 // of the bar
	Y        float64
	End      float64 // x where the running sum stands after this step
	For      bool
	Sum      bool
}

const (
	waterfallLabel = 220.0
	waterfallWidth = 640.0
	waterfallRow   = 34.0
)

// waterfallOf lays out steps, from the first to the sum. Every bar begins
// where the one before ended, so the eye can add them up.
func waterfallOf(steps []WeightStep) waterfall {
	low, high, sum := 0.0, 0.0, 0.0
	for _, s := range steps {
		sum += s.Bits
		low, high = math.Min(low, sum), math.Max(high, sum)
	}
	span := math.Max(high-low, 1)
	const room = waterfallWidth - waterfallLabel - 70 // for the figure right of a bar
	at := func(bits float64) float64 { return round1(waterfallLabel + (bits-low)/span*room) }

	w := waterfall{Zero: at(0)}
	running := 0.0
	add := func(label string, from, bits float64, isSum bool) {
		to := from + bits
		w.Steps = append(w.Steps, waterfallStep{
			Label: label, Bits: bits, For: bits >= 0, Sum: isSum,
			X: at(math.Min(from, to)), Width: math.Max(at(math.Max(from, to))-at(math.Min(from, to)), 2),
			Y: float64(len(w.Steps)) * waterfallRow, End: at(to),
		})
	}
	for _, s := range steps {
		add(s.Label, running, s.Bits, false)
		running += s.Bits
	}
	add("", 0, running, true)
	w.Height = float64(len(w.Steps)) * waterfallRow
	return w
}

// barChart is the geometry of a small bar chart.
type barChart struct {
	Width, Height float64
	Bars          []barShape
}

type barShape struct {
	Bar
	X, Y, Width, Height float64
	Middle              float64
}

const (
	barStep      = 56.0
	barAreaHigh  = 120.0
	barTextSpace = 24.0
)

// barsOf lays out a bar chart; the highest bar fills the area.
func barsOf(bars []Bar) barChart {
	top := 1
	for _, b := range bars {
		top = max(top, b.Value)
	}
	c := barChart{Width: float64(len(bars)) * barStep, Height: barAreaHigh + 2*barTextSpace}
	for i, b := range bars {
		high := round1(float64(b.Value) / float64(top) * barAreaHigh)
		x := float64(i) * barStep
		c.Bars = append(c.Bars, barShape{
			Bar: b, X: x + 10, Y: barTextSpace + barAreaHigh - high,
			Width: barStep - 20, Height: high, Middle: x + barStep/2,
		})
	}
	return c
}

// whisker is the geometry of a count with its range.
type whisker struct{ Low, At, High float64 }

const whiskerWidth = 200.0

// whiskerOf places low and high around at, in the middle of the line. All
// rows of a table share one spread, the widest relative distance, so that
// the eye compares how sure the counts are and not how large.
func whiskerOf(low, at, high int, spread float64) whisker {
	const middle, room = whiskerWidth / 2, whiskerWidth/2 - 6
	x := func(n int) float64 {
		if at == 0 || spread == 0 {
			return middle
		}
		return round1(middle + float64(n-at)/float64(at)/spread*room)
	}
	return whisker{x(low), x(at), x(high)}
}

func round1(x float64) float64 { return math.Round(x*10) / 10 }
