package web

// MoveForm says what becomes of an interview's answers under a newer form
// version. Moving posts {to} to /record/<RecordID>/form.
type MoveForm struct {
	RecordID  string
	Who       Row
	From, To  string // versions
	Stays     int    // answers to which nothing happens
	Moved     []ReadLine
	Unmatched []ReadLine // kept, and no longer asked
	Settle    []ReadLine // contested where a name changed
	Removed   []ReadLine // a choice is gone
}

func (MoveForm) fieldTemplate() string { return "move_form" }
