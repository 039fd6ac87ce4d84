package server

import (
	"slices"
	"time"

	"raksa/syncengine"
	"raksa/web"
)

// heldWords maps the reasons of a quarantine to web's family "quarantine".
var heldWords = map[string]string{
	heldOfficeOnly: "no_right", heldRevoked: "revoked_device", heldUnknownAuthor: "no_right", heldKind: "no_right",
	heldClass: "no_right", heldOutOfScope: "no_right", heldUnreadable: "cannot_open", heldErased: "late_withdrawal",
	heldUnproven: "relay_unproven",
}

// parked is a change in quarantine.
type parked struct {
	id    syncengine.ChangeID
	state syncengine.QuarantineState
}

// quarantined lists what waits for a named person, the oldest first.
func quarantined(tx syncengine.Tx) (all []parked, _ error) {
	err := syncengine.Quarantined(tx, func(id syncengine.ChangeID, state syncengine.QuarantineState) error {
		if state.Op == syncengine.OpQuarantine {
			all = append(all, parked{id, state})
		}
		return nil
	})
	slices.SortFunc(all, func(a, b parked) int { return int(a.state.Stamp.Millis() - b.state.Stamp.Millis()) })
	return all, err
}

func quarantinePage(v *deskVisit) (deskReply, error) {
	all, err := quarantined(v.tx)
	if err != nil {
		return deskReply{}, err
	}
	var page web.Quarantine
	for _, p := range all {
		c, err := v.tx.Change(p.id)
		if err != nil {
			return deskReply{}, err
		}
		row := web.Parked{
			ID: p.id.String(), Short: p.id.String()[:shortID], Why: p.state.Reason, Detail: p.state.Reason,
			At: time.UnixMilli(c.DeviceMillis), Since: time.UnixMilli(p.state.Stamp.Millis()),
		}
		if word := heldWords[p.state.Reason]; word != "" {
			row.Why = word
		}
		if row.Device, err = v.deviceOf(c.Node); err != nil {
			return deskReply{}, err
		}
		who, err := v.person(c.Author)
		if err != nil {
			return deskReply{}, err
		}
		row.Who = who.Name
		if _, here, err := cases.Get(v.tx, c.Record[:]); err != nil {
			return deskReply{}, err
		} else if here {
			row.Record = "/records/" + c.Record.String()
		}
		page.Rows = append(page.Rows, row)
	}
	return deskReply{page: page}, nil
}

func releaseOrDiscard(v *deskVisit) (deskReply, error) {
	id, err := syncengine.ParseChangeID(v.asked("id"))
	if err != nil {
		return deskReply{}, errNotThere
	}
	reason, err := v.reason()
	if err != nil {
		return deskReply{}, err
	}
	action := v.asked("action")
	if action != "release" && action != "discard" {
		return deskReply{}, errNoChoice
	}
	state, err := syncengine.Quarantine(v.tx, id)
	if err != nil {
		return deskReply{}, err
	}
	if state.Op != syncengine.OpQuarantine {
		return deskReply{}, errSettled
	}
	if err := v.Release(v.tx, id, v.staff.ID, action == "discard"); err != nil {
		return deskReply{}, err
	}
	done := "released"
	if action == "discard" {
		done = "discarded"
	}
	return deskReply{to: "/quarantine", done: done}, v.keepReason(reason)
}
