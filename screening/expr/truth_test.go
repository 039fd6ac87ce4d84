package expr

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The truth values as letters, with the tables of the logic written out: a row
// for the left side, a column for the right one, in the order T U F.
const letters = "TUF"

var (
	andTable = map[byte]string{'T': "TUF", 'U': "UUF", 'F': "FFF"}
	orTable  = map[byte]string{'T': "TTT", 'U': "TUU", 'F': "TUF"}
	notTable = map[byte]byte{'T': 'F', 'U': 'U', 'F': 'T'}
)

// told is a condition with what the tables say of it, for given letters of a,
// b and c.
type told struct {
	source string
	truth  func(abc string) byte
}

func joined(word string, table map[byte]string, x, y told) told {
	return told{"(" + x.source + ") " + word + " (" + y.source + ")", func(abc string) byte {
		right := y.truth(abc)
		for i := range len(letters) {
			if letters[i] == right {
				return table[x.truth(abc)][i]
			}
		}
		return 0
	}}
}

func grow(from []told) []told {
	all := slices.Clone(from)
	for _, x := range from {
		all = append(all, told{"not (" + x.source + ")", func(abc string) byte { return notTable[x.truth(abc)] }})
		for _, y := range from {
			all = append(all, joined("and", andTable, x, y), joined("or", orTable, x, y))
		}
	}
	return all
}

// Every condition of up to two layers of and, or and not over three names, for
// all twenty-seven worlds, against the tables.
func TestEveryConditionAgainstTheTables(t *testing.T) {
	names := []told{
		{"a", func(abc string) byte { return abc[0] }},
		{"b", func(abc string) byte { return abc[1] }},
		{"c", func(abc string) byte { return abc[2] }},
	}
	conditions := grow(grow(names))
	operands := map[byte]Operand{'T': yes(true), 'F': yes(false), 'U': {}}
	wants := map[byte]Truth{'T': True, 'F': False, 'U': Unknown}
	compared := 0
	for _, condition := range conditions {
		e := mustParse(t, condition.source)
		for _, a := range letters {
			for _, b := range letters {
				for _, c := range letters {
					world := string([]rune{a, b, c})
					env := answers{"a": operands[world[0]], "b": operands[world[1]], "c": operands[world[2]]}
					if got := e.Eval(env).Truth; got != wants[condition.truth(world)] {
						t.Fatalf("%s with abc=%s: %v", condition.source, world, got)
					}
					compared++
				}
			}
		}
	}
	if compared < 30_000 {
		t.Fatalf("only %d comparisons", compared)
	}
}

// Every comparison and every function with an answer, without one, and with
// one that was skipped: without an answer nothing is known but that.
func TestEveryOperatorWithAndWithoutAnAnswer(t *testing.T) {
	compare := map[string][3]Truth{ // 1 op 2, 2 op 2, 3 op 2
		"=": {False, True, False}, "!=": {True, False, True}, "<": {True, False, False},
		"<=": {True, True, False}, ">": {False, False, True}, ">=": {False, True, True},
	}
	for op, want := range compare {
		for i := range 3 {
			if got := mustParse(t, "n "+op+" 2").Eval(answers{"n": number(float64(i + 1))}); got.Truth != want[i] || got.Skipped {
				t.Errorf("%d %s 2: %v", i+1, op, got.Truth)
			}
		}
		for _, source := range []string{"n " + op + " 2", "2 " + op + " n", "n " + op + " m", "n + 1 " + op + " 2", "-n " + op + " 2"} {
			e := mustParse(t, source)
			if got := e.Eval(answers{"m": number(2)}); got.Truth != Unknown || got.Skipped || !slices.Contains(got.Because, "n") {
				t.Errorf("%s without n: %+v", source, got)
			}
			if got := e.Eval(answers{"n": skipped, "m": number(2)}); got.Truth != Unknown || !got.Skipped {
				t.Errorf("%s with n skipped: %+v", source, got)
			}
		}
	}
	for source, want := range map[string][3]Truth{ // answered, not asked, skipped
		"has(s,'x')":                  {True, Unknown, Unknown},
		"has(s,'z')":                  {False, Unknown, Unknown},
		"count(s) = 2":                {True, Unknown, Unknown},
		"answered(s)":                 {True, False, False},
		"precision(d) = 'month'":      {True, Unknown, Unknown},
		"estimated(d)":                {True, Unknown, Unknown},
		"s = 'x' or answered(s)":      {True, Unknown, Unknown},
		"answered(s) and has(s,'x')":  {True, False, False},
		"not answered(s) or s != 'x'": {True, True, True},
	} {
		known := answers{"s": {Known: true, Set: []string{"x", "y"}}, "d": {Known: true, Precision: "month", Estimated: true}}
		for i, env := range []answers{known, {}, {"s": skipped, "d": skipped}} {
			if got := mustParse(t, source).Eval(env); got.Truth != want[i] {
				t.Errorf("%s, world %d: %v, want %v", source, i, got.Truth, want[i])
			}
		}
	}
}

// condition draws a condition of what the language has, without answered():
// that one asks whether something is known, so it may change when more is.
func condition(t *rapid.T, depth int) string {
	name := rapid.SampledFrom([]string{"n", "m", "k"})
	leaf := func() string {
		return rapid.SampledFrom([]string{
			fmt.Sprintf("%s %s %d", name.Draw(t, "name"), rapid.SampledFrom([]string{"=", "!=", "<", "<=", ">", ">="}).Draw(t, "op"), rapid.IntRange(0, 3).Draw(t, "number")),
			fmt.Sprintf("%s * %s > %s", name.Draw(t, "name"), name.Draw(t, "name"), name.Draw(t, "name")),
			fmt.Sprintf("%s / %s >= 1", name.Draw(t, "name"), name.Draw(t, "name")),
			fmt.Sprintf("has(%s,'x')", name.Draw(t, "name")), fmt.Sprintf("count(%s) > 1", name.Draw(t, "name")),
		}).Draw(t, "leaf")
	}
	if depth == 0 {
		return leaf()
	}
	switch rapid.IntRange(0, 3).Draw(t, "shape") {
	case 0:
		return leaf()
	case 1:
		return "not (" + condition(t, depth-1) + ")"
	case 2:
		return "(" + condition(t, depth-1) + ") and (" + condition(t, depth-1) + ")"
	}
	return "(" + condition(t, depth-1) + ") or (" + condition(t, depth-1) + ")"
}

// What is true or false stays so, whatever else is answered: no question asked
// later can turn a finding round that did not wait for it.
func TestMoreAnswersNeverTurnWhatIsKnown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, err := Parse(condition(t, 4))
		if err != nil {
			t.Fatal(err)
		}
		less, more := answers{}, answers{}
		for _, name := range []string{"n", "m", "k"} {
			v := Operand{Known: true, Number: float64(rapid.IntRange(0, 3).Draw(t, name)), Set: rapid.SampledFrom([][]string{nil, {"x"}, {"x", "y"}}).Draw(t, "set")}
			more[name] = v
			switch rapid.IntRange(0, 2).Draw(t, "known") {
			case 0:
				less[name] = v
			case 1:
				less[name] = skipped
			}
		}
		before, after := e.Eval(less), e.Eval(more)
		if before.Truth != Unknown && before.Truth != after.Truth {
			t.Fatalf("%s: %v turned %v", e, before.Truth, after.Truth)
		}
		if before.Skipped && before.Truth != Unknown || after.Skipped {
			t.Fatalf("%s: skipped though known", e)
		}
	})
}

// Whatever parses and passes the check is evaluated without a panic, the same
// each time, and gives as reasons only names that stand in it.
func FuzzEval(f *testing.F) {
	f.Add("n > 2 and has(s,'x') or not answered(d)", uint16(0b011011))
	f.Add("n / m - -1 <= count(g[]) or precision(d) = 'day'", uint16(0xffff))
	f.Fuzz(func(t *testing.T, source string, known uint16) {
		e, err := Parse(source)
		if err != nil {
			return
		}
		env := answers{}
		for i, name := range e.Names() {
			switch known >> (2 * (i % 8)) & 3 {
			case 1:
				env[name] = skipped
			case 2:
				env[name] = Operand{Known: true, Text: "x", Number: float64(i), Set: []string{"x"}, Bool: true, Precision: "day"}
			}
		}
		a, b := e.Eval(env), e.Eval(env)
		if a.Truth != b.Truth || a.Skipped != b.Skipped || !slices.Equal(a.Because, b.Because) {
			t.Fatalf("%q: %+v, then %+v", source, a, b)
		}
		for _, name := range a.Because {
			if !slices.Contains(e.Names(), name) {
				t.Fatalf("%q: because of %q", source, name)
			}
		}
		if a.Truth > True || a.Skipped && a.Truth != Unknown {
			t.Fatalf("%q: %+v", source, a)
		}
	})
}

func BenchmarkEval(b *testing.B) {
	e, err := Parse("(papers = 'employer' or papers = 'broker') and back = 'no' or hours > 12 or hours * days > 72")
	if err != nil {
		b.Fatal(err)
	}
	env := answers{"papers": text("broker"), "back": text("no"), "hours": number(10), "days": number(7)}
	b.ReportAllocs()
	for b.Loop() {
		e.Eval(env)
	}
}
