package screening

import "testing"

func TestMaySee(t *testing.T) {
	officer := Viewer{Interviewer, SocialAffairs, Capture}
	deskOfficer := Viewer{Supervisor, SocialAffairs, Desk}
	police := Viewer{Supervisor, JudicialPolice, Desk}
	ngo := Viewer{Partner, NGO, PartnerDevice}
	for _, row := range []struct {
		name   string
		viewer Viewer
		item   string
		class  Class
		sight  Sight
		want   bool
	}{
		{"own open interview in the hall", officer, "idn_given_km", Identity, Sight{Open: true, Mine: true}, true},
		{"a colleague's open interview", officer, "idn_given_km", Identity, Sight{Open: true}, false},
		{"a closed interview in the hall has no name", officer, "idn_given_km", Identity, Sight{Mine: true}, false},
		{"but its needs", officer, "ref_needs", Indicator, Sight{Mine: true}, true},
		{"and the child flag", officer, FactChild, Indicator, Sight{Mine: true}, true},
		{"the desk sees testimony", deskOfficer, "rec_story", Testimony, Sight{}, true},
		{"and protected acts", deskOfficer, "jus_unlawful", Protected, Sight{}, true},
		{"police without consent: how it was done", police, "ses_place", Admin, Sight{}, true},
		{"police without consent: no name", police, "idn_given_km", Identity, Sight{}, false},
		{"police with full consent: the account", police, "rec_story", Testimony, Sight{Share: ShareFull}, true},
		{"police with full consent: never the acts", police, "jus_unlawful", Protected, Sight{Share: ShareFull}, false},
		{"police with needs: no account", police, "rec_story", Testimony, Sight{Share: ShareNeeds}, false},
		{"a partner never looks into a case", ngo, "ref_needs", Indicator, Sight{Share: ShareFull}, false},
		{"a partner reads its copy", ngo, "ref_needs", Indicator, Sight{Referral: true}, true},
		{"never protected acts in a copy", ngo, "ctl_made_to", Protected, Sight{Referral: true, Share: ShareFull}, false},
		{"an NGO supervisor sees no case, whatever was agreed", Viewer{Supervisor, NGO, Desk}, "ref_needs", Indicator, Sight{Share: ShareFull}, false},
		{"an NGO interviewer in the own interview", Viewer{Interviewer, NGO, CaseDevice}, "rec_story", Testimony, Sight{Mine: true}, true},
		{"an NGO interviewer in another's", Viewer{Interviewer, NGO, CaseDevice}, "rec_story", Testimony, Sight{Share: ShareFull}, false},
		{"a social affairs interviewer on a case device", Viewer{Interviewer, SocialAffairs, CaseDevice}, "rec_story", Testimony, Sight{}, true},
		{"an auditor sees no answer", Viewer{Auditor, SocialAffairs, Desk}, "ref_needs", Indicator, Sight{Mine: true, Share: ShareFull}, false},
		{"an unknown device", Viewer{Supervisor, SocialAffairs, "phone"}, "ref_needs", Indicator, Sight{}, false},
		{"an unknown class", deskOfficer, "new_item", Class(0), Sight{}, false},
	} {
		if got := row.viewer.MaySee(row.item, row.class, row.sight); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// Over every viewer and every sight: nobody writes or decides what they may
// not read, protected acts leave to nobody by consent, auditors see nothing,
// and a capture tablet shows no name of a closed interview.
func TestNoViewerEscapesTheRules(t *testing.T) {
	sights := []Sight{}
	for bits := range 8 {
		for share := ShareNone; share <= ShareFull; share++ {
			sights = append(sights, Sight{bits&1 > 0, bits&2 > 0, bits&4 > 0, share})
		}
	}
	items := map[Class]string{
		Admin: "ref_service", Identity: "idn_given_km", Contact: "con_safe_channel", Indicator: "ref_needs",
		Testimony: "rec_story", Protected: "jus_unlawful", Suspects: "prp_name",
	}
	for _, role := range Roles() {
		for _, agency := range AllAgencies() {
			for _, profile := range Profiles() {
				v := Viewer{role, agency, profile}
				for _, s := range sights {
					for class, item := range items {
						v.check(t, item, class, s)
					}
				}
			}
		}
	}
}

func (v Viewer) check(t *testing.T, item string, class Class, s Sight) {
	t.Helper()
	sees := v.MaySee(item, class, s)
	blind := s
	blind.Share = ShareNone
	switch {
	case sees && v.Role == Auditor:
		t.Errorf("%v sees %s", v, item)
	case sees && v.Profile == Capture && !s.Open && class == Identity:
		t.Errorf("%v sees a name of a closed interview: %+v", v, s)
	case sees && class == Protected && !v.MaySee(item, class, blind):
		t.Errorf("%v gets protected acts by consent", v)
	case v.MayWrite(class, s) && !sees && (v.Profile != Capture || s.Open):
		t.Errorf("%v writes %v unseen: %+v", v, class, s)
	case v.MayDecide(class) && (v.Profile == Capture || v.Role != Supervisor):
		t.Errorf("%v decides", v)
	}
}
