package device

import (
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// recordPage opens a record at the page where it stands.
func recordPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(one Someone) bool { return one.ID == id })
	if at < 0 {
		return nil, ErrNotFound
	}
	switch one := all[at]; {
	case one.Seen == nil:
		return v.closedView(one), nil
	case one.Closed:
		return resultPage(v)
	}
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.Paused = false }); err != nil {
		return nil, err
	}
	return v.question(id, "")
}

// closedView is all that a capture tablet still shows of what it closed.
func (v *visit) closedView(one Someone) web.FieldView {
	return web.ClosedRecord{
		RecordID: one.ID.String(), Number: one.Number, Age: web.Age{Child: one.Child}, Where: string(one.Where),
		NeedsYou: one.needsYou(), Progress: progress(one), Needs: one.Needs, SlipCode: one.Slip,
	}
}

// readBackPage opens the read-back, or takes it as right and goes on to the
// interviewer's own view.
func readBackPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if !v.has("answers") {
		a, err := v.ask(id, "")
		if err != nil {
			return nil, err
		}
		return a.readBack(), nil
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	if a.seen.Answers["con_interview"].State == screening.NotAsked {
		for _, at := range a.spots() {
			if slices.Contains(at.Items, "con_interview") {
				return a.consent(at, time.Time{}), nil
			}
		}
	}
	return a.ownView(), nil
}

// readBack is everything that was answered, in plain lines to read aloud.
func (a *asking) readBack() web.FieldView {
	view := web.ReadBack{RecordID: a.seen.ID.String(), Who: a.who(), Account: said(a.seen.Answers, "rec_story"), Elsewhere: a.elsewhere()}
	sections := map[string]string{}
	for _, section := range a.seen.Form.Sections() {
		sections[section.ID] = label(a.lang, section.EN, section.KM)
	}
	last := ""
	for _, at := range a.spots() {
		for _, shown := range a.on(at) {
			answer := a.seen.Answers[shown.Field.String()]
			if shown.Visibility != form.Shown || answer.State == screening.NotAsked || shown.Item.ID == "rec_story" {
				continue
			}
			line := web.ReadLine{Page: at.name(), Label: label(a.lang, shown.Item.EN, shown.Item.KM), State: answer.State.String()}
			if answer.Value != nil {
				line.Text = a.words(shown.Item, answer.Value)
			}
			if at.Section != last {
				line.Section, last = sections[at.Section], at.Section
			}
			view.Lines = append(view.Lines, line)
		}
	}
	for _, section := range a.rail(spot{}) {
		at, _ := spotNamed(a.seen.Form, a.kind, section.Page)
		if a.missing(at.Section) {
			section.State = "to_come"
			view.Missing = append(view.Missing, section)
		}
	}
	var confirm []string
	for _, at := range a.confirmed() {
		questions, _ := a.questions(at)
		view.Confirm = append(view.Confirm, questions...)
		for _, q := range questions {
			confirm = append(confirm, q.Item)
		}
	}
	view.Basis = casefile.BasisOf(a.seen.Record, confirm...).String()
	return view
}

// confirmed are the pages of the form that the read-back asks at its end.
func (a *asking) confirmed() (all []spot) {
	for _, page := range a.seen.Form.Pages(a.kind) {
		if page.Section == "cls" {
			all = append(all, spot{Page: page})
		}
	}
	return all
}

func (a *asking) missing(section string) bool {
	for _, progress := range a.sheet.Sections {
		if progress.Section == section && section != "" {
			return progress.MissingNeeded > 0
		}
	}
	return false
}

func closePage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	if err := v.device.CloseInterview(v.ctx, id); err != nil {
		return nil, err
	}
	v.done = "saved"
	return tonight(v, "")
}

func longPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.device.LongForm(v.ctx, id); err != nil {
		return nil, err
	}
	return v.question(id, "")
}

// earlierPage notes that the case office was asked for an earlier record.
func earlierPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if err := v.keepBefore(id); err != nil {
		return nil, err
	}
	now := v.device.now().UnixMilli()
	if err := v.device.setAside(v.ctx, id, func(row *asideRow) { row.AskedMillis = now }); err != nil {
		return nil, err
	}
	return v.question(id, v.text("page"))
}
