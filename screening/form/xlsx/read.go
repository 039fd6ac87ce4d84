package xlsx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"raksa/screening/form/xlsform"
)

// Bounds on a file, which comes from outside. The long form needs a tenth.
const (
	FileBytesMax  = 4 << 20
	partsMax      = 200
	unzippedMax   = 16 << 20
	ratioMax      = 100 // unzipped size of a part to its size in the file
	ratioFree     = 64 << 10
	sheetsMax     = 10
	rowsMax       = 5000
	columnsMax    = 64
	cellsMax      = 100_000
	stringsMax    = 50_000 // entries of the table of shared texts
	cellBytesMax  = 16 << 10
	elementsMax   = 2_000_000
	nestedMax     = 64
	mergedMax     = 5000 // a sheet
	faultsOfFile  = 200
	contentTypes  = "[Content_Types].xml"
	macroPart     = "vbaProject.bin"
	externalParts = "xl/externalLinks/"
)

// Refused says why a file was not opened at all.
type Refused struct{ Reason string }

func (e *Refused) Error() string { return "spreadsheet refused: " + e.Reason }

func refuse(reason string, args ...any) error { return &Refused{fmt.Sprintf(reason, args...)} }

// Read reads a workbook within bounds. The error is a *Refused; faults of
// single cells are in the workbook.
func Read(name string, from io.Reader) (xlsform.Workbook, error) {
	w := xlsform.Workbook{Name: name}
	data, err := io.ReadAll(io.LimitReader(from, FileBytesMax+1))
	if err != nil {
		return w, refuse("the file cannot be read")
	}
	if len(data) > FileBytesMax {
		return w, refuse("the file is larger than %d bytes", FileBytesMax)
	}
	if err := inspect(data); err != nil {
		return w, err
	}
	// Equal limits keep the library from spilling parts into temporary files.
	file, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		RawCellValue: true, UnzipSizeLimit: unzippedMax, UnzipXMLSizeLimit: unzippedMax,
	})
	if err != nil {
		return w, refuse("it is no sound Excel file")
	}
	defer file.Close() // nothing was written
	names := file.GetSheetList()
	if len(names) > sheetsMax {
		return w, refuse("more than %d sheets", sheetsMax)
	}
	r := reader{file: file, w: &w}
	for _, sheet := range names {
		if err := r.sheet(sheet); err != nil {
			return w, err
		}
	}
	return w, nil
}

// inspect looks at the file as what it is, a zip of XML, and unzips every part
// once, counting, before anything is built from it.
func inspect(data []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return refuse("it is no Excel file (.xlsx)")
	}
	if len(archive.File) > partsMax {
		return refuse("more than %d parts", partsMax)
	}
	left := int64(unzippedMax)
	seen := map[string]bool{}
	for _, part := range archive.File {
		name := strings.ToLower(part.Name)
		switch {
		case seen[name]:
			return refuse("a part stands twice")
		case path.Base(name) == strings.ToLower(macroPart):
			return refuse("it holds macros")
		case strings.HasPrefix(name, strings.ToLower(externalParts)):
			return refuse("it leans on another file")
		}
		seen[name] = true
		content, err := part.Open()
		if err != nil {
			return refuse("a part cannot be unzipped")
		}
		size, err := inspectPart(name, io.LimitReader(content, left+1))
		if err != nil {
			return err
		}
		if left -= size; left < 0 {
			return refuse("unzipped, it is larger than %d bytes", unzippedMax)
		}
		if size > ratioFree && size > ratioMax*int64(part.CompressedSize64) {
			return refuse("a part is packed more than %d times", ratioMax)
		}
	}
	if !seen[strings.ToLower(contentTypes)] {
		return refuse("it is no Excel file (.xlsx)")
	}
	return nil
}

// inspectPart counts the bytes and elements of a part.
func inspectPart(name string, from io.Reader) (int64, error) {
	counted := &counter{from: from}
	if !strings.HasSuffix(name, ".xml") && !strings.HasSuffix(name, ".rels") && !strings.HasSuffix(name, ".vml") {
		_, err := io.Copy(io.Discard, counted)
		if err != nil {
			return 0, refuse("a part cannot be unzipped")
		}
		return counted.bytes, nil
	}
	decoder := xml.NewDecoder(counted)
	cells, rows, texts, elements, depth := 0, 0, 0, 0, 0
	for {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if counted.bytes > unzippedMax {
			return 0, refuse("unzipped, it is larger than %d bytes", unzippedMax)
		}
		if err != nil {
			return 0, refuse("a part is no sound XML")
		}
		switch t := token.(type) {
		case xml.Directive:
			return 0, refuse("a part holds a document type")
		case xml.EndElement:
			depth--
		case xml.StartElement:
			elements++
			depth++
			switch t.Name.Local {
			case "c":
				cells++
			case "row":
				rows++
			case "si":
				texts++
			}
		}
		if cells > cellsMax || rows > rowsMax || texts > stringsMax || elements > elementsMax || depth > nestedMax {
			return 0, refuse("more rows, cells, texts or elements than a form has")
		}
	}
	return counted.bytes, nil
}

type counter struct {
	from  io.Reader
	bytes int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.bytes += int64(n)
	return n, err
}

type reader struct {
	file *excelize.File
	w    *xlsform.Workbook
}

func (r *reader) fault(sheet string, row, column int, reason string) {
	if len(r.w.Faults) < faultsOfFile {
		r.w.Faults = append(r.w.Faults, xlsform.Fault{Workbook: r.w.Name, Sheet: sheet, Row: row + 1, Column: xlsform.Letters(column), Reason: reason})
	}
}

func (r *reader) sheet(name string) error {
	merged, err := r.file.GetMergeCells(name)
	if err != nil {
		return refuse("a sheet cannot be read")
	}
	for _, m := range merged {
		column, row, err := excelize.CellNameToCoordinates(m.GetStartAxis())
		if err != nil {
			continue
		}
		r.fault(name, row-1, column-1, "merged cells are not understood")
		if right, bottom, err := excelize.CellNameToCoordinates(m.GetEndAxis()); err == nil && len(r.w.Merged[name]) < mergedMax {
			if r.w.Merged == nil {
				r.w.Merged = map[string][][4]int{}
			}
			r.w.Merged[name] = append(r.w.Merged[name], [4]int{row - 1, column - 1, bottom - 1, right - 1})
		}
	}
	rows, err := r.file.Rows(name)
	if err != nil {
		return refuse("a sheet cannot be read")
	}
	defer rows.Close() // nothing was written
	sheet := xlsform.Sheet{Name: name}
	for rows.Next() {
		cells, err := rows.Columns()
		if err != nil {
			return refuse("a row cannot be read")
		}
		if len(sheet.Rows) >= rowsMax || len(cells) > columnsMax {
			return refuse("more rows or columns than a form has")
		}
		for column, cell := range cells {
			if len(cell) > cellBytesMax {
				return refuse("a cell is longer than %d bytes", cellBytesMax)
			}
			r.cell(name, len(sheet.Rows), column, cell)
		}
		sheet.Rows = append(sheet.Rows, cells)
	}
	r.w.Sheets = append(r.w.Sheets, sheet)
	return nil
}

// cell finds what only the file shows: formulas, error values, broken text.
func (r *reader) cell(sheet string, row, column int, text string) {
	at, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err != nil {
		return
	}
	formula, err := r.file.GetCellFormula(sheet, at)
	kind, _ := r.file.GetCellType(sheet, at) // unknown is a text
	switch {
	case err != nil || formula != "":
		r.fault(sheet, row, column, "a formula is not understood: write the text itself")
	case kind == excelize.CellTypeError:
		r.fault(sheet, row, column, "the cell holds an error value")
	case !utf8.ValidString(text):
		r.fault(sheet, row, column, "the text is no sound UTF-8")
	}
}
