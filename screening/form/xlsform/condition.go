package xlsform

import (
	"errors"
	"fmt"
	"strings"

	"raksa/screening/expr"
)

// scope is what a condition may name: the items of the workbook, the facts and
// the groups of entries.
type scope struct {
	symbols map[string]expr.Symbol
	repeats map[string]string // name of a repeat in the workbook → group of entries, "wrk[]"
	self    string            // what "." stands for, or ""
}

// condition turns a condition of a workbook into one of the definition and
// proves it. The error says where in the cell.
func (s scope) condition(source string) (string, error) {
	c, err := parseXPath(source)
	if err != nil {
		return "", err
	}
	w := writer{scope: s}
	if err := w.write(c, 0); err != nil {
		return "", err
	}
	text := w.out.String()
	parsed, err := expr.Parse(text)
	if err == nil {
		err = parsed.Check(s.lookup)
	}
	var at *expr.Error
	if errors.As(err, &at) {
		return "", fault(w.source(at.Pos), "%s", at.Reason)
	}
	return text, err
}

func (s scope) lookup(name string) (expr.Symbol, bool) {
	symbol, known := s.symbols[name]
	return symbol, known
}

// conditionError says where in a cell a condition is wrong, counted in
// characters from 1.
type conditionError struct {
	pos    int
	reason string
}

func (e *conditionError) Error() string { return fmt.Sprintf("character %d: %s", e.pos+1, e.reason) }

func fault(pos int, reason string, args ...any) error {
	return &conditionError{pos, fmt.Sprintf(reason, args...)}
}

// writer writes a condition of a workbook in the language of the definition,
// and remembers which part came from where.
type writer struct {
	scope
	out   strings.Builder
	spans [][2]int // written position, position in the cell
}

func (w *writer) put(n *xpath, text string) {
	w.spans = append(w.spans, [2]int{w.out.Len(), n.pos})
	w.out.WriteString(text)
}

func (w *writer) source(written int) int {
	at := 0
	for _, span := range w.spans {
		if span[0] <= written {
			at = span[1]
		}
	}
	return at
}

// strength of the operators of the definition, the loosest first.
var strength = map[string]int{
	"or": 1, "and": 2, "not": 3, "=": 4, "!=": 4, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6, "neg": 7,
}

// write writes a node; around is the strength of what it stands in.
func (w *writer) write(n *xpath, around int) error {
	switch n.op {
	case "number":
		w.put(n, n.text)
		return nil
	case "text":
		return w.literal(n)
	case "name":
		return w.name(n)
	case "call":
		return w.call(n)
	}
	if done, err := w.special(n, around); done || err != nil {
		return err
	}
	own := strength[n.op]
	open, end := "", ""
	if own < around {
		open, end = "(", ")"
	}
	if n.op == "neg" {
		w.put(n, open+"-")
		if err := w.write(n.kids[0], own); err != nil {
			return err
		}
		w.put(n, end)
		return nil
	}
	w.put(n, open)
	left := own
	if own == 4 { // a comparison does not stand in a comparison
		left++
	}
	if err := w.write(n.kids[0], bracketed(own, left, n.kids[0].op)); err != nil {
		return err
	}
	operator := n.op
	if operator == "div" {
		operator = "/"
	}
	w.put(n, " "+operator+" ")
	if err := w.write(n.kids[1], bracketed(own, own+1, n.kids[1].op)); err != nil {
		return err
	}
	w.put(n, end)
	return nil
}

// bracketed puts brackets around "and" in "or": few people know which is stronger.
func bracketed(own, around int, kid string) int {
	if own == strength["or"] && kid == "and" {
		return strength["and"] + 1
	}
	return around
}

func (w *writer) literal(n *xpath) error {
	if strings.Contains(n.text, "'") {
		return fault(n.pos, "a quotation mark inside a text cannot be said")
	}
	w.put(n, "'"+n.text+"'")
	return nil
}

// known resolves a name; "." is the item of the row.
func (w *writer) known(n *xpath) (string, expr.Symbol, error) {
	name := n.text
	if name == "." {
		name = w.self
	}
	symbol, known := w.symbols[name]
	switch {
	case n.op != "name":
		return "", symbol, fault(n.pos, "${name} of a question is missing here")
	case name == "":
		return "", symbol, fault(n.pos, `"." has no meaning here`)
	case !known:
		return "", symbol, fault(n.pos, "no question is called %q", name)
	}
	return name, symbol, nil
}

func (w *writer) name(n *xpath) error {
	name, _, err := w.known(n)
	if err == nil {
		w.put(n, name)
	}
	return err
}

// special writes the comparisons that mean something else: with the empty text
// (is it answered?) and of a fact with yes or no.
func (w *writer) special(n *xpath, around int) (bool, error) {
	if n.op != "=" && n.op != "!=" || n.kids[1].op != "text" || n.kids[0].op != "name" {
		return false, nil
	}
	literal := n.kids[1].text
	name, symbol, err := w.known(n.kids[0])
	if err != nil {
		return true, err
	}
	negated := n.op == "="
	switch {
	case literal == "":
		name = "answered(" + name + ")"
	case symbol.Type == expr.Bool && (literal == "yes" || literal == "no"):
		negated = (n.op == "=") != (literal == "yes")
	default:
		return false, nil
	}
	if negated {
		name = "not " + name
		if around > strength["not"] {
			name = "(" + name + ")"
		}
	}
	w.put(n, name)
	return true, nil
}

func (w *writer) call(n *xpath) error {
	count := func(want int) error {
		if len(n.kids) != want {
			return fault(n.pos, "%s() takes %d arguments", n.text, want)
		}
		return nil
	}
	switch n.text {
	case "not":
		if err := count(1); err != nil {
			return err
		}
		if kid := n.kids[0]; kid.op == "=" || kid.op == "!=" { // not(${a} != '') is: not answered(a)
			w.put(n, "not ")
			if done, err := w.special(kid, strength["not"]); done || err != nil {
				return err
			}
			w.put(n, "(")
		} else if kid.op == "call" {
			w.put(n, "not ")
			return w.write(kid, strength["not"])
		} else {
			w.put(n, "not (")
		}
		if err := w.write(n.kids[0], 0); err != nil {
			return err
		}
		w.put(n, ")")
		return nil
	case "selected":
		if err := count(2); err != nil {
			return err
		}
		return w.selected(n)
	case "count-selected", "precision", "estimated", "count":
		if err := count(1); err != nil {
			return err
		}
		return w.about(n)
	}
	return fault(n.pos, "the function %s() is not understood", n.text)
}

// selected is has() of a set and = of a single code.
func (w *writer) selected(n *xpath) error {
	name, symbol, err := w.known(n.kids[0])
	if err != nil {
		return err
	}
	if n.kids[1].op != "text" {
		return fault(n.kids[1].pos, "a 'code' is missing here")
	}
	if symbol.Type != expr.Set {
		w.put(n.kids[0], "("+name+" = ")
	} else {
		w.put(n.kids[0], "has("+name+",")
	}
	if err := w.literal(n.kids[1]); err != nil {
		return err
	}
	w.put(n, ")")
	return nil
}

func (w *writer) about(n *xpath) error {
	kid := n.kids[0]
	if n.text == "count" {
		group, known := w.repeats[kid.text]
		if kid.op != "name" || !known {
			return fault(kid.pos, "count() takes the ${name} of a repeat")
		}
		w.put(n, "count("+group+")")
		return nil
	}
	name, _, err := w.known(kid)
	if err != nil {
		return err
	}
	function := n.text
	if function == "count-selected" {
		function = "count"
	}
	w.put(kid, function+"("+name+")")
	return nil
}
