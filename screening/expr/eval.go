package expr

import (
	"math/bits"
	"slices"
)

// Env gives names their values. Lookup of a name that nobody answered returns
// the zero Operand. Entries counts the entries of a repeated group.
type Env interface {
	Lookup(name string) Operand
	Entries(group string) int
}

// Operand is the value behind a name, or the fact that there is none.
type Operand struct {
	Known     bool
	Skipped   bool // the question was left out, so nothing is known yet
	Text      string
	Number    float64
	Set       []string
	Bool      bool
	Precision string // of a date: "year", "month" or "day"
	Estimated bool   // of a date
}

// Outcome is the result of a condition.
type Outcome struct {
	Truth   Truth
	Skipped bool     // Truth is Unknown and a skipped question is a cause
	Because []string // the names that made it so, each once, in order of appearance
}

// Eval computes the condition. It never fails: what cannot be computed is
// unknown.
func (e *Expr) Eval(env Env) Outcome {
	got := truth(e.root, env)
	out := Outcome{Truth: got.truth, Skipped: got.skipped && got.truth == Unknown}
	if got.because == 0 {
		return out
	}
	out.Because = make([]string, 0, bits.OnesCount64(uint64(got.because)))
	for i, name := range e.names {
		if got.because&(1<<i) != 0 {
			out.Because = append(out.Because, name)
		}
	}
	return out
}

// names is a set of the names of one condition: bit i stands for the name that
// appears as number i. NamesMax keeps them within one word.
type names uint64

// outcome is an Outcome on the way.
type outcome struct {
	truth   Truth
	skipped bool
	because names
}

func truth(n *node, env Env) outcome {
	switch n.op {
	case opNot:
		out := truth(n.kids[0], env)
		out.truth = out.truth.Not()
		return out
	case opAnd:
		return join(truth(n.kids[0], env), truth(n.kids[1], env), Truth.And)
	case opOr:
		return join(truth(n.kids[0], env), truth(n.kids[1], env), Truth.Or)
	case opName:
		v := env.Lookup(n.text)
		return settle(v.Known, v.Skipped, v.Bool, n.names)
	case opCall:
		v := value(n, env)
		return settle(v.Known, v.Skipped, v.Bool, v.names)
	case "=", "!=", "<", "<=", ">", ">=":
		return compare(n, env)
	}
	return outcome{truth: Unknown} // a number is no condition; Check refuses it
}

// join keeps as reasons the sides that made the result what it is.
func join(a, b outcome, with func(Truth, Truth) Truth) outcome {
	out := outcome{truth: with(a.truth, b.truth)}
	for _, side := range [2]outcome{a, b} {
		if side.truth == out.truth {
			out.because |= side.because
			out.skipped = out.skipped || side.skipped
		}
	}
	return out
}

func settle(known, skipped, is bool, because names) outcome {
	if !known {
		return outcome{Unknown, skipped, because}
	}
	return outcome{truth: truthOf(is), because: because}
}

// operand is an Operand with the names it came from.
type operand struct {
	Operand
	names names
}

func compare(n *node, env Env) outcome {
	left, right := value(n.kids[0], env), value(n.kids[1], env)
	known, skipped := both(&left, &right)
	textual := left.Text != "" || right.Text != ""
	var is bool
	switch n.op {
	case "=":
		is = equal(&left, &right, textual)
	case "!=":
		is = !equal(&left, &right, textual)
	case "<":
		is = left.Number < right.Number
	case "<=":
		is = left.Number <= right.Number
	case ">":
		is = left.Number > right.Number
	case ">=":
		is = left.Number >= right.Number
	}
	return settle(known, skipped, is, causes(&left, &right))
}

func equal(left, right *operand, textual bool) bool {
	if textual {
		return left.Text == right.Text
	}
	return left.Number == right.Number
}

func both(left, right *operand) (known, skipped bool) {
	return left.Known && right.Known,
		!left.Known && left.Skipped || !right.Known && right.Skipped
}

// causes names what made a result: when only one side is unknown, that side
// alone, for the other changes nothing.
func causes(left, right *operand) names {
	switch {
	case left.Known && !right.Known:
		return right.names
	case right.Known && !left.Known:
		return left.names
	}
	return left.names | right.names
}

func value(n *node, env Env) operand {
	switch n.op {
	case opNumber:
		return operand{Operand: Operand{Known: true, Number: n.number}}
	case opText:
		return operand{Operand: Operand{Known: true, Text: n.text}}
	case opName:
		return operand{env.Lookup(n.text), n.names}
	case opCall:
		return call(n, env)
	case opNeg:
		v := value(n.kids[0], env)
		v.Number = -v.Number
		return v
	case "+", "-", "*", "/":
		return arithmetic(n, env)
	}
	return operand{} // a condition is no number; Check refuses it
}

func arithmetic(n *node, env Env) operand {
	left, right := value(n.kids[0], env), value(n.kids[1], env)
	out := operand{names: causes(&left, &right)}
	out.Known, out.Skipped = both(&left, &right)
	switch n.op {
	case "+":
		out.Number = left.Number + right.Number
	case "-":
		out.Number = left.Number - right.Number
	case "*":
		out.Number = left.Number * right.Number
	case "/":
		if right.Number == 0 {
			out.Known = false
			return out
		}
		out.Number = left.Number / right.Number
	}
	return out
}

func call(n *node, env Env) operand {
	name := n.kids[0].text
	out := operand{names: n.kids[0].names}
	if n.kids[0].op == opGroup {
		out.Known, out.Number = true, float64(env.Entries(name))
		return out
	}
	v := env.Lookup(name)
	out.Known, out.Skipped = v.Known, v.Skipped
	switch n.text {
	case "has":
		out.Bool = slices.Contains(v.Set, n.kids[1].text)
	case "count":
		out.Number = float64(len(v.Set))
	case "answered":
		out.Known, out.Bool = true, v.Known
	case "precision":
		out.Text = v.Precision
	case "estimated":
		out.Bool = v.Estimated
	}
	return out
}
