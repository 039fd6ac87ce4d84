package device

import (
	"slices"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// asking is one interview on its way to a page: what may be seen, how the form
// stands, and in which words.
type asking struct {
	v     *visit
	seen  *casefile.Seen
	kind  form.Kind
	sheet form.Sheet
	own   map[syncengine.NodeID]bool
	names map[syncengine.PersonID]casefile.Staff
	nodes map[syncengine.NodeID]string // device names
	lang  web.Lang
	one   Someone
	// hushed: a child, and nobody here who may take its testimony.
	hushed bool
}

// ask reads an interview for a page. extra is a new entry that has no answer
// yet, as "item@entry".
func (v *visit) ask(id syncengine.RecordID, extra string) (*asking, error) {
	s, err := v.device.uncovered()
	if err != nil {
		return nil, err
	}
	directory := v.device.directory(v.ctx, s)
	a := &asking{v: v, lang: v.lang(), names: directory.staff, nodes: directory.nodes}
	err = v.device.Store.View(v.ctx, func(tx syncengine.Tx) error {
		if a.seen, err = v.device.see(tx, s, id); err != nil {
			return err
		}
		if a.own, err = v.device.ownNodes(tx); err != nil {
			return err
		}
		viewer, err := v.device.viewer(tx, s)
		if err != nil {
			return err
		}
		if a.one, _, err = v.device.someone(tx, s, viewer, id); err != nil {
			return err
		}
		places, err := v.device.placer(tx)
		if err != nil {
			return err
		}
		a.one.Parked = a.one.unreadable + places.parked[id]
		a.one.Where, err = places.where(id)
		return err
	})
	if err != nil {
		return nil, err
	}
	a.kind, a.hushed = kindOf(a.seen.Interview), v.device.hushed(a.seen)
	a.evaluate(extra)
	return a, nil
}

// evaluate says how the form stands, with an entry that is about to be begun.
func (a *asking) evaluate(extra string) {
	known := a.seen.Interview.Answers
	if extra != "" {
		more := screening.Answers{extra: screening.Saying(screening.Skipped)}
		for field, answer := range known {
			more[field] = answer
		}
		known = more
	}
	a.sheet = a.seen.Form.Evaluate(a.kind, known, a.v.device.today())
}

// question renders one page of questions; "" is the page where the interview
// stands.
func (v *visit) question(id syncengine.RecordID, name string) (web.FieldView, error) {
	a, err := v.ask(id, "")
	if err != nil {
		return nil, err
	}
	if name == "" {
		name = a.begin()
	}
	return a.page(name, time.Time{})
}

func (a *asking) page(name string, savedAt time.Time) (web.FieldView, error) {
	at, known := spotNamed(a.seen.Form, a.kind, name)
	if !known || aside(at.Page) {
		return nil, ErrNotFound
	}
	if at.entry != "" && !slices.Contains(a.entries(at.Page), at.entry) {
		a.evaluate(a.blank(at)) // an entry that was begun and is still empty
	}
	if at.Section == "con" {
		return a.consent(at, savedAt), nil
	}
	all := a.spots()
	place := slices.IndexFunc(all, func(s spot) bool { return s.name() == at.name() })
	questions, locked := a.questions(at)
	return web.QuestionPage{
		RecordID: a.seen.ID.String(), Who: a.who(), Page: at.name(), Title: a.title(at.Page), Basis: a.basis(at).String(),
		Rail: a.rail(at), Locked: locked, Questions: questions, Repeat: a.repeat(at), Earlier: a.earlier(),
		Form: a.seen.Form.Version(), Newer: a.newer(),
		First: place <= 0, Last: place == len(all)-1, SavedAt: savedAt,
	}, nil
}

func (a *asking) who() web.Row { return a.v.row(a.one, a.names) }

func (a *asking) title(page form.Page) string {
	if page.EN != "" || page.KM != "" {
		return label(a.lang, page.EN, page.KM)
	}
	for _, section := range a.seen.Form.Sections() {
		if section.ID == page.Section {
			return label(a.lang, section.EN, section.KM)
		}
	}
	return page.ID
}

// basis names the versions that the page shows: those of its questions, and of
// a contested one only where the page shows them all.
func (a *asking) basis(at spot) casefile.Basis {
	var fields []string
	for _, view := range a.on(at) {
		if view.Visibility == form.Shown && a.showsAll(view.Field.String()) {
			fields = append(fields, view.Field.String())
		}
	}
	return casefile.BasisOf(a.seen.Record, fields...)
}

// showsAll reports whether the page shows every live version of a field. A
// capture tablet shows of a contested one only that it is contested.
func (a *asking) showsAll(field string) bool {
	if !a.seen.May(field) {
		return false
	}
	return !slices.Contains(a.seen.Contested, field) || a.v.device.Profile() != screening.Capture
}

func (a *asking) questions(at spot) (questions []web.Question, locked bool) {
	for _, view := range a.on(at) {
		if view.Visibility == form.HeldBack {
			locked = true
			continue
		}
		questions = append(questions, a.asked(view))
	}
	return questions, locked
}

// asked is one question as it is asked here and now.
func (a *asking) asked(view form.FieldView) web.Question {
	item, field := view.Item, view.Field.String()
	q := web.Question{
		Item: field, Kind: kindNamed(item), Label: label(a.lang, item.EN, item.KM), Small: label(a.lang.Other(), item.EN, item.KM),
		How: string(item.How), Required: item.Required, Help: label(a.lang, item.Hint.EN, item.Hint.KM),
	}
	if q.Small == q.Label {
		q.Small = ""
	}
	a.offer(&q, item)
	contested := slices.Contains(a.seen.Contested, field)
	switch {
	case contested && !a.showsAll(field):
		q.Warning = "contested"
	case contested:
		q.Versions = a.versions(field)
		q.Warning = "contested"
	case a.seen.May(field):
		a.fill(&q, item, a.seen.Answers[field])
		q.Origin = a.origin(field)
	}
	for _, problem := range a.sheet.Problems {
		if problem.Field == view.Field && q.Warning == "" {
			q.Warning = warning(problem.Code)
			if q.Warning != "shape" { // a rule of the form, which may have words for it
				q.WarnText = label(a.lang, item.Message.EN, item.Message.KM)
			}
		}
	}
	return q
}

// offer puts the choices of a list on the page.
func (a *asking) offer(q *web.Question, item *form.Item) {
	switch q.Kind {
	case web.KindSingle, web.KindMulti:
		for _, choice := range a.seen.Form.Choices(item.List) {
			small := label(a.lang.Other(), choice.EN, choice.KM)
			one := web.Option{Code: choice.Code, Label: label(a.lang, choice.EN, choice.KM), Small: small, Excludes: choice.Excludes}
			if one.Small == one.Label {
				one.Small = ""
			}
			q.Options = append(q.Options, one)
		}
	case web.KindMoney:
		for _, choice := range a.seen.Form.Choices("payper") {
			q.Periods = append(q.Periods, web.Option{Code: choice.Code, Label: label(a.lang, choice.EN, choice.KM)})
		}
	case web.KindPlace:
		q.Set = map[string]string{"kh": "kh", "th": "th"}[item.List]
		if q.Set == "" {
			q.Set = "any"
		}
	}
}

// fill puts an answer into its question.
func (a *asking) fill(q *web.Question, item *form.Item, answer screening.Answer) {
	if answer.State == screening.NotAsked {
		return
	}
	q.State = answer.State.String()
	if answer.Value == nil {
		return
	}
	q.Value, q.Shown = typed(answer.Value), a.words(item, answer.Value)
	for i := range q.Options {
		switch value := answer.Value.(type) {
		case screening.Code:
			q.Options[i].Chosen = q.Options[i].Code == string(value)
		case screening.Set:
			q.Options[i].Chosen = value.Has(q.Options[i].Code)
		}
	}
}

// origin is set for an answer that another device brought.
func (a *asking) origin(field string) *web.Origin {
	live := a.seen.Record.Field(field).Live()
	if len(live) == 0 || !carried(a.seen.Record, field, a.own) {
		return nil
	}
	origin := a.originOf(live[len(live)-1])
	return &origin
}

func (a *asking) originOf(version syncengine.Version) web.Origin {
	staff := a.names[version.Author]
	return web.Origin{
		Who: staff.Name, Agency: string(staff.Agency), Device: a.nodes[version.Node], At: time.UnixMilli(version.DeviceMillis),
	}
}

func (a *asking) versions(field string) []web.Version {
	named, _ := screening.ParseField(field)
	item := a.seen.Form.Item(named.Item)
	var out []web.Version
	for _, version := range a.seen.Versions(field) {
		one := web.Version{ID: version.ID.String(), State: version.Answer.State.String(), Origin: a.originOf(version.Version)}
		if value := version.Answer.Value; value != nil {
			one.Text, one.Value = a.words(item, value), typed(value)
		}
		out = append(out, one)
	}
	return out
}
