package casefile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// LineError says what is wrong with one line of an arrivals list. It names the
// place, never what stands there.
type LineError struct {
	Sheet  string // of a workbook; empty for CSV
	Line   int    // of the file or row of the sheet, from 1, the heading counted
	Letter string // column of the sheet; empty for CSV, or for the line as a whole
	Column string // heading, or empty for the line as a whole
	Code   string // one of the List… codes
}

func (e *LineError) Error() string {
	if e.Sheet != "" {
		return fmt.Sprintf("casefile: arrivals list, sheet %q, row %d, column %s %q: %s", e.Sheet, e.Line, e.Letter, e.Column, e.Code)
	}
	return fmt.Sprintf("casefile: arrivals list, line %d, column %q: %s", e.Line, e.Column, e.Code)
}

// Codes of what can be wrong with a list.
const (
	ListNotCSV     = "not_csv"     // quotes or columns are broken from here on
	ListNotText    = "not_text"    // no encoding makes sense of the bytes
	ListNoHeading  = "no_heading"  // no line names a column that is known
	ListNoName     = "no_name"     // no script has a name
	ListNotNumber  = "not_number"  // line number, age or year is no number, or out of range
	ListNotDate    = "not_date"    // the day of birth cannot be read
	ListSex        = "sex_unknown" // neither male nor female in any of three languages
	ListTwice      = "line_twice"  // the line number stands there twice
	ListTooLong    = "too_long"    // the file, the line or the cell
	ListNoWorkbook = "no_workbook" // an Excel file that is not sound, or that cannot be opened here
	ListBadCell    = "bad_cell"    // an error value of the spreadsheet, or no letters
)

// Limits of an arrivals list.
const (
	ListBytesMax   = 1 << 20 // of CSV
	ListFileMax    = 4 << 20 // of a workbook
	ListSheetsMax  = 10
	listLinesMax   = 2000 // form specification: bat_declared_count 0..2000
	listCellMax    = 200  // letters
	listOtherMax   = 1000 // letters of what is kept beside the known columns
	headingRowsMax = 20   // title, date and stamp stand above the heading
)

// ErrNoWorkbook: a file is no Excel workbook, or no sound one.
var ErrNoWorkbook = errors.New("casefile: no sound workbook")

// Workbook reads an Excel file as tables, apart from this process. A room that
// may not open one gets it handed in.
type Workbook func(ctx context.Context, name string, from io.Reader) ([]Sheet, error)

// OpenList reads the bytes of a file as an arrivals list: CSV in any encoding,
// or a workbook where there is a reader for one.
func OpenList(ctx context.Context, name string, data []byte, workbook Workbook) (List, error) {
	if bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")) {
		if workbook == nil || data[0] != 'P' {
			return List{}, ErrNoWorkbook
		}
		sheets, err := workbook(ctx, name, bytes.NewReader(data))
		if err != nil {
			return List{}, err
		}
		return ReadSheets(sheets...), nil
	}
	text, as, err := DecodeList(data)
	var fault *LineError
	if errors.As(err, &fault) {
		return List{Faults: []*LineError{fault}}, nil
	}
	list := ReadSheets(SplitList(text))
	list.Encoding = as
	return list, err
}

// List is what a file holds: the lines that can be taken, what is wrong with
// the others, and the headings that mean nothing here, whose cells are kept as
// they stand.
type List struct {
	Lines   []Line
	Faults  []*LineError
	Unknown []string
	// Encoding is how the bytes were read; empty for a workbook.
	Encoding Encoding
}

// ReadList reads an arrivals list as CSV text. Lines that are right come back,
// and an error for each that is not; a list that is no CSV gives what came
// before the break.
func ReadList(text string) ([]Line, []*LineError) {
	if len(text) > ListBytesMax {
		return nil, []*LineError{{Line: 1, Code: ListTooLong}}
	}
	list := ReadSheets(SplitList(text))
	return list.Lines, list.Faults
}

// ReadSheets reads an arrivals list from tables, in Khmer, Latin or Thai. A
// heading may stand below a title and span several rows; a merged cell means
// every row that it covers. Sheets of a workbook without a heading are passed
// over as long as one has one.
func ReadSheets(sheets ...Sheet) List {
	list := listReader{taken: map[int]bool{}}
	for _, s := range sheets[:min(len(sheets), ListSheetsMax)] {
		list.sheet(s)
	}
	if !list.headed {
		fault := &LineError{Line: 1, Code: ListNoHeading}
		if len(sheets) > 0 {
			fault.Sheet = sheets[0].Name
		}
		return List{Faults: []*LineError{fault}}
	}
	return list.List
}

type listReader struct {
	List
	s       Sheet
	columns []string // what each column means; "" is nothing that is known
	titles  []string // headings as written
	taken   map[int]bool
	headed  bool
	rows    int // of people, over all sheets
}

// heading finds the row that names the columns, and how many it names.
func (s Sheet) heading() (row, known int) {
	row = -1
	for i, cells := range s.Rows[:min(len(s.Rows), headingRowsMax)] {
		if _, now := headed(cells); now > known {
			row, known = i, now
		}
	}
	return row, known
}

// headed counts the cells of a row that say something, and those of them that
// are headings.
func headed(cells []string) (said, known int) {
	for _, cell := range cells {
		if strings.TrimSpace(cell) != "" {
			said++
		}
		if columnOf(cell) != "" {
			known++
		}
	}
	return said, known
}

func (l *listReader) sheet(s Sheet) {
	l.s = s
	l.s.spread()
	at, known := l.s.heading()
	if known == 0 {
		return
	}
	l.headed = true
	l.name(at)
	for row := at + 1; row < len(l.s.Rows); row++ {
		cells := l.s.Rows[row]
		if said, known := headed(cells); said == 0 || known > 1 && 2*known >= said {
			continue // blank, or a heading once more: of a new page, or below a merged one
		}
		if l.rows++; l.rows > listLinesMax { // bad lines count, too: each has a fault to show
			l.fault(row, -1, ListTooLong)
			return
		}
		l.read(row, cells)
	}
	if l.s.Broken > 0 {
		l.Faults = append(l.Faults, &LineError{Sheet: s.Name, Line: l.s.Broken, Code: ListNotCSV})
	}
}

// spread writes a merged cell into every row that it covers. Across columns it
// does so in the rows of a heading only: a name over two columns is one name.
func (s *Sheet) spread() {
	for _, m := range s.Merged {
		if m[0] < 0 || m[0] >= len(s.Rows) || m[1] < 0 || m[1] >= len(s.Rows[m[0]]) {
			continue
		}
		text, last := s.Rows[m[0]][m[1]], m[1]
		if columnOf(text) != "" && m[0] < headingRowsMax {
			last = min(m[3], m[1]+listColumnsMax)
		}
		for row := m[0]; row <= min(m[2], len(s.Rows)-1); row++ {
			for column := m[1]; column <= last; column++ {
				for len(s.Rows[row]) <= column {
					s.Rows[row] = append(s.Rows[row], "")
				}
				if s.Rows[row][column] == "" {
					s.Rows[row][column] = text
				}
			}
		}
	}
}

const listColumnsMax = 64

// name notes what the columns mean, and which headings mean nothing.
func (l *listReader) name(row int) {
	l.columns, l.titles = nil, nil
	for i, title := range l.s.Rows[row][:min(len(l.s.Rows[row]), listColumnsMax)] {
		title = strings.Join(strings.Fields(title), " ")
		meaning := columnOf(title)
		for above := row - 1; meaning == "" && above >= 0 && above >= row-2; above-- { // over a sub-heading
			if i < len(l.s.Rows[above]) {
				meaning = columnOf(l.s.Rows[above][i])
			}
		}
		l.columns, l.titles = append(l.columns, meaning), append(l.titles, title)
		if meaning == "" && title != "" && !slices.Contains(l.Unknown, title) {
			l.Unknown = append(l.Unknown, title)
		}
	}
}

func (l *listReader) fault(row, column int, code string) {
	fault := &LineError{Sheet: l.s.Name, Line: l.s.line(row), Code: code}
	if column >= 0 && column < len(l.titles) {
		fault.Column = l.titles[column]
		if l.s.Name != "" {
			fault.Letter = letters(column)
		}
	}
	l.Faults = append(l.Faults, fault)
}

// letters names a column as a spreadsheet does: A, B, …, Z, AA.
func letters(column int) (name string) {
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

// read takes one line in, or notes everything that is wrong with it. A line
// without a number has that of its row, so that it keeps its number when a
// faulty line above is repaired and the list is imported again.
func (l *listReader) read(row int, cells []string) {
	line, before := Line{Number: l.rows}, len(l.Faults)
	for i, cell := range cells[:min(len(cells), listColumnsMax)] {
		meaning, title := "", ""
		if i < len(l.columns) {
			meaning, title = l.columns[i], l.titles[i]
		}
		if code := line.take(meaning, title, cell); code != "" {
			l.fault(row, i, code)
		}
	}
	line.settle()
	switch {
	case len(l.Faults) > before: // what else the line is follows from that
	case line.OnList() == "":
		l.fault(row, -1, ListNoName)
	case l.taken[line.Number]:
		l.fault(row, -1, ListTwice)
	}
	if len(l.Faults) == before {
		l.taken[line.Number] = true
		l.Lines = append(l.Lines, line)
	}
}
