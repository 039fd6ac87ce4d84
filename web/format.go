package web

import (
	"fmt"
	"strconv"
	"time"
)

// place is the time of Cambodia and Thailand, which have no summer time. It
// is fixed here so that a tablet without a time-zone table shows it too.
var indochina = time.FixedZone("ICT", 7*60*60)

// clock is "21:40".
func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.In(indochina).Format("15:04")
}

// day is "23 November 2026", with the month from the words table.
func day(l Lang, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	t = t.In(indochina)
	return fmt.Sprintf("%d %s %d", t.Day(), CodeWord(l, "month", t.Format("01")), t.Year())
}

// moment is "23 November 2026, 21:40".
func moment(l Lang, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return day(l, t) + ", " + clock(t)
}

// machine is the form of a time in a datetime attribute.
func machine(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(indochina).Format(time.RFC3339)
}

// plusminus is "± 2 min", rounded up: an uncertainty is never made smaller.
func plusminus(l Lang, d time.Duration) string {
	switch {
	case d < time.Minute:
		return Word(l, "time.plusminus_seconds", int((d+time.Second-1)/time.Second))
	case d < 2*time.Hour:
		return Word(l, "time.plusminus_minutes", int((d+time.Minute-1)/time.Minute))
	case d < 48*time.Hour:
		return Word(l, "time.plusminus_hours", int((d+time.Hour-1)/time.Hour))
	}
	return Word(l, "time.plusminus_days", int((d+24*time.Hour-1)/(24*time.Hour)))
}

// number is a count, or a dash when it was not given (below 0).
func number(n int) string {
	if n < 0 {
		return "–"
	}
	return strconv.Itoa(n)
}

// signed is a weight in bits with its sign.
func signed(bits float64) string {
	text := fmt.Sprintf("%+.1f", bits)
	if bits < 0 {
		return "−" + text[1:]
	}
	return text
}

// ageText is "34", "about 17", or the words for an unknown age.
func ageText(l Lang, a Age) string {
	switch {
	case !a.Known:
		return Word(l, "age.unknown")
	case a.About:
		return Word(l, "age.about", a.Years)
	}
	return Word(l, "age.years", a.Years)
}
