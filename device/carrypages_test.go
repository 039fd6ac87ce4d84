package device_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"raksa/carrier"
	"raksa/screening"
)

// The page writes to the stick and reads what is on it: its own files are passed
// over, and what is no use to anybody is told.
func TestTheCarryPageWritesAndReadsTheStick(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	d.Stick = t.TempDir()
	b := browse(t, d)
	b.must("/record", nil)
	if text := b.must("/carry", nil); !strings.Contains(text, d.Stick) {
		t.Error("the page does not say where it writes")
	}
	b.must("/carry", map[string]any{"act": "out"})
	files, err := carrier.List(d.Stick)
	must(t, err)
	if len(files) != 1 {
		t.Fatalf("%d files are on the stick", len(files))
	}
	if text := b.must("/carry", map[string]any{"act": "in"}); strings.Contains(text, `role="status"><ul`) {
		t.Error("the tablet's own file was taken for one that came in")
	}
	must(t, os.WriteFile(filepath.Join(d.Stick, carrier.Name{1}.File()), make([]byte, 900), 0o600))
	if text := b.must("/carry", map[string]any{"act": "in"}); !strings.Contains(text, `role="status"><ul`) {
		t.Error("a damaged file is not told")
	}
	if text := b.must("/carry", map[string]any{"act": "box", "address": "127.0.0.1:1"}); !strings.Contains(text, `value="127.0.0.1:1"`) {
		t.Error("the address is not kept")
	}
	if code, text := b.post("/carry", map[string]any{"act": "visit"}); code == 200 || notice(text) == "" {
		t.Errorf("a box that is not there answers %d", code)
	}
	d.Stick = filepath.Join(files[0].Path, "no folder")
	if code, _ := b.post("/carry", map[string]any{"act": "out"}); code == 200 {
		t.Error("writing to a stick that is not there succeeds")
	}
}
