package server

import (
	"slices"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func slipPage(v *deskVisit) (deskReply, error) {
	return deskReply{page: web.SlipWithdrawal{Typed: v.typed}}, nil
}

// withdrawBySlip carries out that somebody takes consent back with the code on
// their slip, wherever they were interviewed.
func withdrawBySlip(v *deskVisit) (deskReply, error) {
	taken, err := v.takenScope()
	if err != nil {
		return deskReply{}, err
	}
	id, err := v.FindSlip(v.tx, v.asked("slip"))
	if err != nil {
		return deskReply{}, atField("slip", err)
	}
	return deskReply{to: "/records/" + id.String(), done: "withdrawn"}, v.Withdraw(v.tx, id, taken, v.staff.ID, v.session.sign)
}

// withdrawScope does the same for a record that is on the page.
func withdrawScope(v *deskVisit) (deskReply, error) {
	id, err := v.standing()
	if err != nil {
		return deskReply{}, err
	}
	taken, err := v.takenScope()
	if err != nil {
		return deskReply{}, err
	}
	return deskReply{to: "/records/" + id.String(), done: "withdrawn"}, v.Withdraw(v.tx, id, taken, v.staff.ID, v.session.sign)
}

// takenScope reads what is taken back.
func (v *deskVisit) takenScope() (screening.Scope, error) {
	taken := screening.Scope(v.asked("scope"))
	if !slices.Contains(screening.Scopes(), taken) {
		return "", atField("scope", errNoChoice)
	}
	return taken, nil
}

// transfer lets the record go to another center as well, because the person
// moves on.
func transfer(v *deskVisit) (deskReply, error) {
	id, err := v.standing()
	if err != nil {
		return deskReply{}, err
	}
	center := v.asked("center")
	if !v.isSite(center) {
		return deskReply{}, atField("center", errNoChoice)
	}
	return deskReply{to: "/records/" + id.String(), done: "transferred"}, v.Transfer(v.tx, id, center, v.staff.ID)
}

// standing gives the interview in the address, if it was not erased.
func (v *deskVisit) standing() (syncengine.RecordID, error) {
	id, err := v.record()
	if err != nil {
		return id, err
	}
	iv, err := v.interview(v.tx, id)
	if err == nil && iv.Record.Erased {
		err = syncengine.ErrErased
	}
	return id, err
}
