// Package raksa_test holds the laws of the house: who may import whom, what a
// pure room may not touch, and that the pages under docs/ say what is true.
// The picture behind the table is in docs/architecture.md.
package raksa_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const cores = "screening screening/form screening/expr screening/indicator screening/gazetteer syncengine linkage linkage/khmer"

// A room is a folder with all below it, unless a longer name claims a part.
// A room may import itself and what stands beside it here, and nothing else
// of this module. A folder without a room is refused.
var rooms = map[string]string{
	"screening":                  "",
	"screening/expr":             "",
	"screening/gazetteer":        "screening",
	"screening/indicator":        "screening screening/expr",
	"screening/form":             "screening screening/expr screening/gazetteer screening/indicator",
	"screening/form/xlsform":     "screening screening/expr screening/form screening/indicator",
	"screening/form/xlsx":        "screening/form/xlsform",
	"screening/form/formtest":    "screening screening/form screening/indicator",
	"syncengine":                 "",
	"syncengine/memstore":        "syncengine",
	"syncengine/sqlstore":        "syncengine",
	"syncengine/sqlstore/pgtest": "",
	"syncengine/wire":            "syncengine gen",
	"syncengine/witness":         "syncengine",
	"syncengine/storetest":       "syncengine",
	"syncengine/simtest":         "syncengine syncengine/memstore syncengine/sqlstore syncengine/wire syncengine/storetest gen",
	"linkage":                    "linkage/khmer",
	"linkage/khmer":              "",
	"linkage/clk":                "linkage",
	"casefile":                   cores,
	"vault":                      "",
	"vault/enginekeys":           "vault syncengine",
	"carrier":                    "syncengine vault",
	"web":                        "",
	"device":                     cores + " casefile carrier vault vault/enginekeys web gen syncengine/sqlstore syncengine/memstore syncengine/wire syncengine/witness",
	"server":                     cores + " casefile carrier vault vault/enginekeys web gen syncengine/sqlstore syncengine/memstore syncengine/wire syncengine/witness screening/form/xlsform",
	"cmd":                        cores + " casefile carrier vault vault/enginekeys web gen syncengine/sqlstore syncengine/wire syncengine/witness screening/form/xlsform screening/form/xlsx linkage/clk device server",
}

var (
	pureRooms = strings.Fields(cores + " screening/form/xlsform syncengine/memstore casefile linkage/clk")
	// A pure room gets time, randomness and identity as arguments.
	impure = []string{"time", "os", "net", "database/sql", "log", "syscall", "plugin", "unsafe", "crypto/rand", "testing"}
	// A *rand.Rand may be handed in; the shared source may not be asked.
	seeded = []string{"Rand", "Source", "New", "NewSource", "NewPCG", "PCG", "NewChaCha8", "ChaCha8", "NewZipf", "Zipf"}
)

func within(name, folder string) bool { return name == folder || strings.HasPrefix(name, folder+"/") }

func roomOf(folder string) string {
	longest := ""
	for room := range rooms {
		if within(folder, room) && len(room) > len(longest) {
			longest = room
		}
	}
	return longest
}

func TestTheTableNamesOnlyRooms(t *testing.T) {
	for room, mayImport := range rooms {
		for _, name := range strings.Fields(mayImport) {
			if _, known := rooms[name]; !known && name != "gen" {
				t.Errorf("%s may import %q, which is no room", room, name)
			}
		}
	}
}

func TestEveryFileKeepsTheLawsOfItsRoom(t *testing.T) {
	described := map[string]bool{}
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		base := entry.Name()
		if entry.IsDir() && name != "." && (strings.ContainsAny(base[:1], "._") || name == "gen" || base == "testdata" || base == "node_modules") {
			return filepath.SkipDir
		}
		if err != nil || entry.IsDir() || !strings.HasSuffix(base, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		for _, fault := range faults(name, file) {
			t.Error(fault)
		}
		if folder := path.Dir(name); !strings.HasSuffix(name, "_test.go") {
			described[folder] = described[folder] || strings.HasPrefix(file.Doc.Text(), map[bool]string{true: "Command ", false: "Package "}[file.Name.Name == "main"])
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for folder, ok := range described {
		if !ok {
			t.Errorf("%s: no file opens with a package comment", folder)
		}
	}
}
