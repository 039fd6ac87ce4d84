package web

import (
	"bytes"
	"strings"
	"testing"
)

// What is published is what is on the page: one center, or all of them.
func TestPublishingKeepsTheCenterThatIsShown(t *testing.T) {
	for name, row := range map[string]struct {
		chosen bool
		want   int
	}{"one center": {true, 1}, "all centers": {false, 0}} {
		var b bytes.Buffer
		page := Counts{Definition: "persons/1", Centers: []Option{{Code: "PTC", Label: "Poipet", Chosen: row.chosen}, {Code: "KTC", Label: "Kam Rieng"}}}
		if err := RenderDesk(&b, DeskFrame{Lang: English}, page); err != nil {
			t.Fatal(err)
		}
		if got := strings.Count(b.String(), `<input type="hidden" name="center" value="PTC">`); got != row.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}
