package sheet

import (
	"strings"
	"testing"

	"raksa/linkage"
)

// Everybody in these lists is made up.

func TestPeopleReadsTheNamedColumnsInAnyOrder(t *testing.T) {
	records, err := People(strings.NewReader("\uFEFFsex,rec_id,other,given_name_km,recorded_at\nF,r1,x,សុខា,2025-01-02T07:47:00+07:00\n,r2,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []linkage.Record{{ID: "r1", Sex: linkage.Female, GivenKhmer: "សុខា", RecordedDay: 20090}, {ID: "r2"}}
	if len(records) != 2 || records[0] != want[0] || records[1] != want[1] {
		t.Errorf("got %+v, want %+v", records, want)
	}
}

func TestErrorsNameTheLineAndNothingElse(t *testing.T) {
	for name, row := range map[string]struct {
		read func(string) error
		text string
		want string
	}{
		"no rec_id":        {people, "name\nសុខា\n", "people: column rec_id is missing"},
		"an id twice":      {people, "rec_id,dob\nr1,a\nr1,b\n", "people: line 3: rec_id is empty or given twice"},
		"no date":          {people, "rec_id,recorded_at\nr1,Sokha\n", "people: line 2: recorded_at is no date"},
		"truth twice":      {truth, "rec_id,person_id\nr1,p\nr1,p\n", "truth: line 3: rec_id is empty or given twice, or person_id is empty"},
		"another verdict":  {decisions, "rec_a,rec_b,verdict\nr1,r2,Sokha\n", "decisions: line 2: verdict must be same, different or cannot_tell"},
		"nothing at all":   {people, "", "people: heading: EOF"},
		"a row too narrow": {people, "rec_id,dob\nr1\n", "people: record on line 2: wrong number of fields"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := row.read(row.text); err == nil || err.Error() != row.want {
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}

func people(text string) error    { _, err := People(strings.NewReader(text)); return err }
func truth(text string) error     { _, err := ReadTruth(strings.NewReader(text)); return err }
func decisions(text string) error { _, err := Decisions(strings.NewReader(text)); return err }

func TestClustersAreWrittenByRecord(t *testing.T) {
	var out strings.Builder
	err := WriteClusters(&out, []linkage.RecordCluster{{ID: "r1", Members: []string{"r1", "r9"}}, {ID: "r2", Members: []string{"r2"}}})
	if want := "rec_id,cluster_id\nr1,r1\nr2,r2\nr9,r1\n"; err != nil || out.String() != want {
		t.Errorf("got %q, %v, want %q", out.String(), err, want)
	}
}

func TestDayOf(t *testing.T) {
	for text, want := range map[string]int{"1970-01-01": 0, "2000-02-29T07:00:00+07:00": 11016, "2000-03-01": 11017, "2025-01-02": 20090} {
		if got, err := dayOf(text); err != nil || got != want {
			t.Errorf("%s is day %d (%v), want %d", text, got, err, want)
		}
	}
}
