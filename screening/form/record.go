package form

import (
	"maps"
	"slices"

	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/indicator"
)

// record gives one record's answers to conditions, seen from one entry of one
// repeated group. Items of that group are looked up in the entry; all others
// in the first entry. So a condition on a debt reads that debt's answers.
type record struct {
	form    *Definition
	answers screening.Answers
	entries map[string][]string // by group, "" first
	age     ageYears
	child   Child
	group   string
	entry   string
	stands  map[screening.Field]standing // shared by all views of the record
}

// standing is what is known of the condition of one field.
type standing struct {
	relevance expr.Outcome
	open      bool // it is being worked out
}

func newRecord(d *Definition, answers screening.Answers, today screening.PartialDate) *record {
	r := &record{form: d, answers: answers, entries: d.entries(answers), stands: map[screening.Field]standing{}}
	told := r.told()
	clear(r.stands) // they were worked out before anything was known of the age
	r.age, r.child = ageToday(told, today), childOf(told, today)
	return r
}

// told returns the answers without those from which nothing may be concluded
// about the age, because their question does not apply.
func (r *record) told() screening.Answers {
	told := r.answers
	for name := range r.answers {
		field, err := screening.ParseField(name)
		if err != nil || !slices.Contains(ageItems, field.Item) || r.form.byID[field.Item] == nil || r.counts(field) {
			continue
		}
		if len(told) == len(r.answers) {
			told = maps.Clone(r.answers)
		}
		delete(told, name)
	}
	return told
}

// within returns the record as seen from one entry.
func (r *record) within(group, entry string) *record {
	seen := *r
	seen.group, seen.entry = group, entry
	return &seen
}

// entries lists for each group the entries that hold an answer, the first
// (nameless) one always and first, the others by name.
func (d *Definition) entries(answers screening.Answers) map[string][]string {
	found := map[string][]string{}
	for _, item := range d.items {
		if item.Repeat != "" && found[item.Repeat] == nil {
			found[item.Repeat] = []string{""}
		}
	}
	for name := range answers {
		field, err := screening.ParseField(name)
		item := d.byID[field.Item]
		if err != nil || item == nil || item.Repeat == "" || slices.Contains(found[item.Repeat], field.Entry) {
			continue
		}
		found[item.Repeat] = append(found[item.Repeat], field.Entry)
	}
	for _, entries := range found {
		slices.Sort(entries)
	}
	return found
}

// Lookup implements expr.Env.
func (r *record) Lookup(name string) expr.Operand {
	switch name {
	case factAge:
		known := r.age.known && r.age.low == r.age.high
		return expr.Operand{Known: known, Skipped: r.age.skipped, Number: float64(r.age.low)}
	case factChild:
		known := r.child.Truth != expr.Unknown
		return expr.Operand{Known: known, Skipped: r.child.skipped, Bool: r.child.Truth == expr.True}
	}
	return operand(r.counted(name))
}

// field names an item in the entry that the record is seen from.
func (r *record) field(item string) screening.Field {
	field := screening.Field{Item: item}
	if i := r.form.byID[item]; i != nil && i.Repeat == r.group {
		field.Entry = r.entry
	}
	return field
}

// at returns the answer of an item in the entry that the record is seen from,
// whether it counts or not.
func (r *record) at(item string) screening.Answer { return r.answers.At(r.field(item)) }

// counted returns the answer of an item as conditions and findings see it: the
// answer of a question that is hidden is kept and never counted, so it reads as
// if nobody had been asked.
func (r *record) counted(item string) screening.Answer {
	field := r.field(item)
	answer := r.answers.At(field)
	if answer.State == screening.NotAsked || r.counts(field) {
		return answer
	}
	return screening.Answer{}
}

// counts reports whether the condition of a field holds, or may hold because a
// question before it was skipped: then the field is shown and its answer counts.
// That others can hear, or that an answer ended the form, takes no answer away.
func (r *record) counts(f screening.Field) bool {
	relevance := r.relevanceOf(f)
	return relevance.Truth == expr.True || relevance.Truth == expr.Unknown && relevance.Skipped
}

// relevanceOf joins the conditions of a field, worked out once for each record.
// Load refuses conditions in a circle; should one be met all the same, the
// answer that closes it counts as given.
func (r *record) relevanceOf(f screening.Field) expr.Outcome {
	item := r.form.byID[f.Item]
	if item == nil {
		return expr.Outcome{Truth: expr.True}
	}
	if known, found := r.stands[f]; found {
		if known.open {
			return expr.Outcome{Truth: expr.True}
		}
		return known.relevance
	}
	r.stands[f] = standing{open: true}
	out := r.within(item.Repeat, f.Entry).relevance(item)
	r.stands[f] = standing{relevance: out}
	return out
}

// Entries implements expr.Env: it counts the entries that hold an answer.
func (r *record) Entries(group string) int {
	count := len(r.entries[group])
	if count > 0 && !r.firstTouched(group) {
		count--
	}
	return count
}

func (r *record) firstTouched(group string) bool {
	return slices.ContainsFunc(r.form.items, func(i *Item) bool {
		return i.Repeat == group && r.answers[i.ID].State != screening.NotAsked
	})
}

// Settled implements indicator.Record.
func (r *record) Settled(item string) bool {
	switch r.counted(item).State {
	case screening.Answered, screening.NotApplicable:
		return true
	}
	return r.relevanceOf(r.field(item)).Truth == expr.False
}

// relevance joins the conditions of the item and of its section.
func (r *record) relevance(i *Item) expr.Outcome {
	out := expr.Outcome{Truth: expr.True}
	for _, condition := range []*expr.Expr{r.form.section(i.Section).Relevant, i.Relevant} {
		if condition == nil {
			continue
		}
		if next := condition.Eval(r); next.Truth < out.Truth {
			out = next
		} else if next.Truth == out.Truth {
			out.Skipped = out.Skipped || next.Skipped
			out.Because = append(out.Because, next.Because...)
		}
	}
	return out
}

func operand(a screening.Answer) expr.Operand {
	o := expr.Operand{Known: a.State == screening.Answered, Skipped: a.State == screening.Skipped}
	switch v := a.Value.(type) {
	case screening.Code:
		o.Text = string(v)
	case screening.Derived:
		o.Text = v.Result
	case screening.Set:
		o.Set = v.Codes()
	case screening.Int:
		o.Number = float64(v)
	case screening.Decimal:
		o.Number = v.Float()
	case screening.Money:
		o.Number = float64(v.Minor)
	case screening.PartialDate:
		o.Precision, o.Estimated = v.Precision(), v.Estimated
	}
	return o
}

// Assess applies the indicator rule to all answers of a record. It must see
// all of them: an assessment of a part would call unknown what is only
// withheld. Use Result.Visible for what a viewer may see of it.
func (d *Definition) Assess(rules *indicator.Rules, answers screening.Answers, today screening.PartialDate) indicator.Result {
	main := newRecord(d, answers, today)
	set := indicator.AdultLabour
	if main.child.Truth == expr.True {
		set = indicator.ChildLabour
	}
	records := []indicator.Record{main}
	for _, group := range d.groups() {
		for _, entry := range main.entries[group] {
			if entry != "" {
				records = append(records, main.within(group, entry))
			}
		}
	}
	return rules.Score(set, records)
}

// groups returns the names of the repeated groups in the order of the form.
func (d *Definition) groups() []string {
	var groups []string
	for _, item := range d.items {
		if item.Repeat != "" && !slices.Contains(groups, item.Repeat) {
			groups = append(groups, item.Repeat)
		}
	}
	return groups
}
