package khmer

import "strings"

// A khmerLetter is a base letter with what hangs on it.
type khmerLetter struct {
	base   rune
	under  []rune // subscripts, in order
	vowel  rune   // 0: none is written
	signs  string
	pseudo bool // an independent vowel, which is a syllable by itself
}

func (l khmerLetter) has(sign rune) bool { return strings.ContainsRune(l.signs, sign) }

// bare letters carry no written vowel: the reader supplies it, or the letter
// closes the syllable before.
func (l khmerLetter) bare() bool {
	return l.vowel == 0 && !l.pseudo && !l.has(signNikahit) && !l.has(signYukalea) && !l.has(signReahmuk) && !l.has(signSamyok)
}

// khmerSound reads a Khmer spelling. Word division is not needed: blanks
// inside a name mean nothing.
func khmerSound(name string) string {
	letters := khmerLetters(name)
	var s sound
	for i := 0; i < len(letters); {
		// A letter with a written vowel, or the first of a word, opens a syllable.
		i = openSyllable(&s, letters, i)
		run := 0
		for i+run < len(letters) && letters[i+run].bare() {
			run++
		}
		// Bare letters after it: an odd one closes the syllable, then each
		// pair is a syllable with the inherent vowel (សុផល so-phal, សុខនី sok-ny).
		if run%2 == 1 || run > 0 && letters[i].has(signBantoc) {
			closeSyllable(&s, letters, i)
			i++
		}
	}
	return s.String()
}

func khmerLetters(name string) []khmerLetter {
	var letters []khmerLetter
	afterCoeng := false
	for _, r := range Canonical(name) {
		switch {
		case isBase(r) && afterCoeng:
			if n := len(letters); n > 0 {
				letters[n-1].under = append(letters[n-1].under, r)
			}
		case isBase(r):
			letters = append(letters, khmerLetter{base: r, pseudo: r >= '\u17A5'})
		case len(letters) > 0 && r >= vowelAa && r <= '\u17C5':
			letters[len(letters)-1].vowel = r
		case len(letters) > 0 && isDependent(r) && r != coeng:
			letters[len(letters)-1].signs += string(r)
		}
		afterCoeng = r == coeng
	}
	kept := letters[:0]
	for _, l := range letters {
		if !l.has(signToanda) { // Toandakhiat silences its letter.
			kept = append(kept, l)
		}
	}
	return kept
}

// openSyllable writes onset and vowel and returns the next position.
func openSyllable(s *sound, letters []khmerLetter, i int) int {
	l := letters[i]
	if l.pseudo {
		s.consonant(pseudoOnset(l.base))
		s.vowel(pseudoVowel(l.base))
		return i + 1
	}
	deep := isDeep(l)
	if l.base == '\u17A0' && len(l.under) > 0 {
		// HO with a subscript writes foreign sounds: ហ្វ f, ហ្គ g.
		code := consonantCode(l.under[0])
		if code == 'V' {
			code = 'P'
		}
		s.consonant(code)
	} else {
		s.consonant(consonantCode(l.base))
		for _, under := range l.under {
			s.consonant(consonantCode(under))
		}
	}
	vowel := khmerVowel(l, deep)
	next := byte(0)
	if i+1 < len(letters) && letters[i+1].bare() {
		next = consonantCode(letters[i+1].base)
	}
	last := i+2 >= len(letters) || !letters[i+2].bare()
	if next == 'V' && last {
		vowel = vowelAu // កែវ keo, ខៀវ khiev
	}
	if next == 'Y' && last && vowel == vowelA {
		vowel = vowelAi // ឆាយ chhay
	}
	s.vowel(vowel)
	if l.has(signNikahit) && !(i+1 < len(letters) && letters[i+1].base == '\u1784') {
		s.consonant('M') // not in ាំង, which is -ang
	}
	if l.has(signYukalea) {
		s.consonant('K') // វិរៈ vireak
	}
	return i + 1
}

// closeSyllable writes a final consonant. At the end of a name subscripts are
// silent (រត្ន roath, ពេជ្រ pich); RO, YO and VO are silent or already in the vowel.
func closeSyllable(s *sound, letters []khmerLetter, i int) {
	l := letters[i]
	if code := consonantCode(l.base); code != 'R' && code != 'Y' && code != 'V' && code != 'H' {
		s.consonant(code)
	}
	if i+1 < len(letters) {
		for _, under := range l.under {
			s.consonant(consonantCode(under))
		}
	}
}

// isDeep tells the second (o) series from the first (a). A shifter overrules.
func isDeep(l khmerLetter) bool {
	if l.has(signMuusikatoa) {
		return false
	}
	if l.has(signTriisap) {
		return true
	}
	letter := l.base
	for _, under := range l.under {
		// Stops and s decide over the sonorant before or after them.
		if !strings.ContainsRune("ងញនមយរលវ", under) {
			letter = under
		}
	}
	return strings.ContainsRune("គឃងជឈញឌឍទធនពភមយរលវ", letter)
}

func khmerVowel(l khmerLetter, deep bool) byte {
	switch l.vowel {
	case vowelAa:
		if deep && !l.has(signNikahit) {
			return vowelI // ជា chea
		}
		return vowelA
	case '\u17B7', vowelIi, '\u17B9', '\u17BA', '\u17C0', vowelE, '\u17C2':
		return vowelI
	case '\u17BB', '\u17BC', '\u17BD', vowelOo:
		return vowelO
	case vowelOe, '\u17BF':
		return vowelEu
	case '\u17C3':
		return vowelAi
	case '\u17C5':
		return vowelAu
	}
	switch {
	case l.has(signSamyok) && l.base == letterRo:
		return vowelO // រ័ត្ន roath
	case l.has(signSamyok) && deep, l.has(signYukalea) && deep:
		return vowelI // ល័ក្ខ leak, វិរៈ vireak
	case deep:
		return vowelO
	}
	return vowelA
}

func pseudoOnset(r rune) byte {
	switch r {
	case '\u17AB', '\u17AC':
		return 'R'
	case '\u17AD', '\u17AE':
		return 'L'
	}
	return 0
}

func pseudoVowel(r rune) byte {
	switch r {
	case '\u17A7', '\u17A8', '\u17A9', '\u17B1', '\u17B2':
		return vowelO
	case '\u17AA', '\u17B3':
		return vowelAu
	case '\u17B0':
		return vowelAi
	}
	return vowelI
}

// consonantCode sorts the Khmer letters KA (U+1780) to QA (U+17A2).
func consonantCode(r rune) byte {
	const codes = "KKKKGCCCCNTTTTNTTTTNPPPPMYRLVSSSHL\x00"
	if i := int(r) - 0x1780; i >= 0 && i < len(codes) {
		return codes[i]
	}
	return 0
}
