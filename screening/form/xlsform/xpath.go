package xlsform

import (
	"slices"
	"strconv"
	"strings"

	"raksa/screening/expr"
)

// Bounds on a condition in a cell.
const (
	conditionBytesMax = 2 * expr.LengthMax
	depthMax          = expr.DepthMax
)

// xpath is a parsed condition of a workbook: "number", "text", "name", "call"
// or an operator. Positions count bytes from 0.
type xpath struct {
	op   string
	text string
	pos  int
	kids []*xpath
}

type xtoken struct {
	kind byte // 'n' number, 't' text, 'v' ${name} or ".", 'f' word, 'o' operator, 0 end
	text string
	pos  int
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}
func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func lexXPath(source string) ([]xtoken, error) {
	if len(source) > conditionBytesMax {
		return nil, fault(0, "the condition is too long")
	}
	var tokens []xtoken
	for i := 0; i < len(source); {
		token, next, err := oneToken(source, i)
		if err != nil {
			return nil, err
		}
		if token.kind != ' ' {
			tokens = append(tokens, token)
		}
		i = next
	}
	return append(tokens, xtoken{0, "", len(source)}), nil
}

func oneToken(source string, i int) (xtoken, int, error) {
	rest := source[i:]
	run := func(in func(byte) bool) int {
		end := i
		for end < len(source) && in(source[end]) {
			end++
		}
		return end
	}
	switch c := source[i]; {
	case strings.IndexByte(" \t\r\n", c) >= 0:
		return xtoken{kind: ' '}, i + 1, nil
	case strings.HasPrefix(rest, "${"):
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return xtoken{}, 0, fault(i, "} is missing")
		}
		return xtoken{'v', strings.TrimSpace(rest[2:end]), i}, i + end + 1, nil
	case c == '\'' || c == '"':
		end := strings.IndexByte(rest[1:], c)
		if end < 0 {
			return xtoken{}, 0, fault(i, "the text is not closed")
		}
		return xtoken{'t', rest[1 : 1+end], i}, i + end + 2, nil
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		end := run(func(b byte) bool { return isDigit(b) || b == '.' })
		return xtoken{'n', source[i:end], i}, end, nil
	case c == '.':
		return xtoken{'v', ".", i}, i + 1, nil
	case isWord(c):
		end := run(func(b byte) bool { return isWord(b) || isDigit(b) || b == '-' || b == ':' })
		return xtoken{'f', source[i:end], i}, end, nil
	}
	for _, operator := range []string{"!=", "<=", ">=", "=", "<", ">", "+", "-", "*", "(", ")", ","} {
		if strings.HasPrefix(rest, operator) {
			return xtoken{'o', operator, i}, i + len(operator), nil
		}
	}
	return xtoken{}, 0, fault(i, "this character is not understood")
}

// parseXPath reads the part of XPath that forms use.
func parseXPath(source string) (*xpath, error) {
	tokens, err := lexXPath(source)
	if err != nil {
		return nil, err
	}
	p := &xparser{tokens: tokens}
	n, err := p.level(0)
	if err != nil {
		return nil, err
	}
	if rest := p.tokens[p.at]; rest.kind != 0 {
		return nil, fault(rest.pos, "something follows the end of the condition")
	}
	return n, nil
}

type xparser struct {
	tokens []xtoken
	at     int
	depth  int
}

// levels holds the operators, the loosest first.
var levels = [][]string{{"or"}, {"and"}, {"=", "!=", "<", "<=", ">", ">="}, {"+", "-"}, {"*", "div"}}

func (p *xparser) takes(words ...string) (xtoken, bool) {
	t := p.tokens[p.at]
	if (t.kind == 'o' || t.kind == 'f') && slices.Contains(words, t.text) {
		p.at++
		return t, true
	}
	return t, false
}

func (p *xparser) level(n int) (*xpath, error) {
	if n == len(levels) {
		return p.unary()
	}
	left, err := p.level(n + 1)
	for err == nil {
		t, more := p.takes(levels[n]...)
		if !more {
			return left, nil
		}
		var right *xpath
		right, err = p.level(n + 1)
		left = &xpath{op: t.text, pos: t.pos, kids: []*xpath{left, right}}
	}
	return nil, err
}

func (p *xparser) unary() (*xpath, error) {
	p.depth++
	defer func() { p.depth-- }()
	t := p.tokens[p.at]
	if p.depth > depthMax {
		return nil, fault(t.pos, "nested too deeply")
	}
	if _, minus := p.takes("-"); minus {
		kid, err := p.unary()
		return &xpath{op: "neg", pos: t.pos, kids: []*xpath{kid}}, err
	}
	p.at++
	switch {
	case t.kind == 'n':
		if _, err := strconv.ParseFloat(t.text, 64); err != nil {
			return nil, fault(t.pos, "not a number")
		}
		return &xpath{op: "number", text: strings.TrimPrefix(t.text, "."), pos: t.pos}, numberAsSaid(t)
	case t.kind == 't':
		return &xpath{op: "text", text: t.text, pos: t.pos}, nil
	case t.kind == 'v':
		return &xpath{op: "name", text: t.text, pos: t.pos}, nil
	case t.kind == 'o' && t.text == "(":
		inner, err := p.level(0)
		if err != nil {
			return nil, err
		}
		if end, closed := p.takes(")"); !closed {
			return nil, fault(end.pos, ") is missing")
		}
		return inner, nil
	case t.kind == 'f':
		return p.call(t)
	}
	return nil, fault(t.pos, "a ${name}, a number, a 'code' or ( is missing here")
}

func numberAsSaid(t xtoken) error {
	if t.text[0] == '.' {
		return fault(t.pos, "write 0%s", t.text)
	}
	return nil
}

func (p *xparser) call(t xtoken) (*xpath, error) {
	if _, open := p.takes("("); !open {
		return nil, fault(t.pos, "%q is not understood; a question is written ${name}", t.text)
	}
	n := &xpath{op: "call", text: t.text, pos: t.pos}
	if _, none := p.takes(")"); none {
		return n, nil
	}
	for {
		kid, err := p.level(0)
		if err != nil {
			return nil, err
		}
		n.kids = append(n.kids, kid)
		if end, closed := p.takes(")"); closed {
			return n, nil
		} else if _, more := p.takes(","); !more {
			return nil, fault(end.pos, ") is missing")
		}
	}
}

// writeXPath writes a condition of the definition as workbooks say it. fact
// says which names are true or false by themselves.
func writeXPath(t expr.Tree, fact func(string) bool, around int) string {
	part := func(i, around int) string { return writeXPath(t.Kids[i], fact, around) }
	switch t.Op {
	case "number":
		return strconv.FormatFloat(t.Number, 'f', -1, 64)
	case "text":
		return "'" + t.Text + "'"
	case "name":
		if fact(t.Text) {
			return "${" + t.Text + "} = 'yes'"
		}
		return "${" + t.Text + "}"
	case "not":
		return "not(" + part(0, 0) + ")"
	case "neg":
		return "-" + part(0, strength["neg"])
	case "call":
		return writeCall(t)
	}
	operator := t.Op
	if operator == "/" {
		operator = "div"
	}
	own := strength[operator]
	text := part(0, bracketed(own, own, t.Kids[0].Op)) + " " + operator + " " + part(1, bracketed(own, own+1, t.Kids[1].Op))
	if own < around {
		return "(" + text + ")"
	}
	return text
}

func writeCall(t expr.Tree) string {
	name := "${" + strings.TrimSuffix(t.Kids[0].Text, "[]") + "}"
	switch {
	case t.Text == "has":
		return "selected(" + name + ", '" + t.Kids[1].Text + "')"
	case t.Text == "answered":
		return name + " != ''"
	case t.Text == "count" && t.Kids[0].Op != "group":
		return "count-selected(" + name + ")"
	}
	return t.Text + "(" + name + ")"
}
