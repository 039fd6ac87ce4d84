package casefile

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// ErrNothing: the edit changes nothing, so there is nothing to save.
var ErrNothing = errors.New("casefile: nothing to save")

// Edit is what one page posted: the answers that were touched, and the versions
// that were on the screen while they were.
type Edit struct {
	Author  syncengine.PersonID
	Basis   Basis
	Answers map[string]screening.Answer // by field; NotAsked takes the answer back
	Reasons map[string]string           // by field, for a changed or settled answer
	system  map[string]string           // by field; "" takes it back
}

// set puts a text into one of the program's own fields of an interview.
func (e *Edit) set(field, text string) {
	if e.system == nil {
		e.system = map[string]string{}
	}
	e.system[field] = text
}

// UnknownField names a field that the form version of the record does not have.
type UnknownField struct{ Field, Form string }

func (e *UnknownField) Error() string {
	return fmt.Sprintf("casefile: form %s has no field %s", e.Form, e.Field)
}

// Draft turns an edit of this interview into one change. Answers that stand
// already are left out; ErrNothing when none remains.
func (iv *Interview) Draft(edit Edit) (syncengine.Draft, error) {
	draft := syncengine.Draft{
		Record: iv.ID, Kind: KindInterview, Form: iv.Form.Version(), Author: edit.Author,
		Writes: map[syncengine.Class][]syncengine.Write{},
	}
	for _, field := range slices.Sorted(maps.Keys(edit.Answers)) {
		if err := iv.checkField(field, edit.Answers[field]); err != nil {
			return draft, err
		}
		state, value := encode(edit.Answers[field])
		iv.write(&draft, edit.Basis, field, state, value)
		if reason := screening.TextOf(edit.Reasons[field]).Canonical(); reason != "" {
			iv.write(&draft, edit.Basis, prefixWhy+field, syncengine.State(screening.Answered), reason)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(edit.system)) {
		text := edit.system[field]
		state := syncengine.State(screening.Answered)
		if text == "" {
			state = syncengine.Struck
		}
		iv.write(&draft, edit.Basis, field, state, text)
	}
	if len(draft.Writes) == 0 {
		return draft, ErrNothing
	}
	return draft, nil
}

// write adds one write, unless the field says exactly this already.
func (iv *Interview) write(draft *syncengine.Draft, basis Basis, field string, state syncengine.State, value string) {
	supersedes := basis[field]
	if live := iv.Record.Field(field).Live(); len(live) == 1 && live[0].State == state && string(live[0].Value) == value {
		return
	}
	if state == syncengine.Struck && len(supersedes) == 0 {
		return // nothing was on the screen that could be taken back
	}
	class := classOf(iv.Form, field)
	draft.Writes[class] = append(draft.Writes[class], syncengine.Write{
		Field: field, State: state, Value: []byte(value), Supersedes: supersedes,
	})
}

// Unfit names a field whose answer is of another type than the item, or not on
// its list. Odd answers of the right type are kept and shown as problems.
type Unfit struct {
	Field string
	Code  form.ProblemCode
}

func (e *Unfit) Error() string {
	return fmt.Sprintf("casefile: field %s: %s", e.Field, e.Code)
}

func (iv *Interview) checkField(field string, answer screening.Answer) error {
	named, err := screening.ParseField(field)
	item := iv.Form.Item(named.Item)
	if err != nil || item == nil {
		return &UnknownField{Field: field, Form: iv.Form.Version()}
	}
	switch {
	case answer.State > screening.NotApplicable:
		return &Unfit{Field: field, Code: form.WrongKind}
	case answer.State != screening.Answered:
		return nil
	}
	if code := iv.Form.Fits(item, answer.Value); code != "" {
		return &Unfit{Field: field, Code: code}
	}
	return nil
}

func encode(a screening.Answer) (syncengine.State, string) {
	if a.State == screening.Answered {
		return syncengine.State(a.State), a.Value.Canonical()
	}
	return syncengine.State(a.State), ""
}

// Opening is what is known when an interview is opened.
type Opening struct {
	Record syncengine.RecordID
	Author syncengine.PersonID
	Commit [16]byte // commitment to the record's key
	Center string
	Group  syncengine.RecordID
	Number int
	Kind   form.Kind
	Slip   string
	// Answers that the device or the list line fills in.
	Answers map[string]screening.Answer
}

// OpeningDraft is the first change of a new interview.
func OpeningDraft(def *form.Definition, o Opening) (syncengine.Draft, error) {
	empty := &Interview{ID: o.Record, Form: def, Record: &syncengine.Record{ID: o.Record, Kind: KindInterview, Form: def.Version()}}
	edit := Edit{Author: o.Author, Answers: o.Answers}
	edit.set(fieldCenter, o.Center)
	edit.set(fieldKind, string(o.Kind))
	edit.set(fieldState, string(screening.Registered))
	if !o.Group.Zero() {
		edit.set(fieldGroup, o.Group.String())
	}
	if o.Number > 0 {
		edit.set(fieldNumber, fmt.Sprint(o.Number))
	}
	if o.Slip != "" {
		edit.set(fieldSlip, o.Slip)
	}
	draft, err := empty.Draft(edit)
	draft.Commit = o.Commit[:]
	return draft, err
}
