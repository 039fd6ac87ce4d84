package xlsform

import (
	"slices"
	"strconv"

	"raksa/screening/expr"
)

// stepsMax bounds the search for answers that open a question.
const stepsMax = 200_000

// unreachable lists the questions that no answers can open: their condition, or
// that of a question it leans on, can never hold.
func (b *book) unreachable() []Fault {
	var faults []Fault
	for _, i := range b.items {
		s := search{book: b, values: map[string]expr.Operand{}, steps: stepsMax}
		if !s.opens([]string{i.ID}, nil) {
			f := i.row.fault(colRelevant, "no answers open this question")
			if s.steps <= 0 {
				f.Reason = "the condition is too tangled to prove that the question is ever asked"
			}
			faults = append(faults, f)
		}
	}
	return faults
}

// search gives names values one after the other until every demand holds. A
// value may only stand where its own question is open.
type search struct {
	book   *book
	values map[string]expr.Operand
	steps  int
}

func (s *search) Lookup(name string) expr.Operand { return s.values[name] }
func (s *search) Entries(group string) int        { return int(s.values[group].Number) }

// opens reports whether the questions can all be asked. demands are the
// conditions that must hold, in the order in which they came up.
func (s *search) opens(items []string, demands []*expr.Expr) bool {
	for _, id := range items {
		demands = append(demands, s.book.conditions(id)...)
	}
	return s.hold(slices.Clip(demands))
}

// hold tries values for the first name without one, and undoes what failed.
func (s *search) hold(demands []*expr.Expr) bool {
	if s.steps--; s.steps <= 0 {
		return false
	}
	name := ""
	for _, demand := range demands {
		switch demand.Eval(s).Truth {
		case expr.False:
			if s.settled(demand) {
				return false
			}
		case expr.True:
			if s.settled(demand) {
				continue
			}
		}
		if name == "" {
			name = s.open(demand)
		}
	}
	if name == "" {
		return s.allTrue(demands)
	}
	for _, value := range s.book.candidates(name, demands) {
		s.values[name] = value
		next := demands
		if value.Known {
			next = append(slices.Clip(demands), s.book.conditions(name)...)
		}
		if s.hold(next) {
			return true
		}
		delete(s.values, name)
	}
	return false
}

// settled reports whether every name of the condition has been tried.
func (s *search) settled(e *expr.Expr) bool { return s.open(e) == "" }

func (s *search) open(e *expr.Expr) string {
	for _, name := range e.Names() {
		if _, tried := s.values[name]; !tried {
			return name
		}
	}
	return ""
}

func (s *search) allTrue(demands []*expr.Expr) bool {
	return !slices.ContainsFunc(demands, func(e *expr.Expr) bool { return e.Eval(s).Truth != expr.True })
}

// conditions returns what must hold before a question is asked.
func (b *book) conditions(id string) []*expr.Expr {
	i := b.item(id)
	if i == nil {
		return nil
	}
	var found []*expr.Expr
	sources := []string{i.Relevant}
	for _, s := range b.sections {
		if s.ID == i.Section {
			sources = append(sources, s.Relevant)
		}
	}
	for _, source := range sources {
		if source == "" {
			continue
		}
		if e, err := expr.Parse(source); err == nil {
			found = append(found, e)
		}
	}
	return found
}

// candidates returns the values that can make a difference: the codes and
// numbers that the conditions speak of, one that none speaks of, and no answer.
func (b *book) candidates(name string, demands []*expr.Expr) []expr.Operand {
	symbol := b.scope.symbols[name]
	found := []expr.Operand{}
	switch symbol.Type {
	case expr.Bool:
		return []expr.Operand{{Known: true, Bool: true}, {Known: true}}
	case expr.Number:
		for _, n := range numbers(demands) {
			found = append(found, expr.Operand{Known: true, Number: n})
		}
	case expr.Set:
		found = append(found, expr.Operand{Known: true, Set: symbol.Codes})
		for _, code := range symbol.Codes {
			found = append(found, expr.Operand{Known: true, Set: []string{code}})
		}
	case expr.Text:
		codes := symbol.Codes
		if codes == nil { // computed, so without a list: what the conditions speak of
			codes = append(literals(demands, "text"), "-")
		}
		for _, code := range codes {
			found = append(found, expr.Operand{Known: true, Text: code})
		}
	case expr.Date:
		for _, precision := range []string{"day", "month", "year"} {
			found = append(found, expr.Operand{Known: true, Precision: precision}, expr.Operand{Known: true, Precision: precision, Estimated: true})
		}
	default: // a group of entries, or what can only be answered or not
		for _, n := range numbers(demands) {
			found = append(found, expr.Operand{Known: true, Number: max(n, 0)})
		}
	}
	return append(found, expr.Operand{})
}

// numbers returns those that the conditions name, and their neighbours.
func numbers(demands []*expr.Expr) []float64 {
	found := []float64{0, 1}
	for _, text := range literals(demands, "number") {
		if n, err := strconv.ParseFloat(text, 64); err == nil {
			found = append(found, n, n+1, n-1)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// literals returns the texts or numbers that the conditions name.
func literals(demands []*expr.Expr, op string) []string {
	var found []string
	var walk func(expr.Tree)
	walk = func(t expr.Tree) {
		if t.Op == op && op == "number" {
			found = append(found, strconv.FormatFloat(t.Number, 'f', -1, 64))
		} else if t.Op == op {
			found = append(found, t.Text)
		}
		for _, kid := range t.Kids {
			walk(kid)
		}
	}
	for _, demand := range demands {
		walk(demand.Tree())
	}
	slices.Sort(found)
	return slices.Compact(found)
}
