package sheet

import (
	"errors"
	"fmt"
	"io"
)

// Truth is who the records are, by record id. Household and Episode are empty
// where the file does not say.
type Truth struct {
	Person    map[string]string
	Household map[string]string
	Episode   map[string]string
}

// ReadTruth reads the columns rec_id and person_id, and household_id and
// episode_id if there are any.
func ReadTruth(r io.Reader) (Truth, error) {
	t := Truth{Person: map[string]string{}, Household: map[string]string{}, Episode: map[string]string{}}
	err := eachRow(r, []string{"rec_id", "person_id"}, func(_ int, cell row) error {
		id := cell("rec_id")
		if _, twice := t.Person[id]; twice || id == "" || cell("person_id") == "" {
			return errors.New("rec_id is empty or given twice, or person_id is empty")
		}
		t.Person[id] = cell("person_id")
		t.Household[id] = cell("household_id")
		t.Episode[id] = cell("episode_id")
		return nil
	})
	if err != nil {
		return Truth{}, fmt.Errorf("truth: %w", err)
	}
	return t, nil
}
