package casefile

import (
	"slices"

	"raksa/screening"
	"raksa/syncengine"
)

// Withdrawal is consent taken back by the opaque code on a person's slip, filed
// on a device that does not hold the interview: it closed it, or another center
// made it. It is a record of its own; the office finds the interview.
type Withdrawal struct {
	ID    syncengine.RecordID
	Slip  string
	Taken screening.Scope
	By    syncengine.PersonID // whom the person told
}

const (
	withdrawalSlip  = "slip"
	withdrawalTaken = "taken"
)

// SlipDraft files a withdrawal by the code on a slip. The host signs it with the
// person's own key.
func SlipDraft(id syncengine.RecordID, commit []byte, by syncengine.PersonID, slip string, taken screening.Scope) syncengine.Draft {
	admin := syncengine.Class(screening.Admin)
	answered := syncengine.State(screening.Answered)
	return syncengine.Draft{
		Record: id, Kind: KindWithdrawal, Author: by, Commit: commit, SignClass: admin,
		Writes: map[syncengine.Class][]syncengine.Write{admin: {
			{Field: withdrawalSlip, State: answered, Value: []byte(slip)},
			{Field: withdrawalTaken, State: answered, Value: []byte(taken)},
		}},
	}
}

// OpenWithdrawal reads a record as a withdrawal by slip. A scope that cannot be
// read counts as everything.
func OpenWithdrawal(rec *syncengine.Record) (Withdrawal, error) {
	slip := rec.Field(withdrawalSlip).Live()
	if rec.Kind != KindWithdrawal || len(slip) == 0 {
		return Withdrawal{}, &NotOfKind{Record: rec.ID, Want: "a withdrawal by slip"}
	}
	w := Withdrawal{
		ID: rec.ID, Slip: latest(rec.Field(withdrawalSlip)), By: slip[len(slip)-1].Author,
		Taken: screening.Scope(latest(rec.Field(withdrawalTaken))),
	}
	if !slices.Contains(screening.Scopes(), w.Taken) {
		w.Taken = screening.ScopeAll
	}
	return w, nil
}
