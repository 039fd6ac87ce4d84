package server

import (
	"testing"
	"time"

	"raksa/casefile"
)

// The office's clock may be in yesterday while the border is in tomorrow.
func TestTheTrendEndsWithTheDayOnSite(t *testing.T) {
	late := time.Date(2026, 11, 23, 18, 30, 0, 0, time.UTC) // half past one at Poipet, on the 24th
	bars := trend([]listed{{Summary: casefile.Summary{Day: casefile.SiteDay(late.UnixMilli())}}}, late)
	last := bars[len(bars)-1]
	if len(bars) != trendDays || last.Label != "24" || last.Value != 1 {
		t.Errorf("%d bars, the last %+v", len(bars), last)
	}
}
