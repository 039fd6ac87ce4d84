package formtest

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
)

// Vector is a set of answers with what the long form must say of them. What a
// vector does not name is not checked, but for Uncounted, which is complete.
type Vector struct {
	Name       string            `json:"name"`
	Said       map[string]string `json:"answers"`    // canonical answers by field
	Visibility map[string]string `json:"visibility"` // by field
	Uncounted  []string          `json:"uncounted"`
	Child      string            `json:"child"`
	Findings   map[string]string `json:"findings"` // by indicator
	Side       map[string]string `json:"side"`     // by side finding
	Outcome    string            `json:"outcome"`
	today      screening.PartialDate
}

//go:embed vectors.json
var vectors []byte

// Vectors returns all of them. It panics when the file is broken.
func Vectors() []Vector {
	var file struct {
		Today   string
		Vectors []Vector
	}
	if err := json.Unmarshal(vectors, &file); err != nil {
		panic(err)
	}
	day, err := screening.ParseDate(file.Today)
	if err != nil {
		panic(err)
	}
	for i := range file.Vectors {
		file.Vectors[i].today = day.(screening.PartialDate)
	}
	return file.Vectors
}

// Answers reads the answers as the fields of a form.
func (v Vector) Answers(def *form.Definition) (screening.Answers, error) {
	answers := screening.Answers{}
	for name, text := range v.Said {
		field, err := screening.ParseField(name)
		item := def.Item(field.Item)
		if err != nil || item == nil {
			return nil, fmt.Errorf("%s is no field", name)
		}
		if answers[name], err = screening.ParseAnswer(item.Kind, text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return answers, nil
}

// Differs lists where what a form and the rules say of some answers is not
// what the vector says.
func (v Vector) Differs(def *form.Definition, rules *indicator.Rules, answers screening.Answers) (wrong []string) {
	is := func(what, got, want string) {
		if want != "" && got != want {
			wrong = append(wrong, fmt.Sprintf("%s: %s, want %s", what, got, want))
		}
	}
	sheet := def.Evaluate(form.Long, answers, v.today)
	for name, want := range v.Visibility {
		field, _ := screening.ParseField(name)
		view, _ := sheet.View(field)
		is(name, view.Visibility.String(), want)
	}
	var uncounted []string
	for _, field := range sheet.Uncounted {
		uncounted = append(uncounted, field.String())
	}
	slices.Sort(uncounted)
	if !slices.Equal(uncounted, v.Uncounted) {
		wrong = append(wrong, fmt.Sprintf("not counted: %v, want %v", uncounted, v.Uncounted))
	}
	is("child", sheet.Child.Truth.String(), v.Child)
	result := def.Assess(rules, answers, v.today)
	for id, want := range v.Findings {
		finding, _ := result.Finding(id)
		is(id, finding.State.String(), want)
	}
	for id, want := range v.Side {
		finding, _ := result.SideFinding(id)
		is(id, finding.State.String(), want)
	}
	is("outcome", string(result.Outcome), v.Outcome)
	slices.Sort(wrong)
	return wrong
}
