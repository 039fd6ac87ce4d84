package web

import "time"

// Devices lists tablets and people. It posts {csrf, center, profile, label}
// to /devices/ticket, {csrf, device, reason} to /devices/revoke and {csrf,
// person, reason} to /people/revoke.
type Devices struct {
	Devices []Device
	People  []Staff
	Centers []Option
	Ticket  *Ticket // just made; shown once
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
}

// Staff is one person with a role.
type Staff struct {
	ID     string
	Name   string
	Role   string // code of family "role"
	Agency string // code of family "agency"
	Last   time.Time
	Gone   bool
}

// Ticket enrolls one device. It is shown once.
type Ticket struct {
	Code    string
	Words   string // fingerprint of the office, as words
	Until   time.Time
	Profile string
	Center  string
	QR      QR // optional
}

// QR is a square of dark and light modules, row by row; nil shows none.
type QR [][]bool

func (Devices) deskTemplate() string { return "devices" }
