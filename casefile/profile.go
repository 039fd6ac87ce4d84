package casefile

import (
	"fmt"
	"strconv"

	"raksa/linkage"
	"raksa/screening"
)

// Profile gives what linkage compares: the identity of the person as this
// interview has it. recordedDay is the day of the interview, in days since 1970.
func (iv *Interview) Profile(recordedDay int) linkage.Record {
	text := func(item string) string {
		if value := iv.Answers[item].Value; value != nil {
			return value.Canonical()
		}
		return ""
	}
	r := linkage.Record{
		ID:          iv.ID.String(),
		FamilyKhmer: text("idn_family_km"), GivenKhmer: text("idn_given_km"),
		FamilyLatin: text("idn_family_latin"), GivenLatin: text("idn_given_latin"),
		Phone: text("idn_phone"), NationalID: text("idn_doc_number"),
		Sector: text("wrk_sector"), Source: iv.Center, RecordedDay: recordedDay,
	}
	switch iv.Answers.Code("idn_sex") {
	case "male":
		r.Sex = linkage.Male
	case "female":
		r.Sex = linkage.Female
	}
	if born, ok := iv.Answers["idn_birth_date"].Value.(screening.PartialDate); ok {
		r.BirthYear = strconv.Itoa(born.Year)
		if born.Month > 0 && born.Day > 0 && !born.Estimated {
			r.BirthDate = fmt.Sprintf("%04d-%02d-%02d", born.Year, born.Month, born.Day)
		}
	}
	if stated, ok := iv.Answers["idn_age_stated"].Value.(screening.Int); ok {
		r.Age = strconv.Itoa(int(stated))
	}
	if home, ok := iv.Answers["idn_home"].Value.(screening.Place); ok {
		r.BirthPlace = home.Code
	}
	if !iv.Group.Zero() {
		r.Batch = iv.Group.String()
	}
	return r
}
