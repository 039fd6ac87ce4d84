package form

import (
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
}

func newRecord(d *Definition, answers screening.Answers, today screening.PartialDate) *record {
	return &record{
		form: d, answers: answers, entries: d.entries(answers),
		age: ageToday(answers, today), child: childOf(answers, today),
	}
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
	return operand(r.at(name))
}

// at returns the answer of an item in the entry that the record is seen from.
func (r *record) at(item string) screening.Answer {
	field := screening.Field{Item: item}
	if i := r.form.byID[item]; i != nil && i.Repeat == r.group {
		field.Entry = r.entry
	}
	return r.answers.At(field)
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
	switch r.at(item).State {
	case screening.Answered, screening.NotApplicable:
		return true
	}
	return r.relevance(r.form.byID[item]).Truth == expr.False
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
