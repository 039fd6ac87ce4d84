package server

import (
	"testing"

	"raksa/screening/form"
	"raksa/screening/form/formtest"
	"raksa/screening/indicator"
)

// What the office keeps and reads back says what the shared vectors say.
func TestVectorsAtTheOffice(t *testing.T) {
	d := newDesk(t)
	for _, v := range formtest.Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			said, err := v.Answers(form.Builtin())
			if err != nil {
				t.Fatal(err)
			}
			iv := d.opened(d.interviewOf(said))
			for _, wrong := range v.Differs(iv.Form, indicator.Builtin(), iv.Answers) {
				t.Error(wrong)
			}
		})
	}
}
