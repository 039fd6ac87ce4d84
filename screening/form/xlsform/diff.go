package xlsform

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"raksa/screening/form"
)

// Change is one difference between two versions of the forms.
type Change struct {
	Kind string   `json:"kind"` // added, removed, renamed, moved, reworded or ruled
	What string   `json:"what"` // "section tri", "question tri_when", "choice yn/yes", "page short/tri-1"
	How  []string `json:"how,omitempty"`
}

func (c Change) String() string {
	text := c.Kind + " " + c.What
	if len(c.How) > 0 {
		text += ": " + strings.Join(c.How, ", ")
	}
	return text
}

// Diff says what is other in after. Wording and rules are kept apart, because
// other people answer for them.
func Diff(before, after *form.Source) []Change {
	var found []Change
	found = append(found, compareRows("section", sectionRows(before), sectionRows(after))...)
	found = append(found, compareRows("question", itemRows(before), itemRows(after))...)
	found = append(found, compareRows("choice", choiceRows(before), choiceRows(after))...)
	return append(found, compareRows("page", pageRows(before), pageRows(after))...)
}

// thing is a section, question, choice or page: its name, what moves with it,
// and its fields.
type thing struct {
	name   string
	home   string // moving to another home is a move
	fields map[string]string
	was    []string // earlier names
}

func fieldsOf(value any, left ...string) map[string]string {
	fields := map[string]string{}
	v := reflect.ValueOf(value)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if !slices.Contains(left, name) {
			fields[name] = fmt.Sprint(v.Field(i).Interface())
		}
	}
	return fields
}

func sectionRows(s *form.Source) []thing {
	var found []thing
	for _, section := range s.Sections {
		found = append(found, thing{section.ID, "", fieldsOf(section, "id"), nil})
	}
	return found
}

func itemRows(s *form.Source) []thing {
	var found []thing
	for _, item := range s.Items {
		found = append(found, thing{item.ID, item.Section, fieldsOf(item, "id", "section", "was"), item.Was})
	}
	return found
}

func choiceRows(s *form.Source) []thing {
	var found []thing
	for _, list := range slices.Sorted(maps.Keys(s.Choices)) {
		for _, c := range s.Choices[list] {
			t := thing{list + "/" + c.Code, list, fieldsOf(c, "code", "was"), nil}
			for _, was := range c.Was {
				t.was = append(t.was, list+"/"+was)
			}
			found = append(found, t)
		}
	}
	return found
}

func pageRows(s *form.Source) []thing {
	var found []thing
	for _, kind := range form.Kinds() {
		for _, p := range s.Pages[kind] {
			found = append(found, thing{string(kind) + "/" + p.ID, string(kind), fieldsOf(p, "id"), nil})
		}
	}
	return found
}

// wording names the fields that people read.
var wording = []string{"en", "km", "hint_en", "hint_km", "message_en", "message_km", "note", "relevant_note", "class_note"}

func compareRows(what string, before, after []thing) []Change {
	var found []Change
	add := func(kind, name string, how []string) {
		found = append(found, Change{kind, what + " " + name, how})
	}
	at := func(things []thing, name string) int {
		return slices.IndexFunc(things, func(t thing) bool { return t.name == name })
	}
	before = slices.Clone(before)
	for _, now := range after {
		if n := slices.IndexFunc(before, func(t thing) bool { return slices.Contains(now.was, t.name) && at(after, t.name) < 0 }); n >= 0 && at(before, now.name) < 0 {
			add("renamed", before[n].name, []string{now.name})
			before[n].name = now.name // its other differences are told under the new name
		}
	}
	for _, old := range before {
		if at(after, old.name) < 0 {
			add("removed", old.name, nil)
		}
	}
	for _, name := range moved(before, after) {
		add("moved", name, nil)
	}
	for _, now := range after {
		n := at(before, now.name)
		if n < 0 {
			add("added", now.name, nil)
			continue
		}
		words, rules := differences(before[n].fields, now.fields)
		if len(words) > 0 {
			add("reworded", now.name, words)
		}
		if len(rules) > 0 {
			add("ruled", now.name, rules)
		}
	}
	return found
}

func differences(before, after map[string]string) (words, rules []string) {
	for _, field := range slices.Sorted(maps.Keys(after)) {
		if before[field] == after[field] {
			continue
		}
		if slices.Contains(wording, field) {
			words = append(words, field)
		} else {
			rules = append(rules, field)
		}
	}
	return words, rules
}

// moved names the things that stand elsewhere: all but the longest run that
// kept its order, and those with another home.
func moved(before, after []thing) []string {
	place, home := map[string]int{}, map[string]string{}
	for n, t := range before {
		place[t.name], home[t.name] = n+1, t.home
	}
	var both []thing
	for _, t := range after {
		if place[t.name] > 0 {
			both = append(both, t)
		}
	}
	length, previous := make([]int, len(both)), make([]int, len(both))
	best := -1
	for i := range both {
		length[i], previous[i] = 1, -1
		for j := range i {
			if place[both[j].name] < place[both[i].name] && length[j]+1 > length[i] {
				length[i], previous[i] = length[j]+1, j
			}
		}
		if best < 0 || length[i] > length[best] {
			best = i
		}
	}
	stayed := map[string]bool{}
	for ; best >= 0; best = previous[best] {
		stayed[both[best].name] = true
	}
	var names []string
	for _, t := range both {
		if !stayed[t.name] || home[t.name] != t.home {
			names = append(names, t.name)
		}
	}
	return names
}
