package gazetteer

import (
	"sort"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// SearchMax bounds what a look-up returns.
const SearchMax = 50

// Search returns the places whose name in either script begins with what was
// typed, higher levels first, then by code, at most limit of them. under keeps
// to the places below a code; "" searches everywhere.
func (g *Gazetteer) Search(typed, under string, limit int) []Place {
	prefix := fold(typed)
	limit = min(limit, SearchMax)
	if prefix == "" || limit <= 0 {
		return nil
	}
	seen := map[int]bool{}
	var found []Place
	at := sort.Search(len(g.keys), func(i int) bool { return g.keys[i].name >= prefix })
	for ; at < len(g.keys) && strings.HasPrefix(g.keys[at].name, prefix); at++ {
		place := g.keys[at].place
		if !seen[place] && strings.HasPrefix(g.places[place].Code, under) {
			seen[place] = true
			found = append(found, g.places[place])
		}
	}
	sort.Slice(found, func(i, j int) bool {
		if found[i].Level() != found[j].Level() {
			return found[i].Level() < found[j].Level()
		}
		return found[i].Code < found[j].Code
	})
	return found[:min(limit, len(found))]
}

// fold brings a name into the form in which it is looked up: lower case,
// letters and marks only, without accents in Latin, with the Khmer subscript
// DA (U+17D2 U+178A) written as TA (U+17D2 U+178F), which is drawn alike, and
// doubled Latin letters as one.
func fold(name string) string {
	var out []rune
	for _, r := range norm.NFD.String(strings.ToLower(name)) {
		latin := len(out) > 0 && out[len(out)-1] < unicode.MaxLatin1
		switch {
		case unicode.Is(unicode.Mn, r) && (len(out) == 0 || latin),
			!unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r),
			latin && out[len(out)-1] == r && unicode.IsLetter(r):
			continue
		case r == '\u178A' && len(out) > 0 && out[len(out)-1] == '\u17D2':
			r = '\u178F'
		}
		out = append(out, r)
	}
	return string(out)
}
