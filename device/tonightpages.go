package device

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func tonightPage(v *visit) (web.FieldView, error) {
	if v.has("group") {
		if group, err := syncengine.ParseRecordID(v.text("group")); err == nil {
			v.device.chooseGroup(group)
		}
	}
	return tonight(v, v.text("filter"))
}

// chooseGroup is the group whose people are on the home page.
func (d *Device) chooseGroup(id syncengine.RecordID) {
	if s, err := d.open(); err == nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.group = id
	}
}

// openGroups lists the groups that are open, the chosen one first.
func openGroups(v *visit) ([]casefile.Group, error) {
	s, err := v.device.uncovered()
	if err != nil {
		return nil, err
	}
	all, err := v.device.Groups(v.ctx)
	if err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(all, func(g casefile.Group) bool { return g.Closed })
	s.mu.Lock()
	chosen := s.group
	s.mu.Unlock()
	if at := slices.IndexFunc(open, func(g casefile.Group) bool { return g.ID == chosen }); at > 0 {
		open[0], open[at] = open[at], open[0]
	}
	return open, nil
}

func tonight(v *visit, filter string) (web.FieldView, error) {
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	view := web.Tonight{Filter: filter}
	var here syncengine.RecordID
	if len(groups) > 0 {
		here = groups[0].ID
		view.Group = v.groupView(groups[0])
		for _, other := range groups[1:] {
			view.Groups = append(view.Groups, v.groupView(other))
		}
	}
	names := v.staffNames()
	for _, one := range all {
		row := v.row(one, names)
		if one.Group != here {
			if !one.Closed {
				view.Earlier = append(view.Earlier, row)
			}
			continue
		}
		view.Total++
		if one.Closed {
			view.Done++
		}
		if one.Child {
			view.Children++
		}
		if passes(filter, one, row) {
			view.Rows = append(view.Rows, row)
		}
	}
	view.Total = max(view.Total, view.Group.Counted)
	return view, nil
}

func passes(filter string, one Someone, row web.Row) bool {
	switch filter {
	case "waiting", "interviewing":
		return row.Progress == filter
	case "private_room":
		return one.Private
	case "children":
		return one.Child
	case "done":
		return one.Closed
	}
	return true
}

func needsYouPage(v *visit) (web.FieldView, error) {
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	view, names := web.Tonight{}, v.staffNames()
	for _, one := range all {
		if one.needsYou() {
			view.Rows = append(view.Rows, v.row(one, names))
		}
	}
	return view, nil
}

// staffNames gives who is who, as far as it is known here.
func (v *visit) staffNames() map[syncengine.PersonID]casefile.Staff {
	s, err := v.device.open()
	if err != nil {
		return nil
	}
	return v.device.directory(v.ctx, s).staff
}

// row is one person of a list. Without keys it has no name.
func (v *visit) row(one Someone, names map[syncengine.PersonID]casefile.Staff) web.Row {
	row := web.Row{
		ID: one.ID.String(), Number: one.Number, Age: web.Age{Child: one.Child}, Progress: progress(one), At: one.At,
		Where: string(one.Where), NeedsYou: one.needsYou(), Private: one.Private && !one.Closed,
	}
	if one.Seen == nil {
		return row
	}
	row.Name, row.Sex = nameOf(one.Seen.Answers), one.Seen.Answers.Code("idn_sex")
	row.Age = ageOf(one.Seen.Answers, v.device.today(), one.Child)
	if !one.Closed && one.Begun {
		row.By = names[one.By].Name
	}
	return row
}

func progress(one Someone) string {
	switch {
	case one.State == screening.LeftBeforeInterview:
		return "left"
	case one.Closed:
		return "closed"
	case one.Paused:
		return "paused"
	case one.Private && one.AllButPrivate:
		return "private_room"
	case one.Begun:
		return "interviewing"
	}
	return "waiting"
}

func said(answers screening.Answers, item string) string {
	if value := answers[item].Value; value != nil {
		return value.Canonical()
	}
	return ""
}

func nameOf(answers screening.Answers) web.Name {
	return web.Name{
		Khmer: strings.TrimSpace(said(answers, "idn_family_km") + " " + said(answers, "idn_given_km")),
		Latin: strings.TrimSpace(said(answers, "idn_family_latin") + " " + said(answers, "idn_given_latin")),
	}
}

func ageOf(answers screening.Answers, today screening.PartialDate, child bool) web.Age {
	age := web.Age{Child: child}
	if born, ok := answers["idn_birth_date"].Value.(screening.PartialDate); ok {
		low, high := born.AgeAt(today)
		return web.Age{Years: low, Known: true, About: low != high || born.Estimated, Child: child}
	}
	if stated, ok := answers["idn_age_stated"].Value.(screening.Int); ok {
		age.Years, age.Known, age.About = int(stated), true, answers.Code("idn_age_basis") == "disputed"
	}
	return age
}

func (v *visit) groupView(g casefile.Group) web.Group {
	gate := g.Gate
	if choice, known := v.device.Form.Choice("site", g.Gate); known {
		gate = label(v.lang(), choice.EN, choice.KM)
	}
	return web.Group{
		ID: g.ID.String(), Gate: gate, Arrived: time.UnixMilli(g.ArrivedMillis),
		Declared: g.Declared, Counted: g.Counted, Listed: len(g.Lines),
	}
}

func label(lang web.Lang, en, km string) string {
	if lang == web.English || km == "" {
		return en
	}
	return km
}

func newGroupPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	view := web.NewGroup{}
	for _, choice := range v.device.Form.Choices("site") {
		view.Gates = append(view.Gates, web.Option{
			Code: choice.Code, Label: label(v.lang(), choice.EN, choice.KM), Chosen: choice.Code == v.device.identity().Center,
		})
	}
	return view, nil
}

func openGroupPage(v *visit) (web.FieldView, error) {
	declared, err := v.count("declared")
	if err != nil {
		return nil, err
	}
	counted, err := v.count("counted")
	if err != nil {
		return nil, err
	}
	gate := v.text("gate")
	if _, known := v.device.Form.Choice("site", gate); gate != "" && !known {
		return nil, ErrAnswerShape
	}
	id, err := v.device.NewGroup(v.ctx, GroupOpening{Gate: gate, Declared: declared, Counted: counted})
	if err != nil {
		return nil, err
	}
	v.device.chooseGroup(id)
	return tonight(v, "")
}

func groupPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	if !v.opens() {
		declared, err := v.count("declared")
		if err != nil {
			return nil, err
		}
		counted, err := v.count("counted")
		if err != nil {
			return nil, err
		}
		if err := v.device.EditGroup(v.ctx, id, declared, counted); err != nil {
			return nil, err
		}
		v.done = "saved"
	}
	return v.showGroup(id)
}

func (v *visit) findGroup(id syncengine.RecordID) (casefile.Group, error) {
	groups, err := v.device.Groups(v.ctx)
	if err != nil {
		return casefile.Group{}, err
	}
	at := slices.IndexFunc(groups, func(g casefile.Group) bool { return g.ID == id })
	if at < 0 {
		return casefile.Group{}, ErrNotFound
	}
	return groups[at], nil
}

// showGroup names the lines without a person and the people without a line.
func (v *visit) showGroup(id syncengine.RecordID) (web.FieldView, error) {
	group, err := v.findGroup(id)
	if err != nil {
		return nil, err
	}
	view := web.GroupPage{Group: v.groupView(group)}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	matched, names := map[int]Someone{}, v.staffNames()
	for _, one := range all {
		if one.Group != id {
			continue
		}
		if at := slices.IndexFunc(group.Lines, func(l casefile.Line) bool { return l.Number == one.Number }); at >= 0 {
			matched[one.Number] = one
			if fields := differs(one, group.Lines[at]); len(fields) > 0 {
				view.Mismatches = append(view.Mismatches, web.Mismatch{Row: v.row(one, names), Line: v.line(group.Lines[at]), Fields: fields})
			}
		} else {
			view.NotOnList = append(view.NotOnList, v.row(one, names))
		}
	}
	for _, line := range group.Lines {
		if _, came := matched[line.Number]; !came {
			view.Unmatched = append(view.Unmatched, v.line(line))
		}
	}
	return view, nil
}

// differs lists what the person says otherwise than the list.
func differs(one Someone, line casefile.Line) (fields []string) {
	if one.Seen == nil {
		return nil
	}
	listed := web.Name{
		Khmer: strings.TrimSpace(line.FamilyKhmer + " " + line.GivenKhmer),
		Latin: strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin),
	}
	name := nameOf(one.Seen.Answers)
	if listed.Khmer != "" && name.Khmer != "" && listed.Khmer != name.Khmer ||
		listed.Latin != "" && name.Latin != "" && !strings.EqualFold(listed.Latin, name.Latin) {
		fields = append(fields, "name")
	}
	if sex := one.Seen.Answers.Code("idn_sex"); line.Sex != "" && sex != "" && sex != line.Sex {
		fields = append(fields, "sex")
	}
	if stated, ok := one.Seen.Answers["idn_age_stated"].Value.(screening.Int); ok && line.AgeYears > 0 && int(stated) != line.AgeYears {
		fields = append(fields, "age")
	}
	return fields
}

func (v *visit) line(line casefile.Line) web.ListLine {
	latin := strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin)
	if latin == "" {
		latin = line.Thai
	}
	age := web.Age{Years: line.AgeYears, Known: line.AgeYears > 0, Child: line.AgeYears > 0 && line.AgeYears < 18}
	if !age.Known && line.BirthYear > 0 {
		age = web.Age{Years: v.device.today().Year - line.BirthYear, Known: true, About: true}
	}
	return web.ListLine{
		ID: strconv.Itoa(line.Number), Number: line.Number, Sex: line.Sex, Age: age,
		Name: web.Name{Khmer: strings.TrimSpace(line.FamilyKhmer + " " + line.GivenKhmer), Latin: latin},
	}
}

func closeGroupPage(v *visit) (web.FieldView, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(all, func(one Someone) bool { return one.Group == id && !one.Closed }) {
		return nil, errGroupOpen
	}
	if err := v.device.CloseGroup(v.ctx, id); err != nil {
		return nil, err
	}
	return tonight(v, "")
}

var errGroupOpen = errors.New("device: interviews of the group are still open")

// pickPage offers the lines of the list that have no person here yet.
func pickPage(v *visit) (web.FieldView, error) {
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	if len(groups) == 0 {
		return nil, ErrGroupMissing
	}
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, one := range all {
		if one.Group == groups[0].ID {
			taken[one.Number] = true
		}
	}
	query := strings.TrimSpace(v.text("q"))
	view := web.PickFromList{Group: v.groupView(groups[0]), Query: query}
	for _, line := range groups[0].Lines {
		one := v.line(line)
		found := query == "" || strings.Contains(one.Name.Khmer, query) || strconv.Itoa(line.Number) == query ||
			strings.Contains(strings.ToLower(one.Name.Latin), strings.ToLower(query))
		if !taken[line.Number] && found {
			view.Lines = append(view.Lines, one)
		}
	}
	return view, nil
}

// importPage takes a list into the open group.
func importPage(v *visit) (web.FieldView, error) {
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	if chosen, err := syncengine.ParseRecordID(v.text("group")); err == nil {
		groups = slices.DeleteFunc(groups, func(g casefile.Group) bool { return g.ID != chosen })
	}
	if len(groups) == 0 {
		return nil, ErrGroupMissing
	}
	if v.text("csv") == "" {
		return web.Import{Group: v.groupView(groups[0])}, nil
	}
	imported, err := v.device.ImportList(v.ctx, groups[0].ID, v.text("csv"))
	if err != nil {
		return nil, err
	}
	if imported.Taken > 0 {
		v.done = "imported"
	}
	group, err := v.findGroup(groups[0].ID)
	if err != nil {
		return nil, err
	}
	view := web.Import{Group: v.groupView(group), Report: &web.ImportReport{Taken: imported.Taken}}
	for _, fault := range imported.Faults {
		view.Report.Errors = append(view.Report.Errors, web.ImportError{Line: fault.Line, Column: fault.Column, Code: csvCode(fault.Code)})
	}
	return view, nil
}

// csvCode is the page's code of a fault of a list.
func csvCode(code string) string {
	switch code {
	case casefile.ListNoName, casefile.ListNoHeading:
		return "no_name"
	case casefile.ListSex:
		return "bad_sex"
	case casefile.ListNotNumber:
		return "bad_birth"
	case casefile.ListTwice:
		return "duplicate"
	case casefile.ListTooLong:
		return "too_long"
	}
	return "quote"
}

// beginPage begins an interview, alone or of a line of the list.
func beginPage(v *visit) (web.FieldView, error) {
	opening := Opening{}
	groups, err := openGroups(v)
	if err != nil {
		return nil, err
	}
	if len(groups) > 0 {
		opening.Group = groups[0].ID
	}
	if chosen, err := syncengine.ParseRecordID(v.text("group")); err == nil {
		opening.Group = chosen
	}
	if text := v.text("line"); text != "" {
		line, err := strconv.Atoi(text)
		if err != nil || opening.Group.Zero() {
			return nil, fmt.Errorf("%w: line", ErrNotFound)
		}
		opening.Line = line
	}
	id, err := v.device.NewInterview(v.ctx, opening)
	if err != nil {
		return nil, err
	}
	return v.question(id, "")
}
