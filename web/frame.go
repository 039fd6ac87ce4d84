package web

import (
	"strings"
	"time"
)

// FieldFrame surrounds every page of a tablet, a case laptop or a partner.
type FieldFrame struct {
	Lang    Lang
	Profile string // "capture", "case" or "partner"
	Device  string // the short name painted on the tablet, "PTC-2"
	Officer string // display name of who is signed in; empty at the sign-in page
	Link    Link
	Notice  Notice
	Lost    []LostSaves // shown until somebody has read it
}

// LostSaves are saves that the device acknowledged and no longer has.
type LostSaves struct {
	From, To uint64 // numbers of the device's own saves
	Told     bool   // the office knows
}

// SignedIn says whether the header offers navigation and the quick cover.
func (f FieldFrame) SignedIn() bool { return f.Officer != "" }

// Partner says whether the page belongs to a partner organisation.
func (f FieldFrame) Partner() bool { return f.Profile == "partner" }

// Case says whether this device may open closed records.
func (f FieldFrame) Case() bool { return f.Profile == "case" }

// DeskFrame surrounds every page of the office.
type DeskFrame struct {
	Lang   Lang
	Person string // display name; empty at the sign-in page
	Role   string // code of family "role"
	Center string // what the person looks after, as shown ("Poipet"); may be empty
	Here   string // path of the page, for the language switch and the navigation
	CSRF   string // put into every form as "csrf"; may be empty when the host needs none
	Notice Notice
}

// SignedIn says whether the navigation is shown.
func (f DeskFrame) SignedIn() bool { return f.Person != "" }

// Section is the path of the navigation under which the page stands: that of
// "/records/7?x=1" is "/records".
func (f DeskFrame) Section() string {
	first, _, _ := strings.Cut(strings.TrimPrefix(f.Here, "/"), "/")
	first, _, _ = strings.Cut(first, "?")
	return "/" + first
}

// Link is the state line of the header: is the office there, how much waits.
type Link struct {
	Connected    bool
	Since        time.Time // since when connected or not; zero when never connected
	Waiting      int       // changes not yet at the office
	WaitingSince time.Time // of the oldest of them
	NeedsYou     int       // parked or contested records
	Differs      int       // records that are not the same here and at the office
	Copied       bool      // another copy of this tablet is about
	Here, People int       // during a first sync: how many people are here, of how many; else 0
}

// Notice is one message above the page: an error code of ErrorCodes, or good
// news. The zero Notice shows nothing.
type Notice struct {
	Error string // code; see errors.go
	Done  string // code of family "done"
	Ref   string // an opaque id to tell the help desk; never a name or an answer
}

// Shown says whether there is anything to show.
func (n Notice) Shown() bool { return n.Error != "" || n.Done != "" }

// Name is a person's name in both scripts; either may be empty. It is shown
// whole: a name is never cut off.
type Name struct {
	Khmer, Latin string
}

// Empty says that no name may be or can be shown.
func (n Name) Empty() bool { return n.Khmer == "" && n.Latin == "" }

// Age is an age in years as far as it is known.
type Age struct {
	Years int
	Known bool
	About bool // estimated or disputed
	Child bool // treated as a child; stands even when Years is not known
}

// Origin says where an answer came from.
type Origin struct {
	Who       string // display name
	Agency    string // code of family "agency"
	Device    string // "PTC-2"
	At        time.Time
	Plusminus time.Duration // the clock's uncertainty; zero is not shown
	// After and Until bracket the time where the device's clock was wrong; zero
	// Until: it was not. Zero After: not known.
	After, Until time.Time
}

// Option is one choice of a list, in the language of the frame.
type Option struct {
	Code     string
	Label    string
	Small    string // the same in the other language, shown small; may be empty
	Chosen   bool
	Excludes bool // choosing it clears all others ("none of these")
}
