package form

import (
	"slices"
	"strings"

	"raksa/screening"
)

// Rule says how a field reads while two or more live versions differ, until a
// person settles it.
type Rule string

// The rules. Merging never chooses between two people's answers; reading does.
const (
	AskBoth    Rule = "ask"        // both are shown, none counts
	Protective Rule = "protective" // the version that protects the person counts
	Union      Rule = "union"      // sets are read together
	Latest     Rule = "latest"     // technical fields: the newest counts
)

// Contested is the rule of one item with what the rule needs.
type Contested struct {
	Rule  Rule
	Order []string // codes and names of states, the most protective first
	Pick  string   // "youngest" (dates of birth) or "least" (ages)
	Reads string   // the code that any two different versions read as
}

// Reading is a field as it reads. Contested stays true until one version
// stands alone; then the Answer is only how it reads for now.
type Reading struct {
	Answer    screening.Answer
	Contested bool
}

// Read applies the item's rule to the live versions of a field, given in order
// of age with the newest last. Only rule latest looks at that order, so all
// others read the same on every replica. Versions that mean the same are one.
// With rule ask, a contested field reads as not asked, so that no condition
// and no indicator leans on either answer.
func (i *Item) Read(versions []screening.Answer) Reading {
	inOrder := slices.Clone(versions)
	slices.SortStableFunc(inOrder, func(a, b screening.Answer) int { return strings.Compare(a.Canonical(), b.Canonical()) })
	var distinct []screening.Answer
	for _, v := range inOrder {
		if !slices.ContainsFunc(distinct, func(w screening.Answer) bool { return screening.Same(v, w) }) {
			distinct = append(distinct, v)
		}
	}
	if len(distinct) == 0 {
		return Reading{}
	}
	if len(distinct) == 1 {
		return Reading{Answer: distinct[0]}
	}
	return Reading{i.choose(distinct, versions[len(versions)-1]), true}
}

func (i *Item) choose(distinct []screening.Answer, newest screening.Answer) screening.Answer {
	switch i.Contested.Rule {
	case Latest:
		return newest
	case Union:
		return i.union(distinct)
	case Protective:
		return i.protective(distinct)
	}
	return screening.Answer{}
}

// union joins the sets; a code that excludes others gives way to any other.
// States beside a set say less than the set and give way to it.
func (i *Item) union(distinct []screening.Answer) screening.Answer {
	var all screening.Set
	for _, a := range distinct {
		if set, ok := a.Value.(screening.Set); ok {
			all = all.Union(set)
		}
	}
	others := slices.DeleteFunc(all.Codes(), func(code string) bool {
		return slices.Contains(i.Contested.Order, code)
	})
	if len(others) > 0 {
		all = screening.SetOf(others...)
	}
	return screening.Of(all)
}

func (i *Item) protective(distinct []screening.Answer) screening.Answer {
	if i.Contested.Reads != "" {
		return screening.Of(screening.Code(i.Contested.Reads))
	}
	if i.Contested.Pick != "" {
		return youngest(distinct)
	}
	best, bestRank := screening.Answer{}, len(i.Contested.Order)
	for _, a := range distinct {
		rank := slices.Index(i.Contested.Order, word(a))
		if rank >= 0 && rank < bestRank {
			best, bestRank = a, rank
		}
	}
	return best
}

// word is how an order names an answer: its code, or its state.
func word(a screening.Answer) string {
	if a.State == screening.Answered {
		return a.Value.Canonical()
	}
	return a.State.String()
}

// youngest keeps the answer that makes the person youngest: the latest date of
// birth, or the lowest age. A state never wins over a value.
func youngest(distinct []screening.Answer) screening.Answer {
	var best screening.Answer
	for _, a := range distinct {
		if a.State == screening.Answered && (best.Value == nil || younger(a.Value, best.Value)) {
			best = a
		}
	}
	return best
}

func younger(a, b screening.Value) bool {
	switch a := a.(type) {
	case screening.Int:
		other, ok := b.(screening.Int)
		return ok && a < other
	case screening.PartialDate:
		other, ok := b.(screening.PartialDate)
		return ok && other.Last().CertainlyBefore(a.Last())
	}
	return false
}
