package form

import (
	"testing"

	"pgregory.net/rapid"

	"raksa/screening"
)

func TestHowAContestedFieldReads(t *testing.T) {
	for _, row := range []struct {
		name, item, want string
		contested        bool
		versions         []string
	}{
		{"nobody answered", "idn_sex", "", false, nil},
		{"one answer", "idn_sex", "=male", false, []string{"=male"}},
		{"two that say the same", "idn_sex", "=male", false, []string{"=male", "=male"}},
		{"two people differ: none counts", "idn_sex", "", true, []string{"=male", "=female"}},
		{"consent: the no wins", "con_referral", "=no", true, []string{"=no", "=yes"}},
		{"consent: a refusal wins over a yes", "con_referral", "!refused", true, []string{"=yes", "!refused"}},
		{"consent: the narrower share wins", "con_share_ngo", "=none", true, []string{"=full", "=none", "=needs"}},
		{"consent: any two withdrawals are one of all", "con_withdrawn_scope", "=all", true, []string{"=statistics", "=referral"}},
		{"child: yes wins", "chl_worked", "=yes", true, []string{"=no", "=yes"}},
		{"child: disputed wins", "idn_age_basis", "=disputed", true, []string{"=document", "=disputed"}},
		{"child: the later birth wins", "idn_birth_date", "=2010-03", true, []string{"=1990", "=2010-03", "!dont_know"}},
		{"child: the lower age wins", "idn_age_stated", "=16", true, []string{"=19", "=16"}},
		{"violence: yes wins", "hrm_physical", "=yes", true, []string{"=yes", "=no"}},
		{"violence: sets are joined and none gives way", "ctl_violence", "=hit tied", true, []string{"=none", "=hit", "=tied", "!refused"}},
		{"could leave gives way", "ctl_why_stayed", "=guarded", true, []string{"=could_leave", "=guarded"}},
		{"filled by the device: the newest", "ses_breaks", "=1", true, []string{"=3", "=1"}},
		{"one day in two calendars is no contest", "wrk_from", "=2019-04", false, []string{"=2562-04", "=2019-04"}},
	} {
		item := Builtin().Item(row.item)
		var versions []screening.Answer
		for _, text := range row.versions {
			answer, err := screening.ParseAnswer(item.Kind, text)
			if err != nil {
				t.Fatal(err)
			}
			versions = append(versions, answer)
		}
		if got := item.Read(versions); got.Answer.Canonical() != row.want || got.Contested != row.contested {
			t.Errorf("%s: reads %q, contested %v", row.name, got.Answer.Canonical(), got.Contested)
		}
	}
}

// But for the newest, no order in which versions arrive makes a difference,
// for any item and any answers.
func TestReadingDoesNotDependOnArrival(t *testing.T) {
	items := Builtin().Items()
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.SampledFrom(items).Draw(t, "item")
		if item.Contested.Rule == Latest {
			return
		}
		texts := []string{"!refused", "!dont_know", "!skipped", "=2010", "=1990-05", "=2010-12-31", "=7", "=12"}
		for _, choice := range Builtin().Choices(item.List) {
			texts = append(texts, "="+choice.Code)
		}
		var versions []screening.Answer
		for range rapid.IntRange(0, 4).Draw(t, "n") {
			if a, err := screening.ParseAnswer(item.Kind, rapid.SampledFrom(texts).Draw(t, "text")); err == nil {
				versions = append(versions, a)
			}
		}
		shuffled := rapid.Permutation(versions).Draw(t, "shuffled")
		a, b := item.Read(versions), item.Read(shuffled)
		if a.Contested != b.Contested || a.Answer.Canonical() != b.Answer.Canonical() {
			t.Fatalf("%s reads %q or %q", item.ID, a.Answer.Canonical(), b.Answer.Canonical())
		}
	})
}
