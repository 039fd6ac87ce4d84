package casefile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding names how the bytes of a list were read. Lists come from old
// spreadsheets, and from programs that read one encoding as another.
type Encoding string

// The encodings of a list.
const (
	UTF8       Encoding = "utf8"
	UTF16      Encoding = "utf16"
	Windows874 Encoding = "windows874" // TIS-620 and what Windows added to it
	TwiceUTF8  Encoding = "utf8_twice" // UTF-8 that was taken for Latin letters and written again
	Twice874   Encoding = "windows874_twice"
)

// DecodeList reads the bytes of a CSV file as text. It is a *LineError when no
// encoding makes sense of them.
func DecodeList(data []byte) (text string, as Encoding, err error) {
	notText := &LineError{Line: 1, Code: ListNotText}
	if len(data) > ListBytesMax {
		return "", "", &LineError{Line: 1, Code: ListTooLong}
	}
	if rest, marked := bytes.CutPrefix(data, []byte("\xef\xbb\xbf")); marked {
		data = rest
	}
	switch {
	case bytes.IndexByte(data, 0) >= 0 || bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")):
		if text = decodeUTF16(data); text == "" {
			return "", "", notText
		}
		return text, UTF16, nil
	case utf8.Valid(data):
		if text, as = readTwice(string(data)); as == "" {
			return string(data), UTF8, nil
		}
		return text, as, nil
	}
	if text, ok := decode874(data); ok {
		return text, Windows874, nil
	}
	return "", "", notText
}

// decodeUTF16 trusts the mark at the start, and without one the place of the
// zero bytes of commas and line ends. "" is no UTF-16.
func decodeUTF16(data []byte) string {
	order := unicode.LittleEndian
	even, odd := 0, 0
	for i, b := range data {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	if even > odd {
		order = unicode.BigEndian
	}
	text, err := unicode.UTF16(order, unicode.UseBOM).NewDecoder().Bytes(data)
	if len(data)%2 != 0 || err != nil || bytes.ContainsRune(text, utf8.RuneError) || bytes.IndexByte(text, 0) >= 0 {
		return ""
	}
	return string(text)
}

func decode874(data []byte) (string, bool) {
	text, err := charmap.Windows874.NewDecoder().Bytes(data)
	return string(text), err == nil && !bytes.ContainsRune(text, utf8.RuneError) && bytes.ContainsFunc(text, isThai)
}

// readTwice undoes that Thai or Khmer was taken for Latin letters and saved as
// them. It is sure only when every letter turns back.
func readTwice(text string) (string, Encoding) {
	if strings.ContainsFunc(text, func(r rune) bool { return isThai(r) || isKhmer(r) }) || !strings.ContainsFunc(text, func(r rune) bool { return r > 0x9f }) {
		return "", ""
	}
	raw, ok := asLatinBytes(text)
	if !ok {
		return "", ""
	}
	if utf8.Valid(raw) && bytes.ContainsFunc(raw, func(r rune) bool { return isThai(r) || isKhmer(r) }) {
		return string(raw), TwiceUTF8
	}
	thai, ok := decode874(raw)
	heading, _, _ := strings.Cut(thai, "\n")
	if ok && strings.ContainsFunc(heading, isThai) { // a Latin list with accents has none there
		return thai, Twice874
	}
	return "", ""
}

// asLatinBytes gives the byte of every letter, as Western Windows numbers them;
// the five bytes that it leaves out are their own letters.
func asLatinBytes(text string) ([]byte, bool) {
	var raw []byte
	for _, r := range text {
		b, ok := charmap.Windows1252.EncodeRune(r)
		if !ok && r >= 0x80 && r < 0xa0 {
			b, ok = byte(r), true
		}
		if !ok {
			return nil, false
		}
		raw = append(raw, b)
	}
	return raw, true
}

func isThai(r rune) bool  { return r >= 0x0e01 && r <= 0x0e5b }
func isKhmer(r rune) bool { return r >= 0x1780 && r <= 0x17f9 }

// Sheet is a list as a table: of a CSV text, or one sheet of a workbook.
type Sheet struct {
	Name   string // empty for CSV
	Rows   [][]string
	Lines  []int    // of the file, by row, when a row is not its own line; from 1
	Merged [][4]int // first row, first column, last row, last column; from 0
	Broken int      // the line from which on a CSV text cannot be read; 0 is none
}

// line is where a row stands in its file, from 1.
func (s Sheet) line(row int) int {
	if row < len(s.Lines) {
		return s.Lines[row]
	}
	return row + 1
}

// listDelimiters stand between the cells of a CSV text, as spreadsheets of
// different countries write it.
var listDelimiters = []rune{',', ';', '\t'}

// SplitList reads CSV text as a table, with the delimiter by which its heading
// makes the most sense.
func SplitList(text string) Sheet {
	text = strings.TrimPrefix(text, "\ufeff")
	best, most := split(text, ',', listLinesMax), -1
	for _, delimiter := range listDelimiters {
		top := split(text, delimiter, headingRowsMax)
		_, known := top.heading()
		if known > most {
			most = known
			best = split(text, delimiter, listLinesMax+headingRowsMax)
		}
	}
	return best
}

func split(text string, delimiter rune, rowsMax int) Sheet {
	var s Sheet
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.TrimLeadingSpace = delimiter, -1, delimiter != '\t'
	for {
		cells, err := r.Read()
		var parse *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return s
		case errors.As(err, &parse): // a Reader over a string has no other error
			s.Broken = parse.StartLine
			return s
		}
		at, _ := r.FieldPos(0)
		s.Rows, s.Lines = append(s.Rows, slices.Clone(cells)), append(s.Lines, at)
		if len(s.Rows) > rowsMax {
			return s
		}
	}
}
