package gazetteer

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/csv"
	"fmt"
	"io"
	"sort"
	"strings"
	"sync"
)

// Place is one province, district, commune or village.
type Place struct {
	Code  string // 2 digits a level
	Local string // in Khmer or Thai script
	Latin string // "" when the source gives none (one village)
	Unit  string // the word for its kind in the local script, or ""
}

// Level is 1 for a province, 2 for a district, 3 for a commune, 4 for a
// village.
func (p Place) Level() int { return len(p.Code) / 2 }

// Gazetteer is one country in one edition. It is immutable and safe for
// concurrent use.
type Gazetteer struct {
	Country string  // ISO 3166-1 alpha-2
	Edition string  // kept with each answer, for example "kh-2026-06"
	places  []Place // by code
	keys    []key   // by folded name
}

// key is a folded name and the place that has it.
type key struct {
	name  string
	place int
}

//go:embed data/*.csv.gz
var files embed.FS

// Cambodia returns the embedded gazetteer of Cambodia (16,465 places).
var Cambodia = sync.OnceValue(func() *Gazetteer { return builtin("KH", "kh-2026-06") })

// Thailand returns the embedded gazetteer of Thailand (1,006 places).
var Thailand = sync.OnceValue(func() *Gazetteer { return builtin("TH", "th-2025-09") })

func builtin(country, edition string) *Gazetteer {
	packed, err := files.ReadFile("data/" + edition + ".csv.gz")
	if err != nil {
		panic(err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(err)
	}
	g, err := Load(country, edition, unpacked)
	if err != nil {
		panic(err)
	}
	return g
}

// LoadError names the line of a broken table.
type LoadError struct {
	Line   int
	Reason string
}

func (e *LoadError) Error() string { return fmt.Sprintf("gazetteer: line %d: %s", e.Line, e.Reason) }

const (
	tableBytesMax = 8 << 20
	placesMax     = 100_000
)

// Load reads a table with the columns code, local name, Latin name and unit,
// sorted by code, parents before children. The error is a *LoadError.
func Load(country, edition string, table io.Reader) (*Gazetteer, error) {
	reader := csv.NewReader(io.LimitReader(table, tableBytesMax))
	reader.FieldsPerRecord = 4
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 || len(rows) > placesMax {
		return nil, &LoadError{0, "not a table of four columns, or too long"}
	}
	g := &Gazetteer{Country: country, Edition: edition}
	for i, row := range rows[1:] {
		p := Place{row[0], row[1], row[2], row[3]}
		if reason := g.accepts(p); reason != "" {
			return nil, &LoadError{i + 2, reason}
		}
		g.places = append(g.places, p)
		for _, name := range []string{p.Local, p.Latin} {
			if name != "" {
				g.keys = append(g.keys, key{fold(name), i})
			}
		}
	}
	sort.SliceStable(g.keys, func(i, j int) bool { return g.keys[i].name < g.keys[j].name })
	return g, nil
}

// accepts checks a place against those before it; "" means yes.
func (g *Gazetteer) accepts(p Place) string {
	switch {
	case len(p.Code) == 0 || len(p.Code) > 8 || len(p.Code)%2 != 0 || strings.Trim(p.Code, "0123456789") != "":
		return "not a code of two digits a level (are leading zeros lost?)"
	case p.Local == "":
		return "a name is missing"
	case len(g.places) > 0 && g.places[len(g.places)-1].Code >= p.Code:
		return "not sorted, or a code twice"
	}
	if _, found := g.Place(p.Code[:len(p.Code)-2]); !found && len(p.Code) > 2 {
		return "its parent is missing"
	}
	return ""
}

// Place returns the place with a code. A code that lost one leading zero on
// its way through a spreadsheet is understood.
func (g *Gazetteer) Place(code string) (Place, bool) {
	if len(code)%2 == 1 {
		code = "0" + code
	}
	at := sort.Search(len(g.places), func(i int) bool { return g.places[i].Code >= code })
	if at == len(g.places) || g.places[at].Code != code {
		return Place{}, false
	}
	return g.places[at], true
}

// Way returns a place with the places above it, the province first.
func (g *Gazetteer) Way(code string) []Place {
	var way []Place
	for n := 2; n <= len(code); n += 2 {
		if p, found := g.Place(code[:n]); found {
			way = append(way, p)
		}
	}
	return way
}

// Under returns the places one level below a code, in order of code; under ""
// stand the provinces.
func (g *Gazetteer) Under(code string) []Place {
	var below []Place
	at := sort.Search(len(g.places), func(i int) bool { return g.places[i].Code >= code })
	for ; at < len(g.places) && strings.HasPrefix(g.places[at].Code, code); at++ {
		if len(g.places[at].Code) == len(code)+2 {
			below = append(below, g.places[at])
		}
	}
	return below
}
