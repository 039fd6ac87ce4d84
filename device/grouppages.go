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
