package web

import "time"

// Records is a list of records: GET /records?q=&filter=&page=.
type Records struct {
	Title  string // code of family "list"
	Query  string
	Filter string // code of family "filter"
	Rows   []Row
	Total  int
	Prev   string // path; empty is none
	Next   string
}

// Record is one record at the desk, every answer with its origin.
type Record struct {
	ID        string
	Who       Row
	Person    string // opaque id of the person cluster; empty when alone
	Siblings  []Row  // other records of the same person
	Sections  []RecordSection
	Elsewhere []Answer // from other form versions: kept and not counted
	Form      string   // version that it stands on
	Timeline  []Event
	Outcome   Outcome
	How       string // how consent was given, as shown; empty before
	Language  string // of the interview, as shown
	Flaw      string // code of family "flaw": why consent does not stand
	View      string
	Official  string // code of family "formal"; empty: none yet
	Grants    []Grant
	Referrals []Sent
	Erased    bool
	Contested int
	CanDecide bool
	CanErase  bool
	Centers   []Option // where the record may go
	Typed     Typed
}

// RecordSection is a group of answers. Locked shows why it may not be read.
type RecordSection struct {
	Label  string
	Locked bool
	Rows   []Answer
}

// Answer is one item with where it came from.
type Answer struct {
	Label     string
	Text      string
	State     string // code of family "answer"
	Origin    Origin
	Contested string // path of the contested page; empty when settled
	Earlier   []Version
	Form      string // version under which it was given, for what is elsewhere
}

// Event is one point of a person's time line.
type Event struct {
	At   time.Time
	Kind string // code of family "event"
	Text string
	Who  string
}

func (Records) deskTemplate() string { return "records" }
func (Record) deskTemplate() string  { return "record" }
