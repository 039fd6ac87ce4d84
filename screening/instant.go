package screening

import (
	"fmt"
	"strconv"
	"strings"
)

// DateTime is a moment as a clock on site showed it, with its offset from UTC.
// Canonical text: "2026-11-23T16:29:00+07:00".
type DateTime struct {
	Date                 PartialDate // an exact day
	Hour, Minute, Second int
	OffsetMinutes        int // east of UTC; Cambodia and Thailand are both 420
}

// ParseDateTime reads the canonical form; the seconds may be left out, and "Z"
// stands for UTC.
func ParseDateTime(text string) (Value, error) {
	wrong := &ValueError{KindDateTime, "not a moment with its offset"}
	day, clock, ok := strings.Cut(plainDigits(text), "T")
	date, dateOK := parseDate(day)
	if !ok || !dateOK || date.Day == 0 || date.Estimated || date.EraYear != 0 {
		return nil, wrong
	}
	if strings.HasSuffix(clock, "Z") {
		clock = strings.TrimSuffix(clock, "Z") + "+00:00"
	}
	at := strings.LastIndexAny(clock, "+-")
	if at < 0 {
		return nil, wrong
	}
	parts, offset := strings.Split(clock[:at], ":"), strings.Split(clock[at+1:], ":")
	if len(parts) == 2 {
		parts = append(parts, "00")
	}
	if len(parts) != 3 || len(offset) != 2 || !clockDigits(parts) || !clockDigits(offset) {
		return nil, wrong
	}
	t := DateTime{Date: date}
	t.Hour, t.Minute, t.Second = atoi(parts[0]), atoi(parts[1]), atoi(parts[2])
	t.OffsetMinutes = atoi(offset[0])*60 + atoi(offset[1])
	if t.Hour > 23 || t.Minute > 59 || t.Second > 59 || atoi(offset[1]) > 59 || t.OffsetMinutes > 14*60 {
		return nil, wrong
	}
	if clock[at] == '-' {
		t.OffsetMinutes = -t.OffsetMinutes
	}
	return t, nil
}

// Kind is KindDateTime.
func (t DateTime) Kind() Kind { return KindDateTime }

// Canonical returns the moment with seconds and a numeric offset.
func (t DateTime) Canonical() string {
	if t.Date.Year == 0 {
		return ""
	}
	sign, offset := '+', t.OffsetMinutes
	if offset < 0 {
		sign, offset = '-', -offset
	}
	return fmt.Sprintf("%sT%02d:%02d:%02d%c%02d:%02d",
		t.Date.Canonical(), t.Hour, t.Minute, t.Second, sign, offset/60, offset%60)
}

// UnixSeconds returns the moment as seconds since 1970 in UTC, to compare two
// moments with different offsets.
func (t DateTime) UnixSeconds() int64 {
	return (int64(t.Date.daysSince1970())*1440+int64(t.Hour*60+t.Minute-t.OffsetMinutes))*60 + int64(t.Second)
}

// daysSince1970 counts days of the Gregorian calendar. Counting years from
// March puts the leap day at the end, so that no month needs a table.
func (d PartialDate) daysSince1970() int {
	year, month := d.Year, d.Month
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + d.Day - 1 - 719468
}

func clockDigits(parts []string) bool {
	for _, part := range parts {
		if !fixedDigits(part, 2) {
			return false
		}
	}
	return true
}

// atoi reads digits that were checked before.
func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}
