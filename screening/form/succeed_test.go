package form

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestWhatMayFollowAForm(t *testing.T) {
	edit := func(id string, change func(*SourceItem)) func(*Source) {
		return func(s *Source) {
			change(&s.Items[slices.IndexFunc(s.Items, func(i SourceItem) bool { return i.ID == id })])
		}
	}
	rows := []struct {
		name   string
		change func(*Source)
		where  string // "" may follow
	}{
		{"new words", edit("idn_sex", func(i *SourceItem) { i.EN = "Sex, as the person says" }), ""},
		{"a question fewer", func(s *Source) {
			s.dropped(slices.IndexFunc(s.Items, func(i SourceItem) bool { return i.ID == "idn_children" }))
		}, ""},
		{"a new name for a question", func(s *Source) {
			s.renamed(slices.IndexFunc(s.Items, func(i SourceItem) bool { return i.ID == "idn_father" }), "idn_parent")
		}, ""},
		{"the same version", func(s *Source) { s.Version = "vif/1" }, "version"},
		{"another type", edit("idn_children", func(i *SourceItem) { i.Type = "text" }), "idn_children"},
		{"another class", edit("idn_children", func(i *SourceItem) { i.Class = "testimony" }), "idn_children"},
		{"other entries", edit("idn_children", func(i *SourceItem) { i.Repeat = "documents[]" }), "idn_children"},
		{"without a question that the program needs", func(s *Source) {
			s.dropped(slices.IndexFunc(s.Items, func(i SourceItem) bool { return i.ID == "con_recontact" }))
		}, "con_recontact"},
		{"without a center", func(s *Source) { s.Choices["site"] = s.Choices["site"][1:] }, "list site"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			source := plainSource(t)
			source.Version = "vif/2"
			row.change(source)
			err := load(t, source).Follows(load(t, plainSource(t)))
			var broken *Break
			if row.where == "" && err != nil || row.where != "" && (!errors.As(err, &broken) || broken.Where != row.where) {
				t.Errorf("says %v", err)
			}
		})
	}
}

// A question that a program names and that a new form may leave out would be
// missed by the program alone, in the field. The tables of sharing are not asked:
// what they name and no form has is shared with nobody.
func TestTheProgramNamesOnlyWhatAFormMustHave(t *testing.T) {
	name := regexp.MustCompile(`"([a-z]{3}_[a-z_0-9]+)"`)
	for _, room := range []string{"casefile", "device", "server", "screening/form", "linkage", "web"} {
		files, err := filepath.Glob(filepath.Join("../..", room, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(room, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, found := range name.FindAllStringSubmatch(string(text), -1) {
				if Builtin().Item(found[1]) != nil && !slices.Contains(needed, found[1]) && !strings.HasPrefix(found[1], "con_share_") {
					t.Errorf("%s names %s, which a form may leave out", file, found[1])
				}
			}
		}
	}
}

func TestAnEarlierNameLeadsToOnePlace(t *testing.T) {
	for name, change := range map[string]func(*Source){
		"a question that is still here": func(s *Source) { s.Items[0].Was = []string{s.Items[1].ID} },
		"two heirs":                     func(s *Source) { s.Items[0].Was, s.Items[1].Was = []string{"old_one"}, []string{"old_one"} },
		"a choice that is still here":   func(s *Source) { s.Choices["yn"][0].Was = []string{s.Choices["yn"][1].Code} },
	} {
		source := plainSource(t)
		change(source)
		var bad *LoadError
		if _, err := Load(source.Write()); !errors.As(err, &bad) {
			t.Errorf("%s: loads: %v", name, err)
		}
	}
}
