package linkage

import (
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
	windows := yearWindows(p.Birth)
	for _, n := range p.Names {
		if n.Family.Spelling != "" && n.Given.Spelling != "" {
			add(KeySpelling, "%s|%s", min(n.Family.Spelling, n.Given.Spelling), max(n.Family.Spelling, n.Given.Spelling))
			add(KeySound, "%s|%s|%s", min(n.Family.Skeleton, n.Given.Skeleton), max(n.Family.Skeleton, n.Given.Skeleton), p.Sex)
		}
		for _, part := range []NamePart{n.Family, n.Given} {
			if part.Skeleton == "" {
				continue
			}
			if len(p.Place) >= 6 {
				add(KeyNameCommune, "%s|%s", part.Skeleton, p.Place[:6])
			}
			if len(p.Place) >= 4 {
				for _, w := range windows {
					add(KeyNameDistrict, "%s|%s|%d", part.Skeleton, p.Place[:4], w)
				}
			}
			if p.Batch != "" {
				add(KeyNameBatch, "%s|%s", part.Skeleton, p.Batch)
			}
			if p.Birth.Kind == BirthByDate {
				add(KeyNameDate, "%s|%d-%d-%d", part.Skeleton, p.Birth.FromYear, p.Birth.Month, p.Birth.Day)
			}
		}
	}
	if len(p.Place) == 8 {
		for year := p.Birth.FromYear; year != 0 && year <= p.Birth.ToYear; year++ {
			add(KeyVillageYear, "%s|%d|%s", p.Place, year, p.Sex)
		}
	}
	if p.Birth.Kind == BirthByDate && len(p.Place) >= 2 {
		add(KeyDate, "%d-%d-%d|%s|%s", p.Birth.FromYear, p.Birth.Month, p.Birth.Day, p.Sex, p.Place[:2])
	}
	slices.SortFunc(keys, func(a, b Key) int { return strings.Compare(a.String(), b.String()) })
	return slices.Compact(keys)
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
