package linkage

import "testing"

func TestPhoneIsComparedInNationalForm(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"local", "012345678", "12345678"},
		{"country code", "+85512345678", "12345678"},
		{"country code after 00", "0085512345678", "12345678"},
		{"blanks", "012 345 678", "12345678"},
		{"country code and trunk zero", "+855 012 345 678", "12345678"},
		{"Khmer digits", "០១២៣៤៥៦៧៨", "12345678"},
		{"Thai", "+66903034929", "903034929"},
		{"Thai, local", "0903034929", "903034929"},
		{"a Khmer number that begins with 66", "066 999 942", "66999942"},
		{"too short to be one", "1234", ""},
		{"not a number", "none", ""},
	} {
		if got := nationalNumber(c.in); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestPlaceCode(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"village", "01030611", "01030611"},
		{"a leading zero lost in a spreadsheet", "1040202", "01040202"},
		{"province", "17", "17"},
		{"not known", "00", ""},
		{"too long", "010306110", ""},
		{"nothing", "", ""},
	} {
		if got := placeCode(c.in); got != c.want {
			t.Errorf("%s: %q is %q, want %q", c.name, c.in, got, c.want)
		}
	}
}

func TestProfileKeepsTheOriginal(t *testing.T) {
	record := Record{ID: "r1", FamilyKhmer: "សុខ\u200b", GivenLatin: "Chanthy", Phone: "+855 12 345 678", BirthDate: "2537-05-01"}
	if got := NewProfile(record).Original; got != record {
		t.Errorf("original is %+v", got)
	}
}

func TestOneFieldNamesAreSplit(t *testing.T) {
	whole := NewProfile(Record{ID: "a", FamilyKhmer: "ទូច", GivenKhmer: "សុធា"}).Names[0]
	for name, r := range map[string]Record{
		"in the given field":  {ID: "b", GivenKhmer: "ទូច សុធា"},
		"in the family field": {ID: "c", FamilyKhmer: "ទូច  សុធា"},
	} {
		if got := NewProfile(r).Names[0]; got != whole {
			t.Errorf("%s: %+v, want %+v", name, got, whole)
		}
	}
	if got := NewProfile(Record{ID: "d"}).Names; got != nil {
		t.Errorf("no name gives %+v", got)
	}
}

func FuzzProfile(f *testing.F) {
	f.Add("សុខ", "Sok Chanthy", "2001-01-01", "17", "+855", "")
	f.Add("\u17d2", "\xff", "9999-99-99", "-1", "៩៩", "a|b")
	f.Fuzz(func(t *testing.T, khmerName, latinName, date, age, phone, code string) {
		r := Record{
			ID: "a", FamilyKhmer: khmerName, GivenKhmer: latinName, FamilyLatin: latinName, GivenLatin: khmerName,
			BirthDate: date, BirthYear: date, Age: age, AgeInYear: 2025, BirthPlace: code, Phone: phone, NationalID: code, Batch: code,
		}
		p, q := NewProfile(r), NewProfile(Record{ID: "b", FamilyKhmer: latinName, BirthYear: age, Phone: code})
		_ = Keys(p)
		if x, y := Compare(p, q), Compare(q, p); x.Weight != y.Weight {
			t.Fatalf("weights %v and %v depend on the order", x.Weight, y.Weight)
		}
	})
}
