package khmer

import (
	"slices"
	"strings"
	"unicode"
)

// The marks that the folds speak of by name.
const (
	coeng          = '\u17D2'
	letterDa       = '\u178A'
	letterTa       = '\u178F'
	letterRo       = '\u179A'
	vowelAa        = '\u17B6'
	vowelIi        = '\u17B8'
	vowelE         = '\u17C1'
	vowelOe        = '\u17BE'
	vowelOo        = '\u17C4'
	signNikahit    = '\u17C6'
	signReahmuk    = '\u17C7'
	signYukalea    = '\u17C8'
	signMuusikatoa = '\u17C9'
	signTriisap    = '\u17CA'
	signBantoc     = '\u17CB'
	signRobat      = '\u17CC'
	signToanda     = '\u17CD'
	signSamyok     = '\u17D0'
)

// Canonical gives the one encoding of a Khmer text's picture: invisible
// characters go, marks stand in one order around their base letter, the
// subscript DA becomes the subscript TA that is drawn alike, and blanks are
// single. Text in other scripts passes through. Canonical is idempotent.
//
// Unicode normalization does not do this: Khmer marks have combining class 0.
func Canonical(text string) string {
	var out strings.Builder
	out.Grow(len(text))
	runes := visible(text)
	for start := 0; start < len(runes); {
		end := start + 1
		for end < len(runes) && isMark(runes[end-1], runes[end]) {
			end++
		}
		writeOrdered(&out, runes[start:end])
		start = end
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// HasKhmer reports whether the text holds a Khmer letter.
func HasKhmer(text string) bool {
	return strings.ContainsFunc(text, isBase)
}

// visible drops what cannot be seen and replaces deprecated letters.
func visible(text string) []rune {
	runes := make([]rune, 0, len(text))
	for _, r := range text {
		switch {
		case r == '\u00AD' || r == '\uFEFF' || r == '\u2060' || r == unicode.ReplacementChar,
			r >= '\u200B' && r <= '\u200F',
			r == '\u17B4' || r == '\u17B5': // Inherent vowels are never written.
		case r == '\u17A3':
			runes = append(runes, '\u17A2')
		case r == '\u17A4':
			runes = append(runes, '\u17A2', vowelAa)
		default:
			runes = append(runes, r)
		}
	}
	return runes
}

func isBase(r rune) bool { return r >= '\u1780' && r <= '\u17B3' }

func isDependent(r rune) bool { return r >= '\u17B6' && r <= '\u17D3' || r == '\u17DD' }

// isMark reports whether r belongs to the syllable that before ends so far.
func isMark(before, r rune) bool {
	return isDependent(r) || before == coeng && isBase(r)
}

// unit is a mark, or a coeng with the letter under the base.
type unit struct {
	rank int
	text [2]rune
}

// writeOrdered writes one syllable with its marks in canonical order.
func writeOrdered(out *strings.Builder, syllable []rune) {
	if !isDependent(syllable[0]) {
		out.WriteRune(syllable[0])
		syllable = syllable[1:]
	}
	if len(syllable) == 0 {
		return
	}
	units := composed(split(syllable))
	slices.SortStableFunc(units, func(a, b unit) int {
		if a.rank != b.rank || a.rank == rankCoeng {
			return a.rank - b.rank
		}
		return int(a.text[0]) - int(b.text[0])
	})
	units = slices.CompactFunc(units, func(a, b unit) bool { return a == b && a.rank > rankCoengRo })
	for _, u := range units {
		out.WriteRune(u.text[0])
		if u.text[1] != 0 {
			out.WriteRune(u.text[1])
		}
	}
}

// The order of marks in a syllable after its base letter (Khmer Encoding
// Structure): robat, subscripts with RO last, shifter, vowels, signs.
const (
	rankRobat = iota
	rankCoeng
	rankCoengRo
	rankShifter
	rankVowel
	rankSign
	rankNikahit
	rankAfter
)

func split(marks []rune) []unit {
	units := make([]unit, 0, len(marks))
	for i := 0; i < len(marks); i++ {
		r := marks[i]
		if r != coeng {
			units = append(units, unit{rankOf(r), [2]rune{r}})
			continue
		}
		// A coeng with no letter under it draws nothing that means anything,
		// and kept it would swallow the next syllable's letter.
		if i+1 == len(marks) || !isBase(marks[i+1]) {
			continue
		}
		i++
		under, rank := marks[i], rankCoeng
		if under == letterDa {
			under = letterTa
		}
		if under == letterRo {
			rank = rankCoengRo
		}
		units = append(units, unit{rank, [2]rune{coeng, under}})
	}
	return units
}

func rankOf(r rune) int {
	switch {
	case r == signRobat:
		return rankRobat
	case r == signMuusikatoa || r == signTriisap:
		return rankShifter
	case r >= '\u17B6' && r <= '\u17C5':
		return rankVowel
	case r == signNikahit:
		return rankNikahit
	case r == signReahmuk || r == signYukalea || r == signToanda:
		return rankAfter
	}
	return rankSign
}

// composed joins a vowel that was typed in two halves: េ with ី is ើ, and
// េ with ា is ោ.
func composed(units []unit) []unit {
	find := func(r rune) int {
		return slices.IndexFunc(units, func(u unit) bool { return u.text[0] == r })
	}
	for _, rule := range [][2]rune{{vowelIi, vowelOe}, {vowelAa, vowelOo}} {
		for {
			left, right := find(vowelE), find(rule[0])
			if left < 0 || right < 0 {
				break
			}
			units[left].text[0] = rule[1]
			units = slices.Delete(units, right, right+1)
		}
	}
	return units
}
