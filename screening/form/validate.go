package form

import (
	"fmt"
	"slices"

	"raksa/screening"
	"raksa/screening/expr"
)

// PageItemsMax bounds what stands on one screen of a tablet.
const PageItemsMax = 8

func (d *Definition) validate() error {
	if d.version == "" || len(d.version) > versionBytesMax {
		return &LoadError{"version", "missing, or longer than 32 bytes"}
	}
	for list, choices := range d.lists {
		if err := validateList(list, choices); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for _, s := range d.sections {
		if s.ID == "" || seen[s.ID] || s.EN == "" || s.KM == "" {
			return &LoadError{"section " + s.ID, "no id, no heading, or the id stands twice"}
		}
		seen[s.ID] = true
		if err := d.checkCondition(s.ID, s.Relevant); err != nil {
			return err
		}
	}
	for _, item := range d.items {
		if err := d.validateItem(item); err != nil {
			return err
		}
	}
	if err := d.validateWas(); err != nil {
		return err
	}
	if err := d.checkCircles(); err != nil {
		return err
	}
	return d.validatePages()
}

func validateList(list string, choices []Choice) error {
	seen := map[string]bool{}
	for _, choice := range choices {
		if choice.Code == "" || seen[choice.Code] || choice.EN == "" || choice.KM == "" {
			return &LoadError{"list " + list, fmt.Sprintf("choice %q has no words, or stands twice", choice.Code)}
		}
		seen[choice.Code] = true
	}
	return nil
}

func (d *Definition) validateItem(i *Item) error {
	coded := i.Kind == screening.KindCode || i.Kind == screening.KindSet
	switch {
	case i.ID == "" || i.EN == "" || i.KM == "":
		return &LoadError{i.ID, "no id or no words"}
	case d.section(i.Section).ID == "":
		return &LoadError{i.ID, "unknown section"}
	case coded && len(d.lists[i.List]) == 0:
		return &LoadError{i.ID, "unknown choice list"}
	case !slices.Contains([]How{Ask, Observe, Attest, Auto}, i.How):
		return &LoadError{i.ID, "unknown way of asking"}
	case i.Group != "" && i.Group != Private && i.Group != Punished:
		return &LoadError{i.ID, "unknown group"}
	case i.Group == Punished && i.Class != screening.Protected:
		return &LoadError{i.ID, "group protected without class protected"}
	}
	if err := d.checkCondition(i.ID, i.Relevant); err != nil {
		return err
	}
	if err := d.validateContested(i); err != nil {
		return err
	}
	for _, c := range i.Constraints {
		if err := d.validateConstraint(i, c); err != nil {
			return err
		}
	}
	return nil
}

func (d *Definition) validateContested(i *Item) error {
	c := i.Contested
	switch c.Rule {
	case AskBoth, Latest:
		return nil
	case Union:
		if i.Kind != screening.KindSet {
			return &LoadError{i.ID, "contested rule union on what is no set"}
		}
		return nil
	case Protective:
		if c.Pick != "" && c.Pick != "youngest" && c.Pick != "least" || c.Pick == "" && len(c.Order) == 0 {
			return &LoadError{i.ID, "contested rule protective without an order"}
		}
		for _, code := range append(slices.Clone(c.Order), c.Reads) {
			_, state := screening.ParseState(code)
			if _, known := d.Choice(i.List, code); code != "" && !known && state != nil {
				return &LoadError{i.ID, fmt.Sprintf("the protective order names %q, which is not on the list", code)}
			}
		}
		return nil
	}
	return &LoadError{i.ID, "no contested rule"}
}

// constraintKinds says on which kinds of values a constraint can stand; nil
// means any.
var constraintKinds = map[ConstraintKind][]screening.Kind{
	Range:         {screening.KindInt, screening.KindDecimal},
	NotFuture:     {screening.KindDate},
	Earliest:      {screening.KindDate},
	NotBefore:     {screening.KindDate, screening.KindDateTime},
	Zodiac:        {screening.KindCode},
	Phone:         {screening.KindText},
	Allow:         {screening.KindCode},
	OpensGroup:    {screening.KindCode},
	Ends:          {screening.KindCode},
	Stops:         {screening.KindCode},
	Alerts:        {screening.KindCode},
	Expect:        nil,
	OncePerGroup:  nil,
	WithinConsent: nil,
	MayDecide:     nil,
	Note:          nil,
}

func (d *Definition) validateConstraint(i *Item, c Constraint) error {
	kinds, known := constraintKinds[c.Kind]
	wrong := func(reason string) error { return &LoadError{i.ID, fmt.Sprintf("constraint %s: %s", c.Kind, reason)} }
	switch {
	case !known:
		return wrong("unknown kind")
	case kinds != nil && !slices.Contains(kinds, i.Kind):
		return wrong("cannot stand on this type")
	case c.Kind == Range && c.Min >= c.Max:
		return wrong("min is not below max")
	case c.Item != "" && d.byID[c.Item] == nil, (c.Kind == NotBefore || c.Kind == Zodiac) && c.Item == "":
		return wrong("unknown item")
	case c.Kind == Expect && (c.If == nil || c.Then == nil):
		return wrong("needs if and then")
	case c.Kind == Earliest && !c.Date.Valid():
		return wrong("needs a date")
	case c.Level != Error && c.Level != Warning:
		return wrong("unknown level")
	}
	for _, code := range append(slices.Clone(c.Codes), c.Code) {
		if _, listed := d.Choice(i.List, code); code != "" && !listed {
			return wrong(fmt.Sprintf("%q is not on the list", code))
		}
	}
	for _, id := range c.Items {
		if d.byID[id] == nil {
			return wrong(fmt.Sprintf("unknown item %q", id))
		}
	}
	for _, id := range c.Sections {
		if d.section(id).ID == "" {
			return wrong(fmt.Sprintf("unknown section %q", id))
		}
	}
	if err := d.checkCondition(i.ID, c.If); err != nil {
		return err
	}
	return d.checkCondition(i.ID, c.Then)
}

func (d *Definition) checkCondition(where string, e *expr.Expr) error {
	if e == nil {
		return nil
	}
	if err := e.Check(d.Symbol); err != nil {
		return &LoadError{where, err.Error()}
	}
	return nil
}

// Symbol tells the condition language what a name is: an item, the facts age
// and is_child, or a group of entries such as "present[]".
func (d *Definition) Symbol(name string) (expr.Symbol, bool) {
	if fact, known := FactSymbols()[name]; known {
		return fact, true
	}
	item := d.byID[name]
	if item == nil {
		repeats := slices.ContainsFunc(d.items, func(i *Item) bool { return i.Repeat != "" && i.Repeat == name })
		return expr.Symbol{}, repeats
	}
	return SymbolOf(item.Kind, d.lists[item.List]), true
}

// SymbolOf tells the condition language what an item of a kind is; choices are
// those of its list.
func SymbolOf(kind screening.Kind, choices []Choice) expr.Symbol {
	symbol := expr.Symbol{Type: symbolTypes[kind]}
	if kind == screening.KindCode || kind == screening.KindSet {
		for _, choice := range choices {
			symbol.Codes = append(symbol.Codes, choice.Code)
		}
	}
	return symbol
}

// FactSymbols returns the facts that conditions may name beside items.
func FactSymbols() map[string]expr.Symbol {
	return map[string]expr.Symbol{factAge: {Type: expr.Number}, factChild: {Type: expr.Bool}}
}

var symbolTypes = map[screening.Kind]expr.Type{
	screening.KindCode: expr.Text, screening.KindDerived: expr.Text, screening.KindSet: expr.Set,
	screening.KindInt: expr.Number, screening.KindDecimal: expr.Number, screening.KindMoney: expr.Number,
	screening.KindDate: expr.Date,
}

// validatePages demands that every item that a person answers stands on
// exactly one page of each form it belongs to.
func (d *Definition) validatePages() error {
	for _, kind := range Kinds() {
		placed, ids := map[string]bool{}, map[string]bool{}
		for _, page := range d.pages[kind] {
			if page.ID == "" || ids[page.ID] || len(page.Items) == 0 || len(page.Items) > PageItemsMax {
				return &LoadError{"page " + page.ID, "no id, a second time, or not 1 to 8 items"}
			}
			ids[page.ID] = true
			for _, id := range page.Items {
				item := d.byID[id]
				if item == nil || placed[id] || item.How == Auto || !item.In(kind) {
					return &LoadError{"page " + page.ID, fmt.Sprintf("item %q is unknown, twice, filled by the device, or of another form", id)}
				}
				placed[id] = true
			}
		}
		for _, item := range d.items {
			if kind != Registration && item.In(kind) && item.How != Auto && !placed[item.ID] {
				return &LoadError{item.ID, fmt.Sprintf("stands on no page of the %s form", kind)}
			}
		}
		if len(d.pages[kind]) == 0 {
			return &LoadError{"pages", fmt.Sprintf("the %s form has none", kind)}
		}
	}
	return nil
}
