package expr

import "slices"

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
	out := truth(e.root, env)
	if out.Truth != Unknown {
		out.Skipped = false
	}
	slices.SortFunc(out.Because, func(a, b string) int {
		return slices.Index(e.names, a) - slices.Index(e.names, b)
	})
	out.Because = slices.Compact(out.Because)
	return out
}

func truth(n *node, env Env) Outcome {
	switch n.op {
	case opNot:
		out := truth(n.kids[0], env)
		out.Truth = out.Truth.Not()
		return out
	case opAnd:
		return join(truth(n.kids[0], env), truth(n.kids[1], env), Truth.And)
	case opOr:
		return join(truth(n.kids[0], env), truth(n.kids[1], env), Truth.Or)
	case opName:
		v := env.Lookup(n.text)
		return outcome(v.Known, v.Skipped, v.Bool, n.text)
	case opCall:
		v := value(n, env)
		return outcome(v.Known, v.Skipped, v.Bool, v.names...)
	case "=", "!=", "<", "<=", ">", ">=":
		return compare(n, env)
	}
	return Outcome{Truth: Unknown} // a number is no condition; Check refuses it
}

// join keeps as reasons the sides that made the result what it is.
func join(a, b Outcome, with func(Truth, Truth) Truth) Outcome {
	out := Outcome{Truth: with(a.Truth, b.Truth)}
	for _, side := range []Outcome{a, b} {
		if side.Truth == out.Truth {
			out.Because = append(out.Because, side.Because...)
			out.Skipped = out.Skipped || side.Skipped
		}
	}
	return out
}

func outcome(known, skipped, is bool, because ...string) Outcome {
	if !known {
		return Outcome{Truth: Unknown, Skipped: skipped, Because: because}
	}
	return Outcome{Truth: truthOf(is), Because: because}
}

// operand is an Operand with the names it came from.
type operand struct {
	Operand
	names []string
}

func compare(n *node, env Env) Outcome {
	left, right := value(n.kids[0], env), value(n.kids[1], env)
	known, skipped := both(left, right)
	textual := left.Text != "" || right.Text != ""
	var is bool
	switch n.op {
	case "=":
		is = equal(left, right, textual)
	case "!=":
		is = !equal(left, right, textual)
	case "<":
		is = left.Number < right.Number
	case "<=":
		is = left.Number <= right.Number
	case ">":
		is = left.Number > right.Number
	case ">=":
		is = left.Number >= right.Number
	}
	return outcome(known, skipped, is, causes(left, right)...)
}

func equal(left, right operand, textual bool) bool {
	if textual {
		return left.Text == right.Text
	}
	return left.Number == right.Number
}

func both(left, right operand) (known, skipped bool) {
	return left.Known && right.Known,
		!left.Known && left.Skipped || !right.Known && right.Skipped
}

// causes names what made a result: when only one side is unknown, that side
// alone, for the other changes nothing.
func causes(left, right operand) []string {
	switch {
	case left.Known && !right.Known:
		return right.names
	case right.Known && !left.Known:
		return left.names
	}
	return slices.Concat(left.names, right.names)
}

func value(n *node, env Env) operand {
	switch n.op {
	case opNumber:
		return operand{Operand: Operand{Known: true, Number: n.number}}
	case opText:
		return operand{Operand: Operand{Known: true, Text: n.text}}
	case opName:
		return operand{env.Lookup(n.text), []string{n.text}}
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
	out := operand{names: causes(left, right)}
	out.Known, out.Skipped = both(left, right)
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
	out := operand{names: []string{name}}
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
