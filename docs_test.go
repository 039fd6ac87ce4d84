package raksa_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"raksa/screening"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exists also says yes for what belongs to a room that is still to be built.
func exists(name string) bool {
	if room := roomOf(filepath.ToSlash(filepath.Clean(name))); room != "" {
		first, _, _ := strings.Cut(room, "/")
		if _, err := os.Stat(first); err != nil {
			return true
		}
	}
	_, err := os.Stat(name)
	return err == nil
}

func TestEveryDecisionHasItsOwnNumberAndAllItsParts(t *testing.T) {
	names, _ := filepath.Glob("docs/decisions/*.md")
	taken := map[string]string{}
	for _, name := range names {
		number, _, _ := strings.Cut(filepath.Base(name), "-")
		if taken[number] != "" {
			t.Errorf("%s and %s have one number", taken[number], name)
		}
		taken[number] = name
		text := read(t, name)
		for _, part := range []string{"# " + number + ". ", "\nStatus: ", "\n## Context\n", "\n## Decision\n", "\n## Consequences\n", "\n## Turned down\n"} {
			if !strings.Contains(text, part) {
				t.Errorf("%s lacks %q", name, strings.TrimSpace(part))
			}
		}
	}
}

// Class codes are in hashes for ever: the table that people read and the one
// that the program reads are the same.
func TestClassCodesAreThoseOfDecision0002(t *testing.T) {
	text := read(t, "docs/decisions/0002-classes-are-single-bytes.md")
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| (\w+) \|`).FindAllStringSubmatch(text, -1)
	if len(rows) != len(screening.AllClasses())+1 || rows[0][2] != "clear" {
		t.Fatalf("the decision has %d codes with the clear one, screening has %d without", len(rows), len(screening.AllClasses()))
	}
	for _, row := range rows[1:] {
		if class, err := screening.ParseClass(row[2]); err != nil || strconv.Itoa(int(class)) != row[1] {
			t.Errorf("%s is %s in the decision, %d in screening (%v)", row[2], row[1], class, err)
		}
	}
}

func TestEveryTermOfTheGlossaryIsSaidOnceWithItsSource(t *testing.T) {
	said := map[string]bool{}
	for line := range strings.Lines(read(t, "docs/glossary.md")) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		term := strings.TrimSpace(cells[0])
		if !strings.HasPrefix(line, "|") || term == "term" || strings.HasPrefix(term, "--") {
			continue
		}
		if len(cells) != 3 || strings.TrimSpace(cells[1]) == "" || strings.TrimSpace(cells[2]) == "" {
			t.Errorf("%q: want term, meaning and source", term)
		}
		if said[term] {
			t.Errorf("%q is said twice", term)
		}
		said[term] = true
	}
	if len(said) == 0 {
		t.Error("no term found: has the table changed its form?")
	}
}

// A page that names a file or a folder names one that is there.
func TestPagesPointAtWhatIsThere(t *testing.T) {
	link := regexp.MustCompile(`[^!]\[[^\]]*\]\(([^)#:]+)(?:#[^)]*)?\)`)
	file := regexp.MustCompile("`([a-z]+(?:/[a-zA-Z0-9_.-]+)*/[a-zA-Z0-9_-]+\\.(?:go|md|proto|json))`")
	pages, _ := filepath.Glob("docs/*/*.md")
	more, _ := filepath.Glob("docs/*.md")
	for _, page := range append(append(pages, more...), "README.md") {
		text := read(t, page)
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if !exists(filepath.Join(filepath.Dir(page), found[1])) {
				t.Errorf("%s links to %s, which is not there", page, found[1])
			}
		}
		for _, found := range file.FindAllStringSubmatch(text, -1) {
			if exists(filepath.Dir(found[1])) && !exists(found[1]) {
				t.Errorf("%s names %s, which is not there", page, found[1])
			}
		}
	}
}

// Whoever types what a page shows must not be told that it does not exist.
func TestCommandsOnPagesExist(t *testing.T) {
	makefile := read(t, "Makefile")
	pages, _ := filepath.Glob("docs/howto/*.md")
	fence := regexp.MustCompile("(?ms)^```sh\n(.*?)^```")
	word := regexp.MustCompile(`^(make|go run|go test|\.ci/run)\s*(\S*)`)
	seen := 0
	for _, page := range append(pages, "README.md") {
		for _, block := range fence.FindAllStringSubmatch(read(t, page), -1) {
			for line := range strings.Lines(block[1]) {
				line, _, _ = strings.Cut(line, "#")
				command := word.FindStringSubmatch(line)
				if command == nil {
					continue
				}
				seen++
				switch what, arg := command[1], strings.TrimSuffix(command[2], "/..."); {
				case what == "make" && arg != "" && !strings.Contains(makefile, "\n"+arg+": "):
					t.Errorf("%s: make has no target %q", page, arg)
				case strings.HasPrefix(what, "go ") && strings.HasPrefix(arg, "./") && !exists(arg):
					t.Errorf("%s: %s %s: no such package", page, what, arg)
				case what == ".ci/run" && !exists(what):
					t.Errorf("%s: no %s", page, what)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no command found: have the pages changed their form?")
	}
}

func TestEveryDirectDependencyIsArgued(t *testing.T) {
	mod, err := modfile.Parse("go.mod", []byte(read(t, "go.mod")), nil)
	if err != nil {
		t.Fatal(err)
	}
	argued := read(t, "docs/dependencies.md")
	for _, need := range mod.Require {
		if !need.Indirect && !strings.Contains(argued, "`"+need.Mod.Path+"`") {
			t.Errorf("docs/dependencies.md does not say what %s saves", need.Mod.Path)
		}
	}
}

// SQLite's transpiled code and its libc are made for each other: another libc
// may compile and fail on the tablet.
func TestLibcIsTheOneThatSQLiteNames(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.GoMod}}", "modernc.org/libc", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(out))
	sqlite, err := modfile.ParseLax("go.mod", []byte(read(t, lines[3])), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, need := range sqlite.Require {
		if need.Mod.Path == "modernc.org/libc" && need.Mod.Version != lines[0] {
			t.Errorf("go.mod has modernc.org/libc %s, SQLite wants %s", lines[0], need.Mod.Version)
		}
	}
}
