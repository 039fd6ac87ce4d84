package device

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// postedAnswer is one touched answer of a page.
type postedAnswer struct {
	State  string `json:"state"`
	Value  string `json:"value"`
	Reason string `json:"reason"`
}

// answersMax bounds the answers of one post; a page holds a handful.
const answersMax = 400

// posted takes the answers of a page apart. An answer that does not fit its
// question comes back by name and is not saved; the others are.
func (a *asking) posted() (edit Edit, unfit []string, err error) {
	v := a.v
	edit = Edit{Answers: map[string]screening.Answer{}, Reasons: map[string]string{}}
	if edit.Basis, err = casefile.ParseBasis(v.text("basis")); err != nil {
		return edit, nil, err
	}
	var raw map[string]postedAnswer
	if v.has("answers") && json.Unmarshal(v.fields["answers"], &raw) != nil || len(raw) > answersMax {
		return edit, nil, errBody
	}
	for field, one := range raw {
		answer, fits := a.parse(field, one)
		if !fits {
			unfit = append(unfit, field)
			continue
		}
		edit.Answers[field] = answer
		if reason := strings.TrimSpace(one.Reason); reason != "" {
			edit.Reasons[field] = reason
		}
	}
	slices.Sort(unfit)
	return edit, unfit, nil
}

// parse brings what the page's script wrote into canonical form.
func (a *asking) parse(field string, one postedAnswer) (screening.Answer, bool) {
	named, err := screening.ParseField(field)
	item := a.seen.Form.Item(named.Item)
	if err != nil || item == nil || named.Entry != "" && item.Repeat == "" {
		return screening.Answer{}, false
	}
	if one.State != "" && one.State != screening.Answered.String() {
		state, err := screening.ParseState(one.State)
		return screening.Saying(state), err == nil && (state == screening.DontKnow || state == screening.Refused || state == screening.Skipped)
	}
	value := strings.TrimSpace(one.Value)
	if value == "" {
		return screening.Saying(screening.Skipped), true
	}
	switch item.Kind {
	case screening.KindPlace:
		return parsePlace(value)
	case screening.KindMoney:
		parts := append(strings.Fields(value), "", "", "")
		return answered(screening.MoneyOf(parts[0], parts[1], parts[2]))
	case screening.KindSet:
		answer, problem := a.seen.Form.Parse(item, strings.Split(value, ",")...)
		return answer, problem == ""
	}
	answer, problem := a.seen.Form.Parse(item, value)
	return answer, problem == ""
}

func answered(value screening.Value, err error) (screening.Answer, bool) {
	if err != nil {
		return screening.Answer{}, false
	}
	return screening.Of(value), true
}

// keep saves what a page posted. Whatever fits is kept even when something else
// does not; the caller shows the page again then, with the new basis.
func (a *asking) keep() (Kept, []string, error) {
	edit, unfit, err := a.posted()
	if err != nil {
		return Kept{}, nil, err
	}
	if len(edit.Answers) == 0 {
		return Kept{Basis: edit.Basis}, unfit, nil
	}
	kept, err := a.v.device.SaveAnswers(a.v.ctx, a.seen.ID, edit)
	return kept, unfit, err
}

// autosave answers with what is new on the page, and touches nothing that is
// being typed.
func (p *pages) autosave(w http.ResponseWriter, r *http.Request) {
	v := &visit{pages: p, device: p.device, r: r, ctx: r.Context()}
	saved, err := v.save()
	if err != nil && saved == nil {
		v.render(w, nil, err)
		return
	}
	frame := v.frame(err)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err != nil {
		w.WriteHeader(status(frame.Notice.Error))
	}
	if web.RenderSaved(w, frame, *saved) != nil {
		p.device.Log.Error().Str("code", "render").Msg("a page did not render")
	}
}

// save keeps a page's answers and gives what the page needs to go on. With an
// error, what is given tells what was kept all the same; nil is nothing.
func (v *visit) save() (*web.Saved, error) {
	if err := v.read(); err != nil {
		return nil, err
	}
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	before, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	kept, unfit, err := before.keep()
	if err != nil {
		return nil, err
	}
	saved, err := v.saved(id, before, kept, unfit)
	if err == nil && len(unfit) > 0 {
		err = ErrAnswerShape
	}
	return saved, err
}

func (v *visit) saved(id syncengine.RecordID, before *asking, kept Kept, unfit []string) (*web.Saved, error) {
	after, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	saved := &web.Saved{RecordID: id.String(), Who: after.who(), At: kept.At, Basis: kept.Basis.String()}
	basis := kept.Basis
	for _, at := range after.named(v.text("page")) {
		before.settle(at)
		after.settle(at)
		saved.Rail = after.rail(at)
		questions, locked := after.questions(at)
		saved.Questions = append(saved.Questions, questions...)
		saved.Locked = saved.Locked || locked && at.Section != "con"
		shown := map[string]bool{}
		for _, view := range before.on(at) {
			shown[view.Field.String()] = view.Visibility == form.Shown
		}
		for field, ids := range after.basis(at) {
			if !shown[field] {
				basis[field] = ids
			}
		}
	}
	for i, q := range saved.Questions {
		if slices.Contains(unfit, q.Item) {
			saved.Questions[i].Warning, saved.Questions[i].WarnText = "shape", ""
		}
	}
	saved.Basis = basis.String()
	return saved, nil
}

const readBack = "read-back"

// named are the pages of the form that stand on the page of this name: the
// read-back has those of the closing. A page that asks nothing has none.
func (a *asking) named(name string) []spot {
	if name == readBack {
		return a.confirmed()
	}
	if at, known := spotNamed(a.seen.Form, a.kind, name); known {
		return []spot{at}
	}
	return nil
}

// settle evaluates a page whose entry holds no answer yet.
func (a *asking) settle(at spot) {
	if at.entry != "" && !slices.Contains(a.entries(at.Page), at.entry) {
		a.evaluate(a.blank(at))
	}
}
