package screening

import (
	"fmt"
	"strings"
)

// Field names one answer of a record: an item and, where the item repeats,
// the entry it belongs to. The first entry, which is the only one of the short
// form, has the empty Entry. Further entries carry a short random name given
// by the host, so that two tablets that add an entry at the same time add two.
type Field struct {
	Item  string
	Entry string
}

// String returns "item" or "item@entry", the name used in maps and logs.
func (f Field) String() string {
	if f.Entry == "" {
		return f.Item
	}
	return f.Item + "@" + f.Entry
}

// ParseField reads what String wrote.
func ParseField(s string) (Field, error) {
	item, entry, repeated := strings.Cut(s, "@")
	if !validCode(item) || repeated && (!validCode(entry) || len(entry) > 16) {
		return Field{}, fmt.Errorf("screening: not the name of a field")
	}
	return Field{item, entry}, nil
}

// Answers holds the answers of one record by field name (Field.String).
type Answers map[string]Answer

// At returns the answer of a field; the zero Answer when nobody asked.
func (a Answers) At(f Field) Answer { return a[f.String()] }

// Code returns the code that stands in the first entry of an item, or "".
func (a Answers) Code(item string) string {
	code, _ := a[item].Value.(Code)
	return string(code)
}
