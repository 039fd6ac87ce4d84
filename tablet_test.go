package raksa_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// Nothing on a capture tablet's path links the spreadsheet library: not the
// hosts, and not a program built for tablets. The office's program does, which
// shows that the question is asked rightly.
func TestATabletLinksNoSpreadsheets(t *testing.T) {
	for _, row := range []struct {
		arguments []string
		links     bool
	}{
		{[]string{"./device", "./server", "./web", "./casefile", "./screening/form/xlsform"}, false},
		{[]string{"-tags", "tablet", "./cmd/raksa"}, false},
		{[]string{"./cmd/raksa"}, true},
	} {
		out, err := exec.Command("go", append([]string{"list", "-deps"}, row.arguments...)...).Output()
		if err != nil {
			t.Fatalf("go list %v: %v", row.arguments, err)
		}
		if got := slices.Contains(strings.Fields(string(out)), "github.com/xuri/excelize/v2"); got != row.links {
			t.Errorf("%v links the spreadsheet library: %v", row.arguments, got)
		}
	}
}
