package casefile

import (
	"raksa/screening"
	"raksa/screening/indicator"
	"raksa/syncengine"
)

// CloseDraft closes an interview: the state that its computed outcome leads to,
// and the mark of who closed it. The host signs it with the person's own key
// (bytes and keys, §4).
func (iv *Interview) CloseDraft(author syncengine.PersonID, outcome indicator.Outcome) (syncengine.Draft, error) {
	state := screening.PreliminaryNegative
	if outcome == indicator.Indications || outcome == indicator.Open {
		state = screening.PreliminaryPositive
	}
	edit := Edit{Author: author, Basis: BasisOf(iv.Record, fieldState, fieldClosed)}
	edit.set(fieldState, string(state))
	edit.set(fieldClosed, "yes")
	draft, err := iv.Draft(edit)
	draft.SignClass = syncengine.Class(screening.Admin)
	return draft, err
}

// LeftDraft closes an interview of somebody who left before it, and still
// counts as arrived (form specification, section 2).
func (iv *Interview) LeftDraft(author syncengine.PersonID) (syncengine.Draft, error) {
	edit := Edit{Author: author, Basis: BasisOf(iv.Record, fieldState, fieldClosed)}
	edit.set(fieldState, string(screening.LeftBeforeInterview))
	edit.set(fieldClosed, "yes")
	draft, err := iv.Draft(edit)
	draft.SignClass = syncengine.Class(screening.Admin)
	return draft, err
}

// StateDraft moves a case to another state; a step back needs grounds. They are
// not in this draft: whoever decides keeps them in the item for grounds, in its
// own class.
func (iv *Interview) StateDraft(author syncengine.PersonID, to screening.CaseState, grounds string) (syncengine.Draft, error) {
	if err := screening.CanStep(iv.State, to, grounds != ""); err != nil {
		return syncengine.Draft{}, err
	}
	edit := Edit{Author: author, Basis: BasisOf(iv.Record, fieldState)}
	edit.set(fieldState, string(to))
	draft, err := iv.Draft(edit)
	draft.SignClass = syncengine.Class(screening.Admin)
	return draft, err
}
