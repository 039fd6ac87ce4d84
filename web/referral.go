package web

import "time"

// Refer requests a referral: one service, one receiver. It posts
// {service, receiver, urgency, note} to /record/<id>/refer. Changing the
// service posts {service} to /record/<id>/refer/choose.
type Refer struct {
	RecordID  string
	Who       Row
	Services  []Option // empty: the codes of family "need"
	Receivers []Receiver
	Chosen    string // service
	Urgency   string
	// Shares says in plain lines what will go along, by consent.
	Shares []string
}

// Receiver is an organisation that may take the person.
type Receiver struct {
	ID      string
	Name    string
	Place   string
	Fits    bool   // sex, age and service fit its criteria
	Why     string // as shown, when it does not fit or declined before
	Chosen  bool
	Consent bool // the person agreed to this kind of receiver
}

// Sent is one referral as its sender sees it.
type Sent struct {
	ID       string
	Service  string // code of family "need"
	Receiver string
	State    string // code of family "referral"
	At       time.Time
	Days     int // since it was sent, while there is no answer
	Overdue  bool
	Decline  string // code of family "decline"; with State "declined"
	Note     string // from the receiver
	Steps    []Step
	Where    string // code of family "where"
	// Stopped: consent was taken back, since StoppedAt where that is known; the
	// receiver confirmed that it deleted what it had, if Deleted.
	Stopped   bool
	StoppedAt time.Time
	Deleted   bool
	DeletedAt time.Time
	Withheld  string // code of family "withheld": why the office did not send it
}

// Step is one entry of a referral's history.
type Step struct {
	State string // code of family "referral"
	At    time.Time
	Who   string
	Note  string
}

// Referral is the sender's page of one referral. After a decline it offers
// another receiver.
type Referral struct {
	RecordID string
	Who      Row
	Sent     Sent
	CanAgain bool
}

// Inbox is a partner's home: referrals by age, the oldest without an answer first.
type Inbox struct {
	Rows []InboxRow
	Open int // without an answer
}

// InboxRow is one referral in a partner's inbox.
type InboxRow struct {
	ID      string
	Who     Name // empty when no name was shared
	Sex     string
	Age     Age
	Service string
	Urgency string
	State   string
	From    string
	Sent    time.Time
	Days    int
	Where   string
	Stopped bool // consent was taken back; the copy must go
}

// Received is one referral at the partner: only what was shared, and why. It
// posts {answer, reason, note} to /referral/<id>/answer; answer is a code of
// family "referral" (accepted, declined, started, completed), reason one of
// family "decline".
type Received struct {
	Row      InboxRow
	Why      string // what the person agreed to, in one sentence
	Channel  string // safe way and time to reach the person
	Safety   string // warning, as shown; may be empty
	Language string
	NoBlame  bool   // the non-punishment sentence stands on the referral
	Asked    string // note of the sender
	Shared   []Field
	Withheld []string // kinds of data that were not shared, as shown
	Steps    []Step
	Next     []string // answers that are open now, of family "referral"
	Phone    string   // of the sender
}

// Field is a label with its text.
type Field struct {
	Label string
	Text  string
}

// Stop takes the page over when the person has taken consent back. It posts
// {confirm: true} to /referral/<id>/delete.
type Stop struct {
	ID    string
	From  string
	Since time.Time
	More  int // further stop notices that wait
}

func (Refer) fieldTemplate() string    { return "refer" }
func (Referral) fieldTemplate() string { return "referral" }
func (Inbox) fieldTemplate() string    { return "inbox" }
func (Received) fieldTemplate() string { return "received" }
func (Stop) fieldTemplate() string     { return "stop" }
