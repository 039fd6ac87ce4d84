package screening

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
)

// Eligibility is the dated setting that says which agency classes may decide
// formally: each row holds from its day until the day of the next. Sources
// differ on NGOs and rules change, so this is a table and not a constant; what
// was decided under an earlier row stands.
type Eligibility []Eligible

// Eligible is one row of the table.
type Eligible struct {
	From     PartialDate // a day
	Agencies []Agency
	Source   string // the order or rule, as the office names it; may be empty
}

// EligibilityError says which row of a table is wrong, from 1, and why. Row 0
// is the table as a whole.
type EligibilityError struct {
	Row    int
	Reason string
}

func (e *EligibilityError) Error() string {
	return fmt.Sprintf("eligibility: row %d: %s", e.Row, e.Reason)
}

const eligibilityBytesMax = 64 << 10

//go:embed data/eligibility-1.json
var eligibilityTable []byte

// DefaultEligibility is the table of an office that has set none: officials
// yes, NGOs not (form specification, section 2). It panics when the embedded
// table is broken, which a test would have shown.
var DefaultEligibility = sync.OnceValue(func() Eligibility {
	table, err := LoadEligibility(eligibilityTable)
	if err != nil {
		panic(err)
	}
	return table
})

// LoadEligibility reads a table as
//
//	{"eligible": [{"from": "2016-02-25", "agencies": ["social_affairs"], "source": "…"}]}
//
// with the rows in order of their days. The error is an *EligibilityError.
func LoadEligibility(data []byte) (Eligibility, error) {
	var file struct {
		Source   string `json:"source"`
		Eligible []struct {
			From     string   `json:"from"`
			Agencies []string `json:"agencies"`
			Source   string   `json:"source"`
		} `json:"eligible"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if len(data) > eligibilityBytesMax || decoder.Decode(&file) != nil || len(file.Eligible) == 0 {
		return nil, &EligibilityError{0, "not a table of rows with from, agencies and source"}
	}
	var table Eligibility
	for i, row := range file.Eligible {
		from, ok := parseDate(row.From)
		if !ok || from.Precision() != "day" || from.Estimated {
			return nil, &EligibilityError{i + 1, "from is no day"}
		}
		if i > 0 && !table[i-1].From.CertainlyBefore(from) {
			return nil, &EligibilityError{i + 1, "does not follow the day of the row before"}
		}
		next := Eligible{From: from, Source: row.Source}
		for _, code := range row.Agencies {
			agency, err := ParseAgency(code)
			if err != nil || !agency.MayScreen() {
				return nil, &EligibilityError{i + 1, fmt.Sprintf("%q is no agency class that may decide", code)}
			}
			next.Agencies = append(next.Agencies, agency)
		}
		table = append(table, next)
	}
	return table, nil
}

// On returns the row that holds on a day; false before the first.
func (e Eligibility) On(day PartialDate) (Eligible, bool) {
	for _, row := range slices.Backward(e) {
		if !day.CertainlyBefore(row.From) {
			return row, true
		}
	}
	return Eligible{}, false
}

// MayDecideFormally reports whether an officer of this class may enter the
// formal decision on a day. Only a class that may screen can ever be let in.
func (e Eligibility) MayDecideFormally(a Agency, day PartialDate) bool {
	row, _ := e.On(day)
	return a.MayScreen() && slices.Contains(row.Agencies, a)
}
