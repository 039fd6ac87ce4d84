package web

import "time"

// Audit searches the log of readings, decisions, exports and refusals: GET
// /audit?who=&device=&day=&before=. POST /audit/verify {csrf} checks the whole log.
type Audit struct {
	Who, Device, Day string
	Rows             []AuditRow
	Total            int
	Next             string
	Verified         *Verified
}

// AuditRow is one leaf.
type AuditRow struct {
	Leaf   int64
	At     time.Time
	Who    string
	Device string
	Act    string // code of family "act"
	Record string // short id; never a name
	Path   string
	Why    string // stated purpose
	Denied bool
}

// Verified is the result of a check of the log.
type Verified struct {
	OK     bool
	Leaves int64
	Root   string // short form
	At     time.Time
	First  int64 // leaf where it breaks, when not OK
}

func (Audit) deskTemplate() string { return "audit" }
