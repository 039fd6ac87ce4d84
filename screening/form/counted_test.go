package form

import (
	"slices"
	"testing"

	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/indicator"
)

// An answer to a question that is hidden is kept, marked, and never counted:
// not in a condition, a finding, an alert or a check (form specification,
// section 4).
func TestHiddenAnswersAreKeptAndNotCounted(t *testing.T) {
	for _, row := range []struct {
		name, told string
		uncounted  []string
	}{
		{
			"a debt that is none after all", "dbt_any = no\ndbt_must_stay = yes\ndbt_creditor = mfi\ndbt_lender_pressure = threat",
			[]string{"dbt_creditor", "dbt_must_stay", "dbt_lender_pressure"},
		},
		{
			"what hangs on a hidden answer is hidden, too", "dbt_any = !refused\ndbt_creditor = mfi\ndbt_lender_pressure = threat",
			[]string{"dbt_creditor", "dbt_lender_pressure"},
		},
		{"left out for now: it counts", "dbt_any = !skipped\ndbt_must_stay = yes", nil},
		{"one debt of two", "dbt_any = yes\ndbt_must_stay = yes\ndbt_any@b = no\ndbt_must_stay@b = yes", []string{"dbt_must_stay@b"}},
		{"refused is an answer, too", "dbt_any = no\ndbt_must_stay = !refused", []string{"dbt_must_stay"}},
		{"others came in: what was said alone counts", "ses_overheard = yes\nidn_age_stated = 30\nsex_any = yes\nsex_could_refuse = no", nil},
	} {
		sheet := Builtin().Evaluate(Long, told(t, row.told), today)
		var uncounted []string
		for _, f := range sheet.Uncounted {
			uncounted = append(uncounted, f.String())
		}
		if !slices.Equal(uncounted, row.uncounted) {
			t.Errorf("%s: not counted %v, want %v", row.name, uncounted, row.uncounted)
		}
		for _, f := range sheet.Uncounted {
			if view, _ := sheet.View(f); view.Answer.State == screening.NotAsked || !view.Uncounted() {
				t.Errorf("%s: %v is not kept and marked", row.name, f)
			}
		}
	}
}

func TestHiddenAnswersNeitherStopNorAlarm(t *testing.T) {
	sheet := Builtin().Evaluate(Short, told(t, "ses_interpreter = no\nses_interpreter_free = no"), today)
	if sheet.StopBy != "" || len(sheet.Problems) != 0 {
		t.Errorf("stopped by %q, problems %v", sheet.StopBy, sheet.Problems)
	}
}

// An age that was said before the birth date was known to the day says nothing
// any more, so it makes nobody a child.
func TestHiddenAgesMakeNoChild(t *testing.T) {
	known := Builtin().Evaluate(Short, told(t, "idn_birth_date = 1990-03-04\nidn_age_stated = 15"), today)
	if known.Child.Truth != expr.False {
		t.Errorf("%+v", known.Child)
	}
}

// Evaluate and Assess find the same with a hidden answer as without it.
func TestHiddenAnswersChangeNothing(t *testing.T) {
	with := told(t, "idn_age_stated = 30\ndbt_any = no\ndbt_must_stay = yes\ndbt_trend = rising\nwrk_sector = factory\nwrk_months_at_sea = 9\nctl_papers = self\nctl_papers_back = no\nctl_movement = free")
	without := screening.Answers{}
	for name, answer := range with {
		without[name] = answer
	}
	for _, f := range Builtin().Evaluate(Long, with, today).Uncounted {
		delete(without, f.String())
	}
	if len(with)-len(without) != 4 {
		t.Fatalf("%d answers are hidden", len(with)-len(without))
	}
	a, b := Builtin().Assess(indicator.Builtin(), with, today), Builtin().Assess(indicator.Builtin(), without, today)
	for i, f := range a.Findings {
		if f.State != b.Findings[i].State {
			t.Errorf("%s: %v with hidden answers, %v without", f.ID, f.State, b.Findings[i].State)
		}
	}
}
