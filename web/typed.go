package web

import "slices"

// Typed is a form of the desk that was refused, on its way back to whoever
// typed it: nothing is typed twice but a secret. The zero Typed is none.
type Typed struct {
	Form   string              // the path that it was posted to
	Field  string              // the name of the field at fault
	Error  string              // code of ErrorCodes
	Values map[string][]string // without secrets
}

// In gives what was typed if it was in this form, and else none.
func (t Typed) In(form string) Typed {
	if t.Form != form {
		return Typed{}
	}
	return t
}

// Of is In for a form that stands once for each row, and names its row.
func (t Typed) Of(form, name, row string) Typed {
	if t = t.In(form); !t.Has(name, row) {
		return Typed{}
	}
	return t
}

// Text gives what was typed into a field.
func (t Typed) Text(name string) string {
	if len(t.Values[name]) == 0 {
		return ""
	}
	return t.Values[name][0]
}

// Has says whether a choice was made.
func (t Typed) Has(name, choice string) bool { return slices.Contains(t.Values[name], choice) }

// control is one field of a form, as the templates "text", "pick", "toggles"
// and "fault" see it.
type control struct {
	Typed    Typed
	ID, Name string
	Label    string
	Options  []Option
}

// Faulty says whether the refusal was about this field.
func (c control) Faulty() bool { return c.Typed.Field != "" && c.Typed.Field == c.Name }

// Text is what was typed here.
func (c control) Text() string { return c.Typed.Text(c.Name) }

// Chosen says whether an option was chosen here.
func (c control) Chosen(code string) bool { return c.Typed.Has(c.Name, code) }

// optionsOf gives a family's codes as choices, without those left out.
func optionsOf(l Lang, family string, without ...string) (options []Option) {
	for _, code := range Codes(family) {
		if !slices.Contains(without, code) {
			options = append(options, Option{Code: code, Label: CodeWord(l, family, code)})
		}
	}
	return options
}
