package raksa_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// vague names say nothing, and so collect everything.
var vague = regexp.MustCompile(`(^|/)(utils?|helpers?|common|types|misc|base|manager)(_test\.go|\.go|/)`)

// faults lists what one Go file, named by its path from the root, does
// against the laws of its room.
func faults(name string, file *ast.File) (found []string) {
	room, test := roomOf(path.Dir(name)), strings.HasSuffix(name, "_test.go")
	pure := slices.Contains(pureRooms, room) && !test
	refuse := func(why string, args ...any) { found = append(found, name+": "+fmt.Sprintf(why, args...)) }
	if room == "" && path.Dir(name) != "." {
		refuse("this folder is no room of the house")
	}
	if vague.MatchString(name) {
		refuse("name it by its one concept, or put it next to its one user")
	}
	virtualTime := slices.ContainsFunc(file.Imports, func(i *ast.ImportSpec) bool { return i.Path.Value == `"testing/synctest"` })
	for _, spec := range file.Imports {
		target := strings.Trim(spec.Path.Value, `"`)
		first, _, _ := strings.Cut(target, "/")
		inner, ours := strings.CutPrefix(target, "raksa/")
		innerRoom := roomOf(inner)
		if within(inner, "gen") {
			innerRoom = "gen"
		}
		switch {
		case ours && !test && innerRoom != room && !slices.Contains(strings.Fields(rooms[room]), innerRoom):
			refuse("room %q may not import %q", room, inner)
		case within(target, "connectrpc.com/connect/v2"):
			refuse("connect v1 only (decision 0005)")
		case room != "vault" && (within(target, "golang.org/x/crypto") || within(target, "crypto/hpke")):
			refuse("only vault imports %s", target)
		case pure && slices.ContainsFunc(impure, func(bad string) bool { return within(target, bad) }):
			refuse("a pure room may not import %s", target)
		case pure && strings.Contains(first, ".") && !within(target, "golang.org/x/text"):
			refuse("a pure room may not lean on %s", target)
		case pure && strings.HasPrefix(target, "math/rand"):
			for _, word := range selected(file, spec, "rand") {
				if !slices.Contains(seeded, word) {
					refuse("rand.%s asks the shared random source", word)
				}
			}
		case target == "github.com/rs/zerolog" && (room == "device" || room == "server") && !test:
			for _, word := range loose(file) {
				refuse("a log line takes ids and codes; %s could carry a name", word)
			}
		case target == "time" && !virtualTime && (test || within(room, "syncengine/simtest") || within(room, "syncengine/storetest")):
			if slices.Contains(selected(file, spec, "time"), "Sleep") {
				refuse("a test waits for a fact, it does not sleep")
			}
		}
	}
	return found
}

// selected lists the words that a file takes from one of its imports.
func selected(file *ast.File, spec *ast.ImportSpec, name string) (words []string) {
	if spec.Name != nil {
		name = spec.Name.Name
	}
	if name == "." {
		return []string{"(by a dot import)"}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == name {
				words = append(words, s.Sel.Name)
			}
		}
		return true
	})
	return words
}

// loose lists the calls that hand a log line something without a type of its
// own: Err(err), Interface(name, value) and Any(name, value).
func loose(file *ast.File) (words []string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && slices.Contains([]string{"Err 1", "Interface 2", "Any 2"}, fmt.Sprint(s.Sel.Name, " ", len(call.Args))) {
				words = append(words, s.Sel.Name)
			}
		}
		return true
	})
	return words
}

// The law-keeper is itself tested: each of these must be refused.
func TestTheHouseRefuses(t *testing.T) {
	for _, row := range []struct{ what, file, body, want string }{
		{"a core that imports a core", "linkage/x.go", `import _ "raksa/screening"`, "may not import"},
		{"a core that imports its own edge", "syncengine/x.go", `import _ "raksa/syncengine/sqlstore"`, "may not import"},
		{"a host that imports a host", "device/x.go", `import _ "raksa/server"`, "may not import"},
		{"an edge that reaches for gen", "web/x.go", `import _ "raksa/gen/raksa/sync/v1"`, "may not import"},
		{"a folder without a room", "kitchen/x.go", ``, "no room"},
		{"a file for everything", "server/helpers.go", ``, "one concept"},
		{"a folder for everything", "device/common/clock.go", ``, "one concept"},
		{"a name with a concept", "server/commonname.go", ``, ""},
		{"a clock in a core", "casefile/x.go", `import "time"`, "pure room"},
		{"a disk in a core", "screening/expr/x.go", `import "os"`, "pure room"},
		{"a network in a core", "linkage/x.go", `import "net/http"`, "pure room"},
		{"a store in a core", "syncengine/x.go", `import "database/sql/driver"`, "pure room"},
		{"a log in a core", "syncengine/x.go", `import "log/slog"`, "pure room"},
		{"a logger in a core", "linkage/x.go", `import "github.com/rs/zerolog"`, "may not lean on"},
		{"true randomness in a core", "syncengine/memstore/x.go", `import "crypto/rand"`, "pure room"},
		{"the shared random source", "linkage/x.go", `import "math/rand"; var _ = rand.Intn(3)`, "shared random source"},
		{"the same under another name", "linkage/x.go", `import dice "math/rand/v2"; var _ = dice.IntN`, "shared random source"},
		{"connect v2", "server/x.go", `import "connectrpc.com/connect/v2"`, "v1 only"},
		{"ciphers outside vault", "device/x.go", `import "golang.org/x/crypto/argon2"`, "only vault"},
		{"envelopes outside vault", "server/x_test.go", `import "crypto/hpke"`, "only vault"},
		{"a test that sleeps", "server/x_test.go", `import "time"; func f() { time.Sleep(1) }`, "does not sleep"},
		{"an error in a log line", "server/x.go", `import "github.com/rs/zerolog"; func f(l zerolog.Logger, err error) { l.Warn().Err(err).Msg("") }`, "ids and codes"},
		{"a value in a log line", "device/x.go", `import "github.com/rs/zerolog"; func f(l zerolog.Logger, v any) { l.Info().Interface("v", v).Msg("") }`, "ids and codes"},
		{"an id in a log line", "server/x.go", `import "github.com/rs/zerolog"; func f(l zerolog.Logger, id string) { l.Info().Str("record", id).Msg("") }`, ""},
		{"a handed-in source", "linkage/x.go", `import "math/rand"; func f(r *rand.Rand) int { return r.Intn(3) }`, ""},
		{"a clock in a host", "device/x.go", `import "time"`, ""},
		{"sleep in virtual time", "server/x_test.go", `import ("time"; "testing/synctest"); func f() { time.Sleep(1) }`, ""},
	} {
		t.Run(row.what, func(t *testing.T) {
			file, err := parser.ParseFile(token.NewFileSet(), row.file, "package x\n"+row.body, 0)
			if err != nil {
				t.Fatal(err)
			}
			found := strings.Join(faults(row.file, file), "; ")
			if (row.want == "") != (found == "") || !strings.Contains(found, row.want) {
				t.Errorf("found %q, want %q", found, row.want)
			}
		})
	}
}
