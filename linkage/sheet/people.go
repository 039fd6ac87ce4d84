package sheet

import (
	"errors"
	"fmt"
	"io"
	"strconv"

	"raksa/linkage"
)

// People reads records from the columns rec_id, agency, recorded_at
// (YYYY-MM-DD…), family_name_km, given_name_km, family_name_latin,
// given_name_latin, sex, dob, birth_year, age, birthplace_code, phone,
// national_id, repatriation_batch and exploitation_sector. Only rec_id must be
// there, and every record needs its own.
func People(r io.Reader) ([]linkage.Record, error) { return PeopleBy(nil, r) }

// PeopleBy reads records from other columns: columns gives the file's name of
// each of People's. Where it names none, the column counts as empty, but rec_id,
// which keeps its name. Nil columns mean People's own.
func PeopleBy(columns Columns, r io.Reader) ([]linkage.Record, error) {
	var records []linkage.Record
	seen := map[string]bool{}
	err := eachRow(r, columns.needed(), func(_ int, file row) error {
		cell := columns.row(file)
		id := cell("rec_id")
		if id == "" || seen[id] {
			return errors.New("rec_id is empty or given twice")
		}
		seen[id] = true
		day := 0
		if text := cell("recorded_at"); text != "" {
			var err error
			if day, err = dayOf(text); err != nil {
				return err
			}
		}
		records = append(records, linkage.Record{
			ID:          id,
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
		return nil, fmt.Errorf("people: %w", err)
	}
	return records, nil
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
