package indicator

import (
	"slices"

	"raksa/screening/expr"
)

// State is what is known about one indicator. The zero State is Unknown.
type State uint8

// The states of an indicator.
const (
	Unknown State = iota
	Absent
	Present
)

// String returns "unknown", "absent" or "present".
func (s State) String() string { return [...]string{"unknown", "absent", "present"}[s] }

// Level is what is known about a dimension, ordered as the outcome table
// orders them: negative < undetermined < positive.
type Level uint8

// The levels of a dimension.
const (
	Negative Level = iota
	Undetermined
	Positive
)

// String returns "negative", "undetermined" or "positive".
func (l Level) String() string { return [...]string{"negative", "undetermined", "positive"}[l] }

// Record gives the answers of one record to the rule, for one entry of what
// repeats. Settled reports whether an item was answered or does not apply.
type Record interface {
	expr.Env
	Settled(item string) bool
}

// Finding is one indicator with the items whose answers led to its state.
type Finding struct {
	*Indicator
	Strength Strength
	State    State
	Because  []string
}

// DimensionFinding is one dimension with its level.
type DimensionFinding struct {
	Dimension
	Level Level
}

// Result is what the rule says about one record. It supports a trained
// interviewer; it is no decision.
type Result struct {
	Version         string
	Set             Set
	Findings        []Finding
	Dimensions      []DimensionFinding
	Act             expr.Truth
	Outcome         Outcome
	ForcedLabour    bool      // exploitation and coercion at destination are positive
	NonPunishment   bool      // form specification, item jus_flag
	SexualNotScored bool      // sexual exploitation was recorded and is not scored
	Unscored        *Unscored // the set that is shown then, or nil
	Side            []SideFinding
	Hints           []Hint
}

// Hint is something to do that stands beside the outcome.
type Hint struct {
	ID      string
	Because []string
}

// Score applies the rule. records holds one Record for each entry of what
// repeats (workplaces, debts), the first entry first; an indicator is present
// when it is present in any of them.
func (r *Rules) Score(set Set, records []Record) Result {
	result := Result{Version: r.Version, Set: set, Act: expr.Unknown, Outcome: Open}
	if len(records) == 0 {
		return result
	}
	for i := range r.Indicators {
		if strength := r.Indicators[i].In(set); strength != "" {
			finding := r.Indicators[i].find(records)
			finding.Strength = strength
			result.Findings = append(result.Findings, finding)
		}
	}
	for _, dimension := range r.Dimensions {
		result.Dimensions = append(result.Dimensions, DimensionFinding{dimension, level(result.Findings, dimension.ID)})
	}
	result.Act = act(records[0].Lookup(r.Act))
	result.Outcome = outcome(set, result.purpose(), result.means(), result.Act)
	result.ForcedLabour = result.purpose() == Positive && result.Level("coercion_destination") == Positive
	result.NonPunishment = result.Outcome == Indications || anyRecord(r.NonPunishment.Expr, records).Truth == expr.True
	result.SexualNotScored = anyRecord(r.Sexual.Expr, records).Truth == expr.True
	result.Unscored = r.unscored(set, result.SexualNotScored, records)
	result.Side = r.beside(records)
	result.hint(r, records)
	return result
}

func act(answer expr.Operand) expr.Truth {
	switch {
	case !answer.Known:
		return expr.Unknown
	case answer.Text == "yes":
		return expr.True
	}
	return expr.False
}

// find joins the entries: present in any, else unknown in any, else absent.
func (i *Indicator) find(records []Record) Finding {
	joined := Finding{Indicator: i, State: Absent}
	for _, record := range records {
		state, because := i.state(record)
		switch {
		case state == joined.State:
			joined.Because = unite(joined.Because, because)
		case state == Present, state == Unknown && joined.State == Absent:
			joined.State, joined.Because = state, because
		}
	}
	return joined
}

// state follows the form specification, section 8: present when any condition
// is true; absent when the primary item was answered or does not apply and its
// own condition is false; else unknown. Further items can only add.
func (i *Indicator) state(record Record) (State, []string) {
	var present, against, open []string
	absent := true
	for _, condition := range i.Conditions {
		out := condition.When.Eval(record)
		if out.Truth == expr.True {
			present = unite(present, out.Because)
		}
		if condition.Item != i.Primary {
			continue
		}
		if out.Truth == expr.False && record.Settled(i.Primary) {
			against = unite(against, out.Because)
		} else {
			absent = false
			open = unite(open, out.Because)
		}
	}
	if !absent && i.AbsentWhen.Expr != nil {
		if out := i.AbsentWhen.Eval(record); out.Truth == expr.True {
			absent, against = true, out.Because
		}
	}
	switch {
	case present != nil:
		return Present, present
	case absent:
		return Absent, against
	}
	return Unknown, open
}

func unite(a, b []string) []string {
	for _, name := range b {
		if !slices.Contains(a, name) {
			a = append(a, name)
		}
	}
	return a
}

// anyRecord evaluates a condition in every entry and keeps the highest truth.
func anyRecord(e *expr.Expr, records []Record) expr.Outcome {
	var best expr.Outcome
	for i, record := range records {
		if out := e.Eval(record); i == 0 || out.Truth > best.Truth {
			best = out
		}
	}
	return best
}

func (r *Result) hint(rules *Rules, records []Record) {
	for _, rule := range rules.HintRules {
		out := anyRecord(rule.When.Expr, records)
		because := out.Because
		if out.Truth != expr.True {
			because = nil
		}
		if finding, found := r.Finding(rule.Indicator); found && finding.State == Present {
			because = unite(because, finding.Because)
		}
		if because != nil {
			r.Hints = append(r.Hints, Hint{rule.ID, because})
		}
	}
}

// Finding returns the finding of one indicator.
func (r *Result) Finding(id string) (Finding, bool) {
	for _, f := range r.Findings {
		if f.ID == id {
			return f, true
		}
	}
	return Finding{}, false
}

// Level returns the level of one dimension.
func (r *Result) Level(dimension string) Level {
	for _, d := range r.Dimensions {
		if d.ID == dimension {
			return d.Level
		}
	}
	return Undetermined
}

func (r *Result) purpose() Level { return r.Level("exploitation") }

func (r *Result) means() Level {
	best := Negative
	for _, d := range r.Dimensions {
		if d.Element == "means" {
			best = max(best, d.Level)
		}
	}
	return best
}

// Visible returns the result as a viewer may see it, who may see only some
// items: a finding or hint that rests on a hidden item is left out whole,
// because its name alone would tell the answer. The dimension whose level
// rests on it stays, as does the outcome.
func (r Result) Visible(may func(item string) bool) Result {
	hidden := func(because []string) bool {
		return slices.ContainsFunc(because, func(item string) bool { return !may(item) })
	}
	r.Findings = slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool {
		return hidden(f.Because) || !may(f.Primary)
	})
	if r.Unscored != nil {
		shown := *r.Unscored
		shown.Findings = slices.DeleteFunc(slices.Clone(shown.Findings), func(f Finding) bool {
			return hidden(f.Because) || !may(f.Primary)
		})
		r.Unscored = &shown
	}
	r.Side = slices.DeleteFunc(slices.Clone(r.Side), func(f SideFinding) bool {
		return !f.seenBy(may)
	})
	r.Hints = slices.DeleteFunc(slices.Clone(r.Hints), func(h Hint) bool { return hidden(h.Because) })
	return r
}
