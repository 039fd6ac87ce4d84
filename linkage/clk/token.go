package clk

import (
	"strconv"

	"raksa/linkage"
)

// A part is what of a record goes into its filter. Each has a key of its own,
// so equal tokens of two parts set different bits.
type part string

const (
	partName     part = "name"
	partYear     part = "year of birth"
	partDay      part = "day of birth"
	partPlace    part = "place of birth"
	partPhone    part = "phone"
	partNational part = "national id"
)

// weights is how many bits a token sets before folding. Chosen on one half of
// the labelled development set, measured on the other.
var weights = map[part]int{
	partName: 16, partYear: 8, partDay: 16, partPlace: 12, partPhone: 16, partNational: 16,
}

type token struct {
	part part
	text string
}

// tokens gives a profile's tokens, each once, in a fixed order. Agency, batch
// and sector are left out: they are not the person's.
func tokens(p linkage.Profile) []token {
	var list []token
	seen := map[token]bool{}
	add := func(of part, text string) {
		if t := (token{of, text}); !seen[t] {
			seen[t] = true
			list = append(list, t)
		}
	}
	// Pairs of signs of the sound, not of the spelling: that is what lets Khmer
	// meet Latin. Which name is the family's is not certain, so both lie in one bag.
	for _, name := range p.Names {
		for _, sound := range []string{name.Family.Bare, name.Given.Bare} {
			if sound == "" {
				continue
			}
			padded := "_" + sound + "_"
			for i := 0; i+2 <= len(padded); i++ {
				add(partName, padded[i:i+2])
			}
		}
	}
	if b := p.Birth; b.Kind != linkage.BirthUnknown {
		for year := b.FromYear - yearsNear; year <= b.ToYear+yearsNear; year++ {
			add(partYear, strconv.Itoa(year))
		}
		if b.Kind == linkage.BirthByDate {
			add(partDay, "month "+strconv.Itoa(b.Month))
			add(partDay, "day "+strconv.Itoa(b.Day))
		}
	}
	for digits := 2; digits <= len(p.Place); digits += 2 {
		add(partPlace, p.Place[:digits])
	}
	if p.Phone != "" {
		add(partPhone, p.Phone)
	}
	if p.NationalID != "" {
		add(partNational, p.NationalID)
	}
	return list
}

// yearsNear lets years of birth that lie near each other share tokens: ages are
// guessed and heaped on 0 and 5.
const yearsNear = 2
