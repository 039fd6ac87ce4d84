package form

import (
	"testing"

	"raksa/screening/indicator"
)

func TestBuiltinIsSound(t *testing.T) {
	d, err := Load(builtin)
	if err != nil {
		t.Fatal(err)
	}
	if err := indicator.Builtin().Check(d.Symbol); err != nil {
		t.Fatal(err)
	}
	short := 0
	for _, item := range d.Items() {
		if item.InShort {
			short++
		}
	}
	// Form specification, section 3: 270 items, 176 in both, 94 long only.
	if len(d.Items()) != 270 || short != 176 {
		t.Errorf("%d items, %d in the short form", len(d.Items()), short)
	}
}
