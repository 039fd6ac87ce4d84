package casefile_test

import (
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Closing, consent and withdrawal are acts (bytes and keys, section 4), and
// whatever carries a signature.
func TestWhatMustBeSigned(t *testing.T) {
	for _, row := range []struct {
		name   string
		kind   syncengine.Kind
		fields []string
		want   bool
	}{
		{"nothing", casefile.KindInterview, nil, false},
		{"an answer", casefile.KindInterview, []string{"idn_sex", "rec_story"}, false},
		{"closing", casefile.KindInterview, []string{"$state", "$closed"}, true},
		{"a state alone", casefile.KindInterview, []string{"$state"}, false},
		{"consent among answers", casefile.KindInterview, []string{"ses_place", "con_interview"}, true},
		{"a share", casefile.KindInterview, []string{"con_share_thai_authority"}, true},
		{"a withdrawal in an entry", casefile.KindInterview, []string{"con_withdrawn_scope@all"}, true},
		{"a reason for a consent", casefile.KindInterview, []string{"$why.con_interview"}, false},
		{"a request for a referral", casefile.KindInterview, []string{"$referral.r1"}, false},
		{"a group is closed", casefile.KindGroup, []string{"closed", "$closed"}, false},
		{"an item of that name in a copy", casefile.KindReferral, []string{"con_referral"}, false},
		{"what carries a signature", casefile.KindAnswer, []string{"state", syncengine.SignatureField}, true},
		{"no name of a field", casefile.KindInterview, []string{"con_interview@@"}, false},
	} {
		var writes []syncengine.Write
		for _, field := range row.fields {
			writes = append(writes, syncengine.Write{Field: field})
		}
		if got := casefile.MustBeSigned(row.kind, writes); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

// Item by item over the section of consent: what the person says yes or no to
// is an act, what was explained, how, when and before whom is none.
func TestEveryConsentIsAnAct(t *testing.T) {
	none := []string{
		"con_told_purpose", "con_told_use", "con_told_limits", "con_told_stop", "con_told_no_status", "con_told_no_blame",
		"con_method", "con_witness", "con_guardian_name", "con_guardian_relation", "con_guardian_suspect",
		"con_safe_channel", "con_withdrawn_at", "con_withdrawn_by",
	}
	for _, item := range form.Builtin().Items() {
		want := strings.HasPrefix(item.ID, "con_") && !slices.Contains(none, item.ID)
		if got := casefile.MustBeSigned(casefile.KindInterview, []syncengine.Write{{Field: item.ID}}); got != want {
			t.Errorf("%s: %v", item.ID, got)
		}
	}
}
