package gazetteer

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// The counts of the source, level by level, and no province missing: a table
// keyed by province once lost one and nobody saw it.
func TestTheTablesAreWhole(t *testing.T) {
	for _, row := range []struct {
		g    *Gazetteer
		want []int
	}{{Cambodia(), []int{25, 210, 1652, 14578}}, {Thailand(), []int{77, 929, 0, 0}}} {
		got := make([]int, 4)
		for _, p := range row.g.places {
			got[p.Level()-1]++
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %v", row.g.Edition, got)
		}
	}
	if _, found := Cambodia().Place("19"); !found || len(Cambodia().Under("")) != 25 {
		t.Error("a province is missing")
	}
}

func TestCodes(t *testing.T) {
	g := Cambodia()
	var way []string
	for _, p := range g.Way("01020101") {
		way = append(way, p.Latin)
	}
	if got := strings.Join(way, " / "); got != "Banteay Meanchey / Mongkol Borey / Banteay Neang / Ou Thum" {
		t.Error(got)
	}
	// Leading zeros get lost in spreadsheets.
	if p, found := g.Place("1020101"); !found || p.Code != "01020101" {
		t.Errorf("%v %v", p, found)
	}
	if _, found := g.Place("99999999"); found {
		t.Error("a retired code is found")
	}
	if below := g.Under("0102"); len(below) == 0 || below[0].Code != "010201" || below[0].Level() != 3 {
		t.Errorf("under 0102: %v", below)
	}
}

func TestSearch(t *testing.T) {
	for _, row := range []struct {
		name, typed, under, first string
		g                         *Gazetteer
	}{
		{"Khmer", "បាត់ដំ", "", "02", Cambodia()},
		{"Latin, any case and blanks", "  bat tambang", "", "02", Cambodia()},
		{"one letter for two", "Batambang", "", "02", Cambodia()},
		{"within a province", "phnum", "01", "0103", Cambodia()},
		{"subscript TA for DA", strings.ReplaceAll("បាត់ដំបង", "\u17d2\u178a", "\u17d2\u178f"), "", "02", Cambodia()},
		{"Thai", "กรุงเทพ", "", "10", Thailand()},
		{"Thai in Latin", "bangk", "", "10", Thailand()},
	} {
		found := row.g.Search(row.typed, row.under, 10)
		if len(found) == 0 || found[0].Code != row.first || len(found) > 10 {
			t.Errorf("%s: %v", row.name, found)
		}
	}
	if got := Cambodia().Search("a", "", 1000); len(got) > SearchMax {
		t.Errorf("%d places", len(got))
	}
	for _, typed := range []string{"", "  ", "\u200b", "!"} {
		if got := Cambodia().Search(typed, "", 5); got != nil {
			t.Errorf("%q finds %v", typed, got)
		}
	}
}

// The two subscripts are drawn alike; a search with either finds both.
func TestSubscriptsThatLookAlike(t *testing.T) {
	const da, ta = "\u1780\u17d2\u178a", "\u1780\u17d2\u178f"
	if fold(da) != fold(ta) {
		t.Error("subscript DA and TA differ")
	}
	if fold("\u178a") == fold("\u178f") {
		t.Error("the full letters DA and TA are the same")
	}
}

func TestABrokenTableIsRefusedWithItsLine(t *testing.T) {
	const head = "code,name_km,name_latin,unit_km\n"
	for table, line := range map[string]int{
		"":                                   0,
		head + "01,ក,Ka\n":                   0,
		head + "1,ក,Ka,\n":                   2,
		head + "01,ក,Ka,\n01,ខ,Kha,\n":       3,
		head + "01,ក,Ka,\n0201,ខ,Kha,\n":     3,
		head + "02,ក,Ka,\n01,ខ,Kha,\n":       3,
		head + "01,,Ka,\n":                   2,
		head + "01,ក,Ka,\n0101010101,ខ,K,\n": 3,
	} {
		_, err := Load("KH", "kh-test", strings.NewReader(table))
		var at *LoadError
		if !errors.As(err, &at) || at.Line != line {
			t.Errorf("%q: %v", table, err)
		}
	}
}
