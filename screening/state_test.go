package screening

import (
	"errors"
	"testing"
)

// Every step there is, and no other. ">" needs no grounds.
var steps = map[string]bool{
	"registered>screened": true, "registered>left_before_interview": true,
	"screened>preliminary_positive": true, "screened>preliminary_negative": true,
	"preliminary_positive>formal_pending": true, "preliminary_positive>referred": true, "preliminary_positive>closed": true,
	"preliminary_negative>formal_pending": true, "preliminary_negative>referred": true, "preliminary_negative>closed": true,
	"formal_pending>formally_identified": true, "formal_pending>not_identified": true,
	"formally_identified>referred": true, "formally_identified>closed": true,
	"not_identified>referred": true, "not_identified>closed": true,
	"referred>in_service": true, "referred>closed": true, "in_service>closed": true, "left_before_interview>closed": true,
}

func TestCaseStatesExhaustively(t *testing.T) {
	states := append(CaseStates(), "", "deleted")
	for _, from := range states {
		for _, to := range states {
			forward := steps[string(from+">"+to)]
			back := steps[string(to+">"+from)]
			for _, grounds := range []bool{false, true} {
				err := CanStep(from, to, grounds)
				if want := forward || back && grounds; (err == nil) != want {
					t.Errorf("%s to %s, grounds %v: %v", from, to, grounds, err)
				}
				var step *StepError
				if err != nil && (!errors.As(err, &step) || step.NeedsGround != back) {
					t.Errorf("%s to %s: %v", from, to, err)
				}
			}
		}
	}
}

func TestEveryStateIsReachedAndLeft(t *testing.T) {
	reached := map[CaseState]bool{Registered: true}
	for _, from := range CaseStates() { // the order of the list is an order of time
		for _, to := range NextStates(from) {
			reached[to] = true
		}
		if len(NextStates(from)) == 0 && from != Closed {
			t.Errorf("%s is a dead end", from)
		}
		if got, err := ParseCaseState(string(from)); err != nil || got != from {
			t.Errorf("%s: %v", from, err)
		}
	}
	for _, state := range CaseStates() {
		if !reached[state] {
			t.Errorf("%s is never reached", state)
		}
	}
	if len(PreviousStates(Closed)) != 7 || len(PreviousStates(Registered)) != 0 {
		t.Errorf("back from closed: %v, from registered: %v", PreviousStates(Closed), PreviousStates(Registered))
	}
}
