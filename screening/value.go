package screening

import "fmt"

// Kind is the type of a field's value.
type Kind uint8

// The kinds of values (form specification, section 4). "single" and "multi"
// take codes of a choice list; the list itself belongs to the form.
const (
	KindCode     Kind = iota + 1 // single:LIST
	KindSet                      // multi:LIST
	KindInt                      // int
	KindDecimal                  // decimal
	KindText                     // text
	KindDate                     // date
	KindDateTime                 // datetime
	KindMoney                    // money
	KindPlace                    // geo:kh, geo:th, geo:any
	KindRef                      // ref:x
	KindDerived                  // derived
)

var kindNames = map[Kind]string{
	KindCode: "single", KindSet: "multi", KindInt: "int", KindDecimal: "decimal", KindText: "text",
	KindDate: "date", KindDateTime: "datetime", KindMoney: "money", KindPlace: "geo", KindRef: "ref",
	KindDerived: "derived",
}

// String returns the name that form definitions use, for example "multi".
func (k Kind) String() string {
	if name := kindNames[k]; name != "" {
		return name
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind reads a name as String writes it.
func ParseKind(name string) (Kind, bool) {
	for kind, known := range kindNames {
		if known == name {
			return kind, true
		}
	}
	return 0, false
}

// Value is a typed value. Its canonical text is unique: two equal values have
// equal texts, and parsing a text and writing it again changes nothing more.
type Value interface {
	Kind() Kind
	Canonical() string
}

// ValueBytesMax bounds one value as typed or received.
const ValueBytesMax = 16 << 10

// ParseValue reads a value as a person typed it or as Canonical wrote it:
// Khmer and Thai digits, blanks around it and other Unicode forms are brought
// to the canonical text. The error is a *ValueError.
func ParseValue(kind Kind, text string) (Value, error) {
	if len(text) > ValueBytesMax {
		return nil, &ValueError{kind, "too long"}
	}
	switch kind {
	case KindCode:
		return parseCode(text)
	case KindSet:
		return parseSet(text)
	case KindInt:
		return parseInt(text)
	case KindDecimal:
		return parseDecimal(text)
	case KindText:
		return ParseText(text)
	case KindDate:
		return ParseDate(text)
	case KindDateTime:
		return ParseDateTime(text)
	case KindMoney:
		return ParseMoney(text)
	case KindPlace:
		return ParsePlace(text)
	case KindRef:
		return parseRef(text)
	case KindDerived:
		return ParseDerived(text)
	}
	return nil, &ValueError{kind, "unknown kind of value"}
}

// ValueError says why a text is no value of a kind. It never quotes the text:
// what a person said must not reach a log.
type ValueError struct {
	Kind   Kind
	Reason string
}

func (e *ValueError) Error() string { return fmt.Sprintf("screening: %v: %s", e.Kind, e.Reason) }
