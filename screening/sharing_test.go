package screening

import (
	"slices"
	"testing"
)

// The table of the form specification, section 7, cell by cell. Each row names
// an item, its class, and the shares under which it leaves.
func TestSharingTable(t *testing.T) {
	for _, row := range []struct {
		item   string
		class  Class
		leaves []Share
	}{
		{"idn_given_km", Identity, []Share{ShareNeeds, ShareFull}},
		{"idn_sex", Identity, []Share{ShareNeeds, ShareFull}},
		{"idn_birth_date", Identity, []Share{ShareFull}},
		{FactAgeBand, Identity, []Share{ShareAnon, ShareNeeds, ShareFull}},
		{"con_safe_channel", Contact, []Share{ShareNeeds, ShareFull}},
		{"idn_home", Contact, []Share{ShareFull}},
		{FactProvince, Contact, []Share{ShareAnon, ShareFull}},
		{"ref_needs", Indicator, []Share{ShareAnon, ShareNeeds, ShareFull}},
		{"hrm_physical", Indicator, []Share{ShareAnon, ShareNeeds, ShareFull}},
		{"wrk_pay_state", Indicator, []Share{ShareAnon, ShareFull}},
		{"rec_story", Testimony, []Share{ShareFull}},
		{"prp_name", Suspects, []Share{ShareFull}},
		{"jus_unlawful", Protected, nil},
		{"ctl_made_to", Protected, nil},
		{"ref_service", Admin, []Share{ShareNeeds, ShareFull}},
		{"con_share_ngo", Admin, nil},
	} {
		for share := ShareNone; share <= ShareFull; share++ {
			if got := Shared(share, row.item, row.class); got != slices.Contains(row.leaves, share) {
				t.Errorf("%s (%v) under %v: %v", row.item, row.class, share, got)
			}
		}
	}
	if Shared(ShareFull, "anything", Class(0)) || Shared(Share(9), "idn_sex", Identity) {
		t.Error("an unknown class or share lets something out")
	}
}

// Scenario 13: she agrees to the NGO (needs only) and not to the police.
func TestAReferralIsTheSmallerOfConsentAndService(t *testing.T) {
	items := []ItemClass{
		{"idn_given_km", Identity},
		{"idn_birth_date", Identity},
		{"con_safe_channel", Contact},
		{"idn_home", Contact},
		{"ref_needs", Indicator},
		{"hrm_physical", Indicator},
		{"hrm_sexual", Indicator},
		{"rec_story", Testimony},
		{"jus_unlawful", Protected},
		{"prp_name", Suspects},
		{"ref_service", Admin},
		{FactAgeBand, Identity},
	}
	consent := ConsentOf(given("con_interview", "yes", "con_referral", "yes", "con_share_ngo", "needs",
		"con_share_legal_aid", "full", "con_share_health", "anon"))
	for _, row := range []struct {
		receiver Agency
		service  string
		want     []string
	}{
		{NGO, "shelter", []string{"idn_given_km", "con_safe_channel", "ref_needs", "hrm_physical", "ref_service", FactAgeBand}},
		{NGO, "transport", []string{"idn_given_km", "con_safe_channel", "ref_needs", "ref_service", FactAgeBand}},
		{LegalAid, "legal", []string{"idn_given_km", "idn_birth_date", "con_safe_channel", "ref_needs", "rec_story", "prp_name", "ref_service", FactAgeBand}},
		{Health, "health", []string{"ref_needs", "hrm_physical", "hrm_sexual", FactAgeBand}},
		{JudicialPolice, "legal", nil},
		{NGO, "gossip", nil},
	} {
		if got := ReferralItems(consent, row.receiver, row.service, items); !slices.Equal(got, row.want) {
			t.Errorf("%s for %s:\n got %v\nwant %v", row.receiver, row.service, got, row.want)
		}
	}
	consent.Withdrawn = map[Scope]bool{ScopeRecontact: true}
	if got := ReferralItems(consent, NGO, "transport", items); slices.Contains(got, "con_safe_channel") || len(got) != 4 {
		t.Errorf("after being contacted was taken back: %v", got)
	}
	consent.Withdrawn = map[Scope]bool{ScopeReferral: true}
	if got := ReferralItems(consent, LegalAid, "legal", items); got != nil {
		t.Errorf("after the withdrawal: %v", got)
	}
}
