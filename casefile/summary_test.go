package casefile_test

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
)

// The row that may stand in the clear at the office holds what bytes and keys,
// section 7, and decision 0008 list, and nothing else. A new field needs a line
// there first.
func TestASummaryHoldsOnlyWhatMayStandInTheClear(t *testing.T) {
	allowed := map[string]reflect.Kind{
		"center": reflect.String, "state": reflect.String, "day": reflect.Int64, "age_band": reflect.String,
		"sex": reflect.String, "child": reflect.Bool, "language": reflect.String, "closed": reflect.Bool,
		"contested": reflect.Int, "parked": reflect.Int, "group": reflect.String, "number": reflect.Int,
	}
	row := reflect.TypeFor[casefile.Summary]()
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Field(i).Tag.Get("json"), ",")
		if kind, known := allowed[name]; !known || row.Field(i).Type.Kind() != kind {
			t.Errorf("%s %s must not stand in the clear", row.Field(i).Name, row.Field(i).Type)
		}
		delete(allowed, name)
	}
	if len(allowed) != 0 {
		t.Errorf("gone: %v", slices.Sorted(maps.Keys(allowed)))
	}
}

// A canary in every free field of an interview, and the row has none of them.
func TestASummaryTellsNothingThatAPersonSaid(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareFull)
	for id, answer := range answers {
		if _, is := answer.Value.(screening.Text); is {
			answers[id] = text("canary-" + id)
		}
	}
	answers["idn_birth_date"] = screening.Of(date("1996-04-17"))
	row, _ := json.Marshal(newInterview(t, answers).interview().Summarise(today, 1_790_000_000_000))
	for _, word := range []string{"canary", "1996", "04-17", "K7-22", "01020101"} {
		if strings.Contains(string(row), word) {
			t.Errorf("tells %q: %s", word, row)
		}
	}
}

func TestTheRowOfAnInterview(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{
		"idn_sex": code("male"), "idn_age_stated": screening.Of(screening.Int(17)), "ses_language": code("khm"),
	})
	b.put("ses_place", screening.Refused, "")
	b.put("ses_place", screening.DontKnow, "")
	b.rec.Unreadable = append(b.rec.Unreadable, [32]byte{1}, [32]byte{2})
	want := casefile.Summary{
		Center: "ptc", State: screening.Registered, Day: 20_780, AgeBand: "0-17", Sex: "male", Child: true, Language: "khm",
		Contested: 1, Parked: 2, Group: recordB.String(), Number: 7,
	}
	if got := b.interview().Summarise(today, 20_780*24*60*60*1000); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	empty := newBook(t, recordA, casefile.KindInterview, "vif/1")
	if got := empty.interview().Summarise(today, 0); got != (casefile.Summary{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

// The day changes at midnight in Cambodia, which is 17:00 UTC.
func TestTheDayOnSite(t *testing.T) {
	const hour = 60 * 60 * 1000
	for name, row := range map[string]struct{ millis, day int64 }{
		"the beginning":                  {0, 0},
		"16:59:59.999 UTC":               {17*hour - 1, 0},
		"17:00 UTC is midnight on site":  {17 * hour, 1},
		"midnight UTC is 07:00 on site":  {24 * hour, 1},
		"the last of 2026 on site":       {1798736400000 - 1, 20818},
		"the first of 2027 on site":      {1798736400000, 20819},
		"29 February 2028 has a day too": {1835370000000, 21243},
	} {
		if got := casefile.SiteDay(row.millis); got != row.day {
			t.Errorf("%s: day %d, want %d", name, got, row.day)
		}
	}
}

func TestTheBandsOfAges(t *testing.T) {
	for band, years := range map[string][]int{
		"": {-1, -100}, "0-17": {0, 17}, "18-24": {18, 24}, "25-34": {25, 34}, "35-49": {35, 49}, "50+": {50, 110},
	} {
		for _, age := range years {
			if got := casefile.AgeBand(age); got != band {
				t.Errorf("%d years: %q, want %q", age, got, band)
			}
		}
	}
}
