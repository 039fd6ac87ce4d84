package form

import (
	"raksa/screening"
	"raksa/screening/expr"
)

// ConstraintKind says what a constraint demands.
type ConstraintKind string

// The kinds of constraints. Those marked "elsewhere" need more than one
// record or the user, and are checked by whoever has that; they stand here so
// that the form says them.
const (
	Range         ConstraintKind = "range"          // Min..Max
	NotFuture     ConstraintKind = "not_future"     // the date may not lie after today
	Earliest      ConstraintKind = "earliest"       // the date may not lie before Date
	NotBefore     ConstraintKind = "not_before"     // not before Item, at the coarser precision
	Zodiac        ConstraintKind = "zodiac"         // the animal fits the year of Item
	Phone         ConstraintKind = "phone"          // an E.164 number after cleaning
	Allow         ConstraintKind = "allow"          // only these Codes of the list
	Expect        ConstraintKind = "expect"         // when If holds, Then must hold
	OpensGroup    ConstraintKind = "opens_group"    // Group is hidden unless the answer is Code
	Ends          ConstraintKind = "ends"           // Code (or a refusal) leaves only Sections and Items
	Stops         ConstraintKind = "stops"          // Code stops the interview for now
	Alerts        ConstraintKind = "alerts"         // Code tells the supervisor at once
	OncePerGroup  ConstraintKind = "once_per_group" // elsewhere: unique in the arrival group
	WithinConsent ConstraintKind = "within_consent" // elsewhere: when the referral is made
	MayDecide     ConstraintKind = "may_decide"     // elsewhere: where the user is known
	Note          ConstraintKind = "note"           // says something to the reader, checks nothing
)

// Constraint is one demand on an answer. Which fields are set depends on Kind.
type Constraint struct {
	Kind     ConstraintKind
	Min, Max int
	Item     string
	Date     screening.PartialDate
	If, Then *expr.Expr
	Code     string
	Codes    []string
	Group    string
	Sections []string
	Items    []string
	Forms    []Kind // empty: every kind of form
	Level    Level
	Note     string
}

// Level says how serious a problem is. Nothing blocks a save.
type Level string

// The levels: an error should be repaired before closing, a warning may be
// right.
const (
	Error   Level = "error"
	Warning Level = "warning"
)
