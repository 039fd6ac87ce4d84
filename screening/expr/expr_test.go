package expr

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// answers is an environment of made-up answers. A missing name is unknown.
type answers map[string]Operand

func (a answers) Lookup(name string) Operand { return a[name] }
func (a answers) Entries(group string) int   { return int(a[group].Number) }

func text(s string) Operand       { return Operand{Known: true, Text: s} }
func number(f float64) Operand    { return Operand{Known: true, Number: f} }
func set(codes ...string) Operand { return Operand{Known: true, Set: codes} }
func yes(b bool) Operand          { return Operand{Known: true, Bool: b} }

var skipped = Operand{Skipped: true}

func mustParse(t *testing.T, source string) *Expr {
	t.Helper()
	e, err := Parse(source)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return e
}

// The truth tables of three-valued logic, written out so that nothing is
// taken on trust from the implementation.
func TestTruthTables(t *testing.T) {
	values := map[byte]Operand{'T': yes(true), 'F': yes(false), 'U': {}}
	truths := map[byte]Truth{'T': True, 'F': False, 'U': Unknown}
	for _, row := range []string{ // a b, a and b, a or b
		"TTTT", "TFFT", "TUUT",
		"FTFT", "FFFF", "FUFU",
		"UTUT", "UFFU", "UUUU",
	} {
		env := answers{"a": values[row[0]], "b": values[row[1]]}
		for i, source := range []string{"a and b", "a or b"} {
			if got := mustParse(t, source).Eval(env).Truth; got != truths[row[2+i]] {
				t.Errorf("%s with a=%c b=%c: %v", source, row[0], row[1], got)
			}
		}
	}
	for _, row := range []string{"TF", "FT", "UU"} {
		if got := mustParse(t, "not a").Eval(answers{"a": values[row[0]]}).Truth; got != truths[row[1]] {
			t.Errorf("not %c: %v", row[0], got)
		}
	}
}

func TestEval(t *testing.T) {
	env := answers{
		"papers": text("employer"), "back": text("no"), "hours": number(10), "days": number(7),
		"violence": set("hit", "tied"), "none": set("none"), "left_out": skipped,
		"born": {Known: true, Precision: "year", Estimated: true}, "is_child": yes(true),
		"age": number(15), "present[]": number(2), "zero": number(0), "empty": text("no"),
	}
	for _, row := range []struct {
		source  string
		want    Truth
		skipped bool
		because string
	}{
		{"(papers = 'employer' or papers = 'broker') and back = 'no'", True, false, "papers back"},
		{"papers = 'broker' and back = 'no'", False, false, "papers"},
		{"hours > 12 or hours * days > 72", False, false, "hours days"},
		{"hours * days >= 70", True, false, "hours days"},
		{"hours + days - 2 * 3 = 11", True, false, "hours days"},
		{"-hours < 0", True, false, "hours"},
		{"hours / zero > 1", Unknown, false, "hours zero"},
		{"has(violence,'tied') or has(violence,'sexual')", True, false, "violence"},
		{"not has(none,'none')", False, false, "none"},
		{"count(violence) >= 2 and not has(violence,'none')", True, false, "violence"},
		{"missing = 'yes'", Unknown, false, "missing"},
		{"missing != 'yes'", Unknown, false, "missing"},
		{"left_out = 'yes'", Unknown, true, "left_out"},
		{"left_out = 'yes' and back = 'yes'", False, false, "back"},
		{"missing = 'yes' or left_out = 'yes'", Unknown, true, "missing left_out"},
		{"answered(missing)", False, false, "missing"},
		{"not answered(left_out)", True, false, "left_out"},
		{"precision(born) != 'day' or estimated(born)", True, false, "born"},
		{"precision(missing) != 'day'", Unknown, false, "missing"},
		{"is_child and age < 18", True, false, "is_child age"},
		{"count(present[]) > 0", True, false, "present[]"},
		{"not not is_child", True, false, "is_child"},
		{"papers = 'employer' or missing = 'yes'", True, false, "papers"},
	} {
		got := mustParse(t, row.source).Eval(env)
		if got.Truth != row.want || got.Skipped != row.skipped || strings.Join(got.Because, " ") != row.because {
			t.Errorf("%s\n got %v skipped=%v because %v", row.source, got.Truth, got.Skipped, got.Because)
		}
	}
}

func TestErrorsCarryThePosition(t *testing.T) {
	symbols := map[string]Symbol{
		"pay": {Type: Text, Codes: []string{"full", "none"}}, "hours": {Type: Number},
		"needs": {Type: Set, Codes: []string{"food"}}, "story": {}, "born": {Type: Date},
		"is_child": {Type: Bool}, "present[]": {},
	}
	lookup := func(name string) (Symbol, bool) { s, ok := symbols[name]; return s, ok }
	for source, pos := range map[string]int{
		"":                         0,
		"pay = ":                   6,
		"pay = 'full":              6,
		"pay = 'full' pay":         13,
		"(pay = 'full'":            13,
		"pay # 'full'":             4,
		"and pay":                  0,
		"has(needs 'food')":        10,
		"has('food')":              4,
		"1.2.3 = hours":            0,
		"pay = 'ful'":              6,
		"'ful' != pay":             0,
		"salary = 'full'":          0,
		"pay > 3":                  0,
		"hours":                    0,
		"story = 'x'":              6,
		"pay = 3":                  4,
		"has(pay,'full')":          4,
		"has(needs,'water')":       10,
		"has(needs)":               0,
		"sum(needs)":               0,
		"precision(pay) = 'day'":   10,
		"precision(born) = 'hour'": 18,
		"count(absent[]) > 0":      6,
		"is_child and hours":       13,
		"not (hours)":              5,
		"pay = 'full' = is_child":  13,
	} {
		e, err := Parse(source)
		if err == nil {
			err = e.Check(lookup)
		}
		var at *Error
		if !errors.As(err, &at) || at.Pos != pos {
			t.Errorf("%q: want an error at %d, got %v", source, pos, err)
		}
	}
	for _, source := range []string{"is_child", "answered(story)", "count(present[]) > 0", "count(needs) = 1"} {
		if err := mustParse(t, source).Check(lookup); err != nil {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestBounds(t *testing.T) {
	deep := strings.Repeat("(", DepthMax+1) + "a" + strings.Repeat(")", DepthMax+1)
	var crowd []string
	for i := range NamesMax + 1 {
		crowd = append(crowd, fmt.Sprintf("n%d", i))
	}
	if _, err := Parse(strings.Join(crowd[:NamesMax], " or ")); err != nil {
		t.Error(err)
	}
	for name, source := range map[string]string{
		"crowded": strings.Join(crowd, " or "),
		"nested":  deep, "negated": strings.Repeat("not ", DepthMax+1) + "a",
		"minus": strings.Repeat("-", DepthMax+1) + "1 < a", "long": "a = '" + strings.Repeat("x", LengthMax) + "'",
	} {
		if _, err := Parse(source); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if e := mustParse(t, "a and b or a"); !slices.Equal(e.Names(), []string{"a", "b"}) {
		t.Errorf("names: %v", e.Names())
	}
}

// Whatever parses can be checked and evaluated without a panic, on an
// environment that knows nothing as on one that knows all.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"a", "not a = 'b'", "has(a,'b') and (count(c[]) > 1.5 or -a * 2 / 0 <= age)", "precision(a)='day'", "((",
		"0", "(not a) = 1", "-(a = 'b') < 2",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		e, err := Parse(source)
		if err != nil {
			var at *Error
			if !errors.As(err, &at) || at.Pos < 0 || at.Pos > len(source) {
				t.Fatalf("no position: %v", err)
			}
			return
		}
		_ = e.Check(func(string) (Symbol, bool) { return Symbol{Type: Text}, true })
		e.Eval(answers{})
		again, err := Parse(e.String())
		if err != nil || !slices.Equal(again.Names(), e.Names()) {
			t.Fatalf("not stable: %v", err)
		}
	})
}
