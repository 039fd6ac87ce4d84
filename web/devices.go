package web

import "time"

// Devices lists tablets, people and organisations, with the forms that add and
// revoke each: what they post stands in DeskRoutes.
type Devices struct {
	Devices       []Device
	People        []Staff
	Organisations []Organisation
	Centers       []Option
	First         []FirstPeople // who may sign in first on a new device
	Ticket        *Ticket       // just made; shown once
	Restored      *Restored     // the office comes from a backup, and still waits for devices
	Lost          []LostRun     // the office's own: an older database was put in its place
	Damaged       []string      // stored items that the scrub found damaged, by id
	Typed         Typed
}

// FirstPeople are the people of one center or organisation.
type FirstPeople struct {
	Place  string // as shown; empty for the office itself
	People []Option
}

// Organisation is a partner that may receive referrals.
type Organisation struct {
	ID       string
	Name     string
	Agency   string // code of family "agency"
	Place    string
	Services []string // codes of family "need"
	Sexes    []string // codes of family "sex"; none is everybody
}

// OrganisationOptions gives the organisations as choices.
func (d Devices) OrganisationOptions() (options []Option) {
	for _, org := range d.Organisations {
		options = append(options, Option{Code: org.ID, Label: org.Name})
	}
	return options
}

// Device is one enrolled device.
type Device struct {
	ID          string
	Name        string
	Center      string
	Profile     string // code of family "profile"
	State       string // code of family "device"
	Last        time.Time
	Waiting     int    // changes known to wait on it; -1 is not known
	Fingerprint string // words
	People      []string
	Lost        []LostRun // saves that it acknowledged and no longer has
}

// Restored is an office that takes back from its devices what it lost. Going on
// posts {} to /devices/go-on.
type Restored struct {
	At     time.Time
	Heard  int
	Silent []string // names of devices that are waited for
}

// LostRun is a run of saves that a database acknowledged and no longer has.
type LostRun struct {
	Node string // short
	Run  string // "9–12": numbers of the node's own saves
	At   time.Time
}

// Staff is one person with a role.
type Staff struct {
	ID     string
	Name   string
	Role   string // code of family "role"
	Agency string // code of family "agency"
	Place  string // center or organisation, as shown; empty for the office
	Gone   bool
}

// Ticket enrolls one device. It is shown once.
type Ticket struct {
	Code    string
	Words   string // fingerprint of the office, as words
	Until   time.Time
	Profile string
	Center  string // or organisation, as shown
	Person  string // who signs in first
	QR      QR     // optional
}

// QR is a square of dark and light modules, row by row; nil shows none.
type QR [][]bool

func (Devices) deskTemplate() string { return "devices" }
