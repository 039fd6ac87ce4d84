package device_test

import (
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/form/formtest"
	"raksa/screening/indicator"
)

// What a tablet keeps and reads back says what the shared vectors say.
func TestVectorsOnATablet(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	for _, v := range formtest.Vectors() {
		t.Run(v.Name, func(t *testing.T) {
			said, err := v.Answers(form.Builtin())
			must(t, err)
			id, err := d.NewInterview(t.Context(), device.Opening{})
			must(t, err)
			if len(said) > 0 {
				seen, err := d.Record(t.Context(), id)
				must(t, err)
				var fields []string
				for field := range said {
					fields = append(fields, field)
				}
				_, err = d.SaveAnswers(t.Context(), id, device.Edit{Basis: casefile.BasisOf(seen.Record, fields...), Answers: said})
				must(t, err)
			}
			seen, err := d.Record(t.Context(), id)
			must(t, err)
			for _, wrong := range v.Differs(seen.Form, indicator.Builtin(), seen.Interview.Answers) {
				t.Error(wrong)
			}
		})
	}
}
