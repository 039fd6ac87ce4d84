package web

import "time"

// Counts is a table of counts with its definition above it. GET /counts with
// from, to, center; POST /counts/publish {csrf, from, to, center} stores a
// signed snapshot.
type Counts struct {
	Definition string // code of family "definition": how it was counted
	From, To   string // as in the inputs: 2026-11-01
	AsOf       time.Time
	Centers    []Option
	Rows       []CountRow
	Suppressed int // cells hidden because they are small
	Model      string
	OpenPairs  int
	// Likely is how many persons there are likely to be, 95 % of the time from
	// LikelyLow to LikelyHigh; 0 where the total is hidden or nobody is counted.
	Likely, LikelyLow, LikelyHigh int
	Snapshots                     []Snapshot
	Tables                        []CountTable
	Exact                         bool   // who looks may see exact figures and the records behind them
	Published                     string // id, on the page of a published count: its tables are files too
}

// CountTable is a table as it may be published, in words: the heading first, the
// total last.
type CountTable struct {
	Code   string // of family "published"; what is counted is in family "publisheddef"
	Lines  [][]string
	Hidden int
}

// Head is the heading.
func (t CountTable) Head() []string { return t.Lines[0] }

// Body is what stands below it.
func (t CountTable) Body() [][]string { return t.Lines[1:] }

// Empty reports that nothing is counted in it.
func (t CountTable) Empty() bool { return len(t.Lines) <= 2 }

// CountRow is one line: forms, records, persons with their range, episodes.
// A number below 0 is hidden because the cell is small.
type CountRow struct {
	Label    string
	Forms    int
	Records  int
	Persons  int
	Low      int // persons, at least
	High     int // persons, at most
	Episodes int
	Total    bool
}

// Spread is the widest relative distance of a range from its count, so that
// all whiskers share one scale.
func (c Counts) Spread() float64 {
	spread := 0.0
	for _, r := range c.Rows {
		if r.Persons > 0 {
			spread = max(spread, float64(r.Persons-r.Low)/float64(r.Persons), float64(r.High-r.Persons)/float64(r.Persons))
		}
	}
	return spread
}

// Snapshot is a published count.
type Snapshot struct {
	ID   string
	AsOf time.Time
	Who  string
	Path string
}

// CountDivided is a table by up to three attributes, exact, for the desk. GET
// /counts/table with first, second, third (codes of family "count"), from, to,
// center.
type CountDivided struct {
	From, To, Center string
	Chosen           [3]string
	Head             []string
	Rows             []CountDividedRow
}

// CountDividedRow is one line; Path leads to its records.
type CountDividedRow struct {
	Of                                []string
	Forms, Records, Persons, Episodes int
	Path                              string
}

// Attributes are the codes by which a table may be divided.
func (CountDivided) Attributes() []string {
	return []string{"year", "month", "center", "sex", "age_band", "outcome"}
}

// Names are the names of the three choices.
func (CountDivided) Names() [3]string { return [3]string{"first", "second", "third"} }

func (Counts) deskTemplate() string       { return "counts" }
func (CountDivided) deskTemplate() string { return "count_divided" }
