package screening

import (
	"strings"
	"testing"
)

// allowed writes the whole table of roles out, agency by agency: for each
// action the letters of the classes that are allowed, in the order
// Admin Identity Contact iNdicator Testimony Protected Suspects. What is not
// here is denied.
var allowed = map[Role]map[Agency]string{
	Interviewer: {
		SocialAffairs: "AICNTPS/AICNTPS/", JudicialPolice: "AICNTPS/AICNTPS/", Gendarmerie: "AICNTPS/AICNTPS/",
		LocalAuthority: "AICNTPS/AICNTPS/", WomenChildren: "AICNTPS/AICNTPS/", NGO: "AICNTPS/AICNTPS/",
		Diplomatic: "AICNTPS/AICNTPS/", SupportAbroad: "AICNTPS/AICNTPS/",
	},
	Supervisor: {
		SocialAffairs: "AICNTPS/AICNTPS/AICNTPS", Diplomatic: "AICNTPS/AICNTPS/AICNTPS", SupportAbroad: "AICNTPS/AICNTPS/AICNTPS",
		JudicialPolice: "A/A/A", Gendarmerie: "A/A/A", LocalAuthority: "A/A/A", WomenChildren: "A/A/A",
	},
	Partner: {
		NGO: "AICNT/A/", Health: "AICNT/A/", LegalAid: "AICNTS/A/", Labour: "AICNT/A/", SocialAffairs: "AICNT/A/",
		Diplomatic: "AICNT/A/", SupportAbroad: "AICNT/A/",
	},
	Auditor: {},
}

func TestRolesExhaustively(t *testing.T) {
	const letters = "AICNTPS"
	for _, role := range append(Roles(), "operator", "") {
		for _, agency := range append(AllAgencies(), "unknown", "") {
			want := strings.Split(allowed[role][agency]+"//", "/")
			for a, action := range Actions() {
				for _, class := range append(AllClasses(), Class(0), Class(8)) {
					ok := class.Valid() && strings.ContainsRune(want[a], rune(letters[max(class, 1)-1]))
					if May(role, agency, class, action) != ok {
						t.Errorf("%s of %s may %s %v: %v", role, agency, action, class, !ok)
					}
				}
				if May(role, agency, Admin, Action("export")) {
					t.Errorf("%s of %s may do what no line names", role, agency)
				}
			}
		}
	}
}
