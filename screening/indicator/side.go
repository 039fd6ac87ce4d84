package indicator

import (
	"slices"

	"raksa/screening/expr"
)

// SideRule is a finding that stands beside the outcome and never changes it:
// debt bondage with its grounds (form specification, section 5), a labour
// claim, and the four dimensions of harm of the guidelines. A labour claim is
// no sign of trafficking, and its absence none against it.
type SideRule struct {
	ID      string   `json:"id"`
	Kind    string   `json:"kind"` // "debt", "labour" or "harm"
	EN      string   `json:"label_en"`
	KM      string   `json:"label_km"`
	When    Compiled `json:"when"`
	Grounds []Ground `json:"grounds"`
}

// Ground is one reason for a side finding.
type Ground struct {
	ID   string   `json:"id"`
	EN   string   `json:"label_en"`
	KM   string   `json:"label_km"`
	When Compiled `json:"when"`
}

// SideFinding is what a side rule says about one record. Grounds are those
// that hold in an entry in which the finding is present; Because are the items
// whose answers led to its state.
type SideFinding struct {
	*SideRule
	State   State
	Grounds []SideGround
	Because []string
}

// SideGround is a ground that holds, and the items that say so.
type SideGround struct {
	*Ground
	Because []string
}

// UnscoredSet is a set of indicators whose strengths nobody could verify. Its
// indicators are shown, without strength, level or outcome.
type UnscoredSet struct {
	ID      string      `json:"id"`
	Beside  Set         `json:"beside"` // the scored set of the same age
	EN      string      `json:"label_en"`
	KM      string      `json:"label_km"`
	WhyEN   string      `json:"why_en"`
	WhyKM   string      `json:"why_km"`
	Without []string    `json:"without"` // indicators of the table that are not in it
	Also    []Indicator `json:"also"`    // indicators that are only in it
}

// Unscored is an unscored set with what was found.
type Unscored struct {
	*UnscoredSet
	Findings []Finding // Strength is "" in each
}

// beside applies the side rules: present when present in any entry, else
// unknown when unknown in any, else absent.
func (r *Rules) beside(records []Record) []SideFinding {
	var found []SideFinding
	for i := range r.SideRules {
		found = append(found, r.SideRules[i].find(records))
	}
	return found
}

var sideStates = map[expr.Truth]State{expr.True: Present, expr.False: Absent, expr.Unknown: Unknown}

func (s *SideRule) find(records []Record) SideFinding {
	joined := SideFinding{SideRule: s, State: Absent}
	for _, record := range records {
		out := s.When.Eval(record)
		switch state := sideStates[out.Truth]; {
		case state == joined.State:
			joined.Because = unite(joined.Because, out.Because)
		case state == Present, state == Unknown && joined.State == Absent:
			joined.State, joined.Because = state, out.Because
		}
		if out.Truth == expr.True {
			joined.ground(record)
		}
	}
	return joined
}

// ground adds the grounds that hold in one entry.
func (f *SideFinding) ground(record Record) {
	for i := range f.SideRule.Grounds {
		ground := &f.SideRule.Grounds[i]
		out := ground.When.Eval(record)
		if out.Truth != expr.True {
			continue
		}
		at := slices.IndexFunc(f.Grounds, func(g SideGround) bool { return g.ID == ground.ID })
		if at < 0 {
			f.Grounds = append(f.Grounds, SideGround{Ground: ground, Because: out.Because})
			continue
		}
		f.Grounds[at].Because = unite(f.Grounds[at].Because, out.Because)
	}
}

// seenBy reports whether a viewer may see every item that a finding rests on,
// its grounds included: a ground left out would tell which.
func (f SideFinding) seenBy(may func(item string) bool) bool {
	for _, ground := range f.SideRule.Grounds {
		for _, item := range ground.When.Names() {
			if !may(item) {
				return false
			}
		}
	}
	return !slices.ContainsFunc(f.When.Names(), func(item string) bool { return !may(item) })
}

// SideFinding returns one side finding.
func (r *Result) SideFinding(id string) (SideFinding, bool) {
	for _, f := range r.Side {
		if f.ID == id {
			return f, true
		}
	}
	return SideFinding{}, false
}

// unscored gives the set of sexual indicators for the age, when sexual
// exploitation was recorded.
func (r *Rules) unscored(scored Set, recorded bool, records []Record) *Unscored {
	for i := range r.UnscoredSets {
		set := &r.UnscoredSets[i]
		if !recorded || set.Beside != scored {
			continue
		}
		out := &Unscored{UnscoredSet: set}
		for j := range r.Indicators {
			if one := &r.Indicators[j]; !slices.Contains(set.Without, one.ID) {
				out.Findings = append(out.Findings, one.find(records))
			}
		}
		for j := range set.Also {
			out.Findings = append(out.Findings, set.Also[j].find(records))
		}
		return out
	}
	return nil
}

// validateBeside checks what stands beside the scored sets. seen are the
// indicators of the table.
func (r *Rules) validateBeside(seen map[string]bool) error {
	for i := range r.UnscoredSets {
		set := &r.UnscoredSets[i]
		if set.ID == "" || set.EN == "" || set.KM == "" || set.WhyEN == "" || set.WhyKM == "" || set.Beside != AdultLabour && set.Beside != ChildLabour {
			return &LoadError{"unscored " + set.ID, "no id, no words, or beside no scored set"}
		}
		if slices.ContainsFunc(set.Without, func(id string) bool { return !seen[id] }) {
			return &LoadError{"unscored " + set.ID, "leaves out an unknown indicator"}
		}
		for _, also := range set.Also {
			if also.Adult != "" || also.Child != "" || also.ID == "" || seen[also.ID] || len(also.Conditions) == 0 {
				return &LoadError{also.ID, "an unscored indicator has a strength, no condition, or stands in the table"}
			}
		}
	}
	ids := map[string]bool{}
	for _, rule := range r.SideRules {
		if rule.ID == "" || ids[rule.ID] || rule.When.Expr == nil || rule.EN == "" || rule.KM == "" ||
			!slices.Contains([]string{"debt", "labour", "harm"}, rule.Kind) {
			return &LoadError{rule.ID, "a side finding without id, kind, words or condition, or twice"}
		}
		ids[rule.ID] = true
		for _, ground := range rule.Grounds {
			if ground.ID == "" || ground.EN == "" || ground.KM == "" || ground.When.Expr == nil {
				return &LoadError{rule.ID, "a ground without id, words or condition"}
			}
		}
	}
	return nil
}
