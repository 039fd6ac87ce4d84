package indicator

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"

	"raksa/screening/expr"
)

// Strength is the weight of an indicator in one set.
type Strength string

// The strengths of the Delphi survey; the empty Strength keeps an indicator
// out of a set.
const (
	Strong Strength = "strong"
	Medium Strength = "medium"
	Weak   Strength = "weak"
)

// Set names the list that a person is scored with.
type Set string

// The two sets that are scored.
const (
	AdultLabour Set = "adult_labour"
	ChildLabour Set = "child_labour"
)

// Indicator is one line of the table.
type Indicator struct {
	ID         string      `json:"id"`
	Dimension  string      `json:"dimension"`
	Name       string      `json:"name"`
	Meaning    string      `json:"meaning"`
	Primary    string      `json:"primary"` // the item that alone can make it absent
	Adult      Strength    `json:"adult_labour"`
	Child      Strength    `json:"child_labour"`
	ILO11      []string    `json:"ilo11"` // which of the eleven ILO indicators of forced labour it touches
	Conditions []Condition `json:"conditions"`
	AbsentWhen Compiled    `json:"absent_when"` // makes it absent while no condition is true, or none
	Note       string      `json:"note"`
}

// In returns the strength of the indicator in a set, or "".
func (i *Indicator) In(s Set) Strength {
	if s == ChildLabour {
		return i.Child
	}
	return i.Adult
}

// Condition is one way to see an indicator, found at one item.
type Condition struct {
	Item string   `json:"item"`
	When Compiled `json:"when"`
}

// Dimension is one of the six groups of indicators.
type Dimension struct {
	ID      string `json:"id"`
	EN      string `json:"label_en"`
	KM      string `json:"label_km"`
	Element string `json:"element"` // "means" or "purpose"
}

// Rules is the table with its rule version.
type Rules struct {
	Version       string        `json:"version"`
	Source        string        `json:"source"`
	NotScored     string        `json:"not_scored"`
	Dimensions    []Dimension   `json:"dimensions"`
	Indicators    []Indicator   `json:"indicators"`
	Act           string        `json:"act"` // the item that says whether there was an act
	NonPunishment Compiled      `json:"non_punishment"`
	Sexual        Compiled      `json:"sexual"`
	UnscoredSets  []UnscoredSet `json:"unscored"`
	SideRules     []SideRule    `json:"side"`
	HintRules     []HintRule    `json:"hints"`
}

// HintRule is a hint that stands beside the outcome and is no part of it.
type HintRule struct {
	ID        string   `json:"id"`
	When      Compiled `json:"when"`
	Indicator string   `json:"indicator"` // its presence gives the hint, too
}

// Compiled is a condition that parses itself when the table is read.
type Compiled struct{ *expr.Expr }

// UnmarshalText parses the condition.
func (c *Compiled) UnmarshalText(text []byte) (err error) {
	c.Expr, err = expr.Parse(string(text))
	return err
}

//go:embed data/ilo-ec-1.json
var builtin []byte

// Builtin returns the embedded table. It panics when the table is broken,
// which a test would have shown.
var Builtin = sync.OnceValue(func() *Rules {
	rules, err := Load(builtin)
	if err != nil {
		panic(err)
	}
	return rules
})

// LoadError says what is wrong with a table, and at which line of it.
type LoadError struct{ Where, Reason string }

func (e *LoadError) Error() string { return fmt.Sprintf("indicator table: %s: %s", e.Where, e.Reason) }

const tableBytesMax = 1 << 20

// Load reads and validates a table. The error names the indicator.
func Load(table []byte) (*Rules, error) {
	if len(table) > tableBytesMax {
		return nil, &LoadError{"file", "too long"}
	}
	decoder := json.NewDecoder(bytes.NewReader(table))
	decoder.DisallowUnknownFields()
	var r Rules
	if err := decoder.Decode(&r); err != nil {
		return nil, &LoadError{fmt.Sprintf("byte %d", decoder.InputOffset()), err.Error()}
	}
	if r.Version == "" || len(r.Version) > 32 || r.Act == "" || r.NonPunishment.Expr == nil || r.Sexual.Expr == nil {
		return nil, &LoadError{"head", "version, act, non_punishment or sexual is missing"}
	}
	seen := map[string]bool{}
	for i := range r.Indicators {
		if err := r.validate(&r.Indicators[i], seen); err != nil {
			return nil, err
		}
	}
	if err := r.validateBeside(seen); err != nil {
		return nil, err
	}
	for _, hint := range r.HintRules {
		if hint.When.Expr == nil || hint.Indicator != "" && !seen[hint.Indicator] {
			return nil, &LoadError{hint.ID, "no condition, or an unknown indicator"}
		}
	}
	return &r, nil
}

func (r *Rules) validate(i *Indicator, seen map[string]bool) error {
	known := slices.ContainsFunc(r.Dimensions, func(d Dimension) bool { return d.ID == i.Dimension })
	strengths := []Strength{"", Strong, Medium, Weak}
	switch {
	case i.ID == "" || seen[i.ID]:
		return &LoadError{i.ID, "no id, or the id stands twice"}
	case !known:
		return &LoadError{i.ID, "unknown dimension"}
	case !slices.Contains(strengths, i.Adult) || !slices.Contains(strengths, i.Child) || i.Adult == "" && i.Child == "":
		return &LoadError{i.ID, "no known strength"}
	case !slices.ContainsFunc(i.Conditions, func(c Condition) bool { return c.Item == i.Primary }):
		return &LoadError{i.ID, "the primary item has no condition of its own"}
	case slices.ContainsFunc(i.Conditions, func(c Condition) bool { return c.When.Expr == nil }):
		return &LoadError{i.ID, "a condition is empty"}
	}
	seen[i.ID] = true
	return nil
}

// Check proves every condition against the items of a form.
func (r *Rules) Check(lookup func(name string) (expr.Symbol, bool)) error {
	check := func(where string, e *expr.Expr) error {
		if err := e.Check(lookup); err != nil {
			return &LoadError{where, err.Error()}
		}
		return nil
	}
	for _, i := range r.everyIndicator() {
		for _, c := range i.Conditions {
			if _, known := lookup(c.Item); !known {
				return &LoadError{i.ID, "condition at an unknown item"}
			}
			if err := check(i.ID, c.When.Expr); err != nil {
				return err
			}
		}
		if i.AbsentWhen.Expr != nil {
			if err := check(i.ID, i.AbsentWhen.Expr); err != nil {
				return err
			}
		}
	}
	for _, hint := range r.HintRules {
		if err := check(hint.ID, hint.When.Expr); err != nil {
			return err
		}
	}
	for _, rule := range r.SideRules {
		if err := check(rule.ID, rule.When.Expr); err != nil {
			return err
		}
		for _, ground := range rule.Grounds {
			if err := check(rule.ID, ground.When.Expr); err != nil {
				return err
			}
		}
	}
	if err := check("sexual", r.Sexual.Expr); err != nil {
		return err
	}
	return check("non_punishment", r.NonPunishment.Expr)
}

// everyIndicator lists the indicators of the table and those that only an
// unscored set has.
func (r *Rules) everyIndicator() []Indicator {
	all := slices.Clone(r.Indicators)
	for _, set := range r.UnscoredSets {
		all = append(all, set.Also...)
	}
	return all
}
