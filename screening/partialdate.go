package screening

import (
	"fmt"
	"strconv"
	"strings"
)

// PartialDate is a day, a month or a year as far as it is known. Nothing is
// ever padded to 1 January: Month and Day are 0 when unknown. The zero
// PartialDate is no date.
type PartialDate struct {
	Year, Month, Day int  // Gregorian
	Estimated        bool // a guess, written with a trailing "~"
	EraYear          int  // the Buddhist-era year as it stood on a Thai paper, or 0
}

// The years a date may have, and the Buddhist-era years that are turned into
// Gregorian by subtracting eraOffset (form specification, section 4).
const (
	yearMin, yearMax       = 1800, 2200
	eraYearMin, eraYearMax = 2500, 2600
	eraOffset              = 543
)

// ParseDate reads "2019", "2019-04" or "2019-04-17", each with "~" behind it
// when estimated. A year from 2500 to 2600 is taken as Buddhist era; the
// original year is kept and written as "2019-04-17|BE2562".
func ParseDate(text string) (Value, error) {
	d, ok := parseDate(plainDigits(text))
	if !ok {
		return nil, &ValueError{KindDate, "not a year, a month or a day"}
	}
	return d, nil
}

func parseDate(text string) (PartialDate, bool) {
	text, era, marked := strings.Cut(text, "|BE")
	var d PartialDate
	text, d.Estimated = strings.CutSuffix(text, "~")
	parts := strings.Split(text, "-")
	if len(parts) > 3 || !fixedDigits(parts[0], 4) {
		return PartialDate{}, false
	}
	d.Year, _ = strconv.Atoi(parts[0])
	for i, part := range parts[1:] {
		if !fixedDigits(part, 2) || part == "00" {
			return PartialDate{}, false
		}
		*[]*int{&d.Month, &d.Day}[i], _ = strconv.Atoi(part)
	}
	if d.Year >= eraYearMin && d.Year <= eraYearMax {
		d.EraYear = d.Year
		d.Year -= eraOffset
	}
	if marked {
		if !fixedDigits(era, 4) || era != strconv.Itoa(d.Year+eraOffset) || d.EraYear != 0 {
			return PartialDate{}, false
		}
		d.EraYear = d.Year + eraOffset
	}
	return d, d.Valid() && (d.EraYear == 0 || d.EraYear >= eraYearMin && d.EraYear <= eraYearMax)
}

// Valid reports whether the parts name a year, a month or a day that exists.
func (d PartialDate) Valid() bool {
	switch {
	case d.Year < yearMin || d.Year > yearMax || d.Month < 0 || d.Month > 12 || d.Day < 0:
		return false
	case d.Month == 0:
		return d.Day == 0
	}
	return d.Day <= daysIn(d.Year, d.Month)
}

// Kind is KindDate.
func (d PartialDate) Kind() Kind { return KindDate }

// Canonical returns the date as ParseDate reads it.
func (d PartialDate) Canonical() string {
	if d.Year == 0 {
		return ""
	}
	out := fmt.Sprintf("%04d", d.Year)
	if d.Month > 0 {
		out += fmt.Sprintf("-%02d", d.Month)
	}
	if d.Day > 0 {
		out += fmt.Sprintf("-%02d", d.Day)
	}
	if d.Estimated {
		out += "~"
	}
	if d.EraYear > 0 {
		out += "|BE" + strconv.Itoa(d.EraYear)
	}
	return out
}

// Precision returns "year", "month" or "day".
func (d PartialDate) Precision() string {
	switch {
	case d.Day > 0:
		return "day"
	case d.Month > 0:
		return "month"
	}
	return "year"
}

// First and Last return the first and the last day that the date may be.
func (d PartialDate) First() PartialDate {
	return PartialDate{Year: d.Year, Month: max(d.Month, 1), Day: max(d.Day, 1)}
}

// Last returns the last day that the date may be.
func (d PartialDate) Last() PartialDate {
	last := PartialDate{Year: d.Year, Month: d.Month, Day: d.Day}
	if last.Month == 0 {
		last.Month = 12
	}
	if last.Day == 0 {
		last.Day = daysIn(last.Year, last.Month)
	}
	return last
}

// CertainlyBefore reports whether every day of d lies before every day of e:
// dates of different precision are compared at the coarser one.
func (d PartialDate) CertainlyBefore(e PartialDate) bool {
	return d.Last().number() < e.First().number()
}

// AgeAt returns the lowest and the highest age in whole years that a person
// born on d may have had on the date at. Unknown parts widen the range.
func (d PartialDate) AgeAt(at PartialDate) (lowYears, highYears int) {
	return fullYears(d.Last(), at.First()), fullYears(d.First(), at.Last())
}

// fullYears counts birthdays between two exact days; it is negative when the
// second lies before the first.
func fullYears(born, at PartialDate) int {
	years := at.Year - born.Year
	if at.Month < born.Month || at.Month == born.Month && at.Day < born.Day {
		years--
	}
	return years
}

// number orders exact days.
func (d PartialDate) number() int { return d.Year*10000 + d.Month*100 + d.Day }

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func fixedDigits(s string, n int) bool { return len(s) == n && onlyDigits(s) }
