package web

import "time"

// Carry brings work to the office without a line: on a stick, or through the
// box of the center. It posts {act} to /carry: "out" and "in" for the stick,
// "visit" for the box, "box" with {address} to say where the box is.
type Carry struct {
	Waiting int    // own changes that the office has not confirmed
	Stick   string // folder that stands for the stick, as shown
	Box     CenterBox
	IsBox   *BoxHolds // when this device is the box itself
	Came    []CameIn  // what the stick brought, after "in"
	Wrote   int       // files written, after "out"
}

// CenterBox is the box of the center as this device knows it.
type CenterBox struct {
	Address string // empty: none is known
	Name    string // painted on it; empty before it was met
	Met     time.Time
	Holds   bool // something of this device that is not at the office
}

// BoxHolds is what lies in this device for others.
type BoxHolds struct {
	Address          string
	Bundles, Devices int // for the office, and from how many devices
	Answers          int // not fetched yet
}

// CameIn is one file of the stick that was for this device.
type CameIn struct {
	Code    string // of family "came"
	Changes int
}

func (Carry) fieldTemplate() string { return "carry" }
