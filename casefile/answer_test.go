package casefile_test

import (
	"errors"
	"slices"
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

var (
	answerID = syncengine.RecordID{0xD}
	partner  = syncengine.PersonID{5}
	referred = &casefile.Referral{ID: copyID, Request: "r1"}
	states   = []casefile.ReferralState{
		casefile.Sent, casefile.Received, casefile.Accepted, casefile.Declined,
		casefile.Started, casefile.Completed, casefile.Withdrawn,
	}
)

// answered gives the record of a partner that went through these states.
func answered(t *testing.T, path ...casefile.ReferralState) *book {
	t.Helper()
	b := newBook(t, answerID, casefile.KindAnswer, "")
	for i, to := range path {
		rec := b.rec
		if i == 0 {
			rec = nil
		}
		reason := ""
		if to == casefile.Declined {
			reason = "men_not_accepted"
		}
		b.keep(casefile.AnswerDraft(answerID, rec, referred, partner, to, reason, ""))
	}
	return b
}

// Every state × every next × with and without a reason: what the table allows,
// and nothing else.
func TestEveryStepOfAReferral(t *testing.T) {
	paths := map[casefile.ReferralState][]casefile.ReferralState{
		casefile.Sent:      nil,
		casefile.Accepted:  {casefile.Accepted},
		casefile.Declined:  {casefile.Declined},
		casefile.Started:   {casefile.Accepted, casefile.Started},
		casefile.Completed: {casefile.Accepted, casefile.Started, casefile.Completed},
	}
	allowed := map[casefile.ReferralState][]casefile.ReferralState{
		casefile.Sent:     {casefile.Accepted, casefile.Declined},
		casefile.Received: {casefile.Accepted, casefile.Declined},
		casefile.Accepted: {casefile.Started, casefile.Declined},
		casefile.Started:  {casefile.Completed},
	}
	for _, from := range append(states, "lost") {
		if got := from.NextStates(); !slices.Equal(got, allowed[from]) {
			t.Errorf("after %s: %v", from, got)
		}
		path, reachable := paths[from]
		if !reachable {
			continue // a partner never writes it
		}
		for _, to := range append(states, "lost") {
			for _, reason := range []string{"", "men_not_accepted"} {
				b := answered(t, path...)
				rec := b.rec
				if len(path) == 0 {
					rec = nil
				}
				_, err := casefile.AnswerDraft(answerID, rec, referred, partner, to, reason, "a note")
				may := slices.Contains(allowed[from], to) && (to == casefile.Declined) == (reason != "")
				var bad *casefile.BadAnswer
				if may != (err == nil) || err != nil && (!errors.As(err, &bad) || bad.From != from || bad.To != to) {
					t.Errorf("%s to %s, reason %q: %v", from, to, reason, err)
				}
			}
		}
	}
}

// Nobody changes the table through what it hands out.
func TestTheStepsAreNotForChanging(t *testing.T) {
	casefile.Sent.NextStates()[0] = casefile.Completed
	if got := casefile.Sent.NextStates(); got[0] != casefile.Accepted {
		t.Errorf("%v", got)
	}
}

func TestAnAnswerReadsBack(t *testing.T) {
	b := newBook(t, answerID, casefile.KindAnswer, "")
	b.keep(casefile.AnswerDraft(answerID, nil, referred, partner, casefile.Declined, "men_not_accepted", " ask again in May "))
	got, err := casefile.OpenAnswer(b.rec)
	want := casefile.Answer{
		ID: answerID, Referral: copyID, Request: "r1", State: casefile.Declined, Reason: "men_not_accepted",
		Note: "ask again in May", By: partner, Stamp: b.rec.Field("state").Live()[0].Stamp,
	}
	if err != nil || got != want {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Two desks of a partner answer at once: the newest word counts, and its reason
// and note with it; the other stays beside it.
func TestTheNewestWordOfAPartnerCounts(t *testing.T) {
	b := answered(t, casefile.Accepted)
	accepted := *b.rec
	started, err := casefile.AnswerDraft(answerID, &accepted, referred, partner, casefile.Started, "", "came on Monday")
	if err != nil {
		t.Fatal(err)
	}
	declined, err := casefile.AnswerDraft(answerID, &accepted, referred, maly, casefile.Declined, "full", "")
	if err != nil {
		t.Fatal(err)
	}
	b.keep(declined, nil)
	b.keep(started, nil)
	got, err := casefile.OpenAnswer(b.rec)
	if err != nil || got.State != casefile.Started || got.By != partner || got.Reason != "" || got.Note != "came on Monday" {
		t.Errorf("%+v, %v", got, err)
	}
	if live := b.rec.Field("state").Live(); len(live) != 2 {
		t.Errorf("%d words live: one was dropped", len(live))
	}
}

func TestOnlyAnAnswerOpensAsOne(t *testing.T) {
	for name, b := range map[string]*book{
		"an interview":    newInterview(t, nil),
		"an empty record": newBook(t, answerID, casefile.KindAnswer, ""),
	} {
		var wrong *casefile.NotOfKind
		if _, err := casefile.OpenAnswer(b.rec); !errors.As(err, &wrong) || wrong.Record != b.rec.ID {
			t.Errorf("%s: %v", name, err)
		}
	}
}
