package web

// Enroll is the first page of a tablet that knows nobody yet. It posts
// {ticket, name, agency, secret, secret2} to /enroll.
type Enroll struct {
	TicketHint string // what a ticket looks like, as an example; may be empty
}

// SignIn lets a person pick their name and give the secret. It posts
// {person, secret} to /sign-in. With nobody chosen yet it shows the names.
type SignIn struct {
	People []Colleague
	Chosen string // id of the colleague whose secret is asked for; empty shows the list
	// WaitSeconds is how long the next try must wait after wrong secrets; 0 is none.
	WaitSeconds int
}

// Colleague is somebody enrolled on this tablet.
type Colleague struct {
	ID       string
	Name     string
	Initials string // one or two letters or Khmer clusters
	Agency   string // code of family "agency"
}

// ChosenColleague is the one whose secret is asked for.
func (s SignIn) ChosenColleague() Colleague {
	for _, c := range s.People {
		if c.ID == s.Chosen {
			return c
		}
	}
	return Colleague{}
}

// AddColleague enrolls one more person on this tablet, by somebody who is
// signed in or by a ticket. It posts {name, agency, secret, secret2, pin} to
// /people/add, with {ticket} when NeedsTicket.
type AddColleague struct {
	NeedsTicket bool
}

// Cover is the blank page after the quick cover. It posts {pin} to /uncover.
type Cover struct{}

func (Enroll) fieldTemplate() string       { return "enroll" }
func (SignIn) fieldTemplate() string       { return "sign_in" }
func (AddColleague) fieldTemplate() string { return "add_colleague" }
func (Cover) fieldTemplate() string        { return "cover" }
