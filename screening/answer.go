package screening

import (
	"fmt"
	"strings"
)

// State says what stands in place of, or beside, a value. The zero State is
// "not asked": nobody has touched the question.
type State uint8

// The states of an answer (form specification, section 4).
const (
	NotAsked State = iota
	Answered
	DontKnow
	Refused
	Skipped
	NotApplicable
)

var stateNames = [...]string{"not_asked", "answered", "dont_know", "refused", "skipped", "not_applicable"}

// String returns the name of the state, for example "dont_know".
func (s State) String() string {
	if int(s) >= len(stateNames) {
		return fmt.Sprintf("state(%d)", uint8(s))
	}
	return stateNames[s]
}

// ParseState reads a name as String writes it.
func ParseState(name string) (State, error) {
	for i, known := range stateNames {
		if known == name {
			return State(i), nil
		}
	}
	return NotAsked, fmt.Errorf("screening: unknown answer state %q", name)
}

// Answer is what stands in one field: a value, or the state that explains why
// there is none. Value is set exactly when State is Answered. The zero Answer
// is "not asked".
type Answer struct {
	State State
	Value Value
}

// Of makes an answered Answer. A nil or empty value makes the zero Answer.
func Of(v Value) Answer {
	if v == nil || v.Canonical() == "" {
		return Answer{}
	}
	return Answer{State: Answered, Value: v}
}

// Saying makes an Answer of a state alone, for example Saying(Refused).
// Saying(Answered) has no value and gives the zero Answer.
func Saying(s State) Answer {
	if s == Answered {
		return Answer{}
	}
	return Answer{State: s}
}

// Canonical returns the one text of the answer: "=" and the value's canonical
// text, or "!" and the name of the state, or "" when not asked. Logs of the
// replication core keep this text as opaque bytes.
func (a Answer) Canonical() string {
	switch a.State {
	case NotAsked:
		return ""
	case Answered:
		if a.Value == nil {
			return ""
		}
		return "=" + a.Value.Canonical()
	}
	return "!" + a.State.String()
}

// ParseAnswer reads what Canonical wrote, for a field of this kind. The error
// is a *ValueError and never quotes the answer.
func ParseAnswer(kind Kind, canonical string) (Answer, error) {
	if canonical == "" {
		return Answer{}, nil
	}
	if text, ok := strings.CutPrefix(canonical, "="); ok {
		v, err := ParseValue(kind, text)
		if err != nil {
			return Answer{}, err
		}
		return Of(v), nil
	}
	state, err := ParseState(strings.TrimPrefix(canonical, "!"))
	if err != nil || canonical[0] != '!' || state == Answered || state == NotAsked {
		return Answer{}, &ValueError{kind, "neither a value nor a known state"}
	}
	return Saying(state), nil
}

// Same reports whether two answers mean the same. The original Buddhist-era
// year of a date is not a difference; everything else that Canonical shows is.
func Same(a, b Answer) bool {
	da, okA := a.Value.(PartialDate)
	db, okB := b.Value.(PartialDate)
	if okA && okB {
		da.EraYear, db.EraYear = 0, 0
		return da == db
	}
	return a.Canonical() == b.Canonical()
}
