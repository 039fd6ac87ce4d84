package indicator_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
)

type example struct {
	Name         string
	Set          indicator.Set
	Answers      map[string]any
	Present      []string
	Unknown      []string
	Dimensions   map[string]string
	Outcome      indicator.Outcome
	ForcedLabour bool `json:"forced_labour"`
}

var today = screening.PartialDate{Year: 2026, Month: 11, Day: 23}

// The worked examples of the form specification, section 8, through the real
// form. All persons are made up.
func TestWorkedExamples(t *testing.T) {
	data, err := os.ReadFile("testdata/examples.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Examples []example }
	if err := json.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Examples) != 9 {
		t.Fatalf("%d examples", len(file.Examples))
	}
	for _, e := range file.Examples {
		t.Run(e.Name, func(t *testing.T) { e.check(t) })
	}
}

func (e example) check(t *testing.T) {
	result := form.Builtin().Assess(indicator.Builtin(), e.answers(t), today)
	if result.Set != e.Set || result.Outcome != e.Outcome || result.ForcedLabour != e.ForcedLabour {
		t.Errorf("set %s, outcome %s, forced labour %v", result.Set, result.Outcome, result.ForcedLabour)
	}
	for _, d := range result.Dimensions {
		if d.Level.String() != e.Dimensions[d.ID] {
			t.Errorf("dimension %s is %v, want %s", d.ID, d.Level, e.Dimensions[d.ID])
		}
	}
	var present, unknown []string
	for _, f := range result.Findings {
		switch f.State {
		case indicator.Present:
			present = append(present, f.ID)
		case indicator.Unknown:
			unknown = append(unknown, f.ID)
		}
		if len(f.Because) == 0 {
			t.Errorf("%s is %v for no reason", f.ID, f.State)
		}
	}
	same(t, "present", present, e.Present)
	same(t, "unknown", unknown, e.Unknown)
}

func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s\n got %v\nwant %v", what, got, want)
	}
}

// answers turns the example's plain JSON into answers. null is a refusal, and
// the fact is_child is said as the age of fifteen that the example names.
func (e example) answers(t *testing.T) screening.Answers {
	t.Helper()
	answers := screening.Answers{"idn_age_stated": screening.Of(screening.Int(30))}
	for id, said := range e.Answers {
		switch v := said.(type) {
		case nil:
			answers[id] = screening.Saying(screening.Refused)
		case bool:
			answers["idn_age_stated"] = screening.Of(screening.Int(15))
		case float64:
			answers[id] = screening.Of(screening.Int(int64(v)))
		case string:
			answers[id] = screening.Of(screening.Code(v))
		case []any:
			var codes []string
			for _, code := range v {
				codes = append(codes, code.(string))
			}
			answers[id] = screening.Of(screening.SetOf(codes...))
		}
		if item := form.Builtin().Item(id); id != "is_child" && (item == nil || answers[id].Value != nil && form.Builtin().Fits(item, answers[id].Value) != "") {
			t.Fatalf("the example's answer to %s does not fit the form", id)
		}
	}
	return answers
}
