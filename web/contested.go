package web

// ContestedList is the queue of items with more than one live value.
type ContestedList struct {
	Rows []ContestedRow
}

// ContestedRow is one contested item.
type ContestedRow struct {
	Path   string
	Who    Row
	Label  string
	Values int
	Reads  string // code of family "reads": how it reads until settled
}

// Contested settles one item. It posts {csrf, basis, choice, reason} to Path;
// choice is a version's ID, or "open" to keep it open and ask.
type Contested struct {
	Path     string
	Who      Row
	RecordID string
	Label    string
	Small    string
	Basis    string // names all versions shown here
	Versions []Version
	Long     bool   // narratives: differences are marked between the first two
	Reads    string // code of family "reads"
	Left     int    // how many wait after this one
	Next     string // path of the next; empty is none
	Skipped  string // path that leads on without deciding; empty is none
	Typed    Typed
}

// Marked pairs a version with its text, marked against the other ones.
type Marked struct {
	Version
	Spans []Span
}

// Marked returns the versions; where exactly two narratives differ, what is in
// one and not in the other is marked. Two choices are simply two words. No
// merged sentence is ever made.
func (c Contested) Marked() []Marked {
	out := make([]Marked, len(c.Versions))
	for i, v := range c.Versions {
		out[i] = Marked{Version: v, Spans: []Span{{Text: v.Text, Same: true}}}
	}
	if c.Long && len(out) == 2 && out[0].State == out[1].State {
		out[0].Spans, out[1].Spans = DiffLetters(out[0].Text, out[1].Text)
	}
	return out
}

func (ContestedList) deskTemplate() string { return "contested_list" }
func (Contested) deskTemplate() string     { return "contested" }
