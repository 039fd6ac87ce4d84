package web

import "time"

// Tonight is the home of a tablet: the open arrival group and its people.
type Tonight struct {
	Group    Group
	Filter   string // code of family "filter"; empty is "all"
	Rows     []Row  // already filtered
	Done     int    // people of the group who are done
	Total    int    // people of the group
	Children int
	Groups   []Group // other groups that are still open, to switch to
	// Earlier lists records of this officer from other groups that are still
	// open, so that nothing half-done is out of sight.
	Earlier []Row
}

// Group is an arrival group: one truck, one night. The three counts stay side
// by side; -1 is not given.
type Group struct {
	ID       string
	Gate     string // place, as shown
	Arrived  time.Time
	Declared int // by the Thai side
	Counted  int // by us
	Listed   int // lines of the imported list
}

// Open says whether there is a group.
func (g Group) Open() bool { return g.ID != "" }

// Row is one person in a list. On a capture device a closed record has no
// name: the row then says "person 12".
type Row struct {
	ID       string
	Number   int // within the group, from 1
	Name     Name
	Sex      string // code of family "sex"; may be empty
	Age      Age
	Progress string // code of family "progress"
	By       string // who is interviewing; may be empty
	Center   string // for lists across centers, as shown; may be empty
	At       time.Time
	Where    string // code of family "where"
	NeedsYou bool
	Private  bool // asks for a private room
	// Open is the path that the row opens; empty is "/record/<ID>".
	Open string
}

// Path is where the row leads.
func (r Row) Path() string {
	if r.Open != "" {
		return r.Open
	}
	return "/record/" + r.ID
}

// NewGroup opens an arrival group. It posts {gate, declared, counted} to /group.
type NewGroup struct {
	Gates []Option
}

// GroupPage shows one group: its counts, and where list and people differ.
// It posts {declared, counted} to /group/<id>, to /group/<id>/close, and
// {import} to /group/<id>/undo and /redo.
type GroupPage struct {
	Group      Group
	Unmatched  []ListLine // on the list, nobody came
	NotOnList  []Row      // came, not on the list
	Mismatches []Mismatch // details differ
	Matched    int        // on the list, and here
	Imports    []ListImport
	Partial    bool // only people of this tablet are known
}

// ListLine is one line of the Thai list.
type ListLine struct {
	ID       string
	Number   int
	Name     Name
	Thai     string
	Sex      string
	Age      Age
	Born     string // as the list has it, in both counts of years; may be empty
	Province string // as written
	Other    string // what else stood there
}

// Mismatch is a person whose answers differ from their line of the list.
type Mismatch struct {
	Row    Row
	Line   ListLine
	Fields []string // codes of family "mismatch"
}

// PickFromList offers the lines without a person. It posts {line} to /record.
type PickFromList struct {
	Group Group
	Lines []ListLine
	Query string // what was typed; posts {q} to /pick
}

// Import takes the arrivals list as CSV text. It posts {group, csv, raw} to
// /import, raw being a file in base64 that is no UTF-8; that shows what it would
// bring, and {take} with it takes it in.
type Import struct {
	Group   Group
	Text    string        // as it was read
	Preview *ListPreview  // of Text
	Report  *ImportReport // after it was taken in; nil before
}

// ImportReport says what happened to every line that was not taken. Lines
// that were taken are kept; lines with errors can be mended and sent again.
type ImportReport struct {
	Taken  int
	Errors []ImportError
}

// ImportError names a line and a column, never what stood there.
type ImportError struct {
	Sheet  string // of a workbook
	Line   int    // from 1, the heading counted
	Letter string // column of a sheet
	Column string // heading of the column; may be empty
	Code   string // of family "csv"
}

func (Tonight) fieldTemplate() string      { return "tonight" }
func (NewGroup) fieldTemplate() string     { return "new_group" }
func (GroupPage) fieldTemplate() string    { return "group" }
func (PickFromList) fieldTemplate() string { return "pick" }
func (Import) fieldTemplate() string       { return "import" }
