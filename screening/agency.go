package screening

import "fmt"

// Agency is the class of an agency, never one office by name (form
// specification, section 2 and choice list "agency").
type Agency string

// The agency classes.
const (
	SocialAffairs   Agency = "social_affairs"
	JudicialPolice  Agency = "judicial_police"
	Gendarmerie     Agency = "gendarmerie"
	LocalAuthority  Agency = "local_authority"
	WomenChildren   Agency = "women_children"
	NGO             Agency = "ngo"
	Diplomatic      Agency = "diplomatic"
	SupportAbroad   Agency = "support_abroad"
	Labour          Agency = "labour"
	Health          Agency = "health"
	ProsecutorCourt Agency = "prosecutor_court"
	LegalAid        Agency = "legal_aid"
	Immigration     Agency = "immigration"
	ThaiAuthority   Agency = "thai_authority"
	Family          Agency = "family"
	Research        Agency = "research"
)

// AllAgencies returns every agency class in the order of the choice list.
func AllAgencies() []Agency {
	return []Agency{
		SocialAffairs, JudicialPolice, Gendarmerie, LocalAuthority, WomenChildren, NGO, Diplomatic, SupportAbroad,
		Labour, Health, ProsecutorCourt, LegalAid, Immigration, ThaiAuthority, Family, Research,
	}
}

// ParseAgency reads a code of the choice list "agency".
func ParseAgency(code string) (Agency, error) {
	for _, a := range AllAgencies() {
		if string(a) == code {
			return a, nil
		}
	}
	return "", fmt.Errorf("screening: unknown agency class %q", code)
}

// MayScreen reports whether officers of this class may do a preliminary
// identification (form specification, section 2).
func (a Agency) MayScreen() bool {
	switch a {
	case SocialAffairs, JudicialPolice, Gendarmerie, LocalAuthority, WomenChildren, Diplomatic, SupportAbroad, NGO:
		return true
	}
	return false
}

// Eligibility is the setting that says which agency classes may decide
// formally. Sources differ on NGOs (the guidelines say yes, a later rule no),
// so this is a setting of the office and not a constant.
type Eligibility map[Agency]bool

// DefaultEligibility is the default of the form specification, section 2:
// officials yes, NGOs not until the office switches them on.
func DefaultEligibility() Eligibility {
	return Eligibility{
		SocialAffairs: true, JudicialPolice: true, Gendarmerie: true, LocalAuthority: true,
		WomenChildren: true, Diplomatic: true, SupportAbroad: true,
	}
}

// MayDecideFormally reports whether an officer of this class may enter the
// formal decision. Only a class that may screen can ever be switched on.
func (e Eligibility) MayDecideFormally(a Agency) bool { return a.MayScreen() && e[a] }
