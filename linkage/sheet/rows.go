package sheet

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
)

// rowsMax bounds what one file may hold.
const rowsMax = 5_000_000

// A row gives the cell of a column; a column that the file lacks is empty.
type row func(column string) string

// eachRow visits the rows of a CSV with a heading, which must name the needed
// columns. Errors name the line, never what stands there.
func eachRow(r io.Reader, needed []string, visit func(line int, cells row) error) error {
	rows := csv.NewReader(skipMark(r))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("heading: %w", err)
	}
	column := make(map[string]int, len(header))
	for i, name := range slices.Clone(header) {
		column[name] = i
	}
	for _, name := range needed {
		if _, ok := column[name]; !ok {
			return fmt.Errorf("column %s is missing", name)
		}
	}
	for n := 0; ; n++ {
		cells, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n == rowsMax {
			return fmt.Errorf("more than %d rows", rowsMax)
		}
		line, _ := rows.FieldPos(0)
		err = visit(line, func(name string) string {
			if i, ok := column[name]; ok {
				return cells[i]
			}
			return ""
		})
		if err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

// skipMark leaves out the byte order mark that spreadsheets write first.
func skipMark(r io.Reader) io.Reader {
	buffered := bufio.NewReaderSize(r, 1<<16)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\uFEFF" {
		buffered.Discard(3)
	}
	return buffered
}
