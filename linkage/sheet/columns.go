package sheet

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// Columns maps a column of People to the file's: {"given_name_latin": "first_name"}.
type Columns map[string]string

var peopleColumns = []string{
	"rec_id", "agency", "recorded_at", "family_name_km", "given_name_km", "family_name_latin", "given_name_latin", "sex", "dob",
	"birth_year", "age", "birthplace_code", "phone", "national_id", "repatriation_batch", "exploitation_sector",
}

// ReadColumns reads a column map: a JSON object whose keys are columns of
// People and whose values are columns of the file.
func ReadColumns(r io.Reader) (Columns, error) {
	var columns Columns
	if err := json.NewDecoder(io.LimitReader(r, 1<<16)).Decode(&columns); err != nil {
		return nil, fmt.Errorf("columns: %w", err)
	}
	for ours := range columns {
		if !slices.Contains(peopleColumns, ours) {
			return nil, fmt.Errorf("columns: %q is none of %v", ours, peopleColumns)
		}
	}
	return columns, nil
}

// of gives the file's name of a column, or "" where the map leaves it out.
func (c Columns) of(ours string) string {
	theirs, named := c[ours]
	if !named && (c == nil || ours == "rec_id") {
		return ours
	}
	return theirs
}

// needed are the columns that the file must have.
func (c Columns) needed() []string {
	needed := []string{c.of("rec_id")}
	for ours, theirs := range c {
		if ours != "rec_id" {
			needed = append(needed, theirs)
		}
	}
	slices.Sort(needed[1:])
	return needed
}

func (c Columns) row(file row) row {
	return func(ours string) string { return file(c.of(ours)) }
}
