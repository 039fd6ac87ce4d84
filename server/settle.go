package server

import (
	"slices"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// Settlement is what a person says about a contested answer: which of the
// versions on the page is right, and why.
type Settlement struct {
	Record syncengine.RecordID
	Field  string
	Choice syncengine.ChangeID // the version that is right
	Basis  casefile.Basis      // what the page showed
	Reason string
}

// Settle writes the chosen answer anew, on a basis of all versions that were on
// the page, signed by the person. The others stay in the history. A version
// that came meanwhile was not on the page: it stays beside the new one, and the
// answer stays contested.
func (o *Office) Settle(tx syncengine.Tx, by casefile.Viewer, s Settlement, sign func([]byte) ([]byte, error)) error {
	if s.Reason == "" {
		return errNoReason
	}
	iv, err := o.interview(tx, s.Record)
	if err != nil {
		return err
	}
	named, err := screening.ParseField(s.Field)
	item := iv.Form.Item(named.Item)
	if err != nil || item == nil {
		return &casefile.UnknownField{Field: s.Field, Form: iv.Form.Version()}
	}
	if seen := iv.For(by); !seen.May(s.Field) || !seen.MayWrite(s.Field) || !by.MayDecide(item.Class) {
		return &Denied{Reason: "settle_class"}
	}
	if !slices.Contains(iv.Contested, s.Field) {
		return errSettled
	}
	if !slices.Contains(s.Basis[s.Field], s.Choice) {
		return errNoChoice
	}
	all, err := o.history(tx, s.Record)
	if err != nil {
		return err
	}
	chosen, here := all.at(s.Field, s.Choice)
	if !here {
		return errNoChoice
	}
	draft, err := iv.Draft(casefile.Edit{
		Author: by.Person, Basis: casefile.Basis{s.Field: s.Basis[s.Field]},
		Answers: map[string]screening.Answer{s.Field: asAnswer(item, chosen.State, chosen.Value)},
		Reasons: map[string]string{s.Field: s.Reason},
	})
	if err != nil {
		return err
	}
	draft.Sign, draft.SignClass = sign, syncengine.Class(item.Class)
	change, err := o.save(tx, draft)
	if err != nil {
		return err
	}
	return o.audit(tx, Leaf{
		What: "settle", Person: by.Person.String(), Record: s.Record.String(), Change: change.ID().String(),
	})
}
