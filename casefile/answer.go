package casefile

import (
	"fmt"
	"slices"

	"raksa/screening"
	"raksa/syncengine"
)

// Answer is what a partner answers to a referral, as a record of its own beside
// the copy.
type Answer struct {
	ID       syncengine.RecordID
	Referral syncengine.RecordID // the copy that it answers
	Request  string              // id of the request, by which the sender finds it
	State    ReferralState
	Reason   string // choice list "rdecline", with Declined
	Note     string // to the sender
	By       syncengine.PersonID
	Stamp    syncengine.Stamp
}

// ReferralState is how far a referral has come (choice list "rstate").
type ReferralState string

// The states of a referral.
const (
	Sent      ReferralState = "sent"      // the copy is on its way
	Received  ReferralState = "received"  // the partner's device has it
	Accepted  ReferralState = "accepted"  //
	Declined  ReferralState = "declined"  // with a reason
	Started   ReferralState = "started"   // the service has begun
	Completed ReferralState = "completed" //
	Withdrawn ReferralState = "withdrawn" // the person took consent back
	Deleted   ReferralState = "deleted"   // after that: the partner deleted what it had
)

var nextStates = map[ReferralState][]ReferralState{
	Sent:     {Accepted, Declined},
	Received: {Accepted, Declined},
	Accepted: {Started, Declined},
	Started:  {Completed},
}

// NextStates lists what a partner may answer next.
func (s ReferralState) NextStates() []ReferralState { return slices.Clone(nextStates[s]) }

// BadAnswer is the refusal of an answer that does not follow, or of a decline
// without a reason.
type BadAnswer struct{ From, To ReferralState }

func (e *BadAnswer) Error() string {
	return fmt.Sprintf("casefile: a referral cannot go from %s to %s like this", e.From, e.To)
}

const (
	answerReferral = "referral"
	answerRequest  = "request"
	answerState    = "state"
	answerReason   = "reason"
	answerNote     = "note"
)

// AnswerDraft drafts a partner's answer. rec is the answer's record so far, or
// nil for the first word.
func AnswerDraft(id syncengine.RecordID, rec *syncengine.Record, referral *Referral, by syncengine.PersonID, to ReferralState, reason, note string) (syncengine.Draft, error) {
	if to == Deleted {
		return syncengine.Draft{}, &BadAnswer{To: to} // only a stop notice leads there
	}
	from := Sent
	if rec != nil {
		from = ReferralState(latest(rec.Field(answerState)))
	}
	if !slices.Contains(nextStates[from], to) || (to == Declined) != (reason != "") {
		return syncengine.Draft{}, &BadAnswer{From: from, To: to}
	}
	return answerDraft(id, rec, Answer{
		Referral: referral.ID, Request: referral.Request, State: to, Reason: reason, Note: screening.TextOf(note).Canonical(), By: by,
	}), nil
}

// DeletedDraft drafts a partner's word that it deleted a copy after a stop
// notice, which it may no longer be able to open. rec is as in AnswerDraft.
func DeletedDraft(id syncengine.RecordID, rec *syncengine.Record, referral syncengine.RecordID, by syncengine.PersonID) syncengine.Draft {
	answer := Answer{Referral: referral, State: Deleted, By: by}
	if rec != nil {
		answer.Request = latest(rec.Field(answerRequest))
	}
	return answerDraft(id, rec, answer)
}

func answerDraft(id syncengine.RecordID, rec *syncengine.Record, answer Answer) syncengine.Draft {
	draft := syncengine.Draft{Record: id, Kind: KindAnswer, Author: answer.By, Writes: map[syncengine.Class][]syncengine.Write{}}
	put := func(field, text string) {
		write := syncengine.Write{Field: field, State: syncengine.State(screening.Answered), Value: []byte(text)}
		if rec != nil {
			write.Supersedes = rec.Field(field).Basis()
		}
		admin := syncengine.Class(screening.Admin)
		draft.Writes[admin] = append(draft.Writes[admin], write)
	}
	put(answerReferral, answer.Referral.String())
	put(answerRequest, answer.Request)
	put(answerState, string(answer.State))
	put(answerReason, answer.Reason)
	put(answerNote, answer.Note)
	return draft
}

// OpenAnswer reads a record as a partner's answer.
func OpenAnswer(rec *syncengine.Record) (Answer, error) {
	state := rec.Field(answerState).Live()
	referral, err := syncengine.ParseRecordID(latest(rec.Field(answerReferral)))
	if rec.Kind != KindAnswer || err != nil || len(state) == 0 {
		return Answer{}, &NotOfKind{Record: rec.ID, Want: "an answer to a referral"}
	}
	last := state[len(state)-1]
	return Answer{
		ID: rec.ID, Referral: referral, Request: latest(rec.Field(answerRequest)), State: ReferralState(last.Value),
		Reason: latest(rec.Field(answerReason)), Note: latest(rec.Field(answerNote)),
		By: last.Author, Stamp: last.Stamp,
	}, nil
}
