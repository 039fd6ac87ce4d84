package form

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"raksa/screening"
	"raksa/screening/expr"
)

// LoadError says what is wrong with a definition, and where: the id of an
// item, section, list or page, or a byte position.
type LoadError struct{ Where, Reason string }

func (e *LoadError) Error() string { return fmt.Sprintf("form definition: %s: %s", e.Where, e.Reason) }

//go:embed data/vif-1.json
var builtin []byte

// Builtin returns the embedded definition. It panics when that is broken,
// which a test would have shown.
var Builtin = sync.OnceValue(func() *Definition {
	d, err := Load(builtin)
	if err != nil {
		panic(err)
	}
	return d
})

// Load reads a definition and validates all of it. The error is a *LoadError.
func Load(data []byte) (*Definition, error) {
	file, err := ParseSource(data)
	if err != nil {
		return nil, err
	}
	d := &Definition{
		version: file.Version, source: file.Source, byID: map[string]*Item{}, heirs: map[string]*Item{},
		lists: file.Choices, pages: file.Pages,
	}
	if err := d.readSections(file.Sections); err != nil {
		return nil, err
	}
	if err := d.readItems(file.Items); err != nil {
		return nil, err
	}
	return d, d.validate()
}

func (d *Definition) readSections(sections []SourceSection) error {
	for _, s := range sections {
		relevant, err := condition(s.ID, s.Relevant)
		if err != nil {
			return err
		}
		d.sections = append(d.sections, Section{s.ID, s.EN, s.KM, s.Note, s.Repeat, relevant})
	}
	return nil
}

func (d *Definition) readItems(items []SourceItem) error {
	for _, f := range items {
		item, err := d.readItem(f)
		if err != nil {
			return err
		}
		if d.byID[item.ID] != nil {
			return &LoadError{item.ID, "the id stands twice"}
		}
		d.items = append(d.items, item)
		d.byID[item.ID] = item
		for _, was := range item.Was {
			d.heirs[was] = item
		}
	}
	return nil
}

func (d *Definition) readItem(f SourceItem) (*Item, error) {
	name, list, _ := strings.Cut(f.Type, ":")
	kind, known := screening.ParseKind(name)
	if !known {
		return nil, &LoadError{f.ID, "unknown type"}
	}
	class, err := screening.ParseClass(f.Class)
	if err != nil {
		return nil, &LoadError{f.ID, "no known class"}
	}
	if f.Form != "both" && f.Form != "long" {
		return nil, &LoadError{f.ID, "form is neither both nor long"}
	}
	item := &Item{
		ID: f.ID, Section: f.Section, EN: f.EN, KM: f.KM, Hint: Words{f.HintEN, f.HintKM}, Message: Words{f.MessageEN, f.MessageKM}, Kind: kind, List: list, InShort: f.Form == "both",
		How: f.How, Required: f.Required, Group: f.Group, Repeat: f.Repeat, Class: class,
		Contested: Contested{f.Contested, f.Protective, f.Pick, f.Reads}, HTCDS: f.HTCDS, Source: f.Source, Was: f.Was,
	}
	if item.Relevant, err = condition(f.ID, f.Relevant); err != nil {
		return nil, err
	}
	if item.Repeat == "" {
		item.Repeat = d.section(f.Section).Repeat
	}
	if f.Contested == Union {
		item.Contested.Order = d.excluding(list)
	}
	for _, c := range f.Constraints {
		constraint, err := readConstraint(f.ID, c)
		if err != nil {
			return nil, err
		}
		item.Constraints = append(item.Constraints, constraint)
	}
	return item, nil
}

func readConstraint(item string, f SourceConstraint) (Constraint, error) {
	c := Constraint{
		Kind: f.Kind, Min: f.Min, Max: f.Max, Item: f.Item, Code: f.Code, Codes: f.Codes, Group: f.Group,
		Sections: f.Sections, Items: f.Items, Forms: f.Forms, Level: f.Level, Note: f.Note,
	}
	var err error
	if c.If, err = condition(item, f.If); err != nil {
		return c, err
	}
	if c.Then, err = condition(item, f.Then); err != nil {
		return c, err
	}
	if f.Date != "" {
		date, err := screening.ParseDate(f.Date)
		if err != nil {
			return c, &LoadError{item, "the date of a constraint is no date"}
		}
		c.Date = date.(screening.PartialDate)
	}
	if c.Level == "" {
		c.Level = Error
	}
	return c, nil
}

// condition parses a condition; an empty one is nil.
func condition(where, source string) (*expr.Expr, error) {
	if source == "" {
		return nil, nil
	}
	e, err := expr.Parse(source)
	if err != nil {
		return nil, &LoadError{where, err.Error()}
	}
	return e, nil
}

// section returns a section by id, or the zero Section.
func (d *Definition) section(id string) Section {
	for _, s := range d.sections {
		if s.ID == id {
			return s
		}
	}
	return Section{}
}

// excluding returns the codes of a list that exclude all others.
func (d *Definition) excluding(list string) []string {
	var codes []string
	for _, choice := range d.lists[list] {
		if choice.Excludes {
			codes = append(codes, choice.Code)
		}
	}
	return codes
}
