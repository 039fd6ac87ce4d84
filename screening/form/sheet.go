package form

import (
	"slices"

	"raksa/screening"
	"raksa/screening/expr"
)

// Visibility says how a field stands on the form at this moment.
type Visibility uint8

// The visibilities. Only Shown fields are asked.
const (
	Shown         Visibility = iota + 1
	Waiting                  // its condition is not known yet
	NotApplicable            // its condition is false
	HeldBack                 // private, and others may hear
	Ended                    // an answer ended the form, or limits it
)

// String returns the name of the visibility.
func (v Visibility) String() string {
	return [...]string{"", "shown", "waiting", "not_applicable", "held_back", "ended"}[v]
}

// FieldView is one field of the sheet.
type FieldView struct {
	Field      screening.Field
	Item       *Item
	Answer     screening.Answer
	Visibility Visibility
	Because    []string // the items that made it so
}

// Open reports whether the question still waits for an answer: not asked, or
// skipped. "Do not know" and "refused" are answers and are not asked again
// unless the interviewer chooses (form specification, section 3).
func (v FieldView) Open() bool {
	return v.Answer.State == screening.NotAsked || v.Answer.State == screening.Skipped
}

// Uncounted reports whether the field holds an answer to a question that does
// not apply, or not yet. It is kept and shown as such; no condition, finding or
// count reads it.
func (v FieldView) Uncounted() bool {
	return v.Answer.State != screening.NotAsked && v.Answer.State != screening.Skipped &&
		(v.Visibility == NotApplicable || v.Visibility == Waiting)
}

// Progress counts the questions of a section that a person answers.
type Progress struct {
	Section       string
	Shown, Done   int
	MissingNeeded int // required ones among those not done
}

// Sheet is the form as it stands for one record.
type Sheet struct {
	Kind     Kind
	Fields   []FieldView
	Child    Child
	EndedBy  string            // the item that ended the form, or ""
	StopBy   string            // the item that stops the interview for now, or ""
	Alerts   []string          // items whose answer goes to the supervisor at once
	Missing  []screening.Field // required, shown and open
	HeldBack []screening.Field // required and open, but others may hear: a private room is needed
	Problems []Problem
	// Uncounted lists the fields whose answers are kept and not counted, because
	// their question does not apply to what was answered since.
	Uncounted []screening.Field
	Unknown   []string // fields that this form does not explain; kept, not shown
	Sections  []Progress
	NextPage  string // the first page with a required question open, or ""
	pages     []Page
}

// Evaluate says how a form stands for the answers of a record. today is the
// date on site, to the day. It is pure and drops nothing.
func (d *Definition) Evaluate(kind Kind, answers screening.Answers, today screening.PartialDate) Sheet {
	r := newRecord(d, answers, today)
	s := Sheet{Kind: kind, Child: r.child, pages: d.pages[kind]}
	limits := r.limits(kind)
	for _, item := range d.items {
		if !item.In(kind) {
			continue
		}
		for _, entry := range r.entriesOf(item) {
			view := r.within(item.Repeat, entry).view(item, limits)
			s.Fields = append(s.Fields, view)
			if view.Uncounted() {
				s.Uncounted = append(s.Uncounted, view.Field)
			}
			s.Problems = append(s.Problems, r.within(item.Repeat, entry).problems(view, today)...)
		}
	}
	s.Unknown = d.unknown(answers)
	s.flags(limits)
	s.count(d)
	return s
}

func (r *record) entriesOf(i *Item) []string {
	if i.Repeat == "" {
		return []string{""}
	}
	return r.entries[i.Repeat]
}

// limit is an answer that leaves only a part of the form.
type limit struct {
	item       string
	constraint Constraint
}

func (l limit) keeps(i *Item) bool {
	return slices.Contains(l.constraint.Sections, i.Section) || slices.Contains(l.constraint.Items, i.ID)
}

// limits finds the answers that end the form. A refusal of such a question
// ends it, too: silence is no consent.
func (r *record) limits(kind Kind) []limit {
	var found []limit
	for _, item := range r.form.items {
		answer := r.counted(item.ID)
		code, _ := answer.Value.(screening.Code)
		for _, c := range item.Constraints {
			applies := c.Kind == Ends && (len(c.Forms) == 0 || slices.Contains(c.Forms, kind))
			if applies && (answer.State == screening.Refused || string(code) == c.Code) {
				found = append(found, limit{item.ID, c})
			}
		}
	}
	return found
}

func (r *record) view(i *Item, limits []limit) FieldView {
	v := FieldView{Field: screening.Field{Item: i.ID, Entry: r.entry}, Item: i, Answer: r.at(i.ID), Visibility: Shown}
	if i.Repeat == "" {
		v.Field.Entry = ""
	}
	for _, l := range limits {
		if !l.keeps(i) {
			v.Visibility, v.Because = Ended, []string{l.item}
			return v
		}
	}
	relevance := r.relevanceOf(v.Field)
	switch {
	case relevance.Truth == expr.False:
		v.Visibility, v.Because = NotApplicable, relevance.Because
	case relevance.Truth == expr.Unknown && !relevance.Skipped:
		v.Visibility, v.Because = Waiting, relevance.Because
	case i.Group != "" && !r.open(i.Group):
		v.Visibility, v.Because = HeldBack, r.form.openers(i.Group)
	}
	return v
}

// open reports whether a group of items may be shown. A group that an item
// opens is closed until that item has the opening answer; no other group is
// ever closed.
func (r *record) open(group string) bool {
	for _, id := range r.form.openers(group) {
		code, _ := r.counted(id).Value.(screening.Code)
		for _, c := range r.form.byID[id].Constraints {
			if c.Kind == OpensGroup && string(code) != c.Code {
				return false
			}
		}
	}
	return true
}

func (d *Definition) openers(group string) []string {
	var ids []string
	for _, item := range d.items {
		for _, c := range item.Constraints {
			if c.Kind == OpensGroup && c.Group == group {
				ids = append(ids, item.ID)
			}
		}
	}
	return ids
}

func (d *Definition) unknown(answers screening.Answers) []string {
	var names []string
	for name := range answers {
		field, err := screening.ParseField(name)
		if err != nil || d.byID[field.Item] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (s *Sheet) flags(limits []limit) {
	if len(limits) > 0 {
		s.EndedBy = limits[0].item
	}
	for _, v := range s.Fields {
		code, _ := v.Answer.Value.(screening.Code)
		for _, c := range v.Item.Constraints {
			if code == "" || string(code) != c.Code || v.Uncounted() {
				continue
			}
			switch c.Kind {
			case Stops:
				s.StopBy = v.Item.ID
			case Alerts:
				s.Alerts = append(s.Alerts, v.Item.ID)
			}
		}
	}
}

// count fills in what is missing, the progress and the next page.
func (s *Sheet) count(d *Definition) {
	progress := map[string]*Progress{}
	for _, section := range d.sections {
		s.Sections = append(s.Sections, Progress{Section: section.ID})
	}
	for i := range s.Sections {
		progress[s.Sections[i].Section] = &s.Sections[i]
	}
	for _, v := range s.Fields {
		if v.Item.How == Auto {
			continue
		}
		needed := v.Item.Required && v.Open()
		switch v.Visibility {
		case HeldBack:
			if needed {
				s.HeldBack = append(s.HeldBack, v.Field)
			}
		case Shown:
			p := progress[v.Item.Section]
			p.Shown++
			if !v.Open() {
				p.Done++
			}
			if needed {
				p.MissingNeeded++
				s.Missing = append(s.Missing, v.Field)
			}
		}
	}
	for _, page := range s.pages {
		if s.NextPage == "" && !page.Apart && slices.ContainsFunc(s.Missing, func(f screening.Field) bool {
			return slices.Contains(page.Items, f.Item)
		}) {
			s.NextPage = page.ID
		}
	}
}

// View returns one field of the sheet.
func (s *Sheet) View(f screening.Field) (FieldView, bool) {
	for _, v := range s.Fields {
		if v.Field == f {
			return v, true
		}
	}
	return FieldView{}, false
}

// On returns the fields that a page shows or holds back, entry by entry.
func (s *Sheet) On(page Page) []FieldView {
	var views []FieldView
	for _, v := range s.Fields {
		if slices.Contains(page.Items, v.Item.ID) && (v.Visibility == Shown || v.Visibility == HeldBack) {
			views = append(views, v)
		}
	}
	slices.SortStableFunc(views, func(a, b FieldView) int {
		if a.Item.Repeat != b.Item.Repeat {
			return 0
		}
		switch {
		case a.Field.Entry < b.Field.Entry:
			return -1
		case a.Field.Entry > b.Field.Entry:
			return 1
		}
		return 0
	})
	return views
}

// After returns the next page behind a page that has anything on it, or "" at
// the end. After("") returns the first page.
func (s *Sheet) After(page string) string {
	passed := page == ""
	for _, p := range s.pages {
		if passed && !p.Apart && len(s.On(p)) > 0 {
			return p.ID
		}
		passed = passed || p.ID == page
	}
	return ""
}

// Complete reports whether nothing required is open, neither shown nor held
// back.
func (s *Sheet) Complete() bool { return len(s.Missing) == 0 && len(s.HeldBack) == 0 }
