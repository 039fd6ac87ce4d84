package form

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"raksa/screening"
)

// everyItem answers every item of the form, so that a leak of any shows.
func everyItem() screening.Answers {
	answers := screening.Answers{}
	for _, i := range Builtin().Items() {
		answers[i.ID] = screening.Saying(screening.Refused)
	}
	answers["idn_age_stated"] = screening.Of(screening.Int(15))
	answers["idn_home"] = screening.Of(screening.Place{Country: "KH", Code: "01020101", Said: "made up"})
	answers["invented_item"] = screening.Saying(screening.Refused)
	return answers
}

// A copy of everything for every viewer and every consent: what comes out is
// exactly what MaySee allows, and never an item that the form does not know.
func TestSeenByIsExactlyWhatMaySeeAllows(t *testing.T) {
	d, answers := Builtin(), everyItem()
	for _, role := range screening.Roles() {
		for _, agency := range screening.AllAgencies() {
			for _, profile := range screening.Profiles() {
				v := screening.Viewer{Role: role, Agency: agency, Profile: profile}
				for _, sight := range []screening.Sight{{}, {Open: true, Mine: true}, {Share: screening.ShareNeeds}, {Referral: true}} {
					seen := d.SeenBy(v, sight, answers)
					for _, i := range d.Items() {
						if _, ok := seen[i.ID]; ok != v.MaySee(i.ID, i.Class, sight) {
							t.Fatalf("%v %+v %s: %v", v, sight, i.ID, ok)
						}
					}
					if _, ok := seen["invented_item"]; ok {
						t.Fatalf("%v sees an item that nobody explains", v)
					}
				}
			}
		}
	}
}

func TestTheSheetOfAViewer(t *testing.T) {
	d := Builtin()
	whole := d.Evaluate(Long, told(t, "hrm_self_harm = yes\nidn_age_stated = 15\nwrk_hours_day = 30"), today)
	police := whole.SeenBy(d, screening.Viewer{Role: screening.Supervisor, Agency: screening.JudicialPolice, Profile: screening.Desk}, screening.Sight{})
	if len(police.Alerts) != 0 || len(police.Problems) != 0 || police.Child.Today || len(whole.Alerts) != 1 || len(whole.Problems) != 1 {
		t.Errorf("police see %v, %v, %+v", police.Alerts, police.Problems, police.Child)
	}
	for _, f := range police.Fields {
		if f.Item.Class != screening.Admin {
			t.Errorf("police see %s", f.Item.ID)
		}
	}
	for _, f := range append(police.Missing, police.HeldBack...) {
		if class, _ := d.Class(f.Item); class != screening.Admin {
			t.Errorf("police learn that %s is missing", f.Item)
		}
	}
	desk := whole.SeenBy(d, screening.Viewer{Role: screening.Supervisor, Agency: screening.SocialAffairs, Profile: screening.Desk}, screening.Sight{})
	if len(desk.Fields) != len(whole.Fields) || !desk.Child.Today {
		t.Error("the desk does not see all")
	}
}

// Scenario 13 on the whole form, to the item.
func TestReferralCopy(t *testing.T) {
	d, answers := Builtin(), everyItem()
	answers["ref_service"] = screening.Of(screening.Code("legal"))
	answers["ref_service@r2"] = screening.Of(screening.Code("shelter"))
	consent := screening.ConsentOf(told(t, "con_interview = yes\ncon_referral = yes\ncon_share_ngo = needs\ncon_share_legal_aid = full"))
	copied, facts := d.ReferralCopy(consent, screening.NGO, "transport", "r2", answers, today)
	got := strings.Join(slices.Sorted(maps.Keys(copied)), " ")
	want := "asm_decided_agency asm_decided_at con_method con_referral con_safe_channel idn_family_km idn_family_latin idn_given_km idn_given_latin idn_sex " +
		"ref_needs ref_service@r2 ses_interpreter ses_language"
	if got != want {
		t.Errorf("to an NGO with needs:\n got %s\nwant %s", got, want)
	}
	if !maps.Equal(facts, map[string]string{"age_band": "9-17", "child": "yes"}) {
		t.Errorf("facts: %v", facts)
	}
	copied, _ = d.ReferralCopy(consent, screening.LegalAid, "legal", "", answers, today)
	for name := range copied {
		field, _ := screening.ParseField(name)
		if class, _ := d.Class(field.Item); class == screening.Protected || name == "ref_service@r2" {
			t.Errorf("%s goes to legal aid", name)
		}
	}
	if _, ok := copied["prp_name"]; !ok || len(copied) < 50 {
		t.Errorf("with full consent legal aid gets %d answers", len(copied))
	}
	if copied, facts := d.ReferralCopy(consent, screening.JudicialPolice, "legal", "", answers, today); len(copied)+len(facts) != 0 {
		t.Errorf("police get %v, %v", copied, facts)
	}
}

func TestAgeBandIsToldOnlyWhenCertain(t *testing.T) {
	for told1, want := range map[string]string{
		"idn_age_stated = 18": "18-20", "idn_birth_date = 2008": "", "idn_birth_date = 2000": "24-26", "": "", "idn_age_stated = 70": "48+",
	} {
		if got := Builtin().Facts(told(t, told1), today)[screening.FactAgeBand]; got != want {
			t.Errorf("%q: %q, want %q", told1, got, want)
		}
	}
}
