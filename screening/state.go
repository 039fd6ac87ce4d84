package screening

import (
	"fmt"
	"slices"
)

// CaseState is how far a case has come (form specification, section 2).
type CaseState string

// The states of a case.
const (
	Registered          CaseState = "registered"
	Screened            CaseState = "screened"
	PreliminaryPositive CaseState = "preliminary_positive"
	PreliminaryNegative CaseState = "preliminary_negative"
	FormalPending       CaseState = "formal_pending"
	FormallyIdentified  CaseState = "formally_identified"
	NotIdentified       CaseState = "not_identified"
	Referred            CaseState = "referred"
	InService           CaseState = "in_service"
	Closed              CaseState = "closed"
	LeftBeforeInterview CaseState = "left_before_interview"
)

// CaseStates returns every state, in the order of the specification.
func CaseStates() []CaseState {
	return []CaseState{
		Registered, Screened, PreliminaryPositive, PreliminaryNegative, FormalPending, FormallyIdentified,
		NotIdentified, Referred, InService, Closed, LeftBeforeInterview,
	}
}

// forward holds the steps that need no grounds. The chain stands in the form
// specification; a referral right after the preliminary finding, or without
// any finding, is there because help never depends on the outcome.
var forward = map[CaseState][]CaseState{
	Registered:          {Screened, LeftBeforeInterview},
	Screened:            {PreliminaryPositive, PreliminaryNegative},
	PreliminaryPositive: {FormalPending, Referred, Closed},
	PreliminaryNegative: {FormalPending, Referred, Closed},
	FormalPending:       {FormallyIdentified, NotIdentified},
	FormallyIdentified:  {Referred, Closed},
	NotIdentified:       {Referred, Closed},
	Referred:            {InService, Closed},
	InService:           {Closed},
	LeftBeforeInterview: {Closed},
}

// StepError says that a case cannot go from one state to the other.
type StepError struct {
	From, To    CaseState
	NeedsGround bool // the step is allowed with grounds
}

func (e *StepError) Error() string {
	if e.NeedsGround {
		return fmt.Sprintf("screening: a case goes back from %s to %s only with grounds", e.From, e.To)
	}
	return fmt.Sprintf("screening: a case cannot go from %s to %s", e.From, e.To)
}

// CanStep reports whether a case may go from one state to another. Forward
// steps need no grounds; one step back needs a new decision with grounds.
// Nothing is deleted by either. The error is a *StepError.
func CanStep(from, to CaseState, grounds bool) error {
	if slices.Contains(forward[from], to) {
		return nil
	}
	back := slices.Contains(forward[to], from)
	if back && grounds {
		return nil
	}
	return &StepError{from, to, back}
}

// NextStates returns the states that a case may go to without grounds.
func NextStates(from CaseState) []CaseState { return slices.Clone(forward[from]) }

// PreviousStates returns the states that a case may go back to with grounds.
func PreviousStates(from CaseState) []CaseState {
	var back []CaseState
	for _, state := range CaseStates() {
		if slices.Contains(forward[state], from) {
			back = append(back, state)
		}
	}
	return back
}

// ParseCaseState reads a state by name.
func ParseCaseState(name string) (CaseState, error) {
	if slices.Contains(CaseStates(), CaseState(name)) {
		return CaseState(name), nil
	}
	return "", fmt.Errorf("screening: unknown case state %q", name)
}
