package form

import (
	"slices"
	"strings"

	"raksa/screening"
)

// callingCodes of the countries whose national numbers are met at the border.
var callingCodes = map[string]string{"KH": "855", "TH": "66"}

// CleanPhone brings a number as said or written into E.164: "012 345 678" in
// Cambodia is "+85512345678". country says whose national form is meant when
// the number has no country code. It reports false for what is no number.
func CleanPhone(said, country string) (string, bool) {
	number, _ := screening.ParseValue(screening.KindText, said)
	if number == nil {
		return "", false
	}
	digits := strings.Map(func(r rune) rune {
		switch {
		case r >= '០' && r <= '៩':
			return '0' + r - '០'
		case r >= '๐' && r <= '๙':
			return '0' + r - '๐'
		case strings.ContainsRune(" -.()/\u00a0\u200b", r):
			return -1
		}
		return r
	}, number.Canonical())
	international, plus := strings.CutPrefix(digits, "+")
	if rest, ok := strings.CutPrefix(digits, "00"); ok && !plus {
		international, plus = rest, true
	}
	if national, ok := strings.CutPrefix(digits, "0"); ok && !plus {
		international, plus = callingCodes[country]+national, callingCodes[country] != ""
	}
	if !plus || len(international) < 8 || len(international) > 15 || strings.Trim(international, "0123456789") != "" {
		return "", false
	}
	return "+" + international, true
}

// Parse reads what a person typed or ticked for an item and brings it into
// canonical form: phone numbers into E.164, dates and digits from any script.
// Several values (ticked boxes) are joined for a set. An empty input is the
// zero Answer. The problem says why a value does not fit; it is "" otherwise.
func (d *Definition) Parse(i *Item, typed ...string) (screening.Answer, ProblemCode) {
	text := strings.TrimSpace(strings.Join(typed, " "))
	if text == "" {
		return screening.Answer{}, ""
	}
	value, err := screening.ParseValue(i.Kind, text)
	if err != nil {
		return screening.Answer{}, WrongKind
	}
	if code := d.Fits(i, value); code != "" {
		return screening.Answer{}, code
	}
	if slices.ContainsFunc(i.Constraints, func(c Constraint) bool { return c.Kind == Phone }) {
		if number, ok := CleanPhone(text, "KH"); ok {
			value = screening.TextOf(number)
		}
	}
	return screening.Of(value), ""
}
