package device

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func newGroupPage(v *visit) (web.FieldView, error) {
	if _, err := v.device.uncovered(); err != nil {
		return nil, err
	}
	view := web.NewGroup{}
	for _, choice := range v.device.shelf.Newest().Choices("site") {
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
	if _, known := v.device.shelf.Newest().Choice("site", gate); gate != "" && !known {
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
	all, err := v.device.List(v.ctx)
	if err != nil {
		return nil, err
	}
	var people []casefile.Arrival
	all = slices.DeleteFunc(all, func(one Someone) bool { return one.Group != id })
	for _, one := range all {
		arrival := casefile.Arrival{Number: one.Number}
		if one.Seen != nil {
			arrival.Answers = one.Seen.Answers
		}
		people = append(people, arrival)
	}
	names := v.staffNames()
	matching := group.Match(people)
	view := web.GroupPage{
		Group: v.groupView(group), Matched: len(matching.Here), Partial: v.device.Profile() == screening.Capture,
	}
	for _, pair := range matching.Different {
		view.Mismatches = append(view.Mismatches, web.Mismatch{Row: v.row(all[pair.Arrival], names), Line: v.line(pair.Line), Fields: pair.Fields})
	}
	for _, i := range matching.Extra {
		view.NotOnList = append(view.NotOnList, v.row(all[i], names))
	}
	for _, line := range matching.Missing {
		view.Unmatched = append(view.Unmatched, v.line(line))
	}
	for _, one := range group.Imports {
		view.Imports = append(view.Imports, web.ListImport{
			ID: one.ID, Who: names[one.By].Name, At: time.UnixMilli(one.Millis), Lines: one.Lines, Faults: one.Faults, Undone: one.Undone,
		})
	}
	return view, nil
}

func (v *visit) line(line casefile.Line) web.ListLine {
	latin := strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin)
	age := web.Age{Years: line.AgeYears, Known: line.AgeYears > 0, Child: line.AgeYears > 0 && line.AgeYears < 18}
	if !age.Known && line.BirthYear > 0 {
		age = web.Age{Years: v.device.today().Year - line.BirthYear, Known: true, About: true}
	}
	return web.ListLine{
		ID: strconv.Itoa(line.Number), Number: line.Number, Sex: line.Sex, Age: age, Thai: line.Thai,
		Born: strings.Replace(line.Birth, "|BE", " / ", 1), Province: line.Province, Other: line.Other,
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

func (v *visit) groupView(g casefile.Group) web.Group {
	gate := g.Gate
	if choice, known := v.device.shelf.Newest().Choice("site", g.Gate); known {
		gate = label(v.lang(), choice.EN, choice.KM)
	}
	return web.Group{
		ID: g.ID.String(), Gate: gate, Arrived: time.UnixMilli(g.ArrivedMillis),
		Declared: g.Declared, Counted: g.Counted, Listed: len(g.Lines),
	}
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
