package linkage

import (
	"fmt"
	"strconv"
)

// A Birth is what is known of a day of birth: an interval of years, and month
// and day if a date was given that looks like one. The zero Birth is unknown.
type Birth struct {
	Kind             BirthKind
	FromYear, ToYear int // Gregorian, inclusive
	Month, Day       int // only when Kind is BirthByDate
}

// BirthKind says where a Birth comes from.
type BirthKind string

// A date of 1 January stands for "only the year is known", and often the year
// was reckoned from an age.
const (
	BirthUnknown     BirthKind = ""
	BirthByDate      BirthKind = "date"
	BirthByFirstJan  BirthKind = "first_january"
	BirthByYear      BirthKind = "year"
	BirthByAge       BirthKind = "age"
	buddhistOffset             = 543
	yearMin, yearMax           = 1900, 2100
)

func newBirth(r Record) Birth {
	if b := birthFromDate(r.BirthDate); b != (Birth{}) {
		return b
	}
	if year := gregorian(digitsOf(r.BirthYear)); year != 0 {
		return Birth{Kind: BirthByYear, FromYear: year, ToYear: year}
	}
	saidIn := r.AgeInYear
	if saidIn == 0 && r.RecordedDay != 0 {
		saidIn = yearOfDay(r.RecordedDay)
	}
	age, err := strconv.Atoi(digitsOf(r.Age))
	if err != nil || age > 120 || saidIn == 0 {
		return Birth{}
	}
	// Before this year's birthday a person is one year younger than the
	// difference of the years.
	return Birth{Kind: BirthByAge, FromYear: saidIn - age - 1, ToYear: saidIn - age}
}

func birthFromDate(text string) Birth {
	digits := digitsOf(text)
	if len(digits) != 8 {
		return Birth{}
	}
	year := gregorian(digits[:4])
	month, _ := strconv.Atoi(digits[4:6])
	day, _ := strconv.Atoi(digits[6:])
	if month > 12 && day <= 12 {
		month, day = day, month
	}
	switch {
	case year == 0:
		return Birth{}
	case month == 1 && day == 1:
		return Birth{Kind: BirthByFirstJan, FromYear: year, ToYear: year}
	case month < 1 || month > 12 || day < 1 || day > 31:
		return Birth{Kind: BirthByYear, FromYear: year, ToYear: year}
	}
	return Birth{BirthByDate, year, year, month, day}
}

// date shows a full date, for keys.
func (b Birth) date() string { return fmt.Sprintf("%04d-%02d-%02d", b.FromYear, b.Month, b.Day) }

// gregorian reads a year; a Buddhist year is 543 ahead. 0 is no year.
func gregorian(digits string) int {
	year, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	if year >= yearMin+buddhistOffset {
		year -= buddhistOffset
	}
	if year < yearMin || year > yearMax {
		return 0
	}
	return year
}

// yearOfDay gives the Gregorian year of a day counted from 1970-01-01.
func yearOfDay(day int) int {
	// Counted in eras of 400 years that begin on 1 March, so that the leap day
	// is the last of its year (H. Hinnant, "chrono-Compatible Low-Level Date
	// Algorithms").
	day += 719468
	era := day / 146097
	if day < 0 {
		era = (day - 146096) / 146097
	}
	inEra := day - era*146097
	yearInEra := (inEra - inEra/1460 + inEra/36524 - inEra/146096) / 365
	dayInYear := inEra - (365*yearInEra + yearInEra/4 - yearInEra/100)
	year := yearInEra + era*400
	if dayInYear >= 306 { // January or February
		year++
	}
	return year
}

func agreeBirth(a, b Birth) Level {
	switch {
	case a.Kind == BirthUnknown || b.Kind == BirthUnknown:
		return Missing
	case a.Kind == BirthByDate && b.Kind == BirthByDate:
		return agreeDates(a, b)
	}
	years := max(a.FromYear-b.ToYear, b.FromYear-a.ToYear, 0)
	if a.Kind == BirthByAge || b.Kind == BirthByAge {
		return [...]Level{AgeFits, AgeNear, AgeClose, AgeClose, AgeOff, AgeOff, AgeApart}[min(years, 6)]
	}
	return [...]Level{YearSame, YearNear, YearClose, YearClose, YearApart}[min(years, 4)]
}

func agreeDates(a, b Birth) Level {
	sameYear, sameMonth, sameDay := a.FromYear == b.FromYear, a.Month == b.Month, a.Day == b.Day
	years := max(a.FromYear-b.FromYear, b.FromYear-a.FromYear)
	switch {
	case sameYear && sameMonth && sameDay:
		return DateSame
	case sameYear && a.Month == b.Day && a.Day == b.Month:
		return DateTurned
	case sameMonth && sameDay, sameYear && (sameMonth || sameDay):
		return DateSlip
	case sameYear:
		return DateSameYear
	case years <= 1 || (sameMonth || sameDay) && years == 10:
		return DateNear
	}
	return DateApart
}
