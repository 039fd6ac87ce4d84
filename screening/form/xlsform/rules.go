package xlsform

import (
	"slices"
	"strconv"
	"strings"

	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
)

// The column "constraint" says in XPath what it can say; the column "rules"
// says the rest, a rule on each line, for example
//
//	ends; code: no; sections: tri ses cls; note: the form ends here
//
// The note comes last and runs to the end of its line.

// readConstraint reads the column "constraint". What is none of the known
// shapes becomes an expectation: when the item is answered, it must hold.
func (s scope) readConstraint(kind screening.Kind, source string) ([]form.SourceConstraint, error) {
	root, err := parseXPath(source)
	if err != nil {
		return nil, err
	}
	parts := split(root, "and")
	var found []form.SourceConstraint
	for i := 0; i < len(parts); i++ {
		if i+1 < len(parts) {
			if c, ok := rangeOf(parts[i], parts[i+1]); ok && (kind == screening.KindInt || kind == screening.KindDecimal) {
				found = append(found, c)
				i++
				continue
			}
		}
		c, ok := known(kind, parts[i])
		if !ok {
			return s.expectation(root, source)
		}
		found = append(found, c)
	}
	return found, nil
}

// expectation takes the constraint as a whole.
func (s scope) expectation(root *xpath, source string) ([]form.SourceConstraint, error) {
	text, err := s.condition(source)
	if err != nil {
		return nil, err
	}
	return []form.SourceConstraint{{Kind: form.Expect, If: "answered(" + s.self + ")", Then: text}}, nil
}

// split takes a chain of one operator apart.
func split(n *xpath, op string) []*xpath {
	if n.op != op {
		return []*xpath{n}
	}
	return append(split(n.kids[0], op), split(n.kids[1], op)...)
}

func isSelf(n *xpath) bool { return n.op == "name" && n.text == "." }

func whole(n *xpath) (int, bool) {
	number, err := strconv.Atoi(n.text)
	return number, n.op == "number" && err == nil
}

// rangeOf reads ". >= 1 and . <= 5".
func rangeOf(low, high *xpath) (form.SourceConstraint, bool) {
	if low.op != ">=" || high.op != "<=" || !isSelf(low.kids[0]) || !isSelf(high.kids[0]) {
		return form.SourceConstraint{}, false
	}
	from, ok := whole(low.kids[1])
	to, also := whole(high.kids[1])
	return form.SourceConstraint{Kind: form.Range, Min: from, Max: to}, ok && also
}

// known reads one part that is a constraint of its own.
func known(kind screening.Kind, n *xpath) (form.SourceConstraint, bool) {
	dated := kind == screening.KindDate || kind == screening.KindDateTime
	if kind == screening.KindCode {
		codes := allowed(n)
		return form.SourceConstraint{Kind: form.Allow, Codes: codes}, codes != nil
	}
	if !dated || len(n.kids) != 2 || !isSelf(n.kids[0]) {
		return form.SourceConstraint{}, false
	}
	other := n.kids[1]
	switch {
	case n.op == "<=" && other.op == "call" && other.text == "today" && len(other.kids) == 0:
		return form.SourceConstraint{Kind: form.NotFuture}, true
	case n.op == ">=" && other.op == "call" && other.text == "date" && len(other.kids) == 1 && other.kids[0].op == "text":
		return form.SourceConstraint{Kind: form.Earliest, Date: other.kids[0].text}, true
	case n.op == ">=" && other.op == "name":
		return form.SourceConstraint{Kind: form.NotBefore, Item: other.text}, true
	}
	return form.SourceConstraint{}, false
}

// allowed reads ". = 'a' or . = 'b'".
func allowed(n *xpath) []string {
	var codes []string
	for _, part := range split(n, "or") {
		if part.op != "=" || !isSelf(part.kids[0]) || part.kids[1].op != "text" || part.kids[1].text == "" {
			return nil
		}
		codes = append(codes, part.kids[1].text)
	}
	return codes
}

// sayConstraint writes what the column "constraint" can say, or "".
func sayConstraint(c form.SourceConstraint) string {
	if c.Note != "" || c.Level != "" || len(c.Forms) > 0 {
		return ""
	}
	switch c.Kind {
	case form.Range:
		return ". >= " + strconv.Itoa(c.Min) + " and . <= " + strconv.Itoa(c.Max)
	case form.NotFuture:
		return ". <= today()"
	case form.Earliest:
		return ". >= date('" + c.Date + "')"
	case form.NotBefore:
		return ". >= ${" + c.Item + "}"
	case form.Allow:
		parts := make([]string, 0, len(c.Codes))
		for _, code := range c.Codes {
			parts = append(parts, ". = '"+code+"'")
		}
		return strings.Join(parts, " or ")
	}
	return ""
}

// ruleKinds are the kinds that a rule may name.
var ruleKinds = []form.ConstraintKind{
	form.Range, form.NotFuture, form.Earliest, form.NotBefore, form.Zodiac, form.Phone, form.Allow, form.Expect,
	form.OpensGroup, form.Ends, form.Stops, form.Alerts, form.OncePerGroup, form.WithinConsent, form.MayDecide, form.Note,
}

// readRules reads the column "rules".
func (s scope) readRules(text string) ([]form.SourceConstraint, error) {
	var found []form.SourceConstraint
	for number, line := range strings.Split(text, "\n") {
		if strings.TrimSpace(line) == "" {
			continue
		}
		c, err := s.readRule(line)
		if err != nil {
			return nil, fault(0, "line %d: %v", number+1, err)
		}
		found = append(found, c)
	}
	return found, nil
}

func (s scope) readRule(line string) (form.SourceConstraint, error) {
	line, note, _ := strings.Cut(line, "; note: ")
	parts := strings.Split(line, ";")
	c := form.SourceConstraint{Kind: form.ConstraintKind(strings.TrimSpace(parts[0])), Note: note}
	if !slices.Contains(ruleKinds, c.Kind) {
		return c, fault(0, "no rule is called %q", c.Kind)
	}
	for _, part := range parts[1:] {
		key, value, _ := strings.Cut(part, ":")
		if err := s.setRule(&c, strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return c, err
		}
	}
	return c, nil
}

func (s scope) setRule(c *form.SourceConstraint, key, value string) (err error) {
	switch key {
	case "min":
		c.Min, err = strconv.Atoi(value)
	case "max":
		c.Max, err = strconv.Atoi(value)
	case "item":
		c.Item = value
		if _, known := s.symbols[value]; !known {
			return fault(0, "no question is called %q", value)
		}
	case "date":
		c.Date = value
	case "if":
		c.If, err = s.condition(value)
	case "then":
		c.Then, err = s.condition(value)
	case "code":
		c.Code = value
	case "codes":
		c.Codes = strings.Fields(value)
	case "group":
		c.Group = value
	case "sections":
		c.Sections = strings.Fields(value)
	case "items":
		c.Items = strings.Fields(value)
	case "forms":
		for _, name := range strings.Fields(value) {
			c.Forms = append(c.Forms, form.Kind(name))
		}
	case "level":
		c.Level = form.Level(value)
	default:
		return fault(0, "%q is not understood in a rule", key)
	}
	return err
}

// sayRule writes a constraint as a line of the column "rules".
func sayRule(c form.SourceConstraint, condition func(string) string) string {
	line := string(c.Kind)
	add := func(key, value string) {
		if value != "" {
			line += "; " + key + ": " + value
		}
	}
	if c.Kind == form.Range {
		add("min", strconv.Itoa(c.Min))
		add("max", strconv.Itoa(c.Max))
	}
	add("item", c.Item)
	add("date", c.Date)
	add("if", condition(c.If))
	add("then", condition(c.Then))
	add("code", c.Code)
	add("codes", strings.Join(c.Codes, " "))
	add("group", c.Group)
	add("sections", strings.Join(c.Sections, " "))
	add("items", strings.Join(c.Items, " "))
	forms := ""
	for _, kind := range c.Forms {
		forms += " " + string(kind)
	}
	add("forms", strings.TrimSpace(forms))
	add("level", string(c.Level))
	add("note", c.Note)
	return line
}

// readContested reads the column "contested": a rule, and for rule protective
// the codes or states from the most protective on, "youngest" or "least".
func readContested(i *form.SourceItem, text string, symbol expr.Symbol) error {
	rule, order, _ := strings.Cut(text, ":")
	i.Contested = form.Rule(strings.TrimSpace(rule))
	order, reads, _ := strings.Cut(order, ", reads ")
	i.Reads = strings.TrimSpace(reads)
	words := strings.Fields(order)
	known := []form.Rule{form.AskBoth, form.Protective, form.Union, form.Latest}
	switch {
	case !slices.Contains(known, i.Contested):
		return fault(0, "no contested rule is called %q: ask, protective, union or latest", rule)
	case i.Contested == form.Union && symbol.Type != expr.Set:
		return fault(0, "union is for questions where several may be ticked")
	case i.Contested != form.Protective && len(words) > 0:
		return fault(0, "only protective has an order")
	case i.Contested == form.Protective && len(words) == 0:
		return fault(0, "protective needs an order, youngest or least")
	}
	if len(words) == 1 && (words[0] == "youngest" || words[0] == "least") {
		i.Pick = words[0]
		return nil
	}
	for _, code := range append(slices.Clone(words), i.Reads) {
		_, state := screening.ParseState(code)
		if code != "" && state != nil && !slices.Contains(symbol.Codes, code) {
			return fault(0, "the order names %q, which is not on the list", code)
		}
	}
	if len(words) > 0 {
		i.Protective = words
	}
	return nil
}

func sayContested(i form.SourceItem) string {
	text := string(i.Contested)
	if order := i.Pick + strings.Join(i.Protective, " "); order != "" {
		text += ": " + order
	}
	if i.Reads != "" {
		text += ", reads " + i.Reads
	}
	return text
}
