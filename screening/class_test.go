package screening

import "testing"

// The codes are hashed into every change. This table may grow, and no line of
// it may ever change.
func TestClassCodesArePermanent(t *testing.T) {
	for code, name := range map[Class]string{
		1: "admin", 2: "identity", 3: "contact", 4: "indicator", 5: "testimony", 6: "protected", 7: "suspects",
	} {
		if code.String() != name {
			t.Errorf("class %d is %q, want %q", uint8(code), code, name)
		}
		if got, err := ParseClass(name); err != nil || got != code {
			t.Errorf("%q reads as %d, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "Admin", "class(9)"} {
		if _, err := ParseClass(name); err == nil {
			t.Errorf("%q reads as a class", name)
		}
	}
	if Class(0).Valid() || Class(8).Valid() || len(AllClasses()) != 7 {
		t.Error("a class beside the seven")
	}
}
