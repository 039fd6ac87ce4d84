package form

import "testing"

func TestCleanPhone(t *testing.T) {
	for _, row := range []struct{ said, country, want string }{
		{"012 345 678", "KH", "+85512345678"},
		{"០១២-៣៤៥-៦៧៨", "KH", "+85512345678"},
		{"081 234 5678", "TH", "+66812345678"},
		{"+66 81 234 5678", "KH", "+66812345678"},
		{"00855 12 345 678", "TH", "+85512345678"},
		{"12345678", "KH", ""},
		{"+1", "KH", ""},
		{"012x345678", "KH", ""},
		{"", "KH", ""},
		{"012345678", "XX", ""},
	} {
		if got, ok := CleanPhone(row.said, row.country); got != row.want || ok != (row.want != "") {
			t.Errorf("%q in %s: %q %v", row.said, row.country, got, ok)
		}
	}
}

func TestParseWhatIsTyped(t *testing.T) {
	d := Builtin()
	for _, row := range []struct {
		item, want string
		problem    ProblemCode
		typed      []string
	}{
		{"idn_phone", "=+85512345678", "", []string{"012 345 678"}},
		{"idn_phone", "=ask my aunt", "", []string{"ask my aunt"}},
		{"wrk_living", "=crowded dirty", "", []string{"dirty", "crowded"}},
		{"wrk_living", "", NotTogether, []string{"none", "crowded"}},
		{"wrk_living", "", "", nil},
		{"idn_sex", "", NotOnList, []string{"yes"}},
		{"idn_birth_date", "=1996-04|BE2539", "", []string{"២៥៣៩-០៤"}},
		{"idn_age_stated", "", WrongKind, []string{"old"}},
	} {
		got, problem := d.Parse(d.Item(row.item), row.typed...)
		if got.Canonical() != row.want || problem != row.problem {
			t.Errorf("%s %q: %q %s", row.item, row.typed, got.Canonical(), problem)
		}
	}
}
