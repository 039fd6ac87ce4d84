package web

import "time"

// DeskSignIn asks for name and secret: POST /sign-in {name, secret}.
type DeskSignIn struct {
	Office string // which office this is, as shown
}

// Morning is the desk's home. Every number opens its list.
type Morning struct {
	At       time.Time
	Since    time.Time
	Arrivals []Arrival
	Counts   []Count
	Children []Row
	Waiting  []Waiting
	Tablets  []Tablet
	Trend    []Bar // people per night, oldest first
}

// Arrival is what came in by one center in one group.
type Arrival struct {
	Center   string
	Group    string
	Arrived  time.Time
	Declared int // -1 is not given
	Counted  int
	Listed   int
	Recorded int
	Closed   int
	Children int
	Path     string
}

// Count is a number that opens a list.
type Count struct {
	Kind   string // code of family "open": decision, contested, pairs, referrals, quarantine, silent
	Number int
	Oldest time.Time // zero when there is none
	Path   string
}

// Waiting is a person who waits for a decision.
type Waiting struct {
	Row   Row
	Since time.Time
}

// Tablet is a device as the morning page sees it.
type Tablet struct {
	Name    string
	Center  string
	Last    time.Time
	Silent  bool
	Waiting int // changes known to wait on it; -1 is not known
	Path    string
}

// Bar is one bar of a small chart.
type Bar struct {
	Label string
	Value int
}

func (DeskSignIn) deskTemplate() string { return "sign_in" }
func (Morning) deskTemplate() string    { return "morning" }
