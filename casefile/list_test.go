package casefile_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
)

// All names are made up.
func TestReadList(t *testing.T) {
	sokKhmer := casefile.Line{Number: 1, FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា", Sex: "male", AgeYears: 27, Province: "ព្រៃវែង"}
	sokLatin := casefile.Line{Number: 1, FamilyLatin: "SOK", GivenLatin: "Dara", Sex: "male", AgeYears: 27, BirthYear: 1999, Province: "Prey Veng"}
	sokThai := casefile.Line{Number: 1, Thai: "สก ดารา", Sex: "male", BirthYear: 1999, Birth: "1999|BE2542", Province: "ไปรแวง"}
	for name, row := range map[string]struct {
		text string
		want []casefile.Line
	}{
		"Khmer headings":                {"ល.រ,នាមត្រកូល,នាមខ្លួន,ភេទ,អាយុ,ខេត្ត\n1,សុខ,ដារ៉ា,ប្រុស,27,ព្រៃវែង\n", []casefile.Line{sokKhmer}},
		"Khmer digits":                  {"ល.រ,នាមត្រកូល,នាមខ្លួន,ភេទ,អាយុ,ខេត្ត\n១,សុខ,ដារ៉ា,ប្រុស,២៧,ព្រៃវែង\n", []casefile.Line{sokKhmer}},
		"Latin headings":                {"No,Surname,Given,Sex,Age,Birth_Year,Province\n1,SOK,Dara,M,27,1999,Prey Veng\n", []casefile.Line{sokLatin}},
		"Thai headings, Buddhist year":  {"ลำดับ,ชื่อ,เพศ,ปีเกิด,จังหวัด\n1,สก ดารา,ชาย,2542,ไปรแวง\n", []casefile.Line{sokThai}},
		"Thai digits":                   {"ลำดับ,ชื่อ,เพศ,ปีเกิด,จังหวัด\n๑,สก ดารา,ชาย,๒๕๔๒,ไปรแวง\n", []casefile.Line{sokThai}},
		"a byte order mark":             {"\ufeffname\nDara\n", []casefile.Line{{Number: 1, GivenLatin: "Dara"}}},
		"lines of Windows":              {"name,sex\r\nDara,f\r\nSrey,F\r\n", []casefile.Line{{Number: 1, GivenLatin: "Dara", Sex: "female"}, {Number: 2, GivenLatin: "Srey", Sex: "female"}}},
		"quotes and a comma in a name":  {"name,sex\n\"Dara, called \"\"Dy\"\"\",male\n", []casefile.Line{{Number: 1, GivenLatin: `Dara, called "Dy"`, Sex: "male"}}},
		"blanks around everything":      {" name , sex \n  Dara ,  male \n", []casefile.Line{{Number: 1, GivenLatin: "Dara", Sex: "male"}}},
		"columns that nobody knows":     {"name,colour of shoes\nDara,blue\n", []casefile.Line{{Number: 1, GivenLatin: "Dara", Other: "colour of shoes: blue"}}},
		"more cells than headings":      {"name\nDara,one,two\n", []casefile.Line{{Number: 1, GivenLatin: "Dara", Other: "one; two"}}},
		"fewer cells than headings":     {"name,sex,age\nDara\n", []casefile.Line{{Number: 1, GivenLatin: "Dara"}}},
		"an empty line between":         {"name\nDara\n\nSrey\n", []casefile.Line{{Number: 1, GivenLatin: "Dara"}, {Number: 2, GivenLatin: "Srey"}}},
		"no line at the end":            {"name\nDara", []casefile.Line{{Number: 1, GivenLatin: "Dara"}}},
		"only the heading":              {"name,sex\n", nil},
		"numbers in any order":          {"no,name\n12,Dara\n3,Srey\n", []casefile.Line{{Number: 12, GivenLatin: "Dara"}, {Number: 3, GivenLatin: "Srey"}}},
		"the first Buddhist year":       {"name,birth_year\nDara,2443\n", []casefile.Line{{Number: 1, GivenLatin: "Dara", BirthYear: 1900}}},
		"the first and last Gregorian":  {"name,birth_year\nDara,1900\nSrey,2100\n", []casefile.Line{{Number: 1, GivenLatin: "Dara", BirthYear: 1900}, {Number: 2, GivenLatin: "Srey", BirthYear: 2100}}},
		"a name in decomposed letters":  {"name\nJose\u0301\n", []casefile.Line{{Number: 1, GivenLatin: "Jos\u00e9"}}},
		"a zero-width space at the end": {"name\nDara\u200b\n", []casefile.Line{{Number: 1, GivenLatin: "Dara"}}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, faults := casefile.ReadList(row.text)
			if !reflect.DeepEqual(lines, row.want) || len(faults) != 0 {
				t.Errorf("got %+v, faults %v", lines, faults)
			}
		})
	}
}

func TestWhatIsWrongWithAListIsNamedByLineAndColumn(t *testing.T) {
	fault := func(line int, column, code string) casefile.LineError {
		return casefile.LineError{Line: line, Column: column, Code: code}
	}
	for name, row := range map[string]struct {
		text  string
		taken int
		want  []casefile.LineError
	}{
		"nothing":                      {"", 0, []casefile.LineError{fault(1, "", casefile.ListNoHeading)}},
		"no heading that is known":     {"Canary,male\nCanary,male\n", 0, []casefile.LineError{fault(1, "", casefile.ListNoHeading)}},
		"semicolons":                   {"no;name;sex\n1;Dara;male\n2;Canary;canary\n", 1, []casefile.LineError{fault(3, "sex", casefile.ListSex)}},
		"an error of the spreadsheet":  {"name,age\nCanary,#REF!\n", 0, []casefile.LineError{fault(2, "age", casefile.ListBadCell)}},
		"a day that does not exist":    {"name,dob\nCanary,31/02/2541\n", 0, []casefile.LineError{fault(2, "dob", casefile.ListNotDate)}},
		"no name":                      {"name,sex\n,male\nDara,male\n", 1, []casefile.LineError{fault(2, "", casefile.ListNoName)}},
		"an age in words":              {"name,Age\nCanary,Canary\n", 0, []casefile.LineError{fault(2, "Age", casefile.ListNotNumber)}},
		"an age that nobody reaches":   {"name,age\nCanary,111\n", 0, []casefile.LineError{fault(2, "age", casefile.ListNotNumber)}},
		"a negative age":               {"name,អាយុ\nCanary,-1\n", 0, []casefile.LineError{fault(2, "អាយុ", casefile.ListNotNumber)}},
		"a year between the calendars": {"name,ปีเกิด\nCanary,2200\n", 0, []casefile.LineError{fault(2, "ปีเกิด", casefile.ListNotNumber)}},
		"a year before them":           {"name,birth_year\nCanary,1899\n", 0, []casefile.LineError{fault(2, "birth_year", casefile.ListNotNumber)}},
		"line number 0":                {"no,name\n0,Canary\n", 0, []casefile.LineError{fault(2, "no", casefile.ListNotNumber)}},
		"line number 2,001":            {"no,name\n2001,Canary\n", 0, []casefile.LineError{fault(2, "no", casefile.ListNotNumber)}},
		"another sex":                  {"name,sex\nCanary,canary\n", 0, []casefile.LineError{fault(2, "sex", casefile.ListSex)}},
		"a number used twice":          {"no,name\n5,Dara\n5,Canary\n6,Srey\n", 2, []casefile.LineError{fault(3, "", casefile.ListTwice)}},
		"two faults on one line":       {"name,sex,age\nCanary,canary,canary\n", 0, []casefile.LineError{fault(2, "sex", casefile.ListSex), fault(2, "age", casefile.ListNotNumber)}},
		"a cell that is a story":       {"name\n" + strings.Repeat("canary", 40) + "\n", 0, []casefile.LineError{fault(2, "name", casefile.ListTooLong)}},
		"the line of a quoted break":   {"name,age\n\"Da\nra\",20\nCanary,x\n", 1, []casefile.LineError{fault(4, "age", casefile.ListNotNumber)}},
		"a quote in the first line":    {"name,sex\n<a \"canary\">,male\n", 0, []casefile.LineError{fault(2, "", casefile.ListNotCSV)}},
		"a quote that never ends":      {"name,sex\nSok,male\n\"Canary,male\n", 1, []casefile.LineError{fault(3, "", casefile.ListNotCSV)}},
		"a quote in the heading":       {"na\"me,sex\nCanary,male\n", 0, []casefile.LineError{fault(1, "", casefile.ListNoHeading)}},
		"a file that is too large":     {"name\n" + strings.Repeat("Canary\n", casefile.ListBytesMax/7+1), 0, []casefile.LineError{fault(1, "", casefile.ListTooLong)}},
	} {
		t.Run(name, func(t *testing.T) {
			lines, faults := casefile.ReadList(row.text)
			var got []casefile.LineError
			for _, f := range faults {
				got = append(got, *f)
				if strings.Contains(strings.ToLower(f.Error()), "canary") {
					t.Errorf("tells what stands there: %v", f)
				}
			}
			if !slices.Equal(got, row.want) || len(lines) != row.taken {
				t.Errorf("took %d lines, faults %v", len(lines), got)
			}
		})
	}
}

func TestAListHasAtMostTwoThousandLines(t *testing.T) {
	list := func(lines int, line func(i int) string) string {
		var text strings.Builder
		text.WriteString("name,age\n")
		for i := range lines {
			text.WriteString(line(i))
		}
		return text.String()
	}
	good := func(i int) string { return fmt.Sprintf("Made-up %d,20\n", i) }
	bad := func(int) string { return ",x\n" }
	for name, row := range map[string]struct {
		text          string
		taken, faults int
		last          casefile.LineError
	}{
		"two thousand":              {list(2000, good), 2000, 0, casefile.LineError{}},
		"one more":                  {list(2001, good), 2000, 1, casefile.LineError{Line: 2002, Code: casefile.ListTooLong}},
		"many that are all useless": {list(100_000, bad), 0, 2001, casefile.LineError{Line: 2002, Code: casefile.ListTooLong}},
	} {
		lines, faults := casefile.ReadList(row.text)
		if len(lines) != row.taken || len(faults) != row.faults || row.faults > 0 && *faults[row.faults-1] != row.last {
			t.Errorf("%s: %d lines, %d faults", name, len(lines), len(faults))
		}
	}
}

// A list is imported, its one bad line repaired, and imported again: everybody
// keeps the number that an interview may have picked by then.
func TestALineKeepsItsNumberWhenAnotherIsRepaired(t *testing.T) {
	first, _ := casefile.ReadList("name,age\nDara,27\nSrey,x\nVanna,30\n")
	second, _ := casefile.ReadList("name,age\nDara,27\nSrey,31\nVanna,30\n")
	if len(first) != 2 || len(second) != 3 || first[1] != second[2] {
		t.Errorf("first %+v, then %+v", first, second)
	}
}

func TestTheWholeNameAsItStandsOnTheList(t *testing.T) {
	for want, line := range map[string]casefile.Line{
		"សុខ ដារ៉ា": {FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា", GivenLatin: "Dara"},
		"SOK Dara":  {FamilyLatin: "SOK", GivenLatin: "Dara", Thai: "สก ดารา"},
		"Dara":      {GivenLatin: "Dara"},
		"สก ดารา":   {Thai: "สก ดารา"},
		"":          {Number: 3},
	} {
		if got := line.OnList(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func FuzzReadList(f *testing.F) {
	f.Add("name,sex\n<a \"b\">,male\n")
	f.Add("ល.រ,នាមត្រកូល,ភេទ\n1,សុខ,ប្រុស\n")
	f.Add("\ufeffno,name_th,birth_year\r\n1,\"สก\"\"\",2542\r\n")
	codes := []string{
		casefile.ListNotCSV, casefile.ListNoHeading, casefile.ListNoName, casefile.ListNotNumber,
		casefile.ListSex, casefile.ListTwice, casefile.ListTooLong,
	}
	f.Fuzz(func(t *testing.T, text string) {
		lines, faults := casefile.ReadList(text)
		numbers := map[int]bool{}
		for _, line := range lines {
			if line.Number < 1 || line.Number > 2000 || line.OnList() == "" || numbers[line.Number] {
				t.Errorf("took line %d, with %d faults", line.Number, len(faults))
			}
			numbers[line.Number] = true
			if line.BirthYear != 0 && (line.BirthYear < 1900 || line.BirthYear > 2100) || line.AgeYears < 0 || line.AgeYears > 110 {
				t.Errorf("took the year %d and the age %d", line.BirthYear, line.AgeYears)
			}
		}
		for _, fault := range faults {
			if fault.Line < 1 || !slices.Contains(codes, fault.Code) {
				t.Errorf("%v", fault)
			}
		}
	})
}
