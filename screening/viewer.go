package screening

import (
	"fmt"
	"slices"
)

// Profile is the kind of device that somebody looks through. It limits what
// anybody sees on it, because it can be stolen.
type Profile string

// The profiles.
const (
	Capture       Profile = "capture" // a tablet in the hall: open interviews only
	CaseDevice    Profile = "case"    // a laptop of the case office, in its scope
	PartnerDevice Profile = "partner" // a partner's own device: referral copies only
	Desk          Profile = "desk"    // the office
)

// Profiles returns every profile.
func Profiles() []Profile { return []Profile{Capture, CaseDevice, PartnerDevice, Desk} }

// ParseProfile reads a profile by name.
func ParseProfile(name string) (Profile, error) {
	if slices.Contains(Profiles(), Profile(name)) {
		return Profile(name), nil
	}
	return "", fmt.Errorf("screening: unknown device profile %q", name)
}

// Viewer is somebody who looks, and through what.
type Viewer struct {
	Role    Role
	Agency  Agency
	Profile Profile
}

// Sight is what stands between a viewer and one record.
type Sight struct {
	Open     bool  // the interview is not closed yet
	Mine     bool  // the viewer takes part in it, or it was handed over to them
	Referral bool  // the record is the copy that a referral made
	Share    Share // what the person agreed to for the viewer's agency class
}

// closedOnCapture is what a capture tablet still shows of a closed interview:
// needs and the child flag, no name (with the case state, which is no item).
var closedOnCapture = []string{"ref_needs", "tri_basic_needs", "tri_medical_urgent", FactChild}

// MaySee reports whether a viewer may see an item of a record. Everything that
// shows answers (page, search, export, pull) asks here, so that the rule
// cannot differ between two doors.
func (v Viewer) MaySee(item string, class Class, s Sight) bool {
	if !class.Valid() || !slices.Contains(Profiles(), v.Profile) {
		return false
	}
	if v.strange() || v.Role == Partner && !s.Referral {
		return false
	}
	if v.Profile == Capture && !s.Open {
		return slices.Contains(closedOnCapture, item) && v.maySeeOpen(item, class, s)
	}
	if v.Profile == Capture && !s.Mine {
		return false
	}
	return v.maySeeOpen(item, class, s)
}

// strange reports a partner on a device that is not a partner's, or anybody
// else on one that is. Neither happens by right.
func (v Viewer) strange() bool { return (v.Role == Partner) != (v.Profile == PartnerDevice) }

// maySeeOpen joins the table of roles with the consent. An interviewer has the
// table's rights in their own interviews; in the case office beyond that only
// social affairs and missions do, all others what consent gives them.
func (v Viewer) maySeeOpen(item string, class Class, s Sight) bool {
	if May(v.Role, v.Agency, class, Read) {
		if v.Role != Interviewer || s.Mine {
			return true
		}
		return May(Supervisor, v.Agency, class, Read) || v.shared(item, class, s)
	}
	return v.shared(item, class, s)
}

// shared opens what the person agreed to, to the officials whose default view
// is "the rest under consent". NGOs and services are not among them: they get
// a referral, which is a copy, and never look into a case.
func (v Viewer) shared(item string, class Class, s Sight) bool {
	official := v.Role == Interviewer || v.Role == Supervisor
	return official && May(Supervisor, v.Agency, Admin, Read) && Shared(s.Share, item, class)
}

// MayWrite reports whether a viewer may write answers of a class into a
// record. Nobody writes what they may not read.
func (v Viewer) MayWrite(class Class, s Sight) bool {
	switch {
	case v.strange() || !May(v.Role, v.Agency, class, Write):
		return false
	case v.Role == Partner:
		return s.Referral
	case v.Role == Interviewer:
		return s.Mine
	}
	return v.Profile != Capture || s.Open && s.Mine
}

// MayDecide reports whether a viewer may settle contested answers of a class:
// never on a capture tablet, which shows only that something is contested.
func (v Viewer) MayDecide(class Class) bool {
	return (v.Profile == CaseDevice || v.Profile == Desk) && May(v.Role, v.Agency, class, Decide)
}
