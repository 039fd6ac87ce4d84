package web

import "time"

// ListPreview is what a file of arrivals would bring, before it is taken in.
type ListPreview struct {
	Lines    []ListLine
	Errors   []ImportError
	Unknown  []string // headings that mean nothing here; what stands there is kept
	Encoding string   // code of family "encoding"; empty for a workbook
}

// ListImport is one list that was taken into a group.
type ListImport struct {
	ID     string
	Who    string
	At     time.Time
	Lines  int
	Faults int // places that were not taken
	Undone bool
}

// Arrivals lists the arrival groups at the desk. It posts {csrf, center, gate,
// declared, counted} to /arrivals.
type Arrivals struct {
	Groups  []ArrivalRow
	Centers []Option
	Gates   []Option
	Typed   Typed
}

// ArrivalRow is one group with its counts side by side.
type ArrivalRow struct {
	Group    Group
	Center   string
	Recorded int
	Closed   bool
}

// ArrivalGroup is one group at the desk: counts, list against people, and the
// lists that were taken in. It posts a file to /arrivals/<id>/list, {csrf,
// declared, counted} to /arrivals/<id>, and {csrf, import} to
// /arrivals/<id>/undo and /redo.
type ArrivalGroup struct {
	Group      Group
	Center     string
	Closed     bool
	Recorded   int
	Here       []Mismatch // on the list and here; Fields only where something differs
	Unmatched  []ListLine
	NotOnList  []Row
	Mismatches []Mismatch
	Imports    []ListImport
	MostMB     int
	Typed      Typed
}

// ArrivalList shows what a file would bring. It posts {csrf, token} to
// /arrivals/<id>/take.
type ArrivalList struct {
	Group   Group
	File    string
	Token   string // of this preview; a later one makes it worthless
	Preview ListPreview
}

func (Arrivals) deskTemplate() string     { return "arrivals" }
func (ArrivalGroup) deskTemplate() string { return "arrival" }
func (ArrivalList) deskTemplate() string  { return "arrival_list" }
