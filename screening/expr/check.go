package expr

import (
	"fmt"
	"slices"
	"strings"
)

// Type is what a name stands for.
type Type uint8

// The types of names. Every other answer (narratives, money) is Opaque: a
// condition may ask whether it is answered, and nothing else.
const (
	Opaque Type = iota
	Bool
	Number
	Text
	Set
	Date
	group
)

// Symbol describes a name: its type and, for a coded item, the codes that its
// choice list allows (nil allows any).
type Symbol struct {
	Type  Type
	Codes []string
}

// Check proves that every name is known, every function gets what it can
// read, and every literal code is on the item's list. So a form with a
// misspelt code is refused at load and not met in an interview.
func (e *Expr) Check(lookup func(name string) (Symbol, bool)) error {
	c := checker{lookup}
	got, err := c.check(e.root)
	if err != nil {
		return err
	}
	if got.Type != Bool {
		return &Error{e.root.pos, "this is not a condition"}
	}
	return nil
}

type checker struct {
	lookup func(string) (Symbol, bool)
}

func (c checker) check(n *node) (Symbol, error) {
	switch n.op {
	case opNumber:
		return Symbol{Type: Number}, nil
	case opText:
		return Symbol{Type: Text}, nil
	case opGroup:
		return c.symbol(n)
	case opName:
		return c.symbol(n)
	case opCall:
		return c.call(n)
	case opAnd, opOr, opNot:
		return c.all(n, Bool, Bool)
	case opNeg, "+", "-", "*", "/":
		return c.all(n, Number, Number)
	case "<", "<=", ">", ">=":
		return c.all(n, Number, Bool)
	}
	return c.equal(n)
}

func (c checker) symbol(n *node) (Symbol, error) {
	symbol, known := c.lookup(n.text)
	if !known {
		return Symbol{}, &Error{n.pos, fmt.Sprintf("no item, fact or group is called %q", n.text)}
	}
	if n.op == opGroup {
		symbol.Type = group
	}
	return symbol, nil
}

// all demands that every part has one type, and gives the result another.
func (c checker) all(n *node, part, result Type) (Symbol, error) {
	for _, kid := range n.kids {
		got, err := c.check(kid)
		if err != nil {
			return Symbol{}, err
		}
		if got.Type != part {
			return Symbol{}, &Error{kid.pos, fmt.Sprintf("%q cannot stand beside this", n.op)}
		}
	}
	return Symbol{Type: result}, nil
}

func (c checker) equal(n *node) (Symbol, error) {
	left, err := c.check(n.kids[0])
	if err != nil {
		return Symbol{}, err
	}
	right, err := c.check(n.kids[1])
	if err != nil {
		return Symbol{}, err
	}
	if left.Type != right.Type || left.Type != Text && left.Type != Number {
		return Symbol{}, &Error{n.pos, "these two cannot be compared"}
	}
	if err := onList(left, n.kids[1]); err != nil {
		return Symbol{}, err
	}
	return Symbol{Type: Bool}, onList(right, n.kids[0])
}

// onList refuses a literal that is not on the list of the item beside it.
func onList(symbol Symbol, literal *node) error {
	if literal.op != opText || symbol.Codes == nil || slices.Contains(symbol.Codes, literal.text) {
		return nil
	}
	return &Error{literal.pos, fmt.Sprintf("the item has no code %q", literal.text)}
}

// functions gives for each function the type of item it reads, the number of
// arguments, and the type of its result.
var functions = map[string]struct {
	reads  []Type
	args   int
	result Type
}{
	"has":       {[]Type{Set}, 2, Bool},
	"count":     {[]Type{Set, group}, 1, Number},
	"answered":  {[]Type{Opaque, Bool, Number, Text, Set, Date}, 1, Bool},
	"precision": {[]Type{Date}, 1, Text},
	"estimated": {[]Type{Date}, 1, Bool},
}

func (c checker) call(n *node) (Symbol, error) {
	function, known := functions[n.text]
	if !known {
		return Symbol{}, &Error{n.pos, fmt.Sprintf("no function is called %q", n.text)}
	}
	if len(n.kids) != function.args {
		return Symbol{}, &Error{n.pos, fmt.Sprintf("%s takes %d arguments", n.text, function.args)}
	}
	item, err := c.symbol(n.kids[0])
	if err != nil {
		return Symbol{}, err
	}
	if !slices.Contains(function.reads, item.Type) {
		return Symbol{}, &Error{n.kids[0].pos, fmt.Sprintf("%s cannot read %s", n.text, strings.TrimSuffix(n.kids[0].text, "[]"))}
	}
	if function.args == 2 {
		if err := onList(item, n.kids[1]); err != nil {
			return Symbol{}, err
		}
	}
	result := Symbol{Type: function.result}
	if n.text == "precision" {
		result.Codes = []string{"year", "month", "day"}
	}
	return result, nil
}
