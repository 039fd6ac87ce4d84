package web

import (
	"strings"
	"time"
)

// QuestionPage is one group of questions of one interview.
//
// Autosave posts to /record/<RecordID>/save:
//
//	{"basis":"…","page":"…","answers":{"<item>":{"state":"answered","value":"…"},
//	                                    "<item>":{"state":"dont_know"}}}
//
// with only the answers that were touched. Next and Back post the same to
// /record/<RecordID>/next and …/back. An answer emptied by the person has
// state "skipped" and no value.
type QuestionPage struct {
	RecordID string
	Who      Row    // shown above the rail
	Page     string // id of this page, sent back as "page"
	Title    string
	Help     string
	Basis    string // opaque; names the versions on this page
	Rail     []Section
	// Locked shows a lock and one line in place of title and questions, until
	// somebody says that others cannot hear. A locked section has no name in
	// the rail either: a word seen over a shoulder tells as much as one heard.
	Locked    bool
	Questions []Question
	Repeat    *Repeat  // the page is one of a repeatable group
	Earlier   *Earlier // a possible earlier record; nil is none
	First     bool     // no Back
	Last      bool     // Next leads to the read-back
	SavedAt   time.Time
	// Form is the version that the interview stands on, and Newer one that it may
	// be moved to; empty: there is none.
	Form, Newer string
}

// Section is one line of the rail.
type Section struct {
	Page   string
	Label  string
	State  string // code of family "section"
	Answer int    // answered items
	Of     int    // items that are open now; 0 hides the count
}

// Repeat tells which of several jobs, debts or people this page is about.
// "Add" posts to /record/<id>/add with {page}.
type Repeat struct {
	Number int // from 1
	Count  int
	Prev   string // page id; empty is none
	Next   string
}

// Earlier is the side card about a possible earlier record. What it shows is
// the host's decision, by device profile and consent.
type Earlier struct {
	RecordID       string // "ask" posts to /record/<RecordID>/earlier
	Signs, OfSigns int    // "2 of 3 signs"
	When           string // "March 2026", as shown; empty when it may not be said
	Where          string // center; empty when it may not be said
	Asked          bool   // the case office has been asked already
	OpenPath       string // on a case device; empty elsewhere
}

// Question kinds: how an answer is given, and its canonical text.
//
//	single    a code                              "yes"
//	multi     codes, sorted, joined by commas     "debt_home,economic"
//	int       digits                              "9"
//	decimal   digits and a point                  "7.5"
//	text      as typed (the host does NFC)        line or paragraph (long)
//	date      year, month or day; ~ is "about"    "2019" "2019-04" "2019-04-17~"
//	money     amount currency [period]            "30000 THB month", amount as typed, in whole units
//	place     a gazetteer code, or "=" and the    "010203" "=ភូមិថ្មី"
//	          words as said when none was picked
//	shown     derived or filled by the device; read only
const (
	KindSingle  = "single"
	KindMulti   = "multi"
	KindInt     = "int"
	KindDecimal = "decimal"
	KindText    = "text"
	KindLong    = "long"
	KindDate    = "date"
	KindMoney   = "money"
	KindPlace   = "place"
	KindShown   = "shown"
)

// Question is one item as it is asked here and now.
type Question struct {
	Item     string // field reference, sent back as it is ("wrk_pay_state", "wrk[2].wrk_place")
	Kind     string
	Label    string
	Small    string // the same in the other language; may be empty
	Help     string
	Unit     string // after a number, as shown
	How      string // "ask", "observe" or "attest"; decides the quiet icon
	Required bool

	Options []Option // single, multi
	Periods []Option // money: empty when no period is asked
	Value   string   // canonical text as above; empty when not answered
	Shown   string   // place: the name to show for Value; shown: the text
	State   string   // code of family "answer"; empty when never asked
	Set     string   // place: "kh", "th" or "any", sent to /places

	// Origin is set when another interview answered the question. It is then
	// shown as answered; changing it asks for a reason, sent as
	// answers.<item>.reason.
	Origin *Origin
	// Versions are the live values of a contested item. Choosing one settles
	// it, because the basis of the page holds all of them.
	Versions []Version
	Warning  string // code of family "warning"; empty is none
	WarnText string // the form's own sentence; replaces the code's words
}

// Version is one live value of a contested item.
type Version struct {
	ID     string // opaque
	Text   string // as shown
	Value  string // canonical
	State  string // code of family "answer"
	Origin Origin
	// OnScreen says in one sentence what its author had on the screen: the
	// value that it replaced. Empty: nothing.
	OnScreen string
}

// Answered says whether the question has a value.
func (q Question) Answered() bool { return q.Value != "" && (q.State == "" || q.State == "answered") }

// OptOuts are the two ways not to answer; they are always offered.
func (q Question) OptOuts() []string { return []string{"dont_know", "refused"} }

// Display is the answer as words: chosen labels, or Shown, or Value.
func (q Question) Display() string {
	var labels []string
	for _, o := range q.Options {
		if o.Chosen {
			labels = append(labels, o.Label)
		}
	}
	switch {
	case len(labels) > 0:
		return strings.Join(labels, ", ")
	case q.Shown != "":
		return q.Shown
	}
	return q.Value
}

// HTMLID is Item as an element id.
func (q Question) HTMLID() string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return '-'
	}, q.Item)
}

// DateParts is the canonical date taken apart for its three inputs.
type DateParts struct {
	Year, Month, Day string
	About            bool
}

// DateParts takes Value apart. A value that is no date gives empty parts.
func (q Question) DateParts() DateParts {
	text, about := strings.CutSuffix(q.Value, "~")
	d := DateParts{About: about}
	parts := strings.SplitN(text, "-", 3)
	d.Year = parts[0]
	if len(parts) > 1 {
		d.Month = parts[1]
	}
	if len(parts) > 2 {
		d.Day = parts[2]
	}
	return d
}

// MoneyParts is the canonical sum taken apart.
type MoneyParts struct{ Amount, Currency, Period string }

// MoneyParts takes Value apart.
func (q Question) MoneyParts() MoneyParts {
	f := append(strings.Fields(q.Value), "", "", "")
	return MoneyParts{f[0], f[1], f[2]}
}

// PlaceText is what the look-up's input holds.
func (q Question) PlaceText() string {
	if said, ok := strings.CutPrefix(q.Value, "="); ok {
		return said
	}
	return q.Shown
}

// Saved answers an autosave. It never touches a question that is already on
// the page, so nothing that is being typed can be lost; it adds questions that
// have just become relevant and takes away those that no longer are.
//
// Basis must name the versions that the page had before, those that this save
// wrote, and those of newly shown questions: nothing else, or a later save
// would supersede what nobody saw.
type Saved struct {
	RecordID  string
	Who       Row // its badge: what was at the office is on this tablet again
	Basis     string
	At        time.Time
	Rail      []Section
	Locked    bool
	Questions []Question // all that the page holds now
}

// Places answers the typed look-up of a place. The page posts {q, item, set}
// to /places.
type Places struct {
	Item    string
	Query   string
	Results []Place // at most about eight
}

// Place is one result, with what tells it from its namesakes.
type Place struct {
	Code  string
	Name  Name
	Above string // commune, district, province, as shown
}

// HTMLID is Item as an element id.
func (p Places) HTMLID() string { return Question{Item: p.Item}.HTMLID() }

func (QuestionPage) fieldTemplate() string { return "question" }
