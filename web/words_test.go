package web

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// usedWords collects every key that templates, code and families ask for.
func usedWords(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	inTemplate := regexp.MustCompile(`\bt "([a-z_0-9.]+)"`)
	ofFamily := regexp.MustCompile(`\b(?:code|codes|options) "([a-z]+)"`)
	inCode := regexp.MustCompile(`Word\(l, "([a-z_0-9]+\.[a-z_0-9]+)"`)
	err := fs.WalkDir(templateFiles, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := templateFiles.ReadFile(name)
		for _, m := range inTemplate.FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
		}
		for _, m := range ofFamily.FindAllSubmatch(text, -1) {
			if families[string(m[1])] == nil {
				t.Errorf("%s: no family %q", name, m[1])
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob("*.go")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inCode.FindAllSubmatch(text, -1) {
			used[string(m[1])] = true
		}
	}
	for family, codes := range families {
		for _, code := range codes {
			used[family+"."+code] = true
		}
	}
	for _, code := range errorCodes {
		for _, part := range []string{"what", "kept", "next"} {
			used["error."+code+"."+part] = true
		}
	}
	for _, n := range navigation {
		used["nav."+n.Key] = true
	}
	for _, c := range deskCases() {
		used["desk."+c.view.deskTemplate()+".title"] = true
	}
	return used
}

func TestEveryWordIsWrittenInBothLanguagesAndUsed(t *testing.T) {
	used := usedWords(t)
	for key := range used {
		for _, l := range []Lang{Khmer, English} {
			if strings.TrimSpace(words[l][key]) == "" {
				t.Errorf("words/%s.json: %q is asked for and not written", l, key)
			}
		}
	}
	for _, l := range []Lang{Khmer, English} {
		for key := range words[l] {
			if !used[key] {
				t.Errorf("words/%s.json: %q is written and never used", l, key)
			}
		}
	}
}

func TestBothLanguagesHaveTheSamePlaceholders(t *testing.T) {
	hole := regexp.MustCompile(`\{\d\}`)
	for key, english := range words[English] {
		en, km := hole.FindAllString(english, -1), hole.FindAllString(words[Khmer][key], -1)
		slices.Sort(en)
		slices.Sort(km)
		if !slices.Equal(en, km) {
			t.Errorf("%s: %v in English, %v in Khmer", key, en, km)
		}
	}
}

// A Latin letter in a Khmer sentence is a forgotten translation, unless it is
// a name or term that Khmer officers write so.
func TestKhmerIsKhmer(t *testing.T) {
	allowed := regexp.MustCompile(`CSV|Excel|xlsx|MB|UTF-8|UTF-16|Windows-874|number, name, sex, birth|\{\d\}`)
	latin := regexp.MustCompile(`[A-Za-z]`)
	for key, text := range words[Khmer] {
		if latin.MatchString(allowed.ReplaceAllString(text, "")) {
			t.Errorf("%s: %q", key, text)
		}
	}
}

// A victim is decided, not screened: the word may stand only among the codes
// of the official decision.
func TestVictimIsSaidOnlyByAnOfficialDecision(t *testing.T) {
	for key := range words[Khmer] {
		says := strings.Contains(strings.ToLower(words[English][key]), "victim") || strings.Contains(words[Khmer][key], "ជនរងគ្រោះ")
		if says && !strings.HasPrefix(key, "formal.") {
			t.Errorf("%s says victim", key)
		}
	}
}

func TestWordFillsPlaceholders(t *testing.T) {
	if got := Word(English, "tonight.progress", 18, 45); got != "18 of 45 done" {
		t.Errorf("got %q", got)
	}
	if got := Word(English, "no.such"); got != "[no.such]" {
		t.Errorf("got %q", got)
	}
	if got := CodeWord(English, "need", "a-new-service"); got != "a-new-service" {
		t.Errorf("got %q", got)
	}
}
