package screening

import "fmt"

// Class says how sensitive an answer is. An answer is sealed, synchronised,
// shown and shared by its class (form specification, sections 4 and 7).
type Class uint8

// The classes. Their codes are hashed into every change, so none is ever
// renumbered or renamed; new ones may be added. The zero Class is no class.
const (
	Admin     Class = 1 // how the interview was done, consents, decisions, referral state
	Identity  Class = 2 // who the person is: names, birth, papers, kin
	Contact   Class = 3 // where and how to reach the person
	Indicator Class = 4 // coded answers that feed the assessment
	Testimony Class = 5 // what happened, in words or in detail
	Protected Class = 6 // acts that the person may be punished for
	Suspects  Class = 7 // other people involved
)

var classNames = [...]string{"", "admin", "identity", "contact", "indicator", "testimony", "protected", "suspects"}

// AllClasses returns every class in the order of the codes.
func AllClasses() []Class {
	return []Class{Admin, Identity, Contact, Indicator, Testimony, Protected, Suspects}
}

// Valid reports whether the code is one of the seven.
func (c Class) Valid() bool { return c >= Admin && c <= Suspects }

// String returns the name of the class, for example "identity".
func (c Class) String() string {
	if !c.Valid() {
		return fmt.Sprintf("class(%d)", uint8(c))
	}
	return classNames[c]
}

// ParseClass reads a name as String writes it.
func ParseClass(name string) (Class, error) {
	for _, c := range AllClasses() {
		if classNames[c] == name {
			return c, nil
		}
	}
	return 0, fmt.Errorf("screening: unknown class %q", name)
}
