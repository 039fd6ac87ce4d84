package web

import "time"

// Quarantine lists changes that are stored and not read. It posts {csrf, id,
// action, reason} to /quarantine; action is "release" or "discard".
type Quarantine struct {
	Rows []Parked
}

// Parked is one change in quarantine.
type Parked struct {
	ID     string // of the change
	Short  string // its first characters, to read out
	Why    string // code of family "quarantine"
	Detail string // ids only
	Device string
	Who    string
	At     time.Time
	Since  time.Time
	Record string // path; empty when unknown
}

func (Quarantine) deskTemplate() string { return "quarantine" }
