package server

import (
	"bytes"
	"cmp"
	_ "embed" // What is published is data.
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"raksa/casefile"
	"raksa/screening"
)

// Attribute is one by which a table is divided. Its text is a stable code.
type Attribute string

// The attributes: what the case list has in the clear.
const (
	ByYear    Attribute = "year"
	ByMonth   Attribute = "month"
	ByCenter  Attribute = "center"
	BySex     Attribute = "sex"
	ByAgeBand Attribute = "age_band"
	ByOutcome Attribute = "outcome" // state of the case
)

// attributesMax is how many attributes a table may have.
const attributesMax = 3

// attributeOf reads one attribute of an interview; "" is not reported.
var attributeOf = map[Attribute]func(casefile.Summary) string{
	ByYear:    func(s casefile.Summary) string { return dayOf(s).Format("2006") },
	ByMonth:   func(s casefile.Summary) string { return dayOf(s).Format("2006-01") },
	ByCenter:  func(s casefile.Summary) string { return s.Center },
	BySex:     func(s casefile.Summary) string { return s.Sex },
	ByAgeBand: func(s casefile.Summary) string { return s.AgeBand },
	ByOutcome: func(s casefile.Summary) string { return string(s.State) },
}

func dayOf(s casefile.Summary) time.Time { return time.Unix(s.Day*secondsADay, 0).UTC() }

// Cell is one figure of a table, or hidden: below 0.
type Cell struct {
	Of       []string `json:"of"` // the values of the attributes; "" is not reported
	Forms    int      `json:"forms"`
	Records  int      `json:"records"`
	Persons  int      `json:"persons"`
	Episodes int      `json:"episodes"`
	records  []string // ids
}

// tabulate divides interviews by attributes, exactly. A person stands in every
// cell that one of their records is in: cells of persons do not add up.
func tabulate(rows map[string]casefile.Summary, persons map[string]string, by []Attribute) (cells []Cell) {
	found := map[string][]string{}
	for id, row := range rows {
		var of []string
		for _, a := range by {
			of = append(of, attributeOf[a](row))
		}
		key := strings.Join(of, "\x00")
		found[key] = append(found[key], id)
	}
	for _, key := range slices.Sorted(maps.Keys(found)) {
		own := map[string]casefile.Summary{}
		for _, id := range found[key] {
			own[id] = rows[id]
		}
		row, _ := countRow("", own, persons, nil)
		slices.Sort(found[key])
		cells = append(cells, Cell{
			Of: strings.Split(key, "\x00"), Forms: row.Forms, Records: row.Records, Persons: row.Persons,
			Episodes: row.Episodes, records: found[key],
		})
	}
	return cells
}

// publication is which tables are published, and how small numbers are kept from
// pointing at people.
type publication struct {
	Version string `json:"version"`
	Source  string `json:"source"`
	Least   int    `json:"least"` // a smaller figure is hidden
	Round   int    `json:"round"` // every figure, totals too, to the next multiple
	Tables  []struct {
		Code   string                `json:"code"`
		By     []Attribute           `json:"by"`
		States []screening.CaseState `json:"states"` // that are counted; none is all
	} `json:"tables"`
}

//go:embed publication.json
var publicationText []byte

var publicationInForce = sync.OnceValue(func() publication {
	p, err := parsePublication(publicationText)
	if err != nil {
		panic(err)
	}
	return p
})

func parsePublication(text []byte) (p publication, _ error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&p); err != nil {
		return p, fmt.Errorf("publication.json: byte %d: %w", decoder.InputOffset(), err)
	}
	if p.Version == "" || p.Source == "" || p.Least < 2 || p.Round < 1 {
		return p, fmt.Errorf("publication.json: version, source, least or round is missing")
	}
	for _, t := range p.Tables {
		if t.Code == "" || len(t.By) == 0 || len(t.By) > attributesMax {
			return p, fmt.Errorf("publication.json: table %q: want a code and 1 to %d attributes", t.Code, attributesMax)
		}
		for _, a := range t.By {
			if attributeOf[a] == nil {
				return p, fmt.Errorf("publication.json: table %q: no attribute %q", t.Code, a)
			}
		}
	}
	return p, nil
}

// PublicTable is a table as it may be published: small cells hidden, all figures
// rounded alike.
type PublicTable struct {
	Code   string                `json:"code"`
	By     []Attribute           `json:"by"`
	States []screening.CaseState `json:"states,omitempty"`
	Cells  []Cell                `json:"cells"`
	Total  Cell                  `json:"total"`
	Hidden int                   `json:"hidden"`
}

// publish makes the tables of a publication from the counted interviews.
func (p publication) publish(rows map[string]casefile.Summary, persons map[string]string) (tables []PublicTable) {
	for _, t := range p.Tables {
		own := maps.Clone(rows)
		maps.DeleteFunc(own, func(_ string, s casefile.Summary) bool {
			return len(t.States) > 0 && !slices.Contains(t.States, s.State)
		})
		table := PublicTable{Code: t.Code, By: t.By, States: t.States, Cells: tabulate(own, persons, t.By)}
		if all := tabulate(own, persons, nil); len(all) == 1 {
			table.Total = all[0]
		}
		table.Total.Of = nil
		p.protect(&table)
		tables = append(tables, table)
	}
	return tables
}

// protect hides what is small and rounds the rest. A single hidden cell could be
// found from the total, so the next smallest goes with it.
func (p publication) protect(t *PublicTable) {
	small := func(c Cell) bool { return c.least() < p.Least }
	hidden := 0
	for i := range t.Cells {
		if small(t.Cells[i]) {
			t.Cells[i].hide()
			hidden++
		}
	}
	if hidden == 1 {
		next := -1
		for i, c := range t.Cells {
			if c.Records >= 0 && (next < 0 || c.least() < t.Cells[next].least()) {
				next = i
			}
		}
		if next >= 0 {
			t.Cells[next].hide()
			hidden++
		}
	}
	if t.Total.Records > 0 && small(t.Total) {
		t.Total.hide()
		hidden++
	}
	t.Hidden = hidden
	for i := range t.Cells {
		t.Cells[i].round(p.Round)
	}
	t.Total.round(p.Round)
}

func (c *Cell) least() int { return min(c.Records, c.Persons, c.Episodes) }

func (c *Cell) hide() { c.Forms, c.Records, c.Persons, c.Episodes = -1, -1, -1, -1 }

func (c *Cell) round(to int) {
	for _, n := range []*int{&c.Forms, &c.Records, &c.Persons, &c.Episodes} {
		if *n > 0 {
			*n = (*n + to/2) / to * to
		}
	}
}

// sheet gives a table as lines of text, for a file: the heading, the cells, the
// total. A hidden figure is "<11".
func (t PublicTable) sheet(least int, word func(family, code string) string) (lines [][]string) {
	figure := func(n int) string {
		if n < 0 {
			return fmt.Sprintf("<%d", least)
		}
		return fmt.Sprint(n)
	}
	head := []string{}
	for _, a := range t.By {
		head = append(head, word("attribute", string(a)))
	}
	lines = append(lines, append(head, word("count", "records"), word("count", "persons"), word("count", "episodes")))
	for _, c := range append(slices.Clone(t.Cells), t.Total) {
		var line []string
		for i, a := range t.By {
			text := ""
			if i < len(c.Of) {
				text = cmp.Or(c.Of[i], word("count", "not_reported"))
				if a == BySex || a == ByOutcome {
					text = word(string(a), text)
				}
			} else if i == 0 {
				text = word("count", "total")
			}
			line = append(line, text)
		}
		lines = append(lines, append(line, figure(c.Records), figure(c.Persons), figure(c.Episodes)))
	}
	return lines
}
