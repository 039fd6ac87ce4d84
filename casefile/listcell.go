package casefile

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"raksa/screening"
)

const (
	birthYearMin, birthYearMax = 1900, 2100
	buddhistYears              = 543 // ahead of the Gregorian count
	eraKeptMin, eraKeptMax     = 2500, 2600
)

// listColumns maps headings, as people write them, to what they mean: lower
// case, without blanks, dots and strokes.
var listColumns = map[string]string{
	"no": "number", "nr": "number", "line": "number", "number": "number", "sn": "number",
	"លរ": "number", "លេខរៀង": "number", "ลำดับ": "number", "ลำดับที่": "number", "ที่": "number",

	"familykm": "family_km", "នាមត្រកូល": "family_km", "គោត្តនាម": "family_km",
	"givenkm": "given_km", "នាមខ្លួន": "given_km", "នាម": "given_km",
	"namekm": "khmer", "khmername": "khmer", "khmer": "khmer", "ឈ្មោះ": "khmer", "នាមត្រកូលនិងនាមខ្លួន": "khmer",
	"គោត្តនាមនិងនាម": "khmer", "ชื่อเขมร": "khmer", "เขมร": "khmer", "ភាសាខ្មែរ": "khmer",

	"family": "family_latin", "familylatin": "family_latin", "surname": "family_latin", "familyname": "family_latin", "lastname": "family_latin",
	"given": "given_latin", "givenlatin": "given_latin", "name": "given_latin", "givenname": "given_latin", "firstname": "given_latin",
	"fullname": "given_latin", "latinname": "given_latin", "nameinenglish": "given_latin", "english": "given_latin", "อังกฤษ": "given_latin",
	"ชื่ออังกฤษ": "given_latin", "ชื่อภาษาอังกฤษ": "given_latin", "ឡាតាំង": "given_latin", "ឈ្មោះឡាតាំង": "given_latin",

	"thai": "thai", "nameth": "thai", "thainame": "thai", "ไทย": "thai", "ชื่อ": "thai", "ชื่อตัว": "thai", "ชื่อสกุล": "thai",
	"ชื่อนามสกุล": "thai", "ชื่อและนามสกุล": "thai", "ชื่อไทย": "thai", "ชื่อภาษาไทย": "thai", "นามสกุล": "thai", "สกุล": "thai", "ឈ្មោះថៃ": "thai",

	"title": "title", "prefix": "title", "คำนำหน้า": "title", "คำนำหน้าชื่อ": "title",
	"sex": "sex", "gender": "sex", "ភេទ": "sex", "เพศ": "sex",
	"age": "age", "អាយុ": "age", "อายุ": "age", "อายุ(ปี)": "age",
	"birthyear": "birth", "yearofbirth": "birth", "birthdate": "birth", "dateofbirth": "birth", "dob": "birth", "birth": "birth", "born": "birth",
	"ปีเกิด": "birth", "วันเกิด": "birth", "วันเดือนปีเกิด": "birth", "ว/ด/ปเกิด": "birth", "วดปเกิด": "birth", "ปีพศเกิด": "birth",
	"ឆ្នាំកំណើត": "birth", "ថ្ងៃខែឆ្នាំកំណើត": "birth", "ថ្ងៃកំណើត": "birth",
	"province": "province", "ខេត្ត": "province", "จังหวัด": "province", "ภูมิลำเนา": "province", "ที่อยู่": "province", "address": "province", "អាសយដ្ឋាន": "province",
}

// columnOf gives what a heading means, or "".
func columnOf(heading string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("._-–/:\u200b\ufeff", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, heading)
	return listColumns[plain]
}

var listSexes = map[string]string{
	"": "", "m": "male", "male": "male", "ប្រុស": "male", "ប": "male", "ชาย": "male", "ช": "male",
	"f": "female", "female": "female", "ស្រី": "female", "ស": "female", "หญิง": "female", "ญ": "female",
}

// listTitles stand before a name, or in a column of their own, and say the sex.
var listTitles = []struct{ title, sex string }{
	{"นางสาว", "female"},
	{"น.ส.", "female"},
	{"นาง", "female"},
	{"นาย", "male"},
	{"เด็กชาย", "male"},
	{"ด.ช.", "male"},
	{"เด็กหญิง", "female"},
	{"ด.ญ.", "female"},
	{"លោកស្រី", "female"},
	{"កញ្ញា", "female"},
	{"លោក", "male"},
	{"mrs", "female"},
	{"ms", "female"},
	{"miss", "female"},
	{"mr", "male"},
}

// errorValues are what a spreadsheet shows in place of a result.
var errorValues = []string{"#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!"}

// take puts one cell into the line, or gives the code of what is wrong with it.
func (line *Line) take(meaning, title, cell string) (code string) {
	cell = strings.TrimSpace(cell)
	switch {
	case cell == "":
		return ""
	case utf8.RuneCountInString(cell) > listCellMax:
		return ListTooLong
	case slices.Contains(errorValues, cell), !utf8.ValidString(cell) || strings.ContainsFunc(cell, func(r rune) bool { return r == utf8.RuneError || r < ' ' && r != '\n' && r != '\r' && r != '\t' }):
		return ListBadCell
	}
	text := screening.TextOf(cell).Canonical()
	switch meaning {
	case "number":
		return setNumber(&line.Number, wholeOf(cell), 1, listLinesMax)
	case "age":
		return setNumber(&line.AgeYears, wholeOf(cell), 0, 110)
	case "birth":
		return line.takeBirth(cell)
	case "sex":
		sex, known := listSexes[strings.ToLower(cell)]
		if !known {
			return ListSex
		}
		line.Sex = sex
	case "title":
		if sex := sexOfTitle(text); sex != "" && line.Sex == "" {
			line.Sex = sex
		}
		return line.keep(title, text)
	case "province":
		if line.Province == "" {
			line.Province = text
			return ""
		}
		return line.keep(title, text)
	case "":
		return line.keep(title, text)
	default:
		return line.takeName(meaning, title, text)
	}
	return ""
}

// takeName puts a name where its letters belong: a column for Thai may hold a
// name in Latin letters, and the other way round.
func (line *Line) takeName(meaning, title, text string) string {
	khmer, thai := strings.ContainsFunc(text, isKhmer), strings.ContainsFunc(text, isThai)
	inLatin := meaning == "given_latin" || meaning == "family_latin"
	switch {
	case khmer && (inLatin || meaning == "thai"):
		meaning = "khmer"
	case thai && meaning != "thai":
		meaning = "thai"
	case !khmer && !thai && !inLatin:
		meaning = "given_latin"
	}
	into := map[string]*string{
		"family_km": &line.FamilyKhmer, "given_km": &line.GivenKhmer,
		"family_latin": &line.FamilyLatin, "given_latin": &line.GivenLatin, "thai": &line.Thai,
	}
	switch {
	case meaning == "khmer" && line.FamilyKhmer+line.GivenKhmer == "": // the family's name comes first
		family, given, two := strings.Cut(text, " ")
		if !two {
			family, given = "", text
		}
		line.FamilyKhmer, line.GivenKhmer = family, given
	case meaning == "thai" && line.Thai != "" && line.Thai != text:
		line.Thai += " " + text // given name and family name in columns of their own
	case meaning != "khmer" && *into[meaning] == "":
		*into[meaning] = text
	default:
		return line.keep(title, text)
	}
	return ""
}

// keep writes down what stood on the line and means nothing here.
func (line *Line) keep(title, text string) string {
	if title != "" {
		text = title + ": " + text
	}
	if line.Other != "" {
		text = line.Other + "; " + text
	}
	if utf8.RuneCountInString(text) > listOtherMax {
		return ListTooLong
	}
	line.Other = text
	return ""
}

// settle fills in what follows from the rest of the line.
func (line *Line) settle() {
	if line.Sex == "" {
		line.Sex = sexOfTitle(line.Thai)
	}
}

func sexOfTitle(name string) string {
	name = strings.ToLower(name)
	for _, one := range listTitles {
		rest, is := strings.CutPrefix(name, one.title)
		// In Thai and Khmer a title is written together with the name.
		if is && (one.title[0] >= utf8.RuneSelf || rest == "" || rest[0] == ' ' || rest[0] == '.') {
			return one.sex
		}
	}
	return ""
}

// wholeOf is a number as a spreadsheet hands it over: 27.0 is 27.
func wholeOf(cell string) string {
	whole, fraction, split := strings.Cut(cell, ".")
	if split && strings.Trim(fraction, "0") == "" && whole != "" {
		return whole
	}
	return cell
}

// setNumber reads digits of any of the three scripts.
func setNumber(into *int, cell string, least, most int) (code string) {
	value, err := screening.ParseValue(screening.KindInt, cell)
	n, whole := value.(screening.Int)
	if err != nil || !whole || n < screening.Int(least) || n > screening.Int(most) {
		return ListNotNumber
	}
	*into = int(n)
	return ""
}
