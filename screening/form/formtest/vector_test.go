package formtest

import (
	"testing"

	"raksa/screening/form"
	"raksa/screening/indicator"
)

// The vectors on the bare form; device and server hold themselves to the same.
func TestVectors(t *testing.T) {
	if len(Vectors()) < 16 {
		t.Fatalf("only %d vectors", len(Vectors()))
	}
	for _, v := range Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			answers, err := v.Answers(form.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			for _, wrong := range v.Differs(form.Builtin(), indicator.Builtin(), answers) {
				t.Error(wrong)
			}
		})
	}
}

// A vector that is answered otherwise is noticed.
func TestAVectorCanFail(t *testing.T) {
	v := Vectors()[1]
	answers, err := v.Answers(form.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	delete(answers, "dbt_any")
	if len(v.Differs(form.Builtin(), indicator.Builtin(), answers)) == 0 {
		t.Error("an answer is gone and nothing differs")
	}
}
