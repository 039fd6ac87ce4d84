package casefile

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"raksa/screening"
	"raksa/syncengine"
)

// Group is an arrival group: one truck, one night. Its three counts stay side
// by side; -1 is not given.
type Group struct {
	ID            syncengine.RecordID
	Center        string
	Gate          string // site code where the group came over
	ArrivedMillis int64
	Declared      int // people according to the Thai side
	Counted       int // people counted on arrival
	Closed        bool
	Lines         []Line // of the list from the Thai side, by number; never nil names
}

// Line is one line of the arrivals list, as it was written there.
type Line struct {
	Number      int    `json:"number"`
	FamilyKhmer string `json:"family_km,omitempty"`
	GivenKhmer  string `json:"given_km,omitempty"`
	FamilyLatin string `json:"family_latin,omitempty"`
	GivenLatin  string `json:"given_latin,omitempty"`
	Thai        string `json:"thai,omitempty"` // the whole name in Thai letters
	Sex         string `json:"sex,omitempty"`  // male, female or empty
	AgeYears    int    `json:"age,omitempty"`
	BirthYear   int    `json:"birth_year,omitempty"` // Gregorian
	Province    string `json:"province,omitempty"`   // as written
}

// OnList gives the whole name as it stands on the list.
func (line Line) OnList() string {
	for _, name := range []string{
		strings.TrimSpace(line.FamilyKhmer + " " + line.GivenKhmer), strings.TrimSpace(line.FamilyLatin + " " + line.GivenLatin), line.Thai,
	} {
		if name != "" {
			return name
		}
	}
	return ""
}

const (
	groupCenter   = "center"
	groupGate     = "gate"
	groupArrived  = "arrived"
	groupDeclared = "declared"
	groupCounted  = "counted"
	groupClosed   = "closed"
	prefixLine    = "line." // + number in four digits
)

// GroupEdit is what is to be written about a group; nil leaves a field alone.
type GroupEdit struct {
	Center   string
	Gate     string
	Arrived  *int64
	Declared *int
	Counted  *int
	Close    bool
	Lines    []Line
}

// GroupDraft drafts a change of an arrival group. rec is nil for a new one.
func GroupDraft(id syncengine.RecordID, author syncengine.PersonID, rec *syncengine.Record, edit GroupEdit) (syncengine.Draft, error) {
	draft := syncengine.Draft{Record: id, Kind: KindGroup, Author: author, Writes: map[syncengine.Class][]syncengine.Write{}}
	put := func(class screening.Class, field, text string) {
		write := syncengine.Write{Field: field, State: syncengine.State(screening.Answered), Value: []byte(text)}
		if rec != nil {
			write.Supersedes = rec.Field(field).Basis()
		}
		draft.Writes[syncengine.Class(class)] = append(draft.Writes[syncengine.Class(class)], write)
	}
	if edit.Center != "" {
		put(screening.Admin, groupCenter, edit.Center)
	}
	if edit.Gate != "" {
		put(screening.Admin, groupGate, edit.Gate)
	}
	if edit.Arrived != nil {
		put(screening.Admin, groupArrived, strconv.FormatInt(*edit.Arrived, 10))
	}
	if edit.Declared != nil {
		put(screening.Admin, groupDeclared, strconv.Itoa(*edit.Declared))
	}
	if edit.Counted != nil {
		put(screening.Admin, groupCounted, strconv.Itoa(*edit.Counted))
	}
	if edit.Close {
		put(screening.Admin, groupClosed, "yes")
	}
	for _, line := range edit.Lines {
		text, err := json.Marshal(line)
		if err != nil {
			return draft, err
		}
		put(screening.Identity, fmt.Sprintf("%s%04d", prefixLine, line.Number), string(text))
	}
	if len(draft.Writes) == 0 {
		return draft, ErrNothing
	}
	return draft, nil
}

// OpenGroup reads a record as an arrival group. Without the identity class it
// has counts and no lines.
func OpenGroup(rec *syncengine.Record) (Group, error) {
	if rec.Kind != KindGroup {
		return Group{}, &NotOfKind{Record: rec.ID, Want: "an arrival group"}
	}
	number := func(field string) int {
		if text := latest(rec.Field(field)); text != "" {
			return smallNumber(text)
		}
		return -1
	}
	g := Group{
		ID: rec.ID, Center: latest(rec.Field(groupCenter)), Closed: latest(rec.Field(groupClosed)) != "",
		Gate:     latest(rec.Field(groupGate)),
		Declared: number(groupDeclared), Counted: number(groupCounted),
	}
	g.ArrivedMillis, _ = strconv.ParseInt(latest(rec.Field(groupArrived)), 10, 64)
	for field, reg := range rec.Classes[syncengine.Class(screening.Identity)] {
		var line Line
		if strings.HasPrefix(field, prefixLine) && json.Unmarshal([]byte(latest(reg)), &line) == nil {
			g.Lines = append(g.Lines, line)
		}
	}
	slices.SortFunc(g.Lines, func(a, b Line) int { return a.Number - b.Number })
	return g, nil
}

// LineError says what is wrong with one line of an arrivals list. It names the
// line and the column, never what stands there.
type LineError struct {
	Line   int    // of the file, from 1, the heading counted
	Column string // heading, or empty for the line as a whole
	Code   string // one of the List… codes
}

func (e *LineError) Error() string {
	return fmt.Sprintf("casefile: arrivals list, line %d, column %q: %s", e.Line, e.Column, e.Code)
}

// Codes of what can be wrong with a list.
const (
	ListNotCSV    = "not_csv"     // quotes or columns are broken from here on
	ListNoHeading = "no_heading"  // the first line names no column that is known
	ListNoName    = "no_name"     // neither script has a name
	ListNotNumber = "not_number"  // line number, age or year is no number, or out of range
	ListSex       = "sex_unknown" // neither male nor female in any of three languages
	ListTwice     = "line_twice"  // the line number stands there twice
	ListTooLong   = "too_long"    // the file or the line
)

// Limits of an arrivals list.
const (
	ListBytesMax = 1 << 20
	listLinesMax = 2000 // form specification: bat_declared_count 0..2000
	listCellMax  = 200

	birthYearMin, birthYearMax = 1900, 2100
	buddhistYears              = 543 // ahead of the Gregorian count
)

// listColumns maps headings, as people write them, to what they mean.
var listColumns = map[string]string{
	"no": "number", "line": "number", "number": "number", "ល.រ": "number", "ลำดับ": "number",
	"family_km": "family_km", "given_km": "given_km", "នាមត្រកូល": "family_km", "នាមខ្លួន": "given_km",
	"family": "family_latin", "family_latin": "family_latin", "surname": "family_latin",
	"given": "given_latin", "given_latin": "given_latin", "name": "given_latin",
	"thai": "thai", "ชื่อ": "thai", "name_th": "thai",
	"sex": "sex", "ភេទ": "sex", "เพศ": "sex",
	"age": "age", "អាយុ": "age", "อายุ": "age",
	"birth_year": "birth_year", "ปีเกิด": "birth_year",
	"province": "province", "ខេត្ត": "province", "จังหวัด": "province",
}

var listSexes = map[string]string{
	"": "", "m": "male", "male": "male", "ប្រុស": "male", "ชาย": "male",
	"f": "female", "female": "female", "ស្រី": "female", "หญิง": "female",
}

// ReadList reads an arrivals list as CSV text with a heading line, in Khmer,
// Latin or Thai. Lines that are right come back, and an error for each that is
// not; a list that is no CSV gives what came before the break.
func ReadList(text string) ([]Line, []*LineError) {
	if len(text) > ListBytesMax {
		return nil, []*LineError{{Line: 1, Code: ListTooLong}}
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord, r.TrimLeadingSpace = -1, true
	heading, err := r.Read()
	if err != nil {
		return nil, []*LineError{{Line: 1, Code: ListNoHeading}}
	}
	columns := make([]string, len(heading))
	known := false
	for i, name := range heading {
		columns[i] = listColumns[strings.ToLower(strings.TrimSpace(name))]
		known = known || columns[i] != ""
	}
	if !known {
		return nil, []*LineError{{Line: 1, Code: ListNoHeading}}
	}
	list := listReader{columns: columns, heading: heading, taken: map[int]bool{}}
	for row := 1; ; row++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list.lines, list.faults
		}
		var parse *csv.ParseError
		if errors.As(err, &parse) { // a Reader over a string has no other error
			list.fault(parse.StartLine, "", ListNotCSV)
			return list.lines, list.faults
		}
		at, _ := r.FieldPos(0)
		if row > listLinesMax { // bad lines count, too: each has a fault to show
			list.fault(at, "", ListTooLong)
			return list.lines, list.faults
		}
		list.read(row, at, cells)
	}
}

type listReader struct {
	columns, heading []string
	taken            map[int]bool
	lines            []Line
	faults           []*LineError
}

func (l *listReader) fault(line int, column, code string) {
	l.faults = append(l.faults, &LineError{Line: line, Column: column, Code: code})
}

// read takes one line in, or notes everything that is wrong with it. A line
// without a number has that of its row, so that it keeps its number when a
// faulty line above is repaired and the list is imported again.
func (l *listReader) read(row, at int, cells []string) {
	line, before := Line{Number: row}, len(l.faults)
	for i, cell := range cells {
		if i >= len(l.columns) || l.columns[i] == "" {
			continue
		}
		if code := line.set(l.columns[i], strings.TrimSpace(cell)); code != "" {
			l.fault(at, l.heading[i], code)
		}
	}
	switch {
	case len(l.faults) > before: // what else the line is follows from that
	case line.FamilyKhmer+line.GivenKhmer+line.FamilyLatin+line.GivenLatin+line.Thai == "":
		l.fault(at, "", ListNoName)
	case l.taken[line.Number]:
		l.fault(at, "", ListTwice)
	}
	if len(l.faults) == before {
		l.taken[line.Number] = true
		l.lines = append(l.lines, line)
	}
}

// set puts one cell into the line, or gives the code of what is wrong with it.
func (line *Line) set(column, cell string) (code string) {
	if len(cell) > listCellMax {
		return ListTooLong
	}
	text := screening.TextOf(cell).Canonical()
	switch column {
	case "number":
		return setNumber(&line.Number, cell, 1, listLinesMax)
	case "age":
		return setNumber(&line.AgeYears, cell, 0, 110)
	case "birth_year":
		if code := setNumber(&line.BirthYear, cell, birthYearMin, birthYearMax+buddhistYears); code != "" {
			return code
		}
		if line.BirthYear >= birthYearMin+buddhistYears { // Buddhist era, as on Thai papers
			line.BirthYear -= buddhistYears
		}
		if line.BirthYear > birthYearMax {
			return ListNotNumber
		}
	case "sex":
		sex, known := listSexes[strings.ToLower(cell)]
		if !known {
			return ListSex
		}
		line.Sex = sex
	case "family_km":
		line.FamilyKhmer = text
	case "given_km":
		line.GivenKhmer = text
	case "family_latin":
		line.FamilyLatin = text
	case "given_latin":
		line.GivenLatin = text
	case "thai":
		line.Thai = text
	case "province":
		line.Province = text
	}
	return ""
}

// setNumber reads digits of any of the three scripts.
func setNumber(into *int, cell string, least, most int) (code string) {
	if cell == "" {
		return ""
	}
	value, err := screening.ParseValue(screening.KindInt, cell)
	n, whole := value.(screening.Int)
	if err != nil || !whole || n < screening.Int(least) || n > screening.Int(most) {
		return ListNotNumber
	}
	*into = int(n)
	return ""
}
