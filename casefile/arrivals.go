package casefile

import (
	"strings"

	"raksa/screening"
)

// Arrival is somebody of a group as far as the list is concerned: the number
// that their interview has, and what they said, nil where it may not be seen.
type Arrival struct {
	Number  int
	Answers screening.Answers
}

// Matching holds a list against the people who are here. The numbers point into
// what was handed in.
type Matching struct {
	Here      []Pairing // on the list and here
	Missing   []Line    // on the list, nobody here
	Extra     []int     // here, not on the list
	Different []Pairing // of those who are here: what they say differs from the list
}

// Pairing is a line with its person.
type Pairing struct {
	Line    Line
	Arrival int      // index
	Fields  []string // that differ: name, sex, age
}

// Match holds the list of a group against its people (form specification, §5).
func (g Group) Match(people []Arrival) Matching {
	var m Matching
	byNumber := map[int][]int{}
	for i, one := range people {
		byNumber[one.Number] = append(byNumber[one.Number], i)
	}
	listed := map[int]bool{}
	for _, line := range g.Lines {
		listed[line.Number] = true
		came := byNumber[line.Number]
		if len(came) == 0 {
			m.Missing = append(m.Missing, line)
		}
		for _, i := range came { // two tablets may have picked one line; both are shown
			pair := Pairing{Line: line, Arrival: i, Fields: line.Differs(people[i].Answers)}
			m.Here = append(m.Here, pair)
			if len(pair.Fields) > 0 {
				m.Different = append(m.Different, pair)
			}
		}
	}
	for i, one := range people {
		if !listed[one.Number] {
			m.Extra = append(m.Extra, i)
		}
	}
	return m
}

// Differs lists what the person says otherwise than the list. What either side
// does not say differs from nothing.
func (line Line) Differs(answers screening.Answers) (fields []string) {
	said := func(items ...string) string {
		var words []string
		for _, item := range items {
			if value := answers[item].Value; value != nil {
				words = append(words, value.Canonical())
			}
		}
		return strings.Join(words, " ")
	}
	differ := func(a, b string) bool { return a != "" && b != "" && !strings.EqualFold(a, b) }
	khmer := strings.TrimSpace(line.FamilyKhmer + " " + line.GivenKhmer)
	latin := strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin)
	if differ(khmer, said("idn_family_km", "idn_given_km")) || differ(latin, said("idn_family_latin", "idn_given_latin")) {
		fields = append(fields, "name")
	}
	if differ(line.Sex, answers.Code("idn_sex")) {
		fields = append(fields, "sex")
	}
	stated, hasAge := answers["idn_age_stated"].Value.(screening.Int)
	born, hasBirth := answers["idn_birth_date"].Value.(screening.PartialDate)
	if hasAge && line.AgeYears > 0 && int(stated) != line.AgeYears || hasBirth && line.BirthYear > 0 && born.Year != line.BirthYear {
		fields = append(fields, "age")
	}
	return fields
}
