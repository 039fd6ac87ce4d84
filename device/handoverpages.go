package device

import (
	"slices"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// privateRoomPage lets the interview wait for a private room; the row says so.
func privateRoomPage(v *visit) (web.FieldView, error) { return pausePage(v) }

func pausePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = true }); err != nil {
		return nil, err
	}
	return tonight(v, "")
}

func leftPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.device.Leave(v.ctx, id, strings.TrimSpace(v.text("reason"))); err != nil {
		return nil, err
	}
	return tonight(v, "")
}

// handoverPage offers colleagues here and devices elsewhere. A colleague here
// signs in; a device elsewhere finds the interview through the office.
func handoverPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	to := v.text("to")
	if to == "" {
		return v.handover(id)
	}
	if by := v.text("by"); by != "" {
		if err := v.handDirectly(id, to, by); err != nil {
			return nil, err
		}
		v.done = "handed_" + by
		return tonight(v, "")
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = true }); err != nil {
		return nil, err
	}
	people, err := v.device.People(v.ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(people, func(p Person) bool { return p.ID.String() == to }) {
		v.device.Lock()
		return signedOut(v, to)
	}
	v.device.stir()
	v.done = "handed_over"
	return tonight(v, "")
}

func (v *visit) handover(id syncengine.RecordID) (web.FieldView, error) {
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	view := web.Handover{RecordID: id.String(), Who: a.who()}
	people, err := v.device.People(v.ctx)
	if err != nil {
		return nil, err
	}
	me, err := v.device.Person(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if p.ID != me.ID {
			view.Here = append(view.Here, web.Colleague{ID: p.ID.String(), Name: p.Name, Initials: initials(p.Name), Agency: string(p.Agency)})
		}
	}
	devices, err := v.device.Devices(v.ctx)
	if err != nil {
		return nil, err
	}
	for _, other := range devices {
		if other.Profile == screening.CaseDevice { // only a case device is given open interviews of its center
			view.Elsewhere = append(view.Elsewhere, web.Peer{ID: other.ID.String(), Label: other.Name})
		}
	}
	view.Direct, err = v.ways(id)
	return view, err
}

// addendumPage adds to an interview that a capture tablet closed: a new one,
// which names the slip of the first.
func addendumPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one Someone) bool { return one.ID == id })
	if at < 0 || !all[at].Closed {
		return nil, ErrNotFound
	}
	opening := Opening{Answers: map[string]screening.Answer{
		"ses_stage":      screening.Of(screening.Code("follow_up")),
		"ses_prior_refs": screening.Of(screening.TextOf(all[at].Slip)),
	}}
	added, err := v.device.NewInterview(v.ctx, opening)
	if err != nil {
		return nil, err
	}
	return v.question(added, "")
}
