package device

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

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
			if belowTheGroup(filter, one) {
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
	doneLast(view.Rows)
	return view, nil
}

// doneLast leaves on top who still waits for somebody.
func doneLast(rows []web.Row) {
	slices.SortStableFunc(rows, func(a, b web.Row) int {
		switch done := a.Progress == "closed"; {
		case done == (b.Progress == "closed"):
			return 0
		case done:
			return 1
		}
		return -1
	})
}

// belowTheGroup says who of outside the chosen group stands below it: whoever is
// not done, whoever came in no group and would be found nowhere else, and all
// who are done when those are asked for.
func belowTheGroup(filter string, one Someone) bool {
	return !one.Closed || one.Group.Zero() || filter == "done"
}

func passes(filter string, one Someone, row web.Row) bool {
	switch filter {
	case "waiting", "interviewing":
		return row.Progress == filter
	case "private_room":
		return row.Private
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
		Where: string(one.Where), NeedsYou: one.needsYou(), Private: one.Private && one.Begun && !one.Closed,
	}
	if one.Seen == nil {
		return row
	}
	row.Name, row.Sex = nameOf(one.Seen.Answers), one.Seen.Answers.Code("idn_sex")
	row.Age = ageOf(one.Seen.Answers, v.device.today(), one.Child)
	if !one.Closed && one.Begun {
		row.By = names[one.By].Name
	}
	if one.Paused && one.GivenTo != "" {
		row.By = one.GivenTo
	}
	return row
}

func progress(one Someone) string {
	switch {
	case one.State == screening.LeftBeforeInterview:
		return "left"
	case one.Closed:
		return "closed"
	case one.Paused && one.GivenTo != "":
		return "given"
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

func label(lang web.Lang, en, km string) string {
	if lang == web.English || km == "" {
		return en
	}
	return km
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
