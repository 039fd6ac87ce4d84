package linkage

import (
	"strings"
	"unicode"
)

// A Profile is a record made comparable. Original keeps what was given.
type Profile struct {
	ID       string
	Original Record

	Names       []Name // one for each script that was given; Khmer first
	Sex         Sex
	Birth       Birth
	Place       string // 2, 4, 6 or 8 digits, or empty
	Phone       string // national significant number: no +855, +66 or trunk 0
	NationalID  string
	Batch       string
	Sector      string
	Source      string
	RecordedDay int
}

// NewProfile normalises a record. It never fails: what cannot be read counts
// as not given.
func NewProfile(r Record) Profile { return newProfile(r, nil) }

// newProfile keeps the names that it reads in known, if there is one.
func newProfile(r Record, known map[string]NamePart) Profile {
	p := Profile{
		ID: r.ID, Original: r,
		Birth:       newBirth(r),
		Place:       placeCode(r.BirthPlace),
		Phone:       nationalNumber(r.Phone),
		NationalID:  letterKey(r.NationalID),
		Batch:       letterKey(r.Batch),
		Sector:      letterKey(r.Sector),
		Source:      letterKey(r.Source),
		RecordedDay: r.RecordedDay,
	}
	if r.Sex == Female || r.Sex == Male {
		p.Sex = r.Sex
	}
	for _, given := range [][2]string{{r.FamilyKhmer, r.GivenKhmer}, {r.FamilyLatin, r.GivenLatin}} {
		if n := newName(given[0], given[1], known); n != (Name{}) {
			p.Names = append(p.Names, n)
		}
	}
	return p
}

// textMax bounds, in bytes, what is read of one field of a record.
const textMax = 400

// letterKey keeps letters and digits, in upper case, with Khmer digits as
// ASCII: "ppt-250111 / 1" and "PPT-250111-1" are one batch.
func letterKey(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '\u17E0' && r <= '\u17E9': // Khmer digits
			return '0' + r - '\u17E0'
		case r >= '\u0E50' && r <= '\u0E59': // Thai digits
			return '0' + r - '\u0E50'
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToUpper(r)
		}
		return -1
	}, text[:min(len(text), textMax)])
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, letterKey(text))
}

// placeCode gives a code of 2, 4, 6 or 8 digits. A code of odd length lost its
// leading zero in a spreadsheet (gazetteer notes, trap 1).
func placeCode(text string) string {
	code := digitsOf(text)
	if len(code)%2 == 1 {
		code = "0" + code
	}
	if len(code) > 8 || strings.Trim(code, "0") == "" {
		return ""
	}
	return code
}

// nationalNumber gives the national significant number of a phone, so that
// "+855 12 345 678" and "012345678" agree. A number of fewer than 7 digits
// cannot be one.
func nationalNumber(text string) string {
	number := strings.TrimPrefix(digitsOf(text), "00")
	switch {
	case strings.HasPrefix(number, "855") && len(number) >= 11:
		number = number[3:]
	case strings.HasPrefix(number, "66") && len(number) >= 11:
		number = number[2:]
	}
	number = strings.TrimLeft(number, "0")
	if len(number) < 7 || len(number) > 12 {
		return ""
	}
	return number
}
