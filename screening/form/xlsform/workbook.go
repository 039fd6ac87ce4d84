package xlsform

import (
	"fmt"
	"slices"
	"strings"
)

// Workbook is a spreadsheet as plain text, as it was read. Faults are those
// that only the reader of the file can see, for example a formula.
type Workbook struct {
	Name   string  `json:"name"` // of the file, without folders
	Sheets []Sheet `json:"sheets"`
	Faults []Fault `json:"faults,omitempty"`
	// Merged are the cells that are one, by sheet: first row, first column, last
	// row, last column, from 0. A form may have none; a list often does.
	Merged map[string][][4]int `json:"merged,omitempty"`
}

// Sheet is one sheet; Rows[0] is row 1, and a short row ends in empty cells.
type Sheet struct {
	Name string     `json:"name"`
	Rows [][]string `json:"rows"`
}

// Fault says what is wrong in a workbook, and where. A fault of a whole sheet
// has no cell.
type Fault struct {
	Workbook string `json:"workbook"`
	Sheet    string `json:"sheet"`
	Row      int    `json:"row,omitempty"`    // from 1
	Column   string `json:"column,omitempty"` // its letters
	Heading  string `json:"heading,omitempty"`
	Reason   string `json:"reason"`
}

// Cell names the place as spreadsheets do: "survey!H12".
func (f Fault) Cell() string {
	if f.Row == 0 {
		return f.Sheet
	}
	return fmt.Sprintf("%s!%s%d", f.Sheet, f.Column, f.Row)
}

func (f Fault) String() string {
	text := f.Workbook + " " + f.Cell()
	if f.Heading != "" {
		text += " (" + f.Heading + ")"
	}
	return text + ": " + f.Reason
}

// Letters names a column, counted from 0, as spreadsheets do.
func Letters(column int) string {
	name := ""
	for column++; column > 0; column = (column - 1) / 26 {
		name = string(rune('A'+(column-1)%26)) + name
	}
	return name
}

// table is a sheet whose first row names the columns.
type table struct {
	workbook string
	sheet    string
	headings []string
	rows     []*row
}

// row is one row of a table.
type row struct {
	table *table
	at    int // row number, from 1
	cells map[string]string
}

func (r *row) get(heading string) string { return r.cells[heading] }

// word returns a cell in which spaces at the ends mean nothing.
func (r *row) word(heading string) string { return strings.TrimSpace(r.cells[heading]) }

// fault names a cell of the row. A column that the sheet does not have is
// named by its heading alone.
func (r *row) fault(heading, reason string, args ...any) Fault {
	f := Fault{Workbook: r.table.workbook, Sheet: r.table.sheet, Row: r.at, Column: "A", Heading: heading, Reason: fmt.Sprintf(reason, args...)}
	if at := slices.Index(r.table.headings, heading); at >= 0 {
		f.Column = Letters(at)
	}
	return f
}

// The columns and sheets that are understood.
var (
	surveyColumns = []string{
		colType, colName, colLabelKM, colLabelEN, colHintKM, colHintEN, colRequired, colRelevant,
		colConstraint, colMessageKM, colMessageEN, colAppearance, colKind, colHow, colClass, colGroup,
		colContested, colRules, colEvidence, colRepeat, colApart, colNote, colRelevantNote, colClassNote,
		colHTCDS, colSource, colWas,
	}
	choiceColumns       = []string{colList, colName, colLabelKM, colLabelEN, colExcludes, colWas}
	settingColumns      = []string{"form_title", "form_id", "version", "default_language", colForm, colSource}
	registrationColumns = []string{"page", colLabelKM, colLabelEN, "item"}
)

// shape is what a sheet may and must hold.
type shape struct {
	name     string
	columns  []string
	demanded []string
	optional bool
}

var sheets = []shape{
	{"survey", surveyColumns, []string{colType, colName, colLabelKM, colLabelEN, colHow, colClass, colContested}, false},
	{"choices", choiceColumns, []string{colList, colName, colLabelKM, colLabelEN}, false},
	{"settings", settingColumns, []string{"version", colForm, colSource}, false},
	{"registration", registrationColumns, registrationColumns, true},
}

// The headings.
const (
	colType         = "type"
	colName         = "name"
	colLabelKM      = "label::Khmer (km)"
	colLabelEN      = "label::English (en)"
	colHintKM       = "hint::Khmer (km)"
	colHintEN       = "hint::English (en)"
	colRequired     = "required"
	colRelevant     = "relevant"
	colConstraint   = "constraint"
	colMessageKM    = "constraint_message::Khmer (km)"
	colMessageEN    = "constraint_message::English (en)"
	colAppearance   = "appearance"
	colKind         = "kind"
	colHow          = "how"
	colClass        = "class"
	colGroup        = "group"
	colContested    = "contested"
	colRules        = "rules"
	colEvidence     = "evidence"
	colRepeat       = "repeat"
	colApart        = "apart"
	colNote         = "note"
	colRelevantNote = "relevant_note"
	colClassNote    = "class_note"
	colHTCDS        = "htcds"
	colSource       = "source"
	colList         = "list_name"
	colExcludes     = "excludes"
	colForm         = "form"
	colWas          = "was"
)

// tables reads the sheets of a workbook. Whatever it does not know is a fault.
func (w Workbook) tables() (map[string]*table, []Fault) {
	found, faults := map[string]*table{}, slices.Clone(w.Faults)
	whole := func(sheet, reason string) {
		faults = append(faults, Fault{Workbook: w.Name, Sheet: sheet, Reason: reason})
	}
	for _, sheet := range w.Sheets {
		at := slices.IndexFunc(sheets, func(s shape) bool { return s.name == sheet.Name })
		if at < 0 {
			whole(sheet.Name, "no sheet of this name is understood")
			continue
		}
		t, wrong := readTable(w.Name, sheet, sheets[at].columns)
		faults = append(faults, wrong...)
		for _, heading := range sheets[at].demanded {
			if !slices.Contains(t.headings, heading) {
				whole(sheet.Name, fmt.Sprintf("the column %q is missing", heading))
			}
		}
		found[sheet.Name] = t
	}
	for _, s := range sheets {
		if found[s.name] == nil {
			found[s.name] = &table{workbook: w.Name, sheet: s.name}
			if !s.optional {
				whole(s.name, "the sheet is missing")
			}
		}
	}
	return found, faults
}

// readTable gives the rows of a sheet their headings.
func readTable(workbook string, sheet Sheet, known []string) (*table, []Fault) {
	t := &table{workbook: workbook, sheet: sheet.Name}
	if len(sheet.Rows) == 0 {
		return t, nil
	}
	var faults []Fault
	for i, heading := range sheet.Rows[0] {
		heading = strings.TrimSpace(heading)
		at := Fault{Workbook: workbook, Sheet: sheet.Name, Row: 1, Column: Letters(i)}
		switch {
		case heading != "" && slices.Contains(t.headings, heading):
			at.Reason = fmt.Sprintf("the column %q stands twice", heading)
		case heading != "" && !slices.Contains(known, heading):
			at.Reason = fmt.Sprintf("the column %q is not understood", heading)
		}
		if at.Reason != "" {
			faults = append(faults, at)
		}
		t.headings = append(t.headings, heading)
	}
	for i, cells := range sheet.Rows[1:] {
		r := &row{t, i + 2, map[string]string{}}
		for column, cell := range cells {
			switch {
			case cell == "":
			case column >= len(t.headings) || t.headings[column] == "":
				faults = append(faults, Fault{Workbook: workbook, Sheet: sheet.Name, Row: r.at, Column: Letters(column), Reason: "the column of this cell has no heading"})
			default:
				r.cells[t.headings[column]] = cell
			}
		}
		if len(r.cells) > 0 {
			t.rows = append(t.rows, r)
		}
	}
	return t, faults
}
