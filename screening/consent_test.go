package screening

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func given(pairs ...string) Answers {
	answers := Answers{}
	for i := 0; i < len(pairs); i += 2 {
		answers[pairs[i]] = Of(Code(pairs[i+1]))
	}
	return answers
}

func TestConsentOf(t *testing.T) {
	base := []string{"con_interview", "yes", "con_referral", "yes", "con_share_ngo", "needs", "con_share_judicial_police", "none", "con_share_research", "anon"}
	with := func(more ...string) Consent { return ConsentOf(given(append(append([]string{}, base...), more...)...)) }
	for _, row := range []struct {
		name     string
		consent  Consent
		ngo      Share
		research Share
		refer    bool
	}{
		{"as given", with(), ShareNeeds, ShareAnon, true},
		{"nothing asked", ConsentOf(nil), ShareNone, ShareNone, false},
		{"interview refused", with("con_interview", "no"), ShareNone, ShareNone, false},
		{"sharing taken back", with("con_withdrawn_scope", "sharing"), ShareNone, ShareNone, true},
		{"referral taken back in a later entry", with("con_withdrawn_scope@k2", "referral"), ShareNeeds, ShareAnon, false},
		{"statistics taken back", with("con_withdrawn_scope", "statistics"), ShareNeeds, ShareNone, true},
		{"everything taken back", with("con_withdrawn_scope@a", "all"), ShareNone, ShareNone, false},
		{"two withdrawals", with("con_withdrawn_scope", "referral", "con_withdrawn_scope@b", "sharing"), ShareNone, ShareNone, false},
		{"a withdrawal nobody understands", with("con_withdrawn_scope", "photograph"), ShareNone, ShareNone, false},
		{"a child who does not agree", with("con_method", "official", "con_child_assent", "no"), ShareNone, ShareNone, false},
		{"a child for whom an official agreed", with("con_method", "official", "con_child_assent", "yes"), ShareNeeds, ShareAnon, true},
		{"an infant for whom an official agreed", with("con_method", "official"), ShareNeeds, ShareAnon, true},
		{"a guardian and the child", with("con_method", "guardian", "con_child_assent", "yes", "con_guardian_suspect", "no"), ShareNeeds, ShareAnon, true},
		{"a guardian, the child was not asked", with("con_method", "guardian", "con_guardian_suspect", "no"), ShareNone, ShareNone, false},
		{"a guardian who may be part of it", with("con_method", "guardian", "con_child_assent", "yes", "con_guardian_suspect", "yes"), ShareNone, ShareNone, false},
		{"an official in that guardian's place", with("con_method", "official", "con_child_assent", "yes", "con_guardian_suspect", "yes"), ShareNeeds, ShareAnon, true},
		{"research asked for more than it may have", with("con_share_research", "full"), ShareNeeds, ShareAnon, true},
	} {
		if row.consent.ShareWith(NGO) != row.ngo || row.consent.ShareWith(Research) != row.research || row.consent.MayRefer() != row.refer {
			t.Errorf("%s: ngo %v, research %v, refer %v", row.name, row.consent.ShareWith(NGO), row.consent.ShareWith(Research), row.consent.MayRefer())
		}
		if row.consent.ShareWith(JudicialPolice) != ShareNone || row.consent.ShareWith(Gendarmerie) != ShareNone {
			t.Errorf("%s: an agency that was refused or not asked about gets something", row.name)
		}
	}
}

// anyConsent draws a consent from answers, as a record would give it.
func anyConsent(t *rapid.T) Consent {
	answers := Answers{}
	code := func(item string, codes ...string) {
		if c := rapid.SampledFrom(append(codes, "")).Draw(t, item); c != "" {
			answers[item] = Of(Code(c))
		}
	}
	code("con_method", "thumbprint", "guardian", "official")
	for _, item := range []string{"con_interview", "con_referral", "con_recontact", "con_child_assent", "con_guardian_suspect"} {
		code(item, "yes", "no")
	}
	for _, agency := range AllAgencies() {
		code(consentPrefix+string(agency), "full", "needs", "anon", "none")
	}
	for _, entry := range []string{"", "@a", "@b"} {
		code(withdrawalItem+entry, "interview", "sharing", "referral", "recontact", "statistics", "all")
	}
	return ConsentOf(answers)
}

func TestMergingConsentIsASemilatticeAndNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyConsent(t), anyConsent(t), anyConsent(t)
		ab := a.Merge(b)
		if !reflect.DeepEqual(ab, b.Merge(a)) || !reflect.DeepEqual(a, a.Merge(a)) || !reflect.DeepEqual(ab.Merge(c), a.Merge(b.Merge(c))) {
			t.Fatal("not commutative, idempotent and associative")
		}
		for _, agency := range AllAgencies() {
			if ab.ShareWith(agency) > min(a.ShareWith(agency), b.ShareWith(agency)) {
				t.Fatalf("merging widened what %s gets", agency)
			}
		}
		for _, scope := range Scopes() {
			if (a.Taken(scope) || b.Taken(scope)) && !ab.Taken(scope) {
				t.Fatalf("merging lost a withdrawal of %s", scope)
			}
		}
		if ab.MayRefer() && !(a.MayRefer() && b.MayRefer()) || ab.MayRecontact() && !(a.MayRecontact() && b.MayRecontact()) {
			t.Fatal("merging made a yes")
		}
	})
}
