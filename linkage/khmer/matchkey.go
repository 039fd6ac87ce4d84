package khmer

import "strings"

// MatchKey folds a Khmer name to the spelling that officers do not mix up
// (linkage study, "Normalize"): the canonical text without shifters, short
// signs, silent signs, blanks and other scripts, with letters and vowels that
// are written for each other made one. It is empty for a name with no Khmer
// letter, and idempotent.
func MatchKey(name string) string {
	letters := strings.Map(func(r rune) rune {
		if isBase(r) || isDependent(r) {
			return r
		}
		return -1
	}, Canonical(name))
	folded := strings.Map(foldLetter, Canonical(letters))
	if !HasKhmer(folded) {
		return ""
	}
	// Folding can bring equal vowels together; ordering again removes them.
	return Canonical(folded)
}

func foldLetter(r rune) rune {
	switch r {
	case signMuusikatoa, signTriisap, signBantoc, signToanda, signSamyok, signReahmuk, signYukalea, signRobat:
		return -1
	case '\u178E': // NNO is written for NO.
		return '\u1793'
	case '\u17A1': // LA is written for LO.
		return '\u179B'
	case '\u1790', '\u1791', '\u1792': // THA, TO, THO are written for TA.
		return letterTa
	case '\u178B', '\u178C', '\u178D': // TTHA, DO, TTHO are written for DA.
		return letterDa
	case vowelIi:
		return '\u17B7'
	case '\u17BA':
		return '\u17B9'
	case '\u17BC':
		return '\u17BB'
	}
	return r
}
