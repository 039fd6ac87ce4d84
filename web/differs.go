package web

import "time"

// Differs says what is not the same here and at the office, and that another
// copy of this tablet is about. It posts {} to /differs/told.
type Differs struct {
	Rows   []Row    // of this device's own list
	Others []string // short ids of records that are on no list here
	Stuck  bool     // sending again did not help: somebody must look
	Copied time.Time
}

// None says that all is well.
func (d Differs) None() bool { return len(d.Rows) == 0 && len(d.Others) == 0 && d.Copied.IsZero() }

// OnlyCopied says that the other copy is all there is to say.
func (d Differs) OnlyCopied() bool {
	return len(d.Rows) == 0 && len(d.Others) == 0 && !d.Copied.IsZero()
}

func (Differs) fieldTemplate() string { return "differs" }
