package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

// FieldView is a view of the tablet or partner face. Every view struct whose
// comment names a /path without "desk" implements it.
type FieldView interface{ fieldTemplate() string }

// DeskView is a view of the office's desk.
type DeskView interface{ deskTemplate() string }

//go:embed templates
var templateFiles embed.FS

// pages holds the parsed templates: language, then face. Templates are bound
// to their language when they are parsed, so no page can mix the two.
var pages = map[Lang]map[string]*template.Template{
	Khmer:   mustParse(Khmer),
	English: mustParse(English),
}

func mustParse(l Lang) map[string]*template.Template {
	parse := func(face string) *template.Template {
		t := template.New(face).Funcs(funcs(l))
		return template.Must(t.ParseFS(templateFiles, "templates/shared.html", "templates/"+face+"/*.html"))
	}
	return map[string]*template.Template{"field": parse("field"), "desk": parse("desk")}
}

// fieldPage and deskPage are what templates see.
type fieldPage struct {
	F FieldFrame
	V any
}

type deskPage struct {
	F    DeskFrame
	V    any
	Name string // of the template; its title is the word desk.<Name>.title
}

// RenderShell writes the one static page of the tablet. It holds no data: the
// script fetches /start with the key from the address.
func RenderShell(w io.Writer, l Lang) error {
	return render(w, l, "field", fieldPage{F: FieldFrame{Lang: l}}, "shell")
}

// RenderField writes the fragments of a whole tablet page: #head, #notice and
// #main.
func RenderField(w io.Writer, f FieldFrame, v FieldView) error {
	return render(w, f.Lang, "field", fieldPage{F: f, V: v}, "head", v.fieldTemplate())
}

// RenderSaved writes the answer to an autosave: the header, the rail, the new
// basis, what is new on the page, and when it was kept.
func RenderSaved(w io.Writer, f FieldFrame, s Saved) error {
	return render(w, f.Lang, "field", fieldPage{F: f, V: s}, "saved")
}

// RenderPlaces writes the results of a place look-up.
func RenderPlaces(w io.Writer, l Lang, p Places) error {
	return render(w, l, "field", fieldPage{F: FieldFrame{Lang: l}, V: p}, "places")
}

// RenderNotice writes only the header and the notice: the page below stays as
// it is, with everything that was typed. It is the answer to most errors.
func RenderNotice(w io.Writer, f FieldFrame) error {
	return render(w, f.Lang, "field", fieldPage{F: f}, "head")
}

// RenderDesk writes a whole page of the desk.
func RenderDesk(w io.Writer, f DeskFrame, v DeskView) error {
	return render(w, f.Lang, "desk", deskPage{F: f, V: v, Name: v.deskTemplate()}, v.deskTemplate())
}

// render writes all named templates or nothing: half a page would look whole.
func render(w io.Writer, l Lang, face string, page any, names ...string) error {
	set, ok := pages[l]
	if !ok {
		set = pages[Khmer]
	}
	var out bytes.Buffer
	for _, name := range names {
		if err := set[face].ExecuteTemplate(&out, name, page); err != nil {
			return fmt.Errorf("web: render %s %s: %w", face, name, err)
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// navigation lists the pages of the desk, in the order of a morning.
var navigation = []struct{ Path, Key, Icon string }{
	{"/", "morning", "clock"},
	{"/records", "records", "list"},
	{"/contested", "contested", "hand"},
	{"/pairs", "pairs", "pairs"},
	{"/counts", "counts", "bars"},
	{"/quarantine", "quarantine", "stop"},
	{"/devices", "devices", "tablet"},
	{"/audit", "audit", "eye"},
}

// funcs are the few words that templates use, bound to one language.
func funcs(l Lang) template.FuncMap {
	return template.FuncMap{
		"t":          func(key string, args ...any) string { return Word(l, key, args...) },
		"code":       func(family, code string) string { return CodeWord(l, family, code) },
		"codes":      Codes,
		"err":        func(code, part string) string { return Word(l, "error."+errorCode(code)+"."+part) },
		"icon":       icon,
		"clock":      clock,
		"day":        func(at time.Time) string { return day(l, at) },
		"moment":     func(at time.Time) string { return moment(l, at) },
		"machine":    machine,
		"plusminus":  func(d time.Duration) string { return plusminus(l, d) },
		"number":     number,
		"signed":     signed,
		"age":        func(a Age) string { return ageText(l, a) },
		"waterfall":  waterfallOf,
		"bars":       barsOf,
		"whisker":    whiskerOf,
		"navigation": func() any { return navigation },
		"field": func(typed Typed, id, name, label string) control {
			return control{Typed: typed, ID: id, Name: name, Label: label}
		},
		"pick": func(typed Typed, id, name, label string, options []Option) control {
			return control{typed, id, name, label, options}
		},
		"options": func(family string, without ...string) []Option { return optionsOf(l, family, without...) },
		"dict":    func(k1 string, v1 any, k2 string, v2 any) map[string]any { return map[string]any{k1: v1, k2: v2} },
		"add":     func(a, b float64) float64 { return round1(a + b) },
		"plus":    func(a, b int) int { return a + b },
	}
}
