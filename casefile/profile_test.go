package casefile_test

import (
	"testing"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/screening/form"
)

// A made-up person, as linkage compares them.
func TestTheProfileOfAPerson(t *testing.T) {
	place, err := screening.ParsePlace("KH|01020101|kh-2026-06|Phum Made-up")
	if err != nil {
		t.Fatal(err)
	}
	sector := form.Builtin().Choices(form.Builtin().Item("wrk_sector").List)[0].Code
	b := newInterview(t, map[string]screening.Answer{
		"idn_family_km": text("សុខ"), "idn_given_km": text("ចន្ធី"), "idn_family_latin": text("SOK"), "idn_given_latin": text("Chanthy"),
		"idn_sex": code("female"), "idn_birth_date": screening.Of(date("1996-04-17")), "idn_age_stated": screening.Of(screening.Int(30)),
		"idn_phone": text("+85512000000"), "idn_doc_number": text("010203040"), "idn_home": screening.Of(place), "wrk_sector": code(sector),
	})
	want := linkage.Record{
		ID: recordA.String(), FamilyKhmer: "សុខ", GivenKhmer: "ចន្ធី", FamilyLatin: "SOK", GivenLatin: "Chanthy", Sex: linkage.Female,
		BirthDate: "1996-04-17", BirthYear: "1996", Age: "30", BirthPlace: "01020101", Phone: "+85512000000", NationalID: "010203040",
		Batch: recordB.String(), Sector: sector, Source: "ptc", RecordedDay: 20_780,
	}
	if got := b.interview().Profile(20_780); got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

// A year is never padded to the first of January, and an estimate is no date.
func TestABirthIsComparedAsFarAsItIsKnown(t *testing.T) {
	exact := date("1996-04-17")
	exact.Estimated = true
	for name, row := range map[string]struct {
		born       screening.PartialDate
		year, date string
	}{
		"a year":         {date("1996"), "1996", ""},
		"a month":        {date("1996-04"), "1996", ""},
		"a day":          {date("1996-04-17"), "1996", "1996-04-17"},
		"an early day":   {date("1996-01-01"), "1996", "1996-01-01"},
		"a guess at all": {exact, "1996", ""},
	} {
		b := newInterview(t, map[string]screening.Answer{"idn_birth_date": screening.Of(row.born)})
		if got := b.interview().Profile(0); got.BirthYear != row.year || got.BirthDate != row.date {
			t.Errorf("%s: year %q, date %q", name, got.BirthYear, got.BirthDate)
		}
	}
}

func TestWhatWasNotSaidIsNotCompared(t *testing.T) {
	b := newBook(t, recordA, casefile.KindInterview, "vif/1")
	b.put("idn_sex", screening.Refused, "")
	b.put("idn_age_stated", screening.DontKnow, "")
	if got := b.interview().Profile(0); got != (linkage.Record{ID: recordA.String()}) {
		t.Errorf("%+v", got)
	}
	other := newInterview(t, map[string]screening.Answer{"idn_given_latin": text("Chanthy")})
	other.put("idn_given_latin", screening.Answered, "Srey")
	if got := other.interview().Profile(0); got.GivenLatin != "" {
		t.Error("a name that is contested was chosen")
	}
}
