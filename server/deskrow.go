package server

import (
	"errors"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// The items that a row shows of a person.
const (
	itemFamilyKhmer = "idn_family_km"
	itemGivenKhmer  = "idn_given_km"
	itemFamilyLatin = "idn_family_latin"
	itemGivenLatin  = "idn_given_latin"
	itemSex         = "idn_sex"
	itemAge         = "idn_age_stated"
	itemBirth       = "idn_birth_date"
	itemInterview   = "con_interview"
)

// seen opens an interview as this person may see it.
func (v *deskVisit) seen(id syncengine.RecordID) (*casefile.Seen, error) {
	iv, err := v.interview(v.tx, id)
	if err != nil {
		return nil, err
	}
	return iv.For(v.viewer()), nil
}

// row puts an interview into one line of a list, with as much of the person as
// may be seen.
func (v *deskVisit) row(s *casefile.Seen) (web.Row, error) {
	row := web.Row{
		ID: s.ID.String(), Number: s.Number, Name: nameOf(s), Sex: s.Answers.Code(itemSex), Age: v.ageOf(s),
		Progress: progressOf(s), Center: v.siteText(s.Center), At: openedAt(s), Where: "office",
		NeedsYou: len(s.Contested) > 0 || len(s.Record.Unreadable) > 0,
		Open:     "/records/" + s.ID.String(),
	}
	if live := s.Record.Field(fieldOpened).Live(); len(live) > 0 {
		who, err := v.person(live[0].Author)
		if err != nil {
			return row, err
		}
		row.By = who.Name
	}
	return row, nil
}

// rowOf opens a record and puts it into a line. A record that cannot be shown
// (erased, or of an unknown form) has an id and nothing else.
func (v *deskVisit) rowOf(id syncengine.RecordID) (web.Row, error) {
	bare := web.Row{ID: id.String(), Open: "/records/" + id.String(), Where: "office"}
	s, err := v.seen(id)
	var other *casefile.NotOfKind
	if errors.As(err, &other) {
		return bare, nil
	}
	if err != nil || s.Record.Erased {
		return bare, err
	}
	return v.row(s)
}

// Fields that the program keeps for itself in an interview. Their names are
// hashed and so never change.
const (
	fieldOpened = "$center" // written once, when the interview is opened
	fieldClosed = "$closed"
	fieldState  = "$state"
)

func openedAt(s *casefile.Seen) time.Time {
	if live := s.Record.Field(fieldOpened).Live(); len(live) > 0 {
		return time.UnixMilli(live[0].DeviceMillis)
	}
	return time.Time{}
}

func textAnswer(s *casefile.Seen, item string) string {
	if value := s.Answers[item].Value; value != nil {
		return value.Canonical()
	}
	return ""
}

// nameOf gives the name in both scripts, family name first.
func nameOf(s *casefile.Seen) web.Name {
	return web.Name{
		Khmer: joined(textAnswer(s, itemFamilyKhmer), textAnswer(s, itemGivenKhmer)),
		Latin: joined(textAnswer(s, itemFamilyLatin), textAnswer(s, itemGivenLatin)),
	}
}

func joined(family, given string) string {
	if family == "" || given == "" {
		return family + given
	}
	return family + " " + given
}

func (v *deskVisit) ageOf(s *casefile.Seen) web.Age {
	var age web.Age
	if stated, ok := s.Answers[itemAge].Value.(screening.Int); ok {
		age.Years, age.Known = int(stated), true
	} else if born, ok := s.Answers[itemBirth].Value.(screening.PartialDate); ok {
		low, high := born.AgeAt(v.today())
		age.Years, age.Known, age.About = low, true, low != high || born.Estimated
	}
	// Whether somebody is to be treated as a child is seen by all who see the row.
	sheet := s.Form.Evaluate(kindOf(s.Interview), s.Interview.Answers, v.today())
	age.Child = sheet.Child.Truth == expr.True
	return age
}

// progressOf says how far an interview is, as a code of web's family "progress".
func progressOf(s *casefile.Seen) string {
	switch {
	case s.State == screening.LeftBeforeInterview:
		return "left"
	case s.Closed:
		return "closed"
	case s.Interview.Answers[itemInterview].State == screening.NotAsked:
		return "waiting"
	}
	return "interviewing"
}

// siteText gives a center's name; a site that the form does not list keeps its
// code.
func (v *deskVisit) siteText(code string) string { return v.choiceText(form.Builtin(), "site", code) }

// kindOf is the kind of form that an interview follows; the short one until
// somebody wanted more.
func kindOf(iv *casefile.Interview) form.Kind {
	if iv.Kind == "" {
		return form.Short
	}
	return iv.Kind
}
