package casefile

import (
	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
)

// Summary is the row of an interview that may stand in the clear at the office
// (bytes and keys, §7): codes and bands, never a name, a date or an answer.
type Summary struct {
	Center    string              `json:"center"`
	State     screening.CaseState `json:"state"`
	Day       int64               `json:"day"` // of creation, days since 1970
	AgeBand   string              `json:"age_band,omitempty"`
	Sex       string              `json:"sex,omitempty"`
	Child     bool                `json:"child,omitempty"`
	Language  string              `json:"language,omitempty"`
	Closed    bool                `json:"closed,omitempty"`
	Contested int                 `json:"contested,omitempty"` // number of contested fields
	Parked    int                 `json:"parked,omitempty"`    // changes that are quarantined or do not open
	Group     string              `json:"group,omitempty"`     // record id
	Number    int                 `json:"number,omitempty"`
}

// Summarise gives the clear row. today is the date on site.
func (iv *Interview) Summarise(today screening.PartialDate, createdMillis int64) Summary {
	sheet := iv.Form.Evaluate(iv.formKind(), iv.Answers, today)
	s := Summary{
		Center: iv.Center, State: iv.State, Day: SiteDay(createdMillis), AgeBand: iv.ageBandStated(),
		Sex: iv.Answers.Code("idn_sex"), Child: sheet.Child.Truth == expr.True, Language: iv.Answers.Code("ses_language"),
		Closed: iv.Closed, Contested: len(iv.Contested), Parked: len(iv.Record.Unreadable), Number: iv.Number,
	}
	if !iv.Group.Zero() {
		s.Group = iv.Group.String()
	}
	return s
}

// SiteDay gives the day on site, in days since 1970: Cambodia and Thailand are
// both at +07:00 all year.
func SiteDay(millis int64) int64 { return (millis + siteOffsetMillis) / millisPerDay }

const (
	millisPerDay     = 24 * 60 * 60 * 1000
	siteOffsetMillis = 7 * 60 * 60 * 1000
)

func (iv *Interview) formKind() form.Kind {
	if iv.Kind == "" {
		return form.Short
	}
	return iv.Kind
}

// AgeBand gives the band of an age in years.
func AgeBand(years int) string {
	switch {
	case years < 0:
		return ""
	case years < 18:
		return "0-17"
	case years < 25:
		return "18-24"
	case years < 35:
		return "25-34"
	case years < 50:
		return "35-49"
	}
	return "50+"
}

// ageBandStated gives the band of the age as said, "" when it was not.
func (iv *Interview) ageBandStated() string {
	if stated, ok := iv.Answers["idn_age_stated"].Value.(screening.Int); ok {
		return AgeBand(int(stated))
	}
	return ""
}
