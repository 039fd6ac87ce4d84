package device

import (
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/gazetteer"
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

// spot is one page of the form, of one entry of what repeats.
type spot struct {
	form.Page
	entry string
}

// name is how a page is named in paths: "wrk-1", or "wrk-1@a7" for an entry.
func (s spot) name() string {
	if s.entry == "" {
		return s.ID
	}
	return s.ID + "@" + s.entry
}

func spotNamed(def *form.Definition, kind form.Kind, name string) (spot, bool) {
	id, entry, _ := strings.Cut(name, "@")
	page, known := def.Page(kind, id)
	return spot{page, entry}, known
}

// aside are the sections that have pages of their own: the interviewer's view
// and the closing come after the read-back.
func aside(page form.Page) bool { return page.Apart || page.Section == "asm" || page.Section == "cls" }

// on lists the fields of a page that this person is asked. Referrals are asked
// for on their own page.
func (a *asking) on(at spot) (views []form.FieldView) {
	for _, view := range a.sheet.On(at.Page) {
		if a.hushed && view.Item.Class == screening.Testimony {
			continue
		}
		other := view.Item.Repeat != "" && view.Field.Entry != at.entry || view.Item.Repeat == "" && at.entry != ""
		if other || view.Item.Repeat == "referral[]" || view.Item.How == form.Auto || !a.seen.MayWrite(view.Field.String()) {
			continue
		}
		views = append(views, view)
	}
	return views
}

// spots lists every page that has something on it, entry by entry.
func (a *asking) spots() []spot {
	var all []spot
	for _, page := range a.seen.Form.Pages(a.kind) {
		if aside(page) {
			continue
		}
		for _, entry := range a.entries(page) {
			if at := (spot{page, entry}); len(a.on(at)) > 0 {
				all = append(all, at)
			}
		}
	}
	return all
}

// entries lists the entries of what repeats on a page, the first one first.
func (a *asking) entries(page form.Page) []string {
	entries := []string{""}
	for _, view := range a.sheet.On(page) {
		if view.Item.Repeat != "" && view.Item.Repeat != "referral[]" && !slices.Contains(entries, view.Field.Entry) {
			entries = append(entries, view.Field.Entry)
		}
	}
	slices.Sort(entries)
	return entries
}

// begin is the page to open an interview at: the first with a required question
// open, else the first.
func (a *asking) begin() string {
	if next := a.sheet.NextPage; next != "" {
		if at, known := spotNamed(a.seen.Form, a.kind, next); known && !aside(at.Page) {
			return next
		}
	}
	if all := a.spots(); len(all) > 0 {
		return all[0].name()
	}
	return ""
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
		First: place <= 0, Last: place == len(all)-1, SavedAt: savedAt,
	}, nil
}

// blank names a field of an entry, so that the form shows the entry.
func (a *asking) blank(at spot) string {
	for _, id := range at.Items {
		if item := a.seen.Form.Item(id); item != nil && item.Repeat != "" && item.Repeat != "referral[]" {
			return screening.Field{Item: id, Entry: at.entry}.String()
		}
	}
	return ""
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

// rail lists the sections with how far each has come.
func (a *asking) rail(now spot) []web.Section {
	first, held, open := map[string]string{}, map[string]bool{}, map[string]bool{}
	for _, at := range a.spots() {
		if first[at.Section] == "" {
			first[at.Section] = at.name()
		}
		for _, view := range a.on(at) {
			held[at.Section] = held[at.Section] || view.Visibility == form.HeldBack
			open[at.Section] = open[at.Section] || view.Visibility == form.Shown
		}
	}
	var rail []web.Section
	for i, section := range a.seen.Form.Sections() {
		progress := a.sheet.Sections[i]
		one := web.Section{
			Page: first[section.ID], Label: label(a.lang, section.EN, section.KM), Answer: progress.Done, Of: progress.Shown, State: "to_come",
		}
		switch {
		case section.ID == "asm" || section.ID == "cls":
			continue
		case section.ID == now.Section:
			one.State = "now"
		case one.Page == "":
			one.State = "hidden"
		case held[section.ID] && !open[section.ID]:
			one.State = "locked"
		case progress.Shown > 0 && progress.MissingNeeded == 0 && progress.Done > 0:
			one.State = "done"
		}
		rail = append(rail, one)
	}
	return rail
}

func (a *asking) repeat(at spot) *web.Repeat {
	repeats := a.blank(at) != ""
	if !repeats {
		return nil
	}
	entries := a.entries(at.Page)
	place := slices.Index(entries, at.entry)
	repeat := &web.Repeat{Number: place + 1, Count: len(entries)}
	if place > 0 {
		repeat.Prev = spot{at.Page, entries[place-1]}.name()
	}
	if place >= 0 && place+1 < len(entries) {
		repeat.Next = spot{at.Page, entries[place+1]}.name()
	}
	return repeat
}

// asked is one question as it is asked here and now.
func (a *asking) asked(view form.FieldView) web.Question {
	item, field := view.Item, view.Field.String()
	q := web.Question{
		Item: field, Kind: kindNamed(item), Label: label(a.lang, item.EN, item.KM), Small: label(a.lang.Other(), item.EN, item.KM),
		How: string(item.How), Required: item.Required,
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
		}
	}
	return q
}

// kindNamed says how a question is answered on a page.
func kindNamed(item *form.Item) string {
	switch item.Kind {
	case screening.KindCode:
		return web.KindSingle
	case screening.KindSet:
		return web.KindMulti
	case screening.KindInt:
		return web.KindInt
	case screening.KindDecimal:
		return web.KindDecimal
	case screening.KindDate:
		return web.KindDate
	case screening.KindMoney:
		return web.KindMoney
	case screening.KindPlace:
		return web.KindPlace
	case screening.KindText:
		if slices.ContainsFunc(longTexts, func(end string) bool { return strings.HasSuffix(item.ID, end) }) {
			return web.KindLong
		}
		return web.KindText
	}
	return web.KindShown
}

// longTexts are the endings of items in which people tell more than a line.
var longTexts = []string{"_story", "_note", "_details", "_grounds", "_scenarios", "_tried_leave", "_why_differs"}

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

// typed is the text of a value as the page's script writes it (see web).
func typed(value screening.Value) string {
	switch value := value.(type) {
	case screening.Set:
		return strings.Join(value.Codes(), ",")
	case screening.Money:
		return strings.TrimSpace(value.Amount() + " " + value.Currency + " " + value.Period)
	case screening.PartialDate:
		date, _, _ := strings.Cut(value.Canonical(), "|")
		return date
	case screening.Place:
		if value.Code != "" {
			return value.Country + value.Code
		}
		return "=" + value.Said
	}
	return value.Canonical()
}

// words is an answer as a person reads it.
func (a *asking) words(item *form.Item, value screening.Value) string {
	return wordsOf(a.seen.Form, a.lang, item, value)
}

func wordsOf(def *form.Definition, lang web.Lang, item *form.Item, value screening.Value) string {
	chosen := func(code string) string {
		if choice, known := def.Choice(item.List, code); known {
			return label(lang, choice.EN, choice.KM)
		}
		return code
	}
	switch value := value.(type) {
	case screening.Code:
		return chosen(string(value))
	case screening.Set:
		var labels []string
		for _, code := range value.Codes() {
			labels = append(labels, chosen(code))
		}
		return strings.Join(labels, ", ")
	case screening.Money:
		text := value.Amount() + " " + value.Currency
		if choice, known := def.Choice("payper", value.Period); known {
			text += " / " + label(lang, choice.EN, choice.KM)
		}
		return text
	case screening.Place:
		return placeWords(lang, value)
	case screening.DateTime:
		return value.Date.Canonical()
	}
	return typed(value)
}

// placeWords names a place with what stands above it; an old code keeps what was said.
func placeWords(lang web.Lang, place screening.Place) string {
	var names []string
	for _, step := range slices.Backward(gazetteerOf(place.Country).Way(place.Code)) {
		names = append(names, label(lang, step.Latin, step.Local))
	}
	if len(names) == 0 {
		return place.Said
	}
	return strings.Join(names, ", ")
}

func gazetteerOf(country string) *gazetteer.Gazetteer {
	if country == "TH" {
		return gazetteer.Thailand()
	}
	return gazetteer.Cambodia()
}

func warning(code form.ProblemCode) string {
	switch code {
	case form.WrongKind, form.NotOnList, form.NotTogether, form.NotAllowed, form.NoPhoneNumber:
		return "shape"
	case form.OutOfRange, form.TooEarly:
		return "range"
	case form.InTheFuture:
		return "future"
	}
	return "constraint"
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
