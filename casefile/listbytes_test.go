package casefile_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"raksa/casefile"
)

// A made-up list, as a clerk would write it.
const thaiList = "ลำดับ,ชื่อ-สกุล,เพศ,วันเกิด\n1,นายโสเพีย สุข,ชาย,12/05/2541\n2,ดารา ลี,หญิง,2542\n"

func encoded(t *testing.T, e encoding.Encoding, text string) []byte {
	t.Helper()
	raw, err := e.NewEncoder().Bytes([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// asLatin is what comes of bytes that a program takes for Latin letters.
func asLatin(raw []byte) []byte {
	var text []rune
	for _, b := range raw {
		r := charmap.Windows1252.DecodeByte(b)
		if r == utf8.RuneError {
			r = rune(b) // five bytes without a letter stay what they are
		}
		text = append(text, r)
	}
	return []byte(string(text))
}

func TestAListIsReadInWhateverEncodingItCame(t *testing.T) {
	little := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	big := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	in874 := encoded(t, charmap.Windows874, thaiList)
	for name, row := range map[string]struct {
		data []byte
		as   casefile.Encoding
	}{
		"UTF-8":                               {[]byte(thaiList), casefile.UTF8},
		"UTF-8 with a mark":                   {[]byte("\ufeff" + thaiList), casefile.UTF8},
		"UTF-16, low byte first":              {append([]byte("\xff\xfe"), encoded(t, little, thaiList)...), casefile.UTF16},
		"UTF-16, high byte first":             {append([]byte("\xfe\xff"), encoded(t, big, thaiList)...), casefile.UTF16},
		"UTF-16 without a mark":               {encoded(t, little, thaiList), casefile.UTF16},
		"UTF-16 without a mark, other way":    {encoded(t, big, thaiList), casefile.UTF16},
		"Windows-874":                         {in874, casefile.Windows874},
		"UTF-8 that was taken for Latin":      {asLatin([]byte(thaiList)), casefile.TwiceUTF8},
		"Windows-874 that was taken for that": {asLatin(in874), casefile.Twice874},
	} {
		t.Run(name, func(t *testing.T) {
			text, as, err := casefile.DecodeList(row.data)
			if err != nil || as != row.as || text != thaiList {
				t.Errorf("as %q, %v: %q", as, err, text)
			}
		})
	}
}

func TestBytesThatAreNoTextAreNotTaken(t *testing.T) {
	for name, data := range map[string][]byte{
		"a picture":            []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe\xfd"),
		"half a UTF-16 letter": []byte("\xff\xfea\x00b"),
		"Latin-1 accents":      []byte("name\nJos\xe9\xff\n"),
		"a file too large":     []byte(strings.Repeat("a,", casefile.ListBytesMax)),
	} {
		var fault *casefile.LineError
		if _, _, err := casefile.DecodeList(data); !errors.As(err, &fault) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text, as, err := casefile.DecodeList([]byte("name\nJosé\n")); err != nil || as != casefile.UTF8 || text != "name\nJosé\n" {
		t.Errorf("accents that are right are left alone: %q %q %v", text, as, err)
	}
}

func TestADayOfBirthIsReadAsListsWriteIt(t *testing.T) {
	for cell, want := range map[string]string{
		"12/05/2541":       "1998-05-12|BE2541",
		"12-5-2541":        "1998-05-12|BE2541",
		"12.5.2541":        "1998-05-12|BE2541",
		"12 พ.ค. 2541":     "1998-05-12|BE2541",
		"12 พฤษภาคม ๒๕๔๑":  "1998-05-12|BE2541",
		"១២ ឧសភា 1998":     "1998-05-12",
		"1998-05-12":       "1998-05-12",
		"12 May 1998":      "1998-05-12",
		"2541":             "1998|BE2541",
		"1998":             "",
		"35927":            "1998-05-12", // as a spreadsheet keeps it
		"35927.0":          "1998-05-12",
		"234254":           "1998-05-12|BE2541", // a Buddhist year, typed as a Gregorian one
		"29/02/2543":       "2000-02-29|BE2543",
		"12 พฤษภาคม 2480":  "1937-05-12", // a year before those that answers keep
		"12  /  05 / 2541": "1998-05-12|BE2541",
	} {
		lines, faults := casefile.ReadList("name,dob\nDara,\"" + cell + "\"\n")
		if len(lines) != 1 || lines[0].Birth != want || lines[0].BirthYear == 0 {
			t.Errorf("%q: %+v, faults %v", cell, lines, faults)
		}
	}
}

// A workbook as it comes: a title over the table, a heading of two rows, a
// province that is merged over its people, a total below.
func TestASheetWithTitlesAndMergedCells(t *testing.T) {
	sheet := casefile.Sheet{
		Name: "ส่งกลับ",
		Rows: [][]string{
			{"รายชื่อผู้ถูกส่งกลับ"},
			{},
			{"ที่", "ชื่อ - สกุล", "", "เพศ", "ภูมิลำเนา", "หมายเหตุ"},
			{"", "ชื่อ", "สกุล"},
			{"1", "โสเพีย", "สุข", "ชาย", "ไพรแวง", "ทำงานเรือ"},
			{"2", "ดารา", "ลี", "หญิง", ""},
			{"", "", "", ""},
			{"3", "", "", "ชาย", ""},
		},
		Merged: [][4]int{{0, 0, 0, 5}, {2, 1, 2, 2}, {2, 0, 3, 0}, {2, 3, 3, 3}, {2, 4, 3, 4}, {2, 5, 3, 5}, {4, 4, 5, 4}},
	}
	list := casefile.ReadSheets(casefile.Sheet{Name: "ปก", Rows: [][]string{{"หนังสือนำ"}}}, sheet)
	want := []casefile.Line{
		{Number: 1, Thai: "โสเพีย สุข", Sex: "male", Province: "ไพรแวง", Other: "หมายเหตุ: ทำงานเรือ"},
		{Number: 2, Thai: "ดารา ลี", Sex: "female", Province: "ไพรแวง"},
	}
	if !slices.Equal(list.Lines, want) {
		t.Errorf("lines %+v", list.Lines)
	}
	if len(list.Faults) != 1 || *list.Faults[0] != (casefile.LineError{Sheet: "ส่งกลับ", Line: 8, Code: casefile.ListNoName}) {
		t.Errorf("faults %v", list.Faults)
	}
	if !slices.Equal(list.Unknown, []string{"หมายเหตุ"}) {
		t.Errorf("unknown %q", list.Unknown)
	}
	faulty := casefile.ReadSheets(casefile.Sheet{Name: "s", Rows: [][]string{{"name", "", "age"}, {"Canary", "", "canary"}}})
	if len(faulty.Faults) != 1 || *faulty.Faults[0] != (casefile.LineError{Sheet: "s", Line: 2, Letter: "C", Column: "age", Code: casefile.ListNotNumber}) {
		t.Errorf("the cell is not named: %v", faulty.Faults)
	}
}

func TestNamesGoWhereTheirLettersBelong(t *testing.T) {
	for text, want := range map[string]casefile.Line{
		"ឈ្មោះ\nសុខ ដារ៉ា\n":               {Number: 1, FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា"},
		"name\nសុខ ដារ៉ា\n":                {Number: 1, FamilyKhmer: "សុខ", GivenKhmer: "ដារ៉ា"},
		"ชื่อ\nSok Dara\n":                 {Number: 1, GivenLatin: "Sok Dara"},
		"name\nนางสาวดารา ลี\n":            {Number: 1, Thai: "นางสาวดารา ลี", Sex: "female"},
		"คำนำหน้า,ชื่อ\nด.ช.,ดารา\n":       {Number: 1, Thai: "ดารา", Sex: "male", Other: "คำนำหน้า: ด.ช."},
		"ชื่อ,นามสกุล\nดารา,ลี\n":          {Number: 1, Thai: "ดารา ลี"},
		"title,name\nMr.,Dara\n":           {Number: 1, GivenLatin: "Dara", Sex: "male", Other: "title: Mr."},
		"family,given,ชื่อ\nSok,Dara,สก\n": {Number: 1, FamilyLatin: "Sok", GivenLatin: "Dara", Thai: "สก"},
	} {
		lines, faults := casefile.ReadList(text)
		if len(lines) != 1 || lines[0] != want {
			t.Errorf("%q: %+v, faults %v", text, lines, faults)
		}
	}
}

func FuzzDecodeList(f *testing.F) {
	f.Add([]byte(thaiList))
	f.Add([]byte("\xff\xfea\x00,\x00"))
	f.Add([]byte("\xc5\xd3,\xaa\xd7\xe8\xcd\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		text, _, err := casefile.DecodeList(data)
		if err == nil {
			casefile.ReadSheets(casefile.SplitList(text))
		}
	})
}

// A wrong list is undone and the one before stands again; undone, it can be
// brought back. What somebody typed by hand stays.
func TestAWrongImportIsUndone(t *testing.T) {
	b := newGroup(t)
	list := func(id string, lines ...casefile.Line) {
		b.keep(casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: lines, Import: id, Faults: 1}))
	}
	list("aaaaaaaa", casefile.Line{Number: 1, GivenLatin: "Dara"}, casefile.Line{Number: 2, GivenLatin: "Srey"})
	list("bbbbbbbb", casefile.Line{Number: 2, GivenLatin: "Wrong"}, casefile.Line{Number: 3, GivenLatin: "Truck"})
	b.keep(casefile.GroupDraft(recordB, maly, b.rec, casefile.GroupEdit{Lines: []casefile.Line{{Number: 9, GivenLatin: "Typed"}}}))
	names := func() (all []string) {
		for _, line := range openGroup(t, b).Lines {
			all = append(all, line.GivenLatin)
		}
		return all
	}
	if got := names(); !slices.Equal(got, []string{"Dara", "Wrong", "Truck", "Typed"}) {
		t.Fatalf("both: %q", got)
	}
	b.keep(casefile.GroupDraft(recordB, sothea, b.rec, casefile.GroupEdit{Undo: "bbbbbbbb"}))
	if got := names(); !slices.Equal(got, []string{"Dara", "Srey", "Typed"}) {
		t.Errorf("undone: %q", got)
	}
	imports := openGroup(t, b).Imports
	if len(imports) != 2 || imports[0].Undone || !imports[1].Undone || imports[1].Lines != 2 || imports[1].Faults != 1 || imports[1].By != maly {
		t.Errorf("imports %+v", imports)
	}
	b.keep(casefile.GroupDraft(recordB, sothea, b.rec, casefile.GroupEdit{Redo: "bbbbbbbb"}))
	if got := names(); !slices.Equal(got, []string{"Dara", "Wrong", "Truck", "Typed"}) {
		t.Errorf("brought back: %q", got)
	}
}
