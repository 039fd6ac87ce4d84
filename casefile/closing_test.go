package casefile_test

import (
	"errors"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
	"raksa/syncengine"
)

// act holds that a draft is one that its author signs.
func act(t *testing.T, d syncengine.Draft, err error) {
	t.Helper()
	admin := syncengine.Class(screening.Admin)
	if err != nil || d.SignClass != admin || !casefile.MustBeSigned(d.Kind, d.Writes[admin]) {
		t.Errorf("no act to sign: class %d, %v", d.SignClass, err)
	}
}

func TestClosingGivesTheStateOfItsOutcome(t *testing.T) {
	for outcome, want := range map[indicator.Outcome]screening.CaseState{
		indicator.Indications:   screening.PreliminaryPositive,
		indicator.Open:          screening.PreliminaryPositive, // nobody is turned away for what was not asked
		indicator.NoIndications: screening.PreliminaryNegative,
	} {
		b := newInterview(t, nil)
		draft, err := b.interview().CloseDraft(dara, outcome)
		act(t, draft, err)
		b.keep(draft, err)
		if iv := b.interview(); !iv.Closed || iv.State != want || len(iv.Contested) != 0 {
			t.Errorf("%s: closed %v, state %s", outcome, iv.Closed, iv.State)
		}
	}
}

func TestSomebodyWhoLeftStillArrived(t *testing.T) {
	b := newInterview(t, nil)
	draft, err := b.interview().LeftDraft(dara)
	act(t, draft, err)
	b.keep(draft, err)
	if iv := b.interview(); !iv.Closed || iv.State != screening.LeftBeforeInterview || iv.Number != 7 || iv.Group != recordB {
		t.Errorf("%+v", iv)
	}
}

func TestAClosedInterviewIsNotClosedTwice(t *testing.T) {
	b := newInterview(t, nil)
	b.keep(b.interview().CloseDraft(dara, indicator.Indications))
	if _, err := b.interview().CloseDraft(maly, indicator.Indications); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("%v", err)
	}
}

// Every step of the chain, with and without grounds: casefile takes those that
// the specification allows and drafts nothing for the others.
func TestACaseMovesAsTheSpecificationSays(t *testing.T) {
	for _, from := range screening.CaseStates() {
		b := newInterview(t, nil)
		if from != screening.Registered {
			b.put("$state", screening.Answered, string(from), b.rec.Field("$state").Basis()...)
		}
		iv := b.interview()
		for _, to := range screening.CaseStates() {
			for _, grounds := range []string{"", "a new paper"} {
				draft, err := iv.StateDraft(sothea, to, grounds)
				var step *screening.StepError
				if want := screening.CanStep(from, to, grounds != ""); (want == nil) != (err == nil) || err != nil && !errors.As(err, &step) {
					t.Errorf("%s to %s: %v, want %v", from, to, err, want)
				}
				if err != nil && len(draft.Writes) != 0 || err == nil && len(fieldsOf(draft)) != 1 {
					t.Errorf("%s to %s writes %v", from, to, fieldsOf(draft))
				}
			}
		}
	}
}

// The long form after the short one: what was answered stands in both.
func TestTheLongFormTakesOverWhatWasAnswered(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_sex": code("female")})
	b.keep(b.interview().KindDraft(maly, form.Long))
	if iv := b.interview(); iv.Kind != form.Long || iv.Answers.Code("idn_sex") != "female" {
		t.Errorf("kind %s", iv.Kind)
	}
	if _, err := b.interview().KindDraft(maly, form.Long); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("asked for twice: %v", err)
	}
}

// Two officers close one interview at once: whoever found indications is not
// overruled by a newer clock.
func TestOfTwoClosingsAtOnceTheIndicationsCount(t *testing.T) {
	for _, order := range [][2]indicator.Outcome{
		{indicator.Indications, indicator.NoIndications},
		{indicator.NoIndications, indicator.Indications},
	} {
		b := newInterview(t, nil)
		before := b.interview()
		b.keep(before.CloseDraft(dara, order[0]))
		b.keep(before.CloseDraft(maly, order[1]))
		iv := b.interview()
		if !iv.Closed || iv.State != screening.PreliminaryPositive {
			t.Errorf("%s, then %s at once: closed %v, reads %s", order[0], order[1], iv.Closed, iv.State)
		}
		if live := iv.Record.Field("$state").Live(); len(live) != 2 {
			t.Errorf("%d states are live, want both", len(live))
		}
	}
}
