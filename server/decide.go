package server

import (
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// Items and fields of an official decision (form specification, section asm).
const (
	itemDecision = "asm_decision"
	itemBy       = "asm_decided_by"
	itemAgency   = "asm_decided_agency"
	itemAt       = "asm_decided_at"
	itemGrounds  = "asm_grounds"
	// A dissent is kept beside the grounds, in the field of reasons.
	fieldDissent = "$why." + itemGrounds
)

// Ruling is an official decision about one case. Whether a person is a victim
// is decided by somebody, never computed.
type Ruling struct {
	Record   syncengine.RecordID
	Decision string // code of the choice list "formal"
	Grounds  string
	Dissent  string // of somebody who sees it otherwise; may be empty
	Basis    casefile.Basis
}

// decisionFields are what a page of a decision shows and so may replace.
func decisionFields() []string {
	return []string{itemDecision, itemBy, itemAgency, itemAt, itemGrounds, fieldDissent}
}

// mayRule says who may decide formally today: a supervisor of an agency class
// that the office has set as eligible.
func (o *Office) mayRule(by casefile.Viewer) bool {
	return by.Role == screening.Supervisor && o.Eligible.MayDecideFormally(by.Agency, o.today())
}

// Decide writes an official decision, signed by the person, and moves the case
// to the state that follows from it. An earlier decision stays in the history;
// one that came meanwhile stays beside this one.
//
// The signature stands in the class of the decision itself, so that it covers
// the word that matters; its head covers author, record and time.
func (o *Office) Decide(tx syncengine.Tx, by casefile.Viewer, r Ruling, sign func([]byte) ([]byte, error)) error {
	if !o.mayRule(by) {
		return &Denied{Reason: "decide_eligibility"}
	}
	if r.Grounds == "" {
		return errNoReason
	}
	iv, err := o.interview(tx, r.Record)
	if err != nil {
		return err
	}
	if !iv.Closed {
		return errNotClosed
	}
	item := iv.Form.Item(itemDecision)
	if item == nil {
		return &casefile.UnknownField{Field: itemDecision, Form: iv.Form.Version()}
	}
	if _, known := iv.Form.Choice(item.List, r.Decision); !known {
		return errNoChoice
	}
	steps, err := decisionSteps(iv.State, r.Decision)
	if err != nil {
		return err
	}
	for _, to := range steps {
		if iv, err = o.step(tx, iv, by, to, r.Grounds, sign); err != nil {
			return err
		}
	}
	draft, err := iv.Draft(casefile.Edit{
		Author: by.Person, Basis: r.Basis, Answers: o.rulingAnswers(by, r), Reasons: map[string]string{itemGrounds: r.Dissent},
	})
	if err != nil {
		return err
	}
	draft.Sign, draft.SignClass = sign, syncengine.Class(item.Class)
	if draft.Writes[draft.SignClass] == nil { // the same decision once more: only who and when are new
		draft.SignClass = syncengine.Class(screening.Admin)
	}
	change, err := o.save(tx, draft)
	if err != nil {
		return err
	}
	return o.audit(tx, Leaf{
		What: "decide", Person: by.Person.String(), Record: r.Record.String(), Change: change.ID().String(), Reason: r.Decision,
	})
}

func (o *Office) rulingAnswers(by casefile.Viewer, r Ruling) screening.Answers {
	answers := screening.Answers{
		itemDecision: screening.Of(screening.Code(r.Decision)),
		itemBy:       screening.Of(screening.Ref(by.Person.String())),
		itemAgency:   screening.Of(screening.Code(by.Agency)),
		itemGrounds:  screening.Of(screening.TextOf(r.Grounds)),
	}
	if now, err := screening.ParseDateTime(o.Now().In(siteZone).Format(time.RFC3339)); err == nil {
		answers[itemAt] = screening.Of(now)
	}
	return answers
}

// step moves a case one state on, and reads it again.
func (o *Office) step(tx syncengine.Tx, iv *casefile.Interview, by casefile.Viewer, to screening.CaseState, grounds string, sign func([]byte) ([]byte, error)) (*casefile.Interview, error) {
	draft, err := iv.StateDraft(by.Person, to, grounds)
	if err != nil {
		return nil, err
	}
	draft.Sign = sign
	if _, err := o.save(tx, draft); err != nil {
		return nil, err
	}
	return o.interview(tx, iv.ID)
}

// decisionSteps lists the states that a case passes on the way to a decision;
// every one is a step that the specification allows with grounds. Where help
// has begun the state tells of the help, and a decision leaves it.
func decisionSteps(from screening.CaseState, decision string) ([]screening.CaseState, error) {
	if slices.Contains([]screening.CaseState{screening.Referred, screening.InService, screening.Closed}, from) {
		return nil, nil
	}
	to := map[string]screening.CaseState{
		"victim": screening.FormallyIdentified, "victim_forced_labour": screening.FormallyIdentified,
		"not_victim": screening.NotIdentified, "pending": screening.FormalPending,
	}[decision]
	if from == to {
		return nil, nil
	}
	err := screening.CanStep(from, to, true)
	if err == nil {
		return []screening.CaseState{to}, nil
	}
	if screening.CanStep(from, screening.FormalPending, true) == nil && screening.CanStep(screening.FormalPending, to, true) == nil {
		return []screening.CaseState{screening.FormalPending, to}, nil
	}
	return nil, err
}
