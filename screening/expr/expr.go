package expr

import "fmt"

// Bounds on what is parsed: a form definition arrives from outside.
const (
	LengthMax = 2000 // bytes of a condition
	DepthMax  = 40   // nested brackets, "not" and minus signs
	NamesMax  = 64   // different names
)

// Expr is a parsed condition. It is immutable and safe for concurrent use.
type Expr struct {
	source string
	root   *node
	names  []string
}

// String returns the condition as it was written.
func (e *Expr) String() string { return e.source }

// Names returns the items, facts and groups that the condition mentions, each
// once, in order of appearance. A group ends in "[]".
func (e *Expr) Names() []string { return append([]string(nil), e.names...) }

// Error says where a condition is wrong. Pos counts bytes from 0.
type Error struct {
	Pos    int
	Reason string
}

func (e *Error) Error() string { return fmt.Sprintf("position %d: %s", e.Pos, e.Reason) }

// op is what a node does; the operators keep their written form.
type op string

const (
	opNumber op = "number"
	opText   op = "text"
	opName   op = "name"
	opGroup  op = "group"
	opCall   op = "call"
	opAnd    op = "and"
	opOr     op = "or"
	opNot    op = "not"
	opNeg    op = "neg"
)

type node struct {
	op     op
	pos    int
	text   string // name, literal or function
	names  names  // of a name or group: itself
	number float64
	kids   []*node
}
