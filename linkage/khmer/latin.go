package khmer

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Latin gives a Latin name as lower-case letters a to z with single blanks:
// accents, signs and digits go. It is empty for a name in another script, and
// idempotent.
func Latin(name string) string {
	var out strings.Builder
	for _, r := range norm.NFD.String(strings.ToValidUTF8(name, "")) {
		switch r = unicode.ToLower(r); {
		case r >= 'a' && r <= 'z':
			out.WriteRune(r)
		case unicode.IsSpace(r) || r == '-' || r == '.' || r == ',':
			out.WriteByte(' ')
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// latinSound reads a Latin spelling. There is no single romanization in use
// for names (linkage study), so aspirates, voiced stops, doubled letters and
// the many ways to write one vowel fall together.
func latinSound(name string) string {
	letters := strings.ReplaceAll(Latin(name), " ", "")
	var s sound
	for i := 0; i < len(letters); {
		if n := vowelRun(letters[i:]); n > 0 {
			s.vowel(latinVowel(letters[i : i+n]))
			i += n
			continue
		}
		code, n := latinConsonant(letters, i)
		s.consonant(code)
		i += n
	}
	return s.String()
}

func isLatinVowel(c byte) bool {
	return strings.IndexByte("aeiou", c) >= 0
}

// vowelRun is the length of the vowel group that rest begins with. Glides
// (y, v, w) belong to it when no vowel follows them, and so do h and r, which
// writers add to mark a long vowel ("sokhar", "vearsna").
func vowelRun(rest string) int {
	n := 0
	for n < len(rest) {
		c := rest[n]
		next := byte(0)
		if n+1 < len(rest) {
			next = rest[n+1]
		}
		switch {
		case isLatinVowel(c):
		case c == 'y' && !isLatinVowel(next):
		case n > 0 && (c == 'v' || c == 'w' || c == 'r') && !isLatinVowel(next) && next != 'y':
		case n > 0 && c == 'h' && !isLatinVowel(next) && next != 'y':
		default:
			return n
		}
		n++
	}
	return n
}

// latinVowel sorts a vowel group into one of six coarse vowels.
func latinVowel(run string) byte {
	run = strings.NewReplacer("r", "", "h", "").Replace(run)
	if run == "" {
		return 0
	}
	last := run[len(run)-1]
	if last == 'v' || last == 'w' || strings.HasSuffix(run, "ao") || strings.HasSuffix(run, "au") ||
		strings.HasSuffix(run, "eo") || run == "ieu" {
		return vowelAu
	}
	switch {
	case strings.Contains(run, "oe") || strings.Contains(run, "eu") || strings.Contains(run, "ue"):
		return vowelEu
	case strings.HasPrefix(run, "ay") || strings.HasPrefix(run, "ai"):
		return vowelAi
	case strings.HasPrefix(run, "ae"):
		return vowelI
	}
	switch run[0] {
	case 'a':
		return vowelA
	case 'e', 'i', 'y':
		return vowelI
	}
	return vowelO
}

// latinConsonant reads one consonant, with its digraph, at position i.
func latinConsonant(letters string, i int) (code byte, length int) {
	has := func(prefix string) bool { return strings.HasPrefix(letters[i:], prefix) }
	switch {
	case has("tch"):
		return 'C', 3
	case has("chh"):
		return 'C', 3
	case has("ch"):
		return 'C', 2
	case has("ck"):
		return 'K', 2
	case has("ng"):
		return 'G', 2
	case has("nh"), has("gn"):
		return 'N', 2
	case has("kh"), has("gh"), has("qu"):
		return 'K', 2
	case has("th"), has("dh"):
		return 'T', 2
	case has("ph"), has("bh"):
		return 'P', 2
	case has("sh"):
		return 'S', 2
	}
	return latinLetter[letters[i]-'a'], 1
}

// latinLetter gives the code of each letter that stands alone. Vowels have
// none; the index is the letter's place in the alphabet.
var latinLetter = [26]byte{
	'b' - 'a': 'P', 'c' - 'a': 'C', 'd' - 'a': 'T', 'f' - 'a': 'P', 'g' - 'a': 'K', 'h' - 'a': 'H',
	'j' - 'a': 'C', 'k' - 'a': 'K', 'l' - 'a': 'L', 'm' - 'a': 'M', 'n' - 'a': 'N', 'p' - 'a': 'P',
	'q' - 'a': 'K', 'r' - 'a': 'R', 's' - 'a': 'S', 't' - 'a': 'T', 'v' - 'a': 'V', 'w' - 'a': 'V',
	'x' - 'a': 'S', 'y' - 'a': 'Y', 'z' - 'a': 'S',
}
