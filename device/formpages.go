package device

import (
	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// moveFormPage says what a newer form version makes of the answers, and moves
// the interview when that is asked for.
func moveFormPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if to := v.text("to"); to != "" {
		if err := v.device.MoveForm(v.ctx, id, to); err != nil {
			return nil, err
		}
		v.done = "form_moved"
		return v.question(id, "")
	}
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	to := v.device.Forms(a.newer())
	if to == nil {
		return nil, ErrNotFound
	}
	move := a.seen.PlanMove(to)
	view := web.MoveForm{RecordID: id.String(), Who: a.who(), From: move.From, To: move.To, Stays: len(move.Stays)}
	view.Unmatched, view.Settle = a.fieldLines(a.seen.Form, move.Unmatched), a.fieldLines(a.seen.Form, move.Settle)
	for _, one := range move.Moved {
		if a.seen.May(one.From) {
			view.Moved = append(view.Moved, a.line(to, one.To, one.Answer))
		}
	}
	for _, field := range move.Removed {
		if answer, here := a.seen.Answers[field]; here {
			view.Removed = append(view.Removed, a.line(a.seen.Form, field, answer))
		}
	}
	return view, nil
}

// newer names the version to which this interview may be moved, or "".
func (a *asking) newer() string {
	newest := a.v.device.shelf.Newest().Version()
	if a.seen.Closed || newest == a.seen.Form.Version() || a.v.device.shelf.Before(newest, a.seen.Form.Version()) {
		return ""
	}
	return newest
}

func (a *asking) fieldLines(def *form.Definition, fields []string) (lines []web.ReadLine) {
	for _, field := range fields {
		if a.seen.May(field) {
			lines = append(lines, a.line(def, field, a.seen.Answers[field]))
		}
	}
	return lines
}

// line is one answer in the words of a form version.
func (a *asking) line(def *form.Definition, field string, answer screening.Answer) web.ReadLine {
	named, _ := screening.ParseField(field)
	line := web.ReadLine{Label: field, State: answer.State.String()}
	if item := def.Item(named.Item); item != nil {
		line.Label = label(a.lang, item.EN, item.KM)
		if answer.Value != nil {
			line.Text = wordsOf(def, a.lang, item, answer.Value)
		}
	}
	return line
}

// elsewhere lists what other form versions asked, in their words.
func (a *asking) elsewhere() (lines []web.ReadLine) {
	for _, one := range a.seen.Elsewhere() {
		def := a.v.device.Forms(one.Version.Form)
		if def == nil {
			def = a.seen.Form
		}
		line := a.line(def, one.Field, one.Answer)
		line.Label += " (" + one.Version.Form + ")"
		lines = append(lines, line)
	}
	return lines
}
