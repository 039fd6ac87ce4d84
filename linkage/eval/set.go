package eval

import (
	"encoding/csv"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"strconv"

	"raksa/linkage"
)

// A Set is records with the truth about them, both by record id.
type Set struct {
	Records   []linkage.Record
	Person    map[string]string
	Household map[string]string // empty for a person alone
}

// recordsMax bounds what one file may hold.
const recordsMax = 2_000_000

// Read reads records and truth as CSV with headers. Records: rec_id, agency,
// recorded_at (YYYY-MM-DD…), family_name_km, given_name_km, family_name_latin,
// given_name_latin, sex, dob, birth_year, age, birthplace_code, phone,
// national_id, repatriation_batch, exploitation_sector. Truth: rec_id,
// person_id, household_id. Further columns are ignored. Errors name line or id.
func Read(records, truth io.Reader) (Set, error) {
	set := Set{Person: map[string]string{}, Household: map[string]string{}}
	err := eachRow(truth, []string{"rec_id", "person_id"}, func(cell func(string) string) error {
		set.Person[cell("rec_id")] = cell("person_id")
		set.Household[cell("rec_id")] = cell("household_id")
		return nil
	})
	if err != nil {
		return Set{}, fmt.Errorf("truth: %w", err)
	}
	err = eachRow(records, []string{"rec_id", "recorded_at"}, func(cell func(string) string) error {
		day, err := dayOf(cell("recorded_at"))
		if err != nil {
			return fmt.Errorf("record %s: %w", cell("rec_id"), err)
		}
		if set.Person[cell("rec_id")] == "" {
			return fmt.Errorf("record %s has no truth", cell("rec_id"))
		}
		set.Records = append(set.Records, linkage.Record{
			ID:          cell("rec_id"),
			FamilyKhmer: cell("family_name_km"), GivenKhmer: cell("given_name_km"),
			FamilyLatin: cell("family_name_latin"), GivenLatin: cell("given_name_latin"),
			Sex: linkage.Sex(cell("sex")), BirthDate: cell("dob"), BirthYear: cell("birth_year"), Age: cell("age"),
			BirthPlace: cell("birthplace_code"), Phone: cell("phone"), NationalID: cell("national_id"),
			Batch: cell("repatriation_batch"), Sector: cell("exploitation_sector"), Source: cell("agency"),
			RecordedDay: day,
		})
		return nil
	})
	if err != nil {
		return Set{}, fmt.Errorf("records: %w", err)
	}
	return set, nil
}

func eachRow(r io.Reader, needed []string, visit func(cell func(string) string) error) error {
	rows := csv.NewReader(r)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[name] = i
	}
	for _, name := range needed {
		if _, ok := column[name]; !ok {
			return fmt.Errorf("column %s is missing", name)
		}
	}
	for n := 0; ; n++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == recordsMax {
			return fmt.Errorf("more than %d rows", recordsMax)
		}
		err = visit(func(name string) string {
			if i, ok := column[name]; ok {
				return row[i]
			}
			return ""
		})
		if err != nil {
			return err
		}
	}
}

// dayOf counts the days from 1970-01-01 to the date that an ISO 8601 text
// begins with.
func dayOf(text string) (int, error) {
	if len(text) < 10 {
		return 0, errors.New("recorded_at is no date")
	}
	year, errYear := strconv.Atoi(text[:4])
	month, errMonth := strconv.Atoi(text[5:7])
	day, errDay := strconv.Atoi(text[8:10])
	if errors.Join(errYear, errMonth, errDay) != nil || month < 1 || month > 12 || day < 1 || day > 31 {
		return 0, errors.New("recorded_at is no date")
	}
	// Years begin in March, so that the leap day comes last.
	if month <= 2 {
		year--
		month += 12
	}
	return 365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468, nil
}

// Half gives the records of about half the households (part 0 or 1), so that a
// model can be measured on people whom it was not estimated on.
func (s Set) Half(part uint32) Set {
	half := Set{Person: s.Person, Household: s.Household}
	for _, r := range s.Records {
		group := s.Household[r.ID]
		if group == "" {
			group = s.Person[r.ID]
		}
		h := fnv.New32a()
		_, _ = io.WriteString(h, group) // A hash never fails to write.
		if h.Sum32()>>7%2 == part {
			half.Records = append(half.Records, r)
		}
	}
	return half
}
