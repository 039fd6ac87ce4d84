package screening

import (
	"strings"
	"unicode/utf8"
)

// Place is a place at the level known: the country, a gazetteer code (empty
// when none fits), the edition of the gazetteer and the text as it was said.
// Codes retire, so an old code is never refused and the text always stays.
type Place struct {
	Country string // ISO 3166-1 alpha-2, or "" when only a text is known
	Code    string // digits, 2 per level; leading zeros belong to it
	Edition string // for example "kh-2026-06"
	Said    string
}

// ParsePlace reads the canonical text "KH|01020101|kh-2026-06|as said".
func ParsePlace(text string) (Value, error) {
	wrong := &ValueError{KindPlace, "not a country, code, edition and text"}
	parts := strings.SplitN(strings.TrimSpace(text), "|", 4)
	if len(parts) != 4 || !utf8.ValidString(text) {
		return nil, wrong
	}
	p := Place{parts[0], parts[1], parts[2], cleanText(parts[3])}
	if p.Country != "" && !(len(p.Country) == 2 && strings.ToUpper(p.Country) == p.Country && validCode(p.Country)) {
		return nil, wrong
	}
	if p.Code != "" && (!onlyDigits(p.Code) || len(p.Code)%2 != 0 || len(p.Code) > 8 || p.Country == "") {
		return nil, wrong
	}
	if p.Edition != "" && (!validCode(p.Edition) || p.Code == "") || p.Country == "" && p.Said == "" {
		return nil, wrong
	}
	return p, nil
}

// Kind is KindPlace.
func (p Place) Kind() Kind { return KindPlace }

// Canonical returns the four parts with bars between; the text comes last, so
// that a bar in it does no harm.
func (p Place) Canonical() string {
	if p == (Place{}) {
		return ""
	}
	return p.Country + "|" + p.Code + "|" + p.Edition + "|" + cleanText(p.Said)
}

// Province returns the code of the province, or "" when it is not known.
func (p Place) Province() string {
	if len(p.Code) < 2 {
		return ""
	}
	return p.Code[:2]
}
