package web

import "time"

// ReadBack is read aloud to the person before the interview is closed. It
// posts {basis, answers} with the confirmation items to
// /record/<id>/read-back; each line opens its page.
type ReadBack struct {
	RecordID string
	Who      Row
	Account  string // in the person's words; may be empty
	Lines    []ReadLine
	Missing  []Section // sections with open required items
	// Elsewhere lists what another form version asked; State or Text, no page.
	Elsewhere []ReadLine
	Basis     string
	Confirm   []Question // read back and right, and the like
}

// ReadLine is one answer as a plain sentence.
type ReadLine struct {
	Section string // heading, when it changes; else empty
	Page    string // page to mend it on
	Label   string
	Text    string // as shown; empty with State
	State   string // code of family "answer"
}

// Consent asks each scope as a plain question, each alone. Answers are saved
// like those of any question page. Taking back posts {scope} to
// /record/<id>/withdraw.
type Consent struct {
	RecordID  string
	Who       Row
	Page      string
	Basis     string
	Told      []Question // what was explained
	Questions []Question // the scopes
	Given     []Grant    // what stands today
	How       string     // how it was given, as shown; empty before
	Language  string     // of the interview, as shown
	Flaw      string     // code of family "flaw": why it does not stand
	SavedAt   time.Time
}

// Grant is a consent that stands, or stood.
type Grant struct {
	Scope     string // item id
	Label     string // receiver, as shown
	Extent    string // code of family "scope"
	Since     time.Time
	Withdrawn time.Time // zero: stands
}

// Withdraw takes a consent back by the code on the person's slip, wherever
// the person is. It posts {code, scope} to /withdraw; scope is a code of
// family "withdrawal".
type Withdraw struct{}

// OwnView asks what the interviewer thinks before the computed result is
// shown. It posts {view, grounds} to /record/<id>/view.
type OwnView struct {
	RecordID string
	Who      Row
	Options  []Option // empty: the codes of family "view"
	Grounds  string
}

// Result shows the computed result, the interviewer's own view beside it, and
// what can be done next.
type Result struct {
	RecordID   string
	Who        Row
	Outcome    Outcome
	View       string // code of family "view"
	Grounds    string
	CanClose   bool   // posts to /record/<id>/close
	LongForm   bool   // offer the long form: /record/<id>/long
	Private    bool   // offer the private room: /record/<id>/private-room
	CanRefer   bool   // consent allows it: /record/<id>/refer
	Referrals  []Sent // so far
	NoReferral string // error code that says why not; empty when CanRefer
	SlipCode   string // the opaque code on the person's slip
}

// Outcome is what the rules computed, never a verdict.
type Outcome struct {
	Code       string   // of family "outcome"
	ChildSet   bool     // the indicators for children were used
	Hints      []string // codes of family "hint"
	Dimensions []Dimension
	Rules      string // version of the rules
	At         time.Time
	Side       []Side        // beside the outcome, never part of it
	Unscored   *Unscored     // sexual exploitation was recorded; nil is not
	Earlier    []PastOutcome // as computed before, under other rules or other answers
}

// Side is a finding that stands beside the outcome: debt bondage, a labour
// claim, a dimension of harm.
type Side struct {
	Kind    string // code of family "side"
	Label   string
	Finding string   // code of family "finding"
	Grounds []string // as shown
}

// Unscored is a set of indicators that is shown and not scored.
type Unscored struct {
	Label string
	Why   string
	Found []string // indicators, as shown
}

// PastOutcome is a result that no longer stands.
type PastOutcome struct {
	Code  string
	At    time.Time
	Rules string // version of the rules that it was computed by
	Why   string // which answer changed, as shown
}

// Dimension is one part of the result with the answers behind it.
type Dimension struct {
	Code    string // of family "dimension"
	Finding string // code of family "finding"
	Because []Because
}

// Because is an answer that decides, or one that is still missing.
type Because struct {
	Indicator string // as shown
	Strength  string // as shown; may be empty
	Question  string
	Answer    string // as shown; empty when missing
	Page      string // page to open; empty when it may not be opened
}

// ClosedRecord is all that a capture device still shows: no name, no answer.
type ClosedRecord struct {
	RecordID  string
	Number    int
	Sex       string
	Age       Age
	Where     string // code of family "where"
	NeedsYou  bool
	Progress  string
	Needs     []string // codes of family "need"
	Outcome   string   // code of family "outcome"; empty when it may not be shown
	SlipCode  string   // the opaque code on the person's slip
	Referrals []Sent
}

// Handover gives an open interview to a colleague. It posts {to, reason} to
// /record/<id>/handover; {to} is a colleague's id or a tablet's. Pause posts
// to …/pause, leaving before the interview to …/left with {reason}.
type Handover struct {
	RecordID  string
	Who       Row
	Here      []Colleague // on this tablet
	Elsewhere []Peer      // other tablets
	Direct    []Way       // other tablets, while the office is away
}

// Way is another tablet and how an interview gets there without the office. It
// posts {to, by}.
type Way struct {
	ID    string
	Label string
	By    string // code of family "way"
}

// Peer is another tablet.
type Peer struct {
	ID    string
	Label string // "PTC-2, Sok Dara"
	Near  bool   // reachable without the office
}

func (ReadBack) fieldTemplate() string     { return "read_back" }
func (Consent) fieldTemplate() string      { return "consent" }
func (Withdraw) fieldTemplate() string     { return "withdraw" }
func (OwnView) fieldTemplate() string      { return "own_view" }
func (Result) fieldTemplate() string       { return "result" }
func (ClosedRecord) fieldTemplate() string { return "closed" }
func (Handover) fieldTemplate() string     { return "handover" }
