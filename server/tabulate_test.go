package server

import (
	"fmt"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
)

// counted makes interviews of one cell for a table.
func addRows(rows map[string]casefile.Summary, n int, s casefile.Summary) {
	for range n {
		rows[fmt.Sprintf("%032d", len(rows))] = s
	}
}

func TestAPersonStandsInEveryCellAndOnceInTheTotal(t *testing.T) {
	rows := map[string]casefile.Summary{
		"a": {Center: "PTC", Day: 20000, Closed: true}, "b": {Center: "KTC", Day: 20100}, "c": {Center: "KTC", Day: 20100},
	}
	persons := map[string]string{"a": "a", "b": "a"}
	cells := tabulate(rows, persons, []Attribute{ByCenter})
	if got := fmt.Sprint(cells); got != "[{[KTC] 0 2 2 2 [b c]} {[PTC] 1 1 1 1 [a]}]" {
		t.Errorf("cells %s", got)
	}
	if all := tabulate(rows, persons, nil)[0]; all.Persons != 2 || all.Records != 3 || all.Episodes != 3 {
		t.Errorf("in all %+v", all)
	}
}

func TestSmallCellsAreHiddenAndTheRestRoundedAlike(t *testing.T) {
	p := publicationInForce()
	for name, row := range map[string]struct {
		women, men, unknown int
		want                string // persons by sex, then the total
	}{
		"none is small":                    {12, 48, 0, "10 50 60"},
		"a small one takes the next along": {7, 48, 23, "-1 -1 50 80"},
		"two small ones hide each other":   {7, 3, 48, "-1 50 -1 60"},
		"all small, the total too":         {4, 3, 0, "-1 -1 -1"},
	} {
		t.Run(name, func(t *testing.T) {
			rows := map[string]casefile.Summary{}
			of := func(sex string) casefile.Summary {
				return casefile.Summary{Sex: sex, State: screening.FormallyIdentified, Day: 20000}
			}
			addRows(rows, row.women, of("female"))
			addRows(rows, row.men, of("male"))
			addRows(rows, row.unknown, of(""))
			table := p.publish(rows, nil)[0]
			bySex := map[string]int{}
			for _, c := range table.Cells {
				bySex[c.Of[1]] = c.Persons
			}
			var got []string
			for _, sex := range []string{"female", "", "male"} {
				if n, here := bySex[sex]; here {
					got = append(got, fmt.Sprint(n))
				}
			}
			if all := strings.Join(append(got, fmt.Sprint(table.Total.Persons)), " "); all != row.want {
				t.Errorf("got %s, want %s", all, row.want)
			}
		})
	}
}

func TestABrokenPublicationIsRefused(t *testing.T) {
	good := string(publicationText)
	for name, text := range map[string]string{
		"an unknown attribute": strings.Replace(good, `"sex"`, `"name"`, 1),
		"four attributes":      strings.Replace(good, `["year", "sex"]`, `["year", "sex", "center", "month"]`, 1),
		"no least":             strings.Replace(good, `"least": 11`, `"least": 0`, 1),
		"an unknown key":       strings.Replace(good, `"least"`, `"leest"`, 1),
	} {
		if _, err := parsePublication([]byte(text)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}
