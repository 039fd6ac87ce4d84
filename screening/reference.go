package screening

import (
	"strings"
	"unicode/utf8"
)

// Ref is the id of another record, user, group or organisation.
type Ref string

// Kind is KindRef.
func (r Ref) Kind() Kind { return KindRef }

// Canonical returns the id.
func (r Ref) Canonical() string { return string(r) }

func parseRef(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > 80 || strings.ContainsFunc(text, func(r rune) bool {
		return !(r < utf8.RuneSelf && (validCode(string(r)) || strings.ContainsRune(".:@/", r)))
	}) {
		return nil, &ValueError{KindRef, "not an id"}
	}
	return Ref(text), nil
}

// Derived is a computed value with the version of the rule that made it and
// the items it was made from, so that an old result stays readable after the
// answers or the rule have changed.
type Derived struct {
	Rule   string // for example "ilo-ec/1"
	Result string // a code
	Inputs Set    // item ids, may be empty
}

// ParseDerived reads the canonical text "rule|result|item item".
func ParseDerived(text string) (Value, error) {
	parts := strings.Split(strings.TrimSpace(text), "|")
	wrong := &ValueError{KindDerived, "not a rule, a result and its inputs"}
	if len(parts) != 3 || !validCode(parts[1]) {
		return nil, wrong
	}
	if _, err := parseRef(parts[0]); err != nil || !allCodes(strings.Fields(parts[2])) {
		return nil, wrong
	}
	return Derived{strings.TrimSpace(parts[0]), parts[1], SetOf(strings.Fields(parts[2])...)}, nil
}

// Kind is KindDerived.
func (d Derived) Kind() Kind { return KindDerived }

// Canonical returns rule, result and inputs with bars between.
func (d Derived) Canonical() string {
	if d.Result == "" {
		return ""
	}
	return d.Rule + "|" + d.Result + "|" + d.Inputs.Canonical()
}
