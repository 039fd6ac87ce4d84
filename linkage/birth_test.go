package linkage

import "testing"

func TestBirthAsGiven(t *testing.T) {
	for _, c := range []struct {
		name string
		in   Record
		want Birth
	}{
		{"date", Record{BirthDate: "1996-04-10"}, Birth{BirthByDate, 1996, 1996, 4, 10}},
		{"Buddhist date", Record{BirthDate: "2539-04-10"}, Birth{BirthByDate, 1996, 1996, 4, 10}},
		{"1 January stands for the year", Record{BirthDate: "2002-01-01"}, Birth{Kind: BirthByFirstJan, FromYear: 2002, ToYear: 2002}},
		{"day and month exchanged beyond doubt", Record{BirthDate: "1996-24-04"}, Birth{BirthByDate, 1996, 1996, 4, 24}},
		{"impossible day keeps the year", Record{BirthDate: "1996-04-39"}, Birth{Kind: BirthByYear, FromYear: 1996, ToYear: 1996}},
		{"year", Record{BirthYear: "1994"}, Birth{Kind: BirthByYear, FromYear: 1994, ToYear: 1994}},
		{"Buddhist year", Record{BirthYear: "2537"}, Birth{Kind: BirthByYear, FromYear: 1994, ToYear: 1994}},
		{"age is two years wide", Record{Age: "30", AgeInYear: 2025}, Birth{Kind: BirthByAge, FromYear: 1994, ToYear: 1995}},
		{"age at the day of recording", Record{Age: "30", RecordedDay: 20089}, Birth{Kind: BirthByAge, FromYear: 1994, ToYear: 1995}},
		{"an infant", Record{Age: "0", AgeInYear: 2025}, Birth{Kind: BirthByAge, FromYear: 2024, ToYear: 2025}},
		{"age with no year says nothing", Record{Age: "30"}, Birth{}},
		{"date before age", Record{BirthDate: "1996-04-10", Age: "50", AgeInYear: 2025}, Birth{BirthByDate, 1996, 1996, 4, 10}},
		{"nonsense", Record{BirthDate: "long ago", BirthYear: "12"}, Birth{}},
	} {
		if got := newBirth(c.in); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestYearOfDay(t *testing.T) {
	for day, want := range map[int]int{0: 1970, 364: 1970, 365: 1971, 10956: 1999, 10957: 2000, 11322: 2000, 11323: 2001, 20088: 2024, 20089: 2025, -1: 1969} {
		if got := yearOfDay(day); got != want {
			t.Errorf("day %d is in %d, want %d", day, got, want)
		}
	}
}

func TestAgreeBirth(t *testing.T) {
	date := func(y, m, d int) Birth { return Birth{BirthByDate, y, y, m, d} }
	year := func(y int) Birth { return Birth{Kind: BirthByYear, FromYear: y, ToYear: y} }
	age := func(y int) Birth { return Birth{Kind: BirthByAge, FromYear: y - 1, ToYear: y} }
	for _, c := range []struct {
		name string
		a, b Birth
		want Level
	}{
		{"same date", date(1996, 4, 10), date(1996, 4, 10), DateSame},
		{"day and month exchanged", date(1996, 4, 10), date(1996, 10, 4), DateTurned},
		{"decade mistyped", date(1990, 6, 20), date(1980, 6, 20), DateSlip},
		{"day mistyped", date(1990, 6, 20), date(1990, 6, 28), DateSlip},
		{"another day of the year", date(1990, 6, 20), date(1990, 3, 2), DateSameYear},
		{"a brother", date(1990, 6, 20), date(1987, 3, 2), DateApart},
		{"year of the date", date(1990, 6, 20), year(1990), YearSame},
		{"one year off", date(1990, 6, 20), year(1991), YearNear},
		{"far", year(1990), year(1999), YearApart},
		{"age fits either year", age(1990), year(1989), AgeFits},
		{"age one off", age(1990), year(1991), AgeNear},
		{"age far off", age(1990), date(1970, 1, 2), AgeApart},
		{"nothing known", Birth{}, year(1990), Missing},
	} {
		if got := agreeBirth(c.a, c.b); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if got := agreeBirth(c.b, c.a); got != c.want {
			t.Errorf("%s, the other way round: %s, want %s", c.name, got, c.want)
		}
	}
}
