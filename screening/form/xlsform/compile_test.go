package xlsform

import (
	"bytes"
	"testing"

	"raksa/screening/form"
	"raksa/screening/indicator"
)

func builtin(t *testing.T) *form.Source {
	t.Helper()
	source, err := form.ParseSource(form.BuiltinSource())
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// What Export writes, Compile reads: the same file again, byte for byte, with
// every Khmer text.
func TestTheFormsGoThroughWorkbooksAndBack(t *testing.T) {
	short, long := Export(builtin(t), indicator.Builtin())
	result := Compile(indicator.Builtin(), short, long)
	for _, fault := range result.Faults {
		t.Error(fault)
	}
	if len(result.Faults) > 0 {
		return
	}
	if !bytes.Equal(result.Source.Write(), form.BuiltinSource()) {
		t.Error("another definition comes back")
	}
}
