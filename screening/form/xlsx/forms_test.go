package xlsx

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"raksa/screening/form"
	"raksa/screening/form/xlsform"
	"raksa/screening/indicator"
)

func workbook(t *testing.T, name string) xlsform.Workbook {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "data", name))
	if err != nil {
		t.Fatal(err)
	}
	w, err := Read(name, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The workbooks are the source. What the program carries is what they compile
// to, byte for byte.
func TestTheWorkbooksAreTheForms(t *testing.T) {
	result := xlsform.Compile(indicator.Builtin(), workbook(t, "short.xlsx"), workbook(t, "long.xlsx"))
	for _, fault := range result.Faults {
		t.Error(fault)
	}
	if result.Source == nil || !bytes.Equal(result.Source.Write(), form.BuiltinSource()) {
		t.Error("the embedded form is not what the workbooks say: raksa tool form compile screening/form/data -o screening/form/data/vif-1.json")
	}
}

// A ministry replaces a text in both workbooks, and the form says it; no
// program is built for that. Changed in one workbook only, it is refused.
func TestAWordingIsChangedWithoutCode(t *testing.T) {
	const cell, words = "C", "តើ\u200bមាន\u200bអ្នក\u200bណា\u200bឈឺ\u200bទេ?"
	changed := map[string]xlsform.Workbook{}
	for _, name := range []string{"short.xlsx", "long.xlsx"} {
		file, err := excelize.OpenFile(filepath.Join("..", "data", name))
		if err != nil {
			t.Fatal(err)
		}
		found, err := file.SearchSheet("survey", "tri_medical_urgent")
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		if err := file.SetCellStr("survey", cell+strings.TrimLeft(found[0], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), words); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := file.Write(&out); err != nil {
			t.Fatal(err)
		}
		if changed[name], err = Read(name, &out); err != nil {
			t.Fatal(err)
		}
	}
	result := xlsform.Compile(indicator.Builtin(), changed["short.xlsx"], changed["long.xlsx"])
	if len(result.Faults) > 0 || result.Definition.Item("tri_medical_urgent").KM != words {
		t.Fatalf("%v", result.Faults)
	}
	before, err := form.ParseSource(form.BuiltinSource())
	if err != nil {
		t.Fatal(err)
	}
	if got := xlsform.Diff(before, result.Source); len(got) != 1 || got[0].String() != "reworded question tri_medical_urgent: km" {
		t.Errorf("the difference: %v", got)
	}
	half := xlsform.Compile(indicator.Builtin(), changed["short.xlsx"], workbook(t, "long.xlsx"))
	if len(half.Faults) != 1 || !strings.Contains(half.Faults[0].String(), "differs from long.xlsx survey!C") {
		t.Errorf("one workbook alone: %v", half.Faults)
	}
}

// pyxform is the reference converter of XLSForm. PYXFORM names a Python that
// has it; otherwise python3 is tried.
func TestTheReferenceConverterTakesTheWorkbooks(t *testing.T) {
	python := os.Getenv("PYXFORM")
	if python == "" {
		python = "python3"
	}
	version, err := exec.Command(python, "-c", "import pyxform; print(pyxform.__version__)").Output()
	if err != nil {
		t.Skip("SKIPPED: no Python with pyxform here (pip install pyxform, then PYXFORM=/its/python go test)")
	}
	for _, name := range []string{"short.xlsx", "long.xlsx"} {
		out := filepath.Join(t.TempDir(), "form.xml")
		said, err := exec.Command(python, "-m", "pyxform.xls2xform", "--skip_validate", filepath.Join("..", "data", name), out).CombinedOutput()
		if err != nil {
			t.Errorf("pyxform %s refuses %s: %s", strings.TrimSpace(string(version)), name, said)
			continue
		}
		xml, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		controls := 0
		for _, tag := range []string{"<input ", "<select ", "<select1 "} {
			controls += bytes.Count(xml, []byte(tag))
		}
		t.Logf("pyxform %s: %s, %d questions", strings.TrimSpace(string(version)), name, controls)
		if want := map[string]int{"short.xlsx": 176, "long.xlsx": 270}[name]; controls != want {
			t.Errorf("%s: pyxform sees %d questions, not %d", name, controls, want)
		}
	}
}
