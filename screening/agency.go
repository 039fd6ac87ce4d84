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
