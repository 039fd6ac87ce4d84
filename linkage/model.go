package linkage

import (
	"bytes"
	_ "embed" // The built-in model is data.
	"encoding/json"
	"fmt"
	"math"
	"sync"
)

// A Model is a table of how often each level occurs in pairs of one person at
// one return (m), of one person at two returns (r), of one household (h) and of
// unrelated persons (u).
type Model struct {
	version string
	table   ModelTable
	shares  Shares
	prior   float64
	bits    map[Agreement]levelBits
}

// Version names the table, to be stored with every score.
func (m *Model) Version() string { return m.version }

// Shares are the classes' shares among candidate pairs; they sum to 1.
type Shares struct {
	Same      float64 `json:"same"`     // one person, one return
	Returned  float64 `json:"returned"` // one person who came back: two returns
	Household float64 `json:"household"`
	Unrelated float64 `json:"unrelated"`
}

// A ModelTable is a Model as a file.
type ModelTable struct {
	Version string       `json:"version"`
	Source  string       `json:"source"`
	Shares  Shares       `json:"shares"`
	Fields  []FieldTable `json:"fields"`
}

// A FieldTable gives each level's probabilities; over the levels of a field
// each column sums to 1. Missing has no row.
type FieldTable struct {
	Field  Field        `json:"field"`
	Levels []LevelTable `json:"levels"`
}

// A LevelTable is one row: m, r, h and u.
type LevelTable struct {
	Level Level   `json:"level"`
	M     float64 `json:"m"`
	R     float64 `json:"r"`
	H     float64 `json:"h"`
	U     float64 `json:"u"`
}

type levelBits struct {
	same      float64 // log2(m/u), on the grid
	returned  float64 // log2(r/m), on the grid
	household float64 // log2(h/u), on the grid
}

//go:embed model/model.json
var builtIn []byte

// DefaultModel is the built-in table, estimated on invented people (see the
// source in model/model.json). A host calls it once at start: it panics if the
// table is broken.
func DefaultModel() *Model { return builtInModel() }

var builtInModel = sync.OnceValue(func() *Model {
	m, err := ParseModel("model/model.json", builtIn)
	if err != nil {
		panic(err)
	}
	return m
})

// A ModelError says where a table is broken and why.
type ModelError struct {
	File   string
	Item   string // "birth/date_same", or a key of the file
	Reason string
}

func (e *ModelError) Error() string {
	return fmt.Sprintf("linkage model %s: %s: %s", e.File, e.Item, e.Reason)
}

// ParseModel reads and checks a ModelTable in JSON. It fails with a
// *ModelError on an unknown or missing field or level, and on probabilities
// that are not positive or do not sum to 1.
func ParseModel(file string, text []byte) (*Model, error) {
	var table ModelTable
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&table); err != nil {
		return nil, &ModelError{file, fmt.Sprintf("byte %d", decoder.InputOffset()), err.Error()}
	}
	if err := table.check(); err != nil {
		err.File = file
		return nil, err
	}
	m := &Model{version: table.Version, table: table, bits: map[Agreement]levelBits{}}
	m.setShares(table.Shares)
	for _, f := range table.Fields {
		for _, l := range f.Levels {
			m.bits[Agreement{f.Field, l.Level}] = bitsOf(l)
		}
	}
	return m, nil
}

func bitsOf(l LevelTable) levelBits {
	return levelBits{grid(math.Log2(l.M / l.U)), grid(math.Log2(l.R / l.M)), grid(math.Log2(l.H / l.U))}
}

func (t *ModelTable) check() *ModelError {
	if t.Version == "" || t.Source == "" {
		return &ModelError{Item: "version, source", Reason: "must be given"}
	}
	if s := t.Shares; !isProbability(s.Same) || !isProbability(s.Returned) || !isProbability(s.Household) ||
		!isProbability(s.Unrelated) || !isWhole(s.Same+s.Returned+s.Household+s.Unrelated) {
		return &ModelError{Item: "shares", Reason: "must be positive and sum to 1"}
	}
	if len(t.Fields) != len(fieldLevels) {
		return &ModelError{Item: "fields", Reason: fmt.Sprintf("there are %d, want %d", len(t.Fields), len(fieldLevels))}
	}
	for i, want := range fieldLevels {
		if err := t.Fields[i].check(want.field, want.levels); err != nil {
			return err
		}
	}
	return nil
}

func (f *FieldTable) check(field Field, levels []Level) *ModelError {
	if f.Field != field || len(f.Levels) != len(levels) {
		return &ModelError{Item: string(f.Field), Reason: fmt.Sprintf("want field %s with %d levels", field, len(levels))}
	}
	var m, r, h, u float64
	for i, l := range f.Levels {
		item := string(field) + "/" + string(l.Level)
		switch {
		case l.Level != levels[i]:
			return &ModelError{Item: item, Reason: "want level " + string(levels[i])}
		case !isProbability(l.M) || !isProbability(l.R) || !isProbability(l.H) || !isProbability(l.U):
			return &ModelError{Item: item, Reason: "m, r, h and u must lie between 0 and 1"}
		}
		m, r, h, u = m+l.M, r+l.R, h+l.H, u+l.U
	}
	if !isWhole(m) || !isWhole(r) || !isWhole(h) || !isWhole(u) {
		return &ModelError{Item: string(field), Reason: "the columns m, r, h and u must each sum to 1"}
	}
	return nil
}

func isProbability(p float64) bool { return p > 0 && p < 1 }

// isWhole allows for the rounding of the file's figures.
func isWhole(sum float64) bool { return math.Abs(sum-1) < 1e-3 }

// EstimateModel fills a table from labelled agreement patterns: each pattern
// with the class its pair is known to have. It counts half a pair for every
// level that never occurred, so that no level decides alone.
func EstimateModel(version, source string, labelled []LabelledPattern) ModelTable {
	table := ModelTable{Version: version, Source: source}
	counts := map[Agreement]*[classCount]float64{}
	classes := [classCount]float64{0.5, 0.5, 0.5, 0.5}
	for _, l := range labelled {
		classes[l.Class]++
		for _, g := range l.Pattern {
			if counts[g] == nil {
				counts[g] = new([classCount]float64)
			}
			counts[g][l.Class]++
		}
	}
	all := 0.0
	for _, n := range classes {
		all += n
	}
	table.Shares = Shares{
		Same: round6(classes[SamePerson] / all), Returned: round6(classes[Returned] / all),
		Household: round6(classes[SameHousehold] / all), Unrelated: round6(classes[Unrelated] / all),
	}
	for _, f := range fieldLevels {
		rows := make([][classCount]float64, len(f.levels))
		var sums [classCount]float64
		for i, level := range f.levels {
			rows[i] = [classCount]float64{0.5, 0.5, 0.5, 0.5}
			if n := counts[Agreement{f.field, level}]; n != nil {
				for class := range rows[i] {
					rows[i][class] += n[class]
				}
			}
			for class := range sums {
				sums[class] += rows[i][class]
			}
		}
		field := FieldTable{Field: f.field}
		for i, level := range f.levels {
			share := func(class Class) float64 { return round6(rows[i][class] / sums[class]) }
			field.Levels = append(field.Levels, LevelTable{level, share(SamePerson), share(Returned), share(SameHousehold), share(Unrelated)})
		}
		table.Fields = append(table.Fields, field)
	}
	return table
}

// A LabelledPattern is a record pair whose class is known.
type LabelledPattern struct {
	Pattern []Agreement
	Class   Class
}

// Class is what a record pair truly is.
type Class int

// The classes. A person who returned is one person with two episodes: batch,
// sector and months differ for that one reason, which independent fields would
// count three times.
const (
	SamePerson    Class = iota // one person, one return
	Returned                   // one person, two returns
	SameHousehold              // two persons
	Unrelated
	classCount = iota
)

func round6(p float64) float64 { return max(math.Round(p*1e6)/1e6, 1e-6) }
