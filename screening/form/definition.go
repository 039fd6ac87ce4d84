package form

import (
	"raksa/screening"
	"raksa/screening/expr"
)

// Kind names a way through the items.
type Kind string

// The kinds of form. Registration is the page for a surge: under a minute for
// each person, everything else later.
const (
	Short        Kind = "short"
	Long         Kind = "long"
	Registration Kind = "registration"
)

// Kinds returns every kind of form.
func Kinds() []Kind { return []Kind{Short, Long, Registration} }

// Definition is one version of the forms. It is immutable after Load and safe
// for concurrent use.
type Definition struct {
	version  string
	source   string
	sections []Section
	items    []*Item
	byID     map[string]*Item
	heirs    map[string]*Item // by the ids that they had before
	lists    map[string][]Choice
	pages    map[Kind][]Page
}

// Version returns the name of the version, at most 32 bytes, for example
// "vif/1". It stands in the envelope of every change.
func (d *Definition) Version() string { return d.version }

// Source says where the questions come from.
func (d *Definition) Source() string { return d.source }

// Sections returns the sections in the order they are asked.
func (d *Definition) Sections() []Section { return d.sections }

// Items returns every item in the order of the long form.
func (d *Definition) Items() []*Item { return d.items }

// Item returns an item by id, or nil.
func (d *Definition) Item(id string) *Item { return d.byID[id] }

// Class returns the sensitivity class of an item; false for an unknown item,
// which nobody may see until a form explains it.
func (d *Definition) Class(id string) (screening.Class, bool) {
	if item := d.byID[id]; item != nil {
		return item.Class, true
	}
	return 0, false
}

// Choices returns the choices of a list, or nil.
func (d *Definition) Choices(list string) []Choice { return d.lists[list] }

// Choice returns one choice of a list.
func (d *Definition) Choice(list, code string) (Choice, bool) {
	for _, choice := range d.lists[list] {
		if choice.Code == code {
			return choice, true
		}
	}
	return Choice{}, false
}

// Section is a group of items under one heading.
type Section struct {
	ID       string
	EN, KM   string
	Note     string     // for the interviewer
	Repeat   string     // "wrk[]" when the section has one entry per workplace, else ""
	Relevant *expr.Expr // nil: always
}

// How says where an answer comes from.
type How string

// The ways an answer comes in: spoken, seen, ticked by the interviewer, or
// filled in by the device.
const (
	Ask     How = "ask"
	Observe How = "observe"
	Attest  How = "attest"
	Auto    How = "auto"
)

// The groups of items that share a rule.
const (
	Private  = "private"   // hidden unless nobody else can hear
	Punished = "protected" // could incriminate the person
)

// Words is a text in both languages of the forms.
type Words struct{ EN, KM string }

// Item is one question.
type Item struct {
	ID          string
	Section     string
	EN, KM      string
	Hint        Words // for the interviewer, under the question; may be empty
	Message     Words // what to say when a constraint does not hold; empty: the general words
	Kind        screening.Kind
	List        string // choice list, kind of reference, or area of a place
	InShort     bool
	How         How
	Required    bool
	Relevant    *expr.Expr // nil: always
	Group       string     // Private, Punished or ""
	Repeat      string     // "documents[]" when the item has entries, else ""
	Class       screening.Class
	Contested   Contested
	Constraints []Constraint
	HTCDS       string // term of the export standard, or ""
	// Was lists the ids that this question had in earlier versions.
	Was    []string
	Source string // where the question comes from, one letter (see the form specification)
}

// In reports whether the item belongs to a kind of form. The registration
// page is told by Definition.Pages.
func (i *Item) In(kind Kind) bool { return i.InShort || kind == Long }

// Choice is one answer of a list.
type Choice struct {
	Code     string `json:"code"`
	EN       string `json:"en"`
	KM       string `json:"km"`
	Excludes bool   `json:"excludes,omitempty"` // "none": no other may stand beside it
	// Was lists the codes that this choice had in earlier versions.
	Was []string `json:"was,omitempty"`
}

// Page is what stands on one screen. Its id is stable within a kind of form.
type Page struct {
	ID      string   `json:"id"`
	Section string   `json:"section,omitempty"`
	EN      string   `json:"en,omitempty"` // when it has a heading of its own
	KM      string   `json:"km,omitempty"`
	Apart   bool     `json:"apart,omitempty"` // not on the way through, for example a withdrawal
	Items   []string `json:"items"`
}

// Pages returns the pages of a kind of form in order.
func (d *Definition) Pages(kind Kind) []Page { return d.pages[kind] }

// Page returns one page by id.
func (d *Definition) Page(kind Kind, id string) (Page, bool) {
	for _, page := range d.pages[kind] {
		if page.ID == id {
			return page, true
		}
	}
	return Page{}, false
}

// PageOf returns the page on which an item is asked.
func (d *Definition) PageOf(kind Kind, item string) (Page, bool) {
	for _, page := range d.pages[kind] {
		for _, id := range page.Items {
			if id == item {
				return page, true
			}
		}
	}
	return Page{}, false
}
