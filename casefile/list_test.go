package casefile_test

import (
	"testing"

	"raksa/casefile"
)

func TestAListThatBreaksGivesWhatCameBeforeTheBreak(t *testing.T) {
	for name, row := range map[string]struct {
		text  string
		taken int
		fault casefile.LineError
	}{
		"a quote in the first line of people": {"name,sex\n<a \"b\">,male\n", 0, casefile.LineError{Line: 2, Code: casefile.ListNotCSV}},
		"a quote that never ends":             {"name,sex\nSok,male\n\"Chan,male\n", 1, casefile.LineError{Line: 3, Code: casefile.ListNotCSV}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, faults := casefile.ReadList(row.text)
			if len(lines) != row.taken || len(faults) != 1 || *faults[0] != row.fault {
				t.Fatalf("took %d lines, faults %v", len(lines), faults)
			}
		})
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("name,sex\n<a \"b\">,male\n")
	f.Add("ល.រ,នាមត្រកូល,ភេទ\n1,សុខ,ប្រុស\n")
	f.Fuzz(func(t *testing.T, text string) {
		lines, faults := casefile.ReadList(text)
		for _, line := range lines {
			if line.Number < 1 || line.OnList() == "" {
				t.Errorf("a line without number or name was taken, with %d faults", len(faults))
			}
		}
	})
}
