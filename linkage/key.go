package linkage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A Key is a blocking key in plain text. Records that share one are compared.
// It holds parts of names and places: a host stores only a keyed hash of it.
type Key struct {
	Rule  KeyRule
	Value string
}

// String joins rule and value, the form that a host hashes.
func (k Key) String() string { return string(k.Rule) + "|" + k.Value }

// A KeyRule names how a blocking key is made. Its text is a stable code.
type KeyRule string

// The blocking rules. Each finds pairs that the others lose.
const (
	KeyID           KeyRule = "id"
	KeyPhone        KeyRule = "phone"
	KeySpelling     KeyRule = "spelling"      // both names as spelled, in any order
	KeySound        KeyRule = "sound"         // skeletons of both names in any order, sex
	KeyNameCommune  KeyRule = "name_commune"  // one name's skeleton, commune
	KeyNameDistrict KeyRule = "name_district" // …, district, 3 years of birth
	KeyNameBatch    KeyRule = "name_batch"    // …, batch
	KeyNameDate     KeyRule = "name_date"     // …, date of birth
	KeyVillageYear  KeyRule = "village_year"  // village, year of birth, sex
	KeyDate         KeyRule = "date"          // date of birth, sex, province
)

// Keys gives the blocking keys of a profile, sorted, without repeats.
func Keys(p Profile) []Key {
	var keys []Key
	add := func(rule KeyRule, format string, values ...any) {
		keys = append(keys, Key{rule, fmt.Sprintf(format, values...)})
	}
	if p.NationalID != "" {
		add(KeyID, "%s", p.NationalID)
	}
	if p.Phone != "" {
		add(KeyPhone, "%s", p.Phone)
	}
	for _, n := range p.Names {
		f, g := n.Family, n.Given
		if f.Spelling != "" && g.Spelling != "" {
			add(KeySpelling, "%s|%s", min(f.Spelling, g.Spelling), max(f.Spelling, g.Spelling))
			add(KeySound, "%s|%s|%s", min(f.Skeleton, g.Skeleton), max(f.Skeleton, g.Skeleton), p.Sex)
		}
		for _, part := range []NamePart{f, g} {
			if part.Skeleton != "" {
				addNameKeys(add, part.Skeleton, p)
			}
		}
	}
	if len(p.Place) == 8 && p.Birth.Kind != BirthUnknown {
		for year := p.Birth.FromYear; year <= p.Birth.ToYear; year++ {
			add(KeyVillageYear, "%s|%d|%s", p.Place, year, p.Sex)
		}
	}
	if p.Birth.Kind == BirthByDate {
		add(KeyDate, "%s|%s|%s", p.Birth.date(), p.Sex, p.Place[:min(len(p.Place), 2)])
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(strings.Compare(string(a.Rule), string(b.Rule)), strings.Compare(a.Value, b.Value))
	})
	return slices.Compact(keys)
}

// addNameKeys adds the keys of one part of a name with one thing that people
// do not share by chance. Either part will do, for names are swapped and home
// names are used.
func addNameKeys(add func(rule KeyRule, format string, values ...any), skeleton string, p Profile) {
	if len(p.Place) >= 6 {
		add(KeyNameCommune, "%s|%s", skeleton, p.Place[:6])
	}
	if len(p.Place) >= 4 || p.Place == "" { // Who gives no place meets others who do not.
		for _, w := range yearWindows(p.Birth) {
			add(KeyNameDistrict, "%s|%s|%d", skeleton, p.Place[:min(len(p.Place), 4)], w)
		}
	}
	if p.Batch != "" {
		add(KeyNameBatch, "%s|%s", skeleton, p.Batch)
	}
	if p.Birth.Kind == BirthByDate {
		add(KeyNameDate, "%s|%s", skeleton, p.Birth.date())
	}
}

// yearWindows numbers the windows of 3 years that a birth, one year early or
// late, falls into.
func yearWindows(b Birth) []int {
	if b.Kind == BirthUnknown {
		return nil
	}
	var windows []int
	for w := (b.FromYear - 1) / 3; w <= (b.ToYear+1)/3; w++ {
		windows = append(windows, w)
	}
	return windows
}
