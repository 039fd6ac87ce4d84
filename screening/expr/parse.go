package expr

import (
	"slices"
	"strconv"
	"strings"
)

// Parse reads one condition. The error is an *Error with the position.
func Parse(source string) (*Expr, error) {
	tokens, err := lex(source)
	if err != nil {
		return nil, err
	}
	p := parser{tokens: tokens}
	root, err := p.or()
	if err != nil {
		return nil, err
	}
	if rest := p.peek(); rest.kind != 0 {
		return nil, &Error{rest.pos, "something follows the end of the condition"}
	}
	return &Expr{source: source, root: root, names: p.names}, nil
}

type parser struct {
	tokens []token
	at     int
	depth  int
	names  []string
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != 0 {
		p.at++
	}
	return t
}

// takes reports whether the next token is this word or operator, and eats it.
func (p *parser) takes(text string) bool {
	if t := p.peek(); (t.kind == 'o' || t.kind == 'n') && t.text == text {
		p.at++
		return true
	}
	return false
}

func (p *parser) or() (*node, error)  { return p.chain(p.and, "or") }
func (p *parser) and() (*node, error) { return p.chain(p.not, "and") }
func (p *parser) sum() (*node, error) { return p.chain(p.product, "+", "-") }
func (p *parser) product() (*node, error) {
	return p.chain(p.unary, "*", "/")
}

// chain parses part {operator part}, leaning to the left.
func (p *parser) chain(part func() (*node, error), operators ...string) (*node, error) {
	left, err := part()
	for err == nil {
		t := p.peek()
		if !slices.ContainsFunc(operators, p.takes) {
			return left, nil
		}
		var right *node
		right, err = part()
		left = &node{op: op(t.text), pos: t.pos, kids: []*node{left, right}}
	}
	return nil, err
}

// deeper guards every recursive step, so that hostile nesting cannot exhaust
// the stack.
func (p *parser) deeper(part func() (*node, error)) (*node, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > DepthMax {
		return nil, &Error{p.peek().pos, "nested too deeply"}
	}
	return part()
}

func (p *parser) not() (*node, error) {
	t := p.peek()
	if !p.takes("not") {
		return p.comparison()
	}
	kid, err := p.deeper(p.not)
	if err != nil {
		return nil, err
	}
	return &node{op: opNot, pos: t.pos, kids: []*node{kid}}, nil
}

func (p *parser) comparison() (*node, error) {
	left, err := p.sum()
	if err != nil {
		return nil, err
	}
	t := p.peek()
	if !slices.ContainsFunc([]string{"=", "!=", "<=", ">=", "<", ">"}, p.takes) {
		return left, nil
	}
	right, err := p.sum()
	if err != nil {
		return nil, err
	}
	return &node{op: op(t.text), pos: t.pos, kids: []*node{left, right}}, nil
}

func (p *parser) unary() (*node, error) {
	t := p.peek()
	if !p.takes("-") {
		return p.primary()
	}
	kid, err := p.deeper(p.unary)
	if err != nil {
		return nil, err
	}
	return &node{op: opNeg, pos: t.pos, kids: []*node{kid}}, nil
}

func (p *parser) primary() (*node, error) {
	t := p.next()
	switch {
	case t.kind == '0':
		number, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, &Error{t.pos, "not a number"}
		}
		return &node{op: opNumber, pos: t.pos, number: number}, nil
	case t.kind == '\'':
		return &node{op: opText, pos: t.pos, text: t.text}, nil
	case t.kind == 'o' && t.text == "(":
		return p.bracket()
	case t.kind == 'n' && !slices.Contains([]string{"and", "or", "not"}, t.text):
		if p.takes("(") {
			return p.call(t)
		}
		return p.name(t)
	}
	return nil, &Error{t.pos, "a name, a number, a 'code' or ( is missing here"}
}

func (p *parser) bracket() (*node, error) {
	inner, err := p.deeper(p.or)
	if err != nil {
		return nil, err
	}
	if t := p.peek(); !p.takes(")") {
		return nil, &Error{t.pos, ") is missing"}
	}
	return inner, nil
}

func (p *parser) name(t token) (*node, error) {
	at := slices.Index(p.names, t.text)
	if at < 0 {
		if len(p.names) == NamesMax {
			return nil, &Error{t.pos, "too many different names"}
		}
		at, p.names = len(p.names), append(p.names, t.text)
	}
	n := &node{op: opName, pos: t.pos, text: t.text, names: 1 << at}
	if strings.HasSuffix(t.text, "[]") {
		n.op = opGroup
	}
	return n, nil
}

// call parses the arguments of a function; each function takes a name first.
func (p *parser) call(t token) (*node, error) {
	call := &node{op: opCall, pos: t.pos, text: t.text}
	first := p.next()
	if first.kind != 'n' {
		return nil, &Error{first.pos, "the name of an item is missing here"}
	}
	item, err := p.name(first)
	if err != nil {
		return nil, err
	}
	call.kids = append(call.kids, item)
	if p.takes(",") {
		second := p.next()
		if second.kind != '\'' {
			return nil, &Error{second.pos, "a 'code' is missing here"}
		}
		call.kids = append(call.kids, &node{op: opText, pos: second.pos, text: second.text})
	}
	if end := p.peek(); !p.takes(")") {
		return nil, &Error{end.pos, ") is missing"}
	}
	return call, nil
}
