package web

import "time"

// Decision is the official decision about one record. It posts {csrf, basis,
// decision, grounds, dissent} to /records/<id>/decision; decision is a code of
// family "formal".
type Decision struct {
	RecordID string
	Who      Row
	Basis    string
	Outcome  Outcome
	View     string // the interviewer's, code of family "view"
	ViewBy   string
	ViewText string // grounds
	Standing *Decided
	Earlier  []Decided
	// MayDecide says whether this person may decide today; Rule says who may,
	// by role and date, as shown.
	MayDecide  bool
	Rule       string
	RuleSince  string // the day from which it holds
	RuleSource string // the order or rule, as the office names it; may be empty
	Refusal    string // error code when MayDecide is false
	Typed      Typed
}

// Decided is one official decision.
type Decided struct {
	Code    string // of family "formal"
	Who     string
	Agency  string
	At      time.Time
	Grounds string
	Dissent string
}

func (Decision) deskTemplate() string { return "decision" }
