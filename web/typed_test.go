package web

import (
	"bytes"
	"strings"
	"testing"
)

func TestARefusedFormComesBackWithWhatWasTyped(t *testing.T) {
	var b bytes.Buffer
	page := Devices{Organisations: organisations, First: firstPeople, Typed: Typed{
		Form: "/people/add", Field: "secret", Error: "desk_secret_short",
		Values: map[string][]string{"name": {"Chea <Sophal>"}, "role": {"auditor"}, "organisation": {"o2"}},
	}}
	if err := RenderDesk(&b, DeskFrame{Lang: English}, page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`value="Chea &lt;Sophal&gt;"`, `<option value="auditor" selected>`, `id="secret-fault"`, `aria-describedby="secret-fault"`,
		words[English]["error.desk_secret_short.what"],
	} {
		if strings.Count(b.String(), want) != 1 {
			t.Errorf("%s stands %d times on the page", want, strings.Count(b.String(), want))
		}
	}
}

// Every tablet has a form to revoke it: only the one that was refused opens.
func TestARefusedRowOpensAlone(t *testing.T) {
	var b bytes.Buffer
	page := Devices{Devices: []Device{{ID: "d1", State: "active"}, {ID: "d2", State: "active"}}, Typed: Typed{
		Form: "/devices/revoke", Field: "reason", Error: "reason_missing", Values: map[string][]string{"device": {"d2"}},
	}}
	if err := RenderDesk(&b, DeskFrame{Lang: English}, page); err != nil {
		t.Fatal(err)
	}
	if strings.Count(b.String(), `open="open"`) != 1 || !strings.Contains(b.String(), `id="reason-d2-fault"`) {
		t.Error("not the refused row alone is open")
	}
}

func TestTypedIsOfOneForm(t *testing.T) {
	typed := Typed{Form: "/a", Values: map[string][]string{"row": {"1"}, "x": {"y"}}}
	for name, row := range map[string]struct {
		got  Typed
		want string
	}{
		"its form": {typed.In("/a"), "y"}, "another form": {typed.In("/b"), ""},
		"its row": {typed.Of("/a", "row", "1"), "y"}, "another row": {typed.Of("/a", "row", "2"), ""},
	} {
		if got := row.got.Text("x"); got != row.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}
