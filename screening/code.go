package screening

import (
	"slices"
	"strings"
)

// Code is one code of a choice list. Its canonical text is the code itself.
type Code string

// Kind is KindCode.
func (c Code) Kind() Kind { return KindCode }

// Canonical returns the code.
func (c Code) Canonical() string { return string(c) }

func parseCode(text string) (Value, error) {
	text = strings.TrimSpace(text)
	if !validCode(text) {
		return nil, &ValueError{KindCode, "not a code"}
	}
	return Code(text), nil
}

// Set is a set of codes of a choice list, from a question where several may
// be ticked. The canonical text is the codes in byte order with one blank
// between; the empty set is no answer.
type Set struct{ text string }

// SetOf makes a set of codes. Codes that are none are left out.
func SetOf(codes ...string) Set {
	codes = slices.DeleteFunc(slices.Clone(codes), func(c string) bool { return !validCode(c) })
	slices.Sort(codes)
	return Set{strings.Join(slices.Compact(codes), " ")}
}

// Kind is KindSet.
func (s Set) Kind() Kind { return KindSet }

// Canonical returns the sorted codes with a blank between.
func (s Set) Canonical() string { return s.text }

// Codes returns the codes in order.
func (s Set) Codes() []string { return strings.Fields(s.text) }

// Has reports whether the code is in the set.
func (s Set) Has(code string) bool { return slices.Contains(s.Codes(), code) }

// Union returns the set with the codes of both.
func (s Set) Union(t Set) Set { return SetOf(append(s.Codes(), t.Codes()...)...) }

// setCodesMax bounds a set; the longest choice list has 19 codes.
const setCodesMax = 100

func parseSet(text string) (Value, error) {
	codes := strings.Fields(text)
	switch {
	case len(codes) == 0:
		return nil, &ValueError{KindSet, "an empty set is not an answer"}
	case len(codes) > setCodesMax:
		return nil, &ValueError{KindSet, "too many codes"}
	case !allCodes(codes):
		return nil, &ValueError{KindSet, "not a code"}
	}
	return SetOf(codes...), nil
}

func allCodes(codes []string) bool {
	return !slices.ContainsFunc(codes, func(c string) bool { return !validCode(c) })
}

// validCode allows what codes of choice lists, sites and countries are made
// of, and nothing that a separator could be mistaken for.
func validCode(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for _, c := range []byte(s) {
		if !(c == '_' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}
