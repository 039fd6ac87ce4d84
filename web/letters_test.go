package web

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func marked(spans []Span) string {
	var b strings.Builder
	for _, s := range spans {
		if s.Same {
			b.WriteString(s.Text)
		} else {
			b.WriteString("[" + s.Text + "]")
		}
	}
	return b.String()
}

func TestDiffLetters(t *testing.T) {
	for _, c := range []struct{ name, left, right, wantLeft, wantRight string }{
		{"one Latin letter", "Chanthy", "Chanty", "Chant[h]y", "Chanty"},
		{"a Khmer cluster is never cut", "ចាន់ធី", "ចាន់ទី", "ចាន់[ធី]", "ចាន់[ទី]"},
		{"a subscript stays with its base", "ស្រី", "សី", "[ស្រី]", "[សី]"},
		{"equal", "កែវ", "កែវ", "កែវ", "កែវ"},
		{"one side empty", "", "ab", "", "[ab]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, r := DiffLetters(c.left, c.right)
			if marked(l) != c.wantLeft || marked(r) != c.wantRight {
				t.Errorf("got %s and %s", marked(l), marked(r))
			}
		})
	}
}

// Marking loses no letter, and what is shared reads the same on both sides.
func TestDiffLettersKeepsBothTexts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.SampledFrom([]rune("abកខ្រា ី")), 0, 30, -1)
		left, right := letters.Draw(t, "left"), letters.Draw(t, "right")
		join := func(spans []Span, onlySame bool) (out string) {
			for _, s := range spans {
				if s.Same || !onlySame {
					out += s.Text
				}
			}
			return out
		}
		for name, diff := range map[string]func() (l, r []Span){
			"letters": func() (l, r []Span) { return DiffLetters(left, right) },
			"ends":    func() (l, r []Span) { return diffEnds(clusters(left), clusters(right)) },
		} {
			l, r := diff()
			if join(l, false) != left || join(r, false) != right {
				t.Fatalf("%s lost a letter: %q %q", name, join(l, false), join(r, false))
			}
			if join(l, true) != join(r, true) {
				t.Fatalf("%s: shared parts differ: %q %q", name, join(l, true), join(r, true))
			}
		}
	})
}

func TestOnlyNarrativesAreMarkedLetterByLetter(t *testing.T) {
	choices := Contested{Versions: []Version{{Text: "Broker in the village"}, {Text: "Relative"}}}
	for _, marked := range choices.Marked() {
		if len(marked.Spans) != 1 || !marked.Spans[0].Same {
			t.Errorf("the choice %q is marked: %v", marked.Text, marked.Spans)
		}
	}
	choices.Long = true
	if marked := choices.Marked(); len(marked[0].Spans) < 2 {
		t.Error("a narrative is not marked")
	}
}
