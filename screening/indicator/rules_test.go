package indicator

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// The sizes of the lists as published: 10, 10, 16, 9, 15 and 7 entries for
// adults, 67 together; 65 for children, none of them weak.
func TestBuiltinHasThePublishedSizes(t *testing.T) {
	sizes := map[string]int{}
	adults, children := 0, 0
	for _, i := range Builtin().Indicators {
		if i.Adult != "" {
			adults++
			sizes[i.Dimension]++
		}
		if i.Child != "" {
			children++
		}
		if i.Child == Weak {
			t.Errorf("%s is weak for children", i.ID)
		}
	}
	want := map[string]int{
		"deceptive_recruitment": 10, "coercive_recruitment": 10, "vulnerability_recruitment": 16,
		"exploitation": 9, "coercion_destination": 15, "vulnerability_destination": 7,
	}
	for dimension, size := range want {
		if sizes[dimension] != size {
			t.Errorf("%s has %d entries, want %d", dimension, sizes[dimension], size)
		}
	}
	if adults != 67 || children != 65 {
		t.Errorf("%d for adults, %d for children", adults, children)
	}
}

func TestABrokenTableIsRefused(t *testing.T) {
	for _, row := range []struct{ name, old, new, where string }{
		{"no version", `"version": "ilo-ec/1"`, `"version": ""`, "head"},
		{"id twice", `{"id": "dr_wages"`, `{"id": "dr_housing"`, "dr_housing"},
		{"unknown dimension", `"dimension": "coercive_recruitment"`, `"dimension": "x"`, "cr_violence_victim"},
		{"unknown strength", `"adult_labour": "strong"`, `"adult_labour": "huge"`, "dr_job_nature"},
		{"no own condition", `"primary": "rec_job_same"`, `"primary": "rec_act"`, "dr_job_nature"},
		{"a condition that does not parse", `"when": "rec_job_same = 'no'"`, `"when": "rec_job_same = "`, "byte"},
		{"a hint on an unknown indicator", `"indicator": "ex_low_salary"`, `"indicator": "x"`, "labour_claim"},
		{"a side finding of no kind", `"kind": "debt"`, `"kind": "guess"`, "debt_bondage"},
		{"a ground without words", `"label_en": "The debt did not fall"`, `"label_en": ""`, "debt_bondage"},
		{"an unscored set beside none", `"beside": "adult_labour"`, `"beside": "adult"`, "adult_sexual"},
		{"an unscored set without what it never had", `"without": ["dr_conditions_work"]`, `"without": ["x"]`, "adult_sexual"},
		{"unknown key", `"note": "`, `"remark": "`, "byte"},
	} {
		if !bytes.Contains(builtin, []byte(row.old)) {
			t.Fatalf("%s: the table has no %s", row.name, row.old)
		}
		_, err := Load(bytes.Replace(builtin, []byte(row.old), []byte(row.new), 1))
		var at *LoadError
		if !errors.As(err, &at) || !strings.Contains(at.Where, row.where) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
}
