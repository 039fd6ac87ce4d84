package web

// Erasure asks for confirmation before a record is forgotten. It posts {csrf,
// confirm, reason} to /records/<id>/erase; confirm must be Short, typed.
type Erasure struct {
	RecordID string
	Short    string // what must be typed
	Who      Row
	Holders  []string // devices and partners that hold a key, as shown
	Offline  []string // those not heard from: they follow at their next contact
	Typed    Typed
}

// Failed is a page of its own for an error.
type Failed struct {
	Notice Notice
	Back   string // path
}

func (Erasure) deskTemplate() string { return "erase" }
func (Failed) deskTemplate() string  { return "failed" }
