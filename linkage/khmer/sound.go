package khmer

import "strings"

// The six coarse vowels of a sound.
const (
	vowelA  = 'a'
	vowelI  = 'i' // also ea, ia, e, ey
	vowelO  = 'o' // also u, ou, uo
	vowelEu = 'u' // oeu, eu, ue
	vowelAu = 'w' // ao, au, ov, eo
	vowelAi = 'y'
)

// Sound reads a name, in either script, as a consonant skeleton with coarse
// vowels: K C T P M N G(=ng) Y R L V S H and a i o u w y. The same name in
// Khmer and in Latin letters gives the same or nearly the same sound. It is
// empty for a name that holds no letter of either script.
func Sound(name string) string {
	if HasKhmer(name) {
		return khmerSound(name)
	}
	return latinSound(name)
}

// Skeleton is the part of a sound that survives most officers' spellings, for
// blocking: consonants only, without inner H and Y, with R as L, and with the
// final stops that lists made in Thailand confuse made one. A sound with no
// consonant keeps its vowels.
func Skeleton(sound string) string {
	bones := make([]byte, 0, len(sound))
	for i := 0; i < len(sound); i++ {
		c := sound[i]
		switch {
		case isVowel(c) && i == 0:
			bones = append(bones, 'A') // A name that opens with a vowel keeps the place.
		case isVowel(c), i > 0 && (c == 'H' || c == 'Y'):
		default:
			if c == 'R' {
				c = 'L'
			}
			if len(bones) == 0 || bones[len(bones)-1] != c {
				bones = append(bones, c)
			}
		}
	}
	if len(bones) < 2 && (len(bones) == 0 || bones[0] == 'A') {
		return strings.ToUpper(sound)
	}
	if last := len(bones) - 1; last > 0 {
		switch bones[last] {
		case 'C', 'S':
			bones[last] = 'T'
		case 'L':
			bones[last] = 'N'
		}
	}
	return string(bones)
}

// WithoutTitle takes the opening syllable off a sound that is a form of
// address rather than a name: ស្រី / Srey, and the familiar អា / A (which a few
// true names open with too; both scripts then lose it alike). It leaves a
// sound alone that would have no consonant left.
func WithoutTitle(sound string) string {
	rest := sound
	for _, title := range []string{"SRi", "SRy", "SLi", "SLy", "a"} {
		if after, ok := strings.CutPrefix(sound, title); ok {
			rest = after
			break
		}
	}
	if strings.IndexFunc(rest, func(r rune) bool { return r >= 'A' && r <= 'Z' }) != 0 {
		return sound
	}
	return rest
}

func isVowel(c byte) bool { return c >= 'a' && c <= 'z' }

// sound collects codes and folds doubles as they come.
type sound struct{ codes []byte }

func (s *sound) String() string { return string(s.codes) }

func (s *sound) consonant(code byte) {
	if code == 0 || len(s.codes) > 0 && s.codes[len(s.codes)-1] == code {
		return
	}
	s.codes = append(s.codes, code)
}

func (s *sound) vowel(code byte) {
	if code == 0 || len(s.codes) > 0 && isVowel(s.codes[len(s.codes)-1]) {
		return
	}
	s.codes = append(s.codes, code)
}
