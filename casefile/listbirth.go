package casefile

import (
	"strconv"
	"strings"
	"unicode"

	"raksa/screening"
)

// listMonths are the months as Thai, Khmer and English lists write them.
var listMonths = monthNames()

func monthNames() map[string]int {
	months := map[string]int{}
	for _, names := range []string{
		"มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม",
		"มค กพ มีค เมย พค มิย กค สค กย ตค พย ธค",
		"មករា កុម្ភៈ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ",
		"january february march april may june july august september october november december",
		"jan feb mar apr may jun jul aug sep oct nov dec",
	} {
		for i, name := range strings.Fields(names) {
			months[name] = i + 1
		}
	}
	return months
}

// takeBirth reads a year or a day of birth: "2541", "12/5/2541", "1998-05-12",
// "12 พ.ค. 2541", or the number of days by which a spreadsheet keeps a date. A
// Buddhist year is turned into a Gregorian one, and kept.
func (line *Line) takeBirth(cell string) string {
	plain := westernDigits(wholeOf(cell))
	if days, err := strconv.Atoi(plain); err == nil {
		if days >= serialMin && days <= serialMax {
			line.setBirth(dateOfSerial(days))
			return ""
		}
		return line.setYear(days)
	}
	var parts []string
	for _, part := range strings.FieldsFunc(plain, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("/-,", r) }) {
		if trimmed := strings.Trim(part, "."); strings.Count(trimmed, ".") == 2 && trimmed[0] <= '9' { // 12.5.2541
			parts = append(parts, strings.Split(trimmed, ".")...)
			continue
		}
		parts = append(parts, strings.ToLower(strings.ReplaceAll(part, ".", "")))
	}
	if len(parts) != 3 {
		return ListNotDate
	}
	if len(parts[0]) == 4 { // the year first
		parts[0], parts[2] = parts[2], parts[0]
	}
	day, err1 := strconv.Atoi(parts[0])
	year, err2 := strconv.Atoi(parts[2])
	month, named := listMonths[parts[1]]
	if !named {
		month, err1 = strconv.Atoi(parts[1])
	}
	date := screening.PartialDate{Year: year, Month: month, Day: day}
	if err1 != nil || err2 != nil || day < 1 || month < 1 {
		return ListNotDate
	}
	if year >= birthYearMin+buddhistYears {
		date.Year -= buddhistYears
	}
	if date.Year < birthYearMin || date.Year > birthYearMax || !date.Valid() {
		return ListNotDate
	}
	if year >= eraKeptMin && year <= eraKeptMax {
		date.EraYear = year
	}
	line.setBirth(date)
	return ""
}

func (line *Line) setBirth(date screening.PartialDate) {
	line.BirthYear, line.Birth = date.Year, date.Canonical()
}

// setYear takes a year alone, of either count.
func (line *Line) setYear(year int) string {
	date := screening.PartialDate{Year: year}
	if year >= birthYearMin+buddhistYears {
		date.Year -= buddhistYears
	}
	if date.Year < birthYearMin || date.Year > birthYearMax {
		return ListNotNumber
	}
	line.BirthYear = date.Year
	if year >= eraKeptMin && year <= eraKeptMax {
		date.EraYear = year
		line.Birth = date.Canonical()
	}
	return ""
}

// A spreadsheet counts days from 30 December 1899. Below serialMin a number is
// a year; above, it is a day of the twentieth century or later. Who typed a
// Buddhist year as a Gregorian one is 543 years ahead.
const (
	serialMin, serialMax = 3000, 300_000
	serialAheadMin       = 73_051 // 1 January 2100
)

func dateOfSerial(days int) screening.PartialDate {
	year, month, day := civil(days - 25_569) // 1 January 1970 is day 25,569
	date := screening.PartialDate{Year: year, Month: month, Day: day}
	if days >= serialAheadMin {
		date.Year, date.EraYear = year-buddhistYears, 0
		if year >= eraKeptMin && year <= eraKeptMax {
			date.EraYear = year
		}
		if !date.Valid() { // 29 February of a year that has none
			date.Day--
		}
	}
	return date
}

// civil gives the day of the Gregorian calendar that is so many days after 1
// January 1970, by the method of counting years from March.
func civil(days int) (year, month, day int) {
	days += 719_468
	era := days / 146_097
	ofEra := days % 146_097
	yearOfEra := (ofEra - ofEra/1460 + ofEra/36_524 - ofEra/146_096) / 365
	ofYear := ofEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	shifted := (5*ofYear + 2) / 153
	day = ofYear - (153*shifted+2)/5 + 1
	month = shifted + 3
	if month > 12 {
		month -= 12
	}
	year = yearOfEra + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// westernDigits writes Thai and Khmer digits as 0 to 9.
func westernDigits(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '០' && r <= '៩':
			return '0' + r - '០'
		case r >= '๐' && r <= '๙':
			return '0' + r - '๐'
		}
		return r
	}, text)
}
