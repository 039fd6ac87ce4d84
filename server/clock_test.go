package server

import (
	"strings"
	"testing"
	"time"

	"raksa/screening"
	"raksa/syncengine"
)

// What a tablet in another year writes counts as it is, pulls nobody's clock
// along, and is shown with the times between which it must have been written.
func TestAWrongClockIsMarkedWithWhatTheOfficeKnows(t *testing.T) {
	for name, row := range map[string]struct {
		off    time.Duration
		marked bool
	}{
		"right":           {0, false},
		"a minute ahead":  {time.Minute, false},
		"two years ahead": {2 * 365 * 24 * time.Hour, true},
		"a year behind":   {-365 * 24 * time.Hour, true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.rogue(TicketOrder{Name: "PTC-7", Profile: screening.Capture, Center: "PTC"})
			r.signsAs("Interviewer")
			if _, err := r.try(); err != nil { // nothing waits: the bracket begins here
				t.Fatal(err)
			}
			d.now = d.now.Add(2 * time.Hour)
			right := r.now
			r.now = d.now.Add(row.off)
			id := r.interview(somebody("Sreymom"))
			d.now = right.Add(2 * time.Hour)
			if held := r.push(); len(held) != 0 {
				t.Fatalf("held: %v", held)
			}
			_, page := d.as("Dara").get("/records/" + id.String())
			if !strings.Contains(page, "Sreymom") {
				t.Fatal("the record is not shown")
			}
			marked := strings.Contains(page, "clock uncertain: written between") || strings.Contains(page, "នាឡិកាមិនច្បាស់៖ សរសេរចន្លោះ")
			if marked != row.marked {
				t.Errorf("marked: %v", marked)
			}
			d.do(func(tx syncengine.Tx) error {
				self, err := syncengine.LoadSelf(tx)
				if ahead := self.Stamp.Millis() - d.now.UnixMilli(); ahead > time.Hour.Milliseconds() {
					t.Errorf("the office's clock was pulled %d ms ahead", ahead)
				}
				return err
			})
		})
	}
}
