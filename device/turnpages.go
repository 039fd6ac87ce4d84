package device

import (
	"errors"
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

func questionPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	return v.question(id, v.r.PathValue("page"))
}

// keepBefore keeps what the page before posted, if it posted anything.
func (v *visit) keepBefore(id syncengine.RecordID) error {
	if !v.has("answers") {
		return nil
	}
	a, err := v.ask(id, "")
	if err != nil {
		return err
	}
	_, unfit, err := a.keep()
	if err == nil && len(unfit) > 0 {
		err = ErrAnswerShape
	}
	return err
}

func nextPage(v *visit) (web.FieldView, error) { return v.turn(1) }

func backPage(v *visit) (web.FieldView, error) { return v.turn(-1) }

// turn saves the page and goes to its neighbour. When an answer does not fit,
// the page stays, with what was kept of it.
func (v *visit) turn(step int) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	kept, unfit, err := a.keep()
	if err != nil {
		return nil, err
	}
	a, err = v.ask(id, "")
	if err != nil {
		return nil, err
	}
	here := v.text("page")
	if len(unfit) > 0 {
		view, failed := a.page(here, kept.At)
		return view, errors.Join(failed, ErrAnswerShape)
	}
	at, known := spotNamed(a.seen.Form, a.kind, here)
	if !known { // the read-back, whose one neighbour is the last page
		all := a.spots()
		if len(all) == 0 {
			return nil, ErrNotFound
		}
		return a.page(all[len(all)-1].name(), time.Time{})
	}
	next, ends := a.neighbour(at, step)
	if ends {
		return a.readBack(), nil
	}
	return a.page(next, kept.At)
}

// neighbour gives the page before or behind one, which itself may have nothing
// on it any more.
func (a *asking) neighbour(at spot, step int) (name string, ends bool) {
	if at.entry != "" && !slices.Contains(a.entries(at.Page), at.entry) {
		at.entry = ""
	}
	all := a.spots()
	place := slices.IndexFunc(all, func(s spot) bool { return s.name() == at.name() })
	if place < 0 {
		place, step = a.behind(all, at), min(step, 0)
	}
	place += step
	switch {
	case place >= len(all):
		return "", true
	case place < 0:
		place = 0
	}
	return all[place].name(), false
}

// behind is the index of the first page that stands behind one in the form.
func (a *asking) behind(all []spot, at spot) int {
	pages := a.seen.Form.Pages(a.kind)
	order := func(id string) int { return slices.IndexFunc(pages, func(p form.Page) bool { return p.ID == id }) }
	for i, s := range all {
		if order(s.ID) >= order(at.ID) {
			return i
		}
	}
	return len(all)
}

// addEntryPage begins one more of what repeats: a job, a debt, a person.
func addEntryPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	at, known := spotNamed(a.seen.Form, a.kind, v.text("page"))
	if !known || a.blank(at) == "" {
		return nil, ErrNotFound
	}
	if at.entry, err = v.device.entryName(); err != nil {
		return nil, err
	}
	return a.page(at.name(), time.Time{})
}

// entryName draws a short random name, so that two tablets that add an entry at
// the same time add two.
func (d *Device) entryName() (string, error) {
	var raw [4]byte
	if _, err := d.Random.Read(raw[:]); err != nil {
		return "", err
	}
	name := make([]byte, 0, 2*len(raw))
	for _, b := range raw {
		name = append(name, "abcdefghijklmnop"[b>>4], "abcdefghijklmnop"[b&15])
	}
	return string(name), nil
}

// alonePage says that others cannot hear, and opens what was held back.
func alonePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	_, err = v.device.SaveAnswers(v.ctx, id, Edit{
		Basis:   casefile.BasisOf(a.seen.Record, "ses_overheard"),
		Answers: map[string]screening.Answer{"ses_overheard": screening.Of(screening.Code("no"))},
		Reasons: map[string]string{"ses_overheard": "moved to where others cannot hear"},
	})
	if err != nil {
		return nil, err
	}
	return v.question(id, v.text("page"))
}
