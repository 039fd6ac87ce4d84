package linkage

import (
	"strings"

	"raksa/linkage/khmer"
)

// A Name is one person's name in one script, as the record orders it. Which
// part is the family name is not certain: Compare tries both orders.
type Name struct {
	Family, Given NamePart
}

// A NamePart is one part of a name in its comparable forms.
type NamePart struct {
	Spelling string // match key of Khmer, letters of Latin
	Sound    string // the reading that both scripts share
	Bare     string // Sound without a title (ស្រី / Srey, អា)
	Skeleton string // consonants of Bare, for blocking
}

func newName(family, given string, known map[string]NamePart) Name {
	family, given = spaced(family), spaced(given)
	// One-field names: the family name comes first in Cambodia.
	switch {
	case family == "":
		if first, rest, two := strings.Cut(given, " "); two {
			family, given = first, rest
		}
	case given == "":
		if first, rest, two := strings.Cut(family, " "); two {
			family, given = first, rest
		} else {
			family, given = "", family
		}
	}
	return Name{knownNamePart(family, known), knownNamePart(given, known)}
}

func spaced(text string) string {
	text = strings.ToValidUTF8(text[:min(len(text), textMax)], "")
	return khmer.Canonical(text)
}

// knownNamePart reads a name, or remembers it.
func knownNamePart(text string, known map[string]NamePart) NamePart {
	if part, read := known[text]; read {
		return part
	}
	part := newNamePart(text)
	if known != nil {
		known[text] = part
	}
	return part
}

func newNamePart(text string) NamePart {
	if text == "" {
		return NamePart{}
	}
	spelling := khmer.MatchKey(text)
	if spelling == "" {
		spelling = strings.ReplaceAll(khmer.Latin(text), " ", "")
	}
	sound := khmer.Sound(text)
	bare := khmer.WithoutTitle(sound)
	return NamePart{spelling, sound, bare, khmer.Skeleton(bare)}
}

// nameRank orders the levels of a name part, best first. A part that is not
// given stands in the middle: it says nothing.
var nameRank = map[Level]int{
	Spelled: 6, Sounds: 5, SoundsClose: 4, SoundsNear: 3, Tail: 3, Missing: 2, SoundsFar: 1, Apart: 0,
}

// A nameReading is the best way to lay one record's name on another's.
type nameReading struct {
	family, given, order    Level
	familySound, givenSound string // of the first record
}

// readNames compares two names in each pair of scripts and in both orders and
// keeps the best reading. A swapped reading must be better than a straight one.
func readNames(a, b *Profile) nameReading {
	best, bestRank := nameReading{Missing, Missing, Missing, "", ""}, -1
	for _, x := range a.Names {
		for _, y := range b.Names {
			for _, order := range []Level{Straight, Swapped} {
				if order == Swapped {
					y.Family, y.Given = y.Given, y.Family
				}
				r := nameReading{agreePart(x.Family, y.Family), agreePart(x.Given, y.Given), order, x.Family.Sound, x.Given.Sound}
				if rank := nameRank[r.family] + nameRank[r.given]; rank > bestRank {
					best, bestRank = r, rank
				}
				if bestRank == 2*nameRank[Spelled] {
					return best // Nothing is better.
				}
			}
		}
	}
	if best.family == Missing && best.given == Missing {
		best.order = Missing
	}
	return best
}

// Similarities at which two sounds are close, near or far; below the last they
// are apart. Chosen on the labelled development set.
const (
	closeSound = 0.88
	nearSound  = 0.74
	farSound   = 0.5
	tailSound  = 0.8 // of the last syllable
)

func agreePart(a, b NamePart) Level {
	if a.Sound == "" || b.Sound == "" {
		return Missing
	}
	if a.Spelling == b.Spelling {
		return Spelled
	}
	if a.Sound == b.Sound {
		return Sounds
	}
	similarity := max(khmer.Similarity(a.Sound, b.Sound), khmer.Similarity(a.Bare, b.Bare))
	switch {
	case similarity >= closeSound:
		return SoundsClose
	case similarity >= nearSound:
		return SoundsNear
	case isTail(a.Bare, b.Bare):
		return Tail
	case similarity >= farSound:
		return SoundsFar
	}
	return Apart
}

// isTail reports whether one name is the last syllable of the other, as people
// are called at home (វាសនា is called ណា).
func isTail(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= 2 && khmer.Similarity(a, b[len(b)-len(a):]) >= tailSound
}
