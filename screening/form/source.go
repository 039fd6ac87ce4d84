package form

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Bounds on a definition, which may arrive from outside.
const (
	definitionBytesMax = 2 << 20
	itemsMax           = 2000
	versionBytesMax    = 32
)

// Source is a definition as it stands in its file: conditions are text, and
// nothing is proven yet. Whoever writes definitions (the workbooks) makes one.
type Source struct {
	Version  string              `json:"version"`
	Source   string              `json:"source"`
	Sections []SourceSection     `json:"sections"`
	Items    []SourceItem        `json:"items"`
	Choices  map[string][]Choice `json:"choices"`
	Pages    map[Kind][]Page     `json:"pages"`
}

// SourceSection is a section as it stands in the file.
type SourceSection struct {
	ID           string `json:"id"`
	EN           string `json:"en"`
	KM           string `json:"km"`
	Note         string `json:"note"`
	Repeat       string `json:"repeat"`
	Relevant     string `json:"relevant"`
	RelevantNote string `json:"relevant_note"`
}

// SourceItem is an item as it stands in the file.
type SourceItem struct {
	ID           string             `json:"id"`
	Section      string             `json:"section"`
	EN           string             `json:"en"`
	KM           string             `json:"km"`
	HintEN       string             `json:"hint_en"`
	HintKM       string             `json:"hint_km"`
	Type         string             `json:"type"`
	Form         string             `json:"form"`
	How          How                `json:"how"`
	Required     bool               `json:"required"`
	Relevant     string             `json:"relevant"`
	RelevantNote string             `json:"relevant_note"`
	Group        string             `json:"group"`
	Repeat       string             `json:"repeat"`
	Constraints  []SourceConstraint `json:"constraints"`
	MessageEN    string             `json:"message_en"`
	MessageKM    string             `json:"message_km"`
	Class        string             `json:"class"`
	ClassNote    string             `json:"class_note"`
	Contested    Rule               `json:"contested"`
	Protective   []string           `json:"protective"`
	Pick         string             `json:"pick"`
	Reads        string             `json:"reads"`
	HTCDS        string             `json:"htcds"`
	Source       string             `json:"source"`
	Was          []string           `json:"was"`
}

// SourceConstraint is a constraint as it stands in the file.
type SourceConstraint struct {
	Kind     ConstraintKind `json:"kind"`
	Min      int            `json:"min"`
	Max      int            `json:"max"`
	Item     string         `json:"item"`
	Date     string         `json:"date"`
	If       string         `json:"if"`
	Then     string         `json:"then"`
	Code     string         `json:"code"`
	Codes    []string       `json:"codes"`
	Group    string         `json:"group"`
	Sections []string       `json:"sections"`
	Items    []string       `json:"items"`
	Forms    []Kind         `json:"forms"`
	Level    Level          `json:"level"`
	Note     string         `json:"note"`
}

// ParseSource reads the file of a definition and proves nothing but its shape.
// The error is a *LoadError.
func ParseSource(data []byte) (*Source, error) {
	if len(data) > definitionBytesMax {
		return nil, &LoadError{"file", "too long"}
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var file Source
	if err := decoder.Decode(&file); err != nil {
		return nil, &LoadError{fmt.Sprintf("byte %d", decoder.InputOffset()), err.Error()}
	}
	if len(file.Items) > itemsMax {
		return nil, &LoadError{"items", "too many"}
	}
	return &file, nil
}

// BuiltinSource returns the file of the embedded definition.
func BuiltinSource() []byte { return bytes.Clone(builtin) }

// Write writes the file: a line for each section, item, choice and page, so
// that the difference between two versions can be read. What is empty is left
// out. ParseSource reads it back.
func (s *Source) Write() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "{\n\"version\": %s,\n\"source\": %s,\n", inline(s.Version), inline(s.Source))
	fmt.Fprintf(&out, "\"sections\": %s,\n\"items\": %s,\n", lines(s.Sections, ""), lines(s.Items, ""))
	out.WriteString("\"choices\": {")
	for i, list := range slices.Sorted(maps.Keys(s.Choices)) {
		fmt.Fprintf(&out, "%s%s: %s", separator(i), inline(list), lines(s.Choices[list], " "))
	}
	out.WriteString("\n},\n\"pages\": {")
	for i, kind := range Kinds() {
		fmt.Fprintf(&out, "%s%s: %s", separator(i), inline(string(kind)), lines(s.Pages[kind], " "))
	}
	out.WriteString("\n}\n}\n")
	return out.Bytes()
}

func separator(i int) string {
	if i == 0 {
		return "\n"
	}
	return ",\n"
}

func lines[T any](rows []T, indent string) string {
	var out strings.Builder
	out.WriteString("[")
	for i, row := range rows {
		out.WriteString(separator(i) + indent + inline(row))
	}
	return out.String() + "\n]"
}

// inline writes a value on one line. Fields keep the order of the struct.
func inline(value any) string {
	v := reflect.ValueOf(value)
	switch v.Kind() {
	case reflect.Struct:
		var parts []string
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if !v.Field(i).IsZero() {
				parts = append(parts, fmt.Sprintf("%q: %s", name, inline(v.Field(i).Interface())))
			}
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case reflect.Slice:
		var parts []string
		for i := range v.Len() {
			parts = append(parts, inline(v.Index(i).Interface()))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case reflect.String:
		var out bytes.Buffer
		encoder := json.NewEncoder(&out)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(v.String()) // a string always encodes
		return strings.TrimSpace(out.String())
	}
	return fmt.Sprint(value) // a whole number or a truth value
}
