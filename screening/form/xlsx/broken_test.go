package xlsx

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"raksa/screening/form/xlsform"
	"raksa/screening/indicator"
)

var write = flag.Bool("write", false, "write the broken workbooks of testdata anew")

// made is a small sound form, made up for these tests; one workbook is both forms.
func made() xlsform.Workbook {
	return xlsform.Workbook{Sheets: []xlsform.Sheet{
		{Name: "survey", Rows: [][]string{
			{"type", "name", "label::Khmer (km)", "label::English (en)", "required", "relevant", "constraint", "appearance", "how", "class", "group", "contested", "rules", "kind"},
			{"hidden", "is_child", "", "", "", "", "", "", "fact"},
			{"begin_group", "day", "ថ្ងៃនេះ", "The day"},
			{"begin_group", "day-1", "", "", "", "", "", "field-list"},
			{"select_one yn", "rain", "ភ្លៀងឬ?", "Does it rain?", "yes", "", "", "", "ask", "admin", "", "protective: yes no"},
			{"integer", "hours", "ប៉ុន្មានម៉ោង?", "How many hours?", "", "${rain} = 'yes'", ". >= 0 and . <= 24", "", "ask", "admin", "", "ask"},
			{"select_multiple yn", "both", "ទាំងពីរ", "Both?", "", "${hours} > 2 and not(${is_child} = 'yes')", "", "", "ask", "admin", "", "union"},
			{"text", "why", "ហេតុអ្វី?", "Why?", "", "selected(${both}, 'no')", "", "", "attest", "admin", "", "latest"},
			{"end_group"},
			{"end_group"},
		}},
		{Name: "choices", Rows: [][]string{
			{"list_name", "name", "label::Khmer (km)", "label::English (en)", "excludes"},
			{"yn", "yes", "បាទ/ចាស", "Yes"},
			{"yn", "no", "ទេ", "No"},
		}},
		{Name: "settings", Rows: [][]string{{"form_id", "version", "form", "source"}, {"made_up", "made/1", "both", "made up for a test"}}},
		{Name: "registration", Rows: [][]string{{"page", "label::Khmer (km)", "label::English (en)", "item"}, {"first", "ចុះឈ្មោះ", "Registration", "rain"}}},
	}}
}

// sets changes one cell, named as spreadsheets do.
func sets(sheet int, cell, text string) func(*xlsform.Workbook) {
	return func(w *xlsform.Workbook) {
		column, row, err := excelize.CellNameToCoordinates(cell)
		if err != nil {
			panic(err)
		}
		s := &w.Sheets[sheet]
		for len(s.Rows) < row {
			s.Rows = append(s.Rows, nil)
		}
		for len(s.Rows[row-1]) < column {
			s.Rows[row-1] = append(s.Rows[row-1], "")
		}
		s.Rows[row-1][column-1] = text
	}
}

// The broken workbooks: each has one fault, and the cell that must be named.
var broken = []struct {
	name, want string
	change     func(*xlsform.Workbook)
}{
	{"01-no-khmer", "survey!C5 (label::Khmer (km)): the text is missing", sets(0, "C5", "")},
	{"02-no-english", "survey!D6 (label::English (en)): the text is missing", sets(0, "D6", "")},
	{"03-unknown-type", `survey!A8 (type): the type "barcode" is not understood`, sets(0, "A8", "barcode")},
	{"04-unknown-list", `survey!A5 (type): the list "ynn" has no choices`, func(w *xlsform.Workbook) {
		sets(0, "A5", "select_one ynn")(w)
		sets(0, "F6", "")(w)
		sets(0, "L5", "ask")(w)
	}},
	{"05-condition-cut-off", "survey!F6 (relevant): character 11: a ${name}", sets(0, "F6", "${rain} = ")},
	{"06-condition-names-nothing", `survey!F6 (relevant): character 1: no question is called "snow"`, sets(0, "F6", "${snow} = 'yes'")},
	{"07-condition-with-a-foreign-code", `survey!F6 (relevant): character 11: the item has no code "perhaps"`, sets(0, "F6", "${rain} = 'perhaps'")},
	{"08-unknown-function", "survey!F8 (relevant): character 1: the function regex() is not understood", sets(0, "F8", "regex(${why}, 'x')")},
	{"09-unknown-column", `survey!O1: the column "media::image" is not understood`, sets(0, "O1", "media::image")},
	{"10-name-twice", `survey!B8 (name): the name "rain" stands in row 5, too`, sets(0, "B8", "rain")},
	{"11-group-not-closed", "survey!A3 (type): this is not closed", sets(0, "A10", "")},
	{"12-nothing-to-close", "survey!A11 (type): end_repeat closes nothing", sets(0, "A11", "end_repeat")},
	{"13-unknown-class", `survey!J5 (class): no class is called "secret"`, sets(0, "J5", "secret")},
	{"14-unknown-contested-rule", `survey!L6 (contested): no contested rule is called "newest"`, sets(0, "L6", "newest")},
	{"15-choice-without-khmer", "choices!C3 (label::Khmer (km)): the text is missing", sets(1, "C3", "")},
	{"16-choice-twice", `choices!B4 (name): the code "yes" stands twice`, func(w *xlsform.Workbook) {
		w.Sheets[1].Rows = append(w.Sheets[1].Rows, []string{"yn", "yes", "ម្តងទៀត", "Again"})
	}},
	{"17-constraint-nobody-can-say", "survey!G6 (constraint): character 10: the function regex() is not understood", sets(0, "G6", ". > 1 or regex(., '^[0-9]$')")},
	{"18-unknown-sheet", "entities: no sheet of this name is understood", func(w *xlsform.Workbook) {
		w.Sheets = append(w.Sheets, xlsform.Sheet{Name: "entities", Rows: [][]string{{"x"}}})
	}},
	{"19-never-asked", "survey!F8 (relevant): no answers open this question", sets(0, "F8", "${rain} = 'no' and ${hours} > 3")},
	{"20-on-no-page", "survey!B9 (name): the question stands on no page", func(w *xlsform.Workbook) {
		rows := w.Sheets[0].Rows
		rows[7], rows[8] = rows[8], rows[7]
	}},
	{"21-no-version", "settings!B2 (version): the version is missing", sets(2, "B2", "")},
	{"22-unknown-rule", `survey!M5 (rules): line 1: character 1: no rule is called "polite"`, sets(0, "M5", "polite; code: yes")},
	{"23-a-cell-beside-the-table", "survey!Q5: the column of this cell has no heading", sets(0, "Q5", "lost")},
	{"24-unknown-list-of-nobody", `choices!A4 (list_name): no question uses the list "sky"`, func(w *xlsform.Workbook) {
		w.Sheets[1].Rows = append(w.Sheets[1].Rows, []string{"sky", "blue", "ខៀវ", "Blue"})
	}},
}

func TestBrokenWorkbooksAreNamedByCell(t *testing.T) {
	for _, row := range broken {
		file := filepath.Join("testdata", "broken", row.name+".xlsx")
		w := made()
		row.change(&w)
		data, err := Write(w)
		if err != nil {
			t.Fatal(err)
		}
		if *write {
			if err := os.WriteFile(file, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(kept, data) {
			t.Errorf("%s is not what the table makes (go test -args -write): %v", file, err)
			continue
		}
		got, err := Read(row.name+".xlsx", bytes.NewReader(kept))
		if err != nil {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		faults := xlsform.Compile(indicator.Builtin(), got).Faults
		if len(faults) != 1 || !strings.HasPrefix(faults[0].String(), row.name+".xlsx "+row.want) {
			t.Errorf("%s: %v", row.name, faults)
		}
	}
	if got := xlsform.Compile(indicator.Builtin(), made()); len(got.Faults) > 0 {
		t.Errorf("the sound form: %v", got.Faults)
	}
}
