package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/screening/indicator"
)

// The counts of the form specification, section 3.
func TestBuiltinIsTheWholeForm(t *testing.T) {
	d, err := Load(builtin)
	if err != nil {
		t.Fatal(err)
	}
	short := 0
	for _, item := range d.Items() {
		if item.InShort {
			short++
		}
	}
	if d.Version() != "vif/1" || len(d.Items()) != 270 || short != 176 || len(d.Sections()) != 18 {
		t.Errorf("%s: %d items, %d short, %d sections", d.Version(), len(d.Items()), short, len(d.Sections()))
	}
	if err := indicator.Builtin().Check(d.Symbol); err != nil {
		t.Error(err)
	}
}

// What the tables of sharing name must exist, or the tables protect nothing.
func TestSharingTablesNameItemsOfTheForm(t *testing.T) {
	d := Builtin()
	facts := map[string]bool{}
	for _, fact := range screening.FactClasses() {
		facts[fact.Item] = true
	}
	for _, name := range screening.SharingItems() {
		class, known := d.Class(name)
		if !known && !facts[name] {
			t.Errorf("%s is no item", name)
		}
		if class == screening.Protected {
			t.Errorf("%s is protected and stands in a sharing table", name)
		}
	}
	for _, choice := range d.Choices("need") {
		if choice.Code != "none" && !slices.Contains(screening.Services(), choice.Code) {
			t.Errorf("service %s has no allow-list", choice.Code)
		}
	}
	for _, choice := range d.Choices("agency") {
		if _, err := screening.ParseAgency(choice.Code); err != nil {
			t.Error(err)
		}
	}
}

// Groups and rules that the specification gives to whole families of items.
func TestClassesAndContestedRulesByFamily(t *testing.T) {
	for _, i := range Builtin().Items() {
		switch {
		case i.Section == "prp" && i.Class != screening.Suspects,
			i.Group == Punished && i.Class != screening.Protected:
			t.Errorf("%s has class %v", i.ID, i.Class)
		case i.Section == "con" && i.Kind == screening.KindCode && i.Contested.Rule != Protective,
			i.Kind == screening.KindSet && i.Contested.Rule != Union,
			i.How == Auto && i.Kind != screening.KindSet && i.ID != itemAgeThen && i.Contested.Rule != Latest:
			t.Errorf("%s reads by %s when contested", i.ID, i.Contested.Rule)
		}
	}
}

// broken makes a definition with one thing changed.
func broken(t *testing.T, change func(file map[string]any)) []byte {
	t.Helper()
	var file map[string]any
	if err := json.Unmarshal(builtin, &file); err != nil {
		t.Fatal(err)
	}
	change(file)
	data, err := json.Marshal(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func item(file map[string]any, id string) map[string]any {
	for _, i := range file["items"].([]any) {
		if i.(map[string]any)["id"] == id {
			return i.(map[string]any)
		}
	}
	return nil
}

func TestABrokenDefinitionIsRefusedWithItemAndReason(t *testing.T) {
	set := func(id, key string, value any) func(map[string]any) {
		return func(file map[string]any) { item(file, id)[key] = value }
	}
	constraint := func(id string, c map[string]any) func(map[string]any) { return set(id, "constraints", []any{c}) }
	for _, row := range []struct {
		name, where, reason string
		change              func(map[string]any)
	}{
		{"version too long", "version", "32", func(f map[string]any) { f["version"] = strings.Repeat("v", 33) }},
		{"id twice", "ses_site", "twice", set("ses_mode", "id", "ses_site")},
		{"no class", "idn_sex", "class", set("idn_sex", "class", "")},
		{"unknown class", "idn_sex", "class", set("idn_sex", "class", "secret")},
		{"no contested rule", "idn_sex", "contested", set("idn_sex", "contested", "")},
		{"union of what is no set", "idn_sex", "union", set("idn_sex", "contested", "union")},
		{"protective without an order", "idn_sex", "order", set("idn_sex", "contested", "protective")},
		{"order off the list", "con_referral", `"perhaps"`, set("con_referral", "protective", []any{"perhaps"})},
		{"unknown list", "idn_sex", "list", set("idn_sex", "type", "single:sexes")},
		{"unknown type", "idn_sex", "type", set("idn_sex", "type", "singel:sex")},
		{"unknown section", "idn_sex", "section", set("idn_sex", "section", "who")},
		{"condition does not parse", "dbt_trend", "position 6", set("dbt_trend", "relevant", "dbt = ")},
		{"condition names no item", "dbt_trend", "no item", set("dbt_trend", "relevant", "debt_any = 'yes'")},
		{"condition with a code off the list", "dbt_trend", `"yep"`, set("dbt_trend", "relevant", "dbt_any = 'yep'")},
		{"asked when it was answered", "dbt_any", "circle", set("dbt_any", "relevant", "answered(dbt_any)")},
		{"two that wait for each other", "dbt_any", "dbt_any, dbt_trend, dbt_any", set("dbt_any", "relevant", "dbt_trend = 'rising'")},
		{"the age asked of children", "idn_age_stated", "circle", set("idn_age_stated", "relevant", "is_child")},
		{"protected group in another class", "jus_unlawful", "protected", set("jus_unlawful", "class", "indicator")},
		{"constraint of an unknown kind", "idn_sex", "kind", constraint("idn_sex", map[string]any{"kind": "polite"})},
		{"range upside down", "bat_line", "min", constraint("bat_line", map[string]any{"kind": "range", "min": 3, "max": 1})},
		{"range on a code", "idn_sex", "type", constraint("idn_sex", map[string]any{"kind": "range", "min": 1, "max": 3})},
		{"constraint on an unknown item", "wrk_to", "unknown item", constraint("wrk_to", map[string]any{"kind": "not_before", "item": "x"})},
		{"expectation without a then", "tri_when", "if and then", constraint("tri_when", map[string]any{"kind": "expect", "if": "is_child"})},
		{"code off the list", "con_interview", `"nay"`, constraint("con_interview", map[string]any{"kind": "ends", "code": "nay"})},
		{"item on no page", "idn_sex", "no page", func(f map[string]any) {
			for _, p := range f["pages"].(map[string]any)["short"].([]any) {
				page := p.(map[string]any)
				page["items"] = slices.DeleteFunc(page["items"].([]any), func(id any) bool { return id == "idn_sex" })
			}
		}},
		{"page names no item", "page registration", "unknown", func(f map[string]any) {
			f["pages"].(map[string]any)["registration"].([]any)[0].(map[string]any)["items"] = []any{"x"}
		}},
		{"choice without words", "list sex", "words", func(f map[string]any) {
			f["choices"].(map[string]any)["sex"].([]any)[0].(map[string]any)["km"] = ""
		}},
		{"unknown key", "byte", "unknown field", set("idn_sex", "sensitivity", "identity")},
	} {
		_, err := Load(broken(t, row.change))
		var at *LoadError
		if !errors.As(err, &at) || !strings.Contains(at.Where, row.where) || !strings.Contains(at.Reason, row.reason) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if _, err := Load(broken(t, func(map[string]any) {})); err != nil {
		t.Errorf("unchanged: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(`{"version":"x/1","items":[{"id":"a","type":"single:yn","class":"admin","form":"both","relevant":"a='yes'"}]}`))
	f.Add([]byte(`{"pages":{"short":[{"id":"p","items":["a"]}]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if d, err := Load(data); err == nil {
			d.Evaluate(Short, nil, today)
		}
	})
}

// The file is written as it is read: nothing gets lost on the way, and the
// embedded one stands as Write writes it.
func TestTheFileIsWrittenAsItIsRead(t *testing.T) {
	source, err := ParseSource(builtin)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(source.Write(), builtin) {
		t.Error("the embedded definition does not stand as Source.Write writes it")
	}
}
