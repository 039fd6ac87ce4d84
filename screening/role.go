package screening

import (
	"fmt"
	"slices"
)

// Role is what a user does in this system. What an agency may see is a
// different thing; both must allow.
type Role string

// The roles.
const (
	Interviewer Role = "interviewer" // takes interviews
	Supervisor  Role = "supervisor"  // settles contested answers, decides about duplicates, refers
	Partner     Role = "partner"     // works on referrals that were addressed to them
	Auditor     Role = "auditor"     // sees hashes and proofs, never an answer
)

// Roles returns every role.
func Roles() []Role { return []Role{Interviewer, Supervisor, Partner, Auditor} }

// ParseRole reads a role by name.
func ParseRole(name string) (Role, error) {
	if slices.Contains(Roles(), Role(name)) {
		return Role(name), nil
	}
	return "", fmt.Errorf("screening: unknown role %q", name)
}

// Action is what somebody does with answers of a class.
type Action string

// The actions. Decide is settling contested answers and deciding about
// possible duplicates; the formal decision about a person is Eligibility's.
const (
	Read   Action = "read"
	Write  Action = "write"
	Decide Action = "decide"
)

// Actions returns every action.
func Actions() []Action { return []Action{Read, Write, Decide} }

// rule is one line of the table of roles: everything it names, and nothing
// else, is allowed.
type rule struct {
	why      string
	roles    []Role
	agencies []Agency
	classes  []Class
	actions  []Action
}

// roleTable is the one table of roles. It says what a role may do without any
// further consent, within the records that its device holds and, for an
// interviewer, within interviews still open (form specification, section 2,
// column "default view"). Consent can widen reading, never writing: see
// Viewer.MaySee.
var roleTable = []rule{
	{
		why:      "whoever may screen writes an interview and reads what was written in it",
		roles:    []Role{Interviewer},
		agencies: []Agency{SocialAffairs, JudicialPolice, Gendarmerie, LocalAuthority, WomenChildren, NGO, Diplomatic, SupportAbroad},
		classes:  AllClasses(),
		actions:  []Action{Read, Write},
	}, {
		why:      "social affairs and missions abroad see all of their own cases",
		roles:    []Role{Supervisor},
		agencies: []Agency{SocialAffairs, Diplomatic, SupportAbroad},
		classes:  AllClasses(),
		actions:  []Action{Read, Write, Decide},
	}, {
		why:      "police, gendarmerie and authorities see how it was done; the rest under consent",
		roles:    []Role{Supervisor},
		agencies: []Agency{JudicialPolice, Gendarmerie, LocalAuthority, WomenChildren},
		classes:  []Class{Admin},
		actions:  []Action{Read, Write, Decide},
	}, {
		why:      "a partner reads the copy that a referral made for it; consent has cut that copy before",
		roles:    []Role{Partner},
		agencies: []Agency{NGO, Health, LegalAid, Labour, SocialAffairs, Diplomatic, SupportAbroad},
		classes:  []Class{Admin, Identity, Contact, Indicator, Testimony},
		actions:  []Action{Read},
	}, {
		why:      "legal help needs to know against whom",
		roles:    []Role{Partner},
		agencies: []Agency{LegalAid},
		classes:  []Class{Suspects},
		actions:  []Action{Read},
	}, {
		why:      "a partner answers a referral: received, accepted, declined, begun, done",
		roles:    []Role{Partner},
		agencies: []Agency{NGO, Health, LegalAid, Labour, SocialAffairs, Diplomatic, SupportAbroad},
		classes:  []Class{Admin},
		actions:  []Action{Write},
	},
}

// May reports whether a role of an agency class may do something with answers
// of a class. What no line of the table allows is denied.
func May(role Role, agency Agency, class Class, action Action) bool {
	return slices.ContainsFunc(roleTable, func(r rule) bool {
		return slices.Contains(r.roles, role) && slices.Contains(r.agencies, agency) &&
			slices.Contains(r.classes, class) && slices.Contains(r.actions, action)
	})
}
