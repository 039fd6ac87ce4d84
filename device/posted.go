package device

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

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
	if err != nil || item == nil {
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

// parsePlace reads "KH010203", a code that was picked, or "=words as said".
func parsePlace(text string) (screening.Answer, bool) {
	if said, free := strings.CutPrefix(text, "="); free {
		said = screening.TextOf(said).Canonical()
		return screening.Of(screening.Place{Said: said}), said != ""
	}
	if len(text) < 4 {
		return screening.Answer{}, false
	}
	country, code := text[:2], text[2:]
	gaz := gazetteerOf(country)
	place, known := gaz.Place(code)
	if country != gaz.Country || !known {
		return screening.Answer{}, false
	}
	return screening.Of(screening.Place{Country: country, Code: place.Code, Edition: gaz.Edition, Said: place.Local}), true
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
	at, known := spotNamed(after.seen.Form, after.kind, v.text("page"))
	if !known {
		return saved, nil // a page without questions of its own, as the read-back
	}
	for _, a := range []*asking{before, after} {
		if at.entry != "" && !slices.Contains(a.entries(at.Page), at.entry) {
			a.evaluate(a.blank(at))
		}
	}
	saved.Rail = after.rail(at)
	saved.Questions, saved.Locked = after.questions(at)
	if at.Section == "con" {
		saved.Locked = false
	}
	shown := map[string]bool{}
	for _, view := range before.on(at) {
		shown[view.Field.String()] = view.Visibility == form.Shown
	}
	basis, now := kept.Basis, after.basis(at)
	for field, ids := range now {
		if !shown[field] {
			basis[field] = ids
		}
	}
	for i, q := range saved.Questions {
		if slices.Contains(unfit, q.Item) {
			saved.Questions[i].Warning = "shape"
		}
	}
	saved.Basis = basis.String()
	return saved, nil
}

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

// places answers the look-up of a place by two letters in either script.
func (p *pages) places(w http.ResponseWriter, r *http.Request) {
	v := &visit{pages: p, device: p.device, r: r, ctx: r.Context()}
	err := v.read()
	if err == nil {
		_, err = p.device.uncovered()
	}
	if err != nil {
		v.render(w, v.instead(err), err)
		return
	}
	view := web.Places{Item: v.text("item"), Query: v.text("q")}
	for _, country := range map[string][]string{"kh": {"KH"}, "th": {"TH"}}[v.text("set")] {
		view.Results = append(view.Results, lookUp(v.lang(), country, view.Query)...)
	}
	if v.text("set") == "any" {
		view.Results = append(lookUp(v.lang(), "KH", view.Query), lookUp(v.lang(), "TH", view.Query)...)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if web.RenderPlaces(w, v.lang(), view) != nil {
		p.device.Log.Error().Str("code", "render").Msg("a page did not render")
	}
}

const placesMax = 8

func lookUp(lang web.Lang, country, query string) []web.Place {
	gaz := gazetteerOf(country)
	var found []web.Place
	for _, place := range gaz.Search(query, "", placesMax) {
		var above []string
		for _, step := range gaz.Way(place.Code) {
			if step.Code != place.Code {
				above = append([]string{label(lang, step.Latin, step.Local)}, above...)
			}
		}
		found = append(found, web.Place{
			Code: country + place.Code, Name: web.Name{Khmer: place.Local, Latin: place.Latin}, Above: strings.Join(above, ", "),
		})
	}
	return found
}
