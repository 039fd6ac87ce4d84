package xlsx

import (
	"bytes"
	"fmt"
	"regexp"

	"github.com/xuri/excelize/v2"

	"raksa/screening/form/xlsform"
)

// Write writes a workbook as an Excel file: every cell as text, so that nothing
// turns into a formula, a number or a date. The same workbook gives the same
// bytes.
func Write(w xlsform.Workbook) ([]byte, error) {
	file := excelize.NewFile()
	defer file.Close() // in memory
	head, err := file.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return nil, fmt.Errorf("xlsx: style: %w", err)
	}
	body, err := file.NewStyle(&excelize.Style{NumFmt: 49, Alignment: &excelize.Alignment{WrapText: true, Vertical: "top"}})
	if err != nil {
		return nil, fmt.Errorf("xlsx: style: %w", err)
	}
	for i, sheet := range w.Sheets {
		if i == 0 {
			err = file.SetSheetName(file.GetSheetName(0), sheet.Name)
		} else {
			_, err = file.NewSheet(sheet.Name)
		}
		if err != nil {
			return nil, fmt.Errorf("xlsx: sheet: %w", err)
		}
		if err := writeSheet(file, sheet, head, body); err != nil {
			return nil, err
		}
	}
	if err := file.SetDocProps(&excelize.DocProperties{Creator: "Raksa", Created: "2026-01-01T00:00:00Z", Modified: "2026-01-01T00:00:00Z"}); err != nil {
		return nil, fmt.Errorf("xlsx: properties: %w", err)
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		return nil, fmt.Errorf("xlsx: write: %w", err)
	}
	return out.Bytes(), nil
}

const columnWidth = 24 // characters

// escape finds what Excel would read as the number of a character.
var escape = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func writeSheet(file *excelize.File, sheet xlsform.Sheet, head, body int) error {
	columns := 0
	for row, cells := range sheet.Rows {
		style := body
		if row == 0 {
			style = head
		}
		for column, text := range cells {
			columns = max(columns, column+1)
			if text == "" {
				continue
			}
			at, err := excelize.CoordinatesToCellName(column+1, row+1)
			if err != nil {
				return fmt.Errorf("xlsx: cell: %w", err)
			}
			if err := file.SetCellStr(sheet.Name, at, escape.ReplaceAllString(text, "_x005F$0")); err != nil {
				return fmt.Errorf("xlsx: cell: %w", err)
			}
			if err := file.SetCellStyle(sheet.Name, at, at, style); err != nil {
				return fmt.Errorf("xlsx: cell: %w", err)
			}
		}
	}
	if columns == 0 {
		return nil
	}
	if err := file.SetColWidth(sheet.Name, "A", xlsform.Letters(columns-1), columnWidth); err != nil {
		return fmt.Errorf("xlsx: width: %w", err)
	}
	// Other readers go by the dimension, and the library leaves it at one cell.
	if err := file.SetSheetDimension(sheet.Name, fmt.Sprintf("A1:%s%d", xlsform.Letters(columns-1), len(sheet.Rows))); err != nil {
		return fmt.Errorf("xlsx: dimension: %w", err)
	}
	panes := &excelize.Panes{Freeze: true, XSplit: 2, YSplit: 1, TopLeftCell: "C2", ActivePane: "bottomRight"}
	return file.SetPanes(sheet.Name, panes)
}
