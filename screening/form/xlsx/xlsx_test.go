package xlsx

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"raksa/screening/form/xlsform"
)

// The test program is its own child, as raksa is.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "child" {
		if err := Child(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func apart(t *testing.T, data []byte) (xlsform.Workbook, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "made-up.xlsx")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Apart(context.Background(), file, program, "child")
}

// Stacked consonants, the invisible space between Khmer words, both orders of
// a vowel and its sign, what looks like an escape or a formula, line breaks
// and spaces at the ends: all of it comes back as it was.
func TestTextComesBackByteForByte(t *testing.T) {
	texts := []string{
		"ស្ត្រី", "តើ\u200bអ្នក\u200bណា", "e\u0301 \u00e9", "=1+1", "@x", "_x0041_", " ends in a space ", "two\nlines", "1990", "true", "'quoted",
		strings.Repeat("ភាសាខ្មែរ ", 400), "<b>&amp;", "\tx",
	}
	want := xlsform.Workbook{Name: "made-up.xlsx", Sheets: []xlsform.Sheet{{Name: "survey", Rows: [][]string{texts, {"", "x"}}}}}
	data, err := Write(want)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Write(want)
	if err != nil || !bytes.Equal(data, again) {
		t.Error("the same workbook gives other bytes")
	}
	got, err := apart(t, data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, and not the same text", err)
	}
}

func TestWhatIsNoTextIsAFaultWithItsCell(t *testing.T) {
	file := excelize.NewFile()
	for _, err := range []error{
		file.SetCellFormula("Sheet1", "B2", "1+1"), file.SetCellStr("Sheet1", "A4", "wide"), file.MergeCell("Sheet1", "A4", "C5"), file.SetCellStr("Sheet1", "B3", "x"),
		file.SetCellStr("Sheet1", "C2", "y"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := file.Write(&out); err != nil {
		t.Fatal(err)
	}
	got, err := apart(t, out.Bytes())
	if err != nil || len(got.Faults) != 2 {
		t.Fatalf("%v %v", got.Faults, err)
	}
	for i, want := range []string{"made-up.xlsx Sheet1!A4: merged", "made-up.xlsx Sheet1!B2: a formula"} {
		if !strings.HasPrefix(got.Faults[i].String(), want) {
			t.Errorf("%s, not %s", got.Faults[i], want)
		}
	}
}

// zipped makes a file of parts.
func zipped(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range parts {
		part, err := w.Create(name)
		if err == nil {
			_, err = part.Write([]byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestHostileFilesAreRefused(t *testing.T) {
	sheet := "xl/worksheets/sheet1.xml"
	for _, row := range []struct {
		name, reason string
		data         []byte
	}{
		{"no zip", "no Excel file", []byte("made up")},
		{"empty", "no Excel file", nil},
		{"too long", "larger than", make([]byte, FileBytesMax+1)},
		{"a bomb", "packed more than", zipped(t, map[string]string{"a.bin": strings.Repeat("\x00", 8<<20)})},
		{"a larger bomb", "unzipped", zipped(t, map[string]string{"a.bin": strings.Repeat("\x00", 20<<20)})},
		{"a bomb of texts", "more rows", zipped(t, map[string]string{"xl/sharedStrings.xml": "<sst>" + strings.Repeat("<si/>", stringsMax+1) + "</sst>"})},
		{"a bomb of cells", "more rows", zipped(t, map[string]string{sheet: "<s>" + strings.Repeat("<c/>", cellsMax+1) + "</s>"})},
		{"a bomb of rows", "more rows", zipped(t, map[string]string{sheet: "<s>" + strings.Repeat("<row/>", rowsMax+1) + "</s>"})},
		{"a deep part", "more rows", zipped(t, map[string]string{sheet: strings.Repeat("<a>", nestedMax+1)})},
		{"an entity", "document type", zipped(t, map[string]string{sheet: `<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]><a>&b;</a>`})},
		{"macros", "macros", zipped(t, map[string]string{"xl/vbaProject.bin": "x"})},
		{"another file", "another file", zipped(t, map[string]string{"xl/externalLinks/externalLink1.xml": "<a/>"})},
		{"broken XML", "sound XML", zipped(t, map[string]string{sheet: "<a"})},
		{"no Excel inside", "no Excel file", zipped(t, map[string]string{"a.txt": "x"})},
	} {
		_, err := apart(t, row.data)
		var refused *Refused
		if !errors.As(err, &refused) || !strings.Contains(refused.Reason, row.reason) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}

// FuzzRead: whatever the bytes, a refusal or a workbook, and no panic.
func FuzzRead(f *testing.F) {
	data, err := Write(xlsform.Workbook{Sheets: []xlsform.Sheet{{Name: "survey", Rows: [][]string{{"type", "name"}}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := Read("made-up.xlsx", bytes.NewReader(data))
		var refused *Refused
		if err != nil && !errors.As(err, &refused) {
			t.Fatal(err)
		}
	})
}
