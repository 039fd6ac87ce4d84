package indicator_test

import (
	"slices"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/screening/expr"
	"raksa/screening/form"
	"raksa/screening/indicator"
)

// score assesses made-up answers, given as "field=canonical answer".
func score(t *testing.T, told ...string) indicator.Result {
	t.Helper()
	answers := screening.Answers{"idn_age_stated": screening.Of(screening.Int(30))}
	for _, line := range told {
		name, text, _ := strings.Cut(line, "=")
		field, err := screening.ParseField(name)
		if err != nil || form.Builtin().Item(field.Item) == nil {
			t.Fatalf("no field %s", name)
		}
		if !strings.HasPrefix(text, "!") {
			text = "=" + text
		}
		answer, err := screening.ParseAnswer(form.Builtin().Item(field.Item).Kind, text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answers[name] = answer
	}
	return form.Builtin().Assess(indicator.Builtin(), answers, today)
}

func TestOneIndicator(t *testing.T) {
	for _, row := range []struct {
		name, id string
		told     []string
		state    indicator.State
		because  string
	}{
		{"not asked", "cd_violence_victim", nil, indicator.Unknown, "ctl_violence"},
		{"refused is not no", "cd_violence_victim", []string{"ctl_violence=!refused"}, indicator.Unknown, "ctl_violence"},
		{"do not know is not no", "cd_violence_victim", []string{"ctl_violence=!dont_know"}, indicator.Unknown, "ctl_violence"},
		{"no", "cd_violence_victim", []string{"ctl_violence=none"}, indicator.Absent, "ctl_violence"},
		{"yes", "cd_violence_victim", []string{"ctl_violence=hit"}, indicator.Present, "ctl_violence"},
		{"papers with himself: getting them back does not apply", "cd_document_confiscation", []string{"ctl_papers=self"}, indicator.Absent, "ctl_papers"},
		{"papers held and not given back", "cd_document_confiscation", []string{"ctl_papers=broker", "ctl_papers_back=no"}, indicator.Present, "ctl_papers ctl_papers_back"},
		{"papers held, the rest refused", "cd_document_confiscation", []string{"ctl_papers=broker", "ctl_papers_back=!refused"}, indicator.Unknown, "ctl_papers_back"},
		{"another item can only add", "cd_isolation", []string{"ctl_movement=free", "ctl_contact=phone_taken"}, indicator.Present, "ctl_contact"},
		{"another item unknown takes nothing away", "cd_isolation", []string{"ctl_movement=free"}, indicator.Absent, "ctl_movement"},
		{"the week counts, too", "ex_excessive_hours", []string{"wrk_hours_day=11", "wrk_days_week=7"}, indicator.Present, "wrk_hours_day wrk_days_week"},
		{"72 hours are not more than 72", "ex_excessive_hours", []string{"wrk_hours_day=12", "wrk_days_week=6"}, indicator.Absent, "wrk_hours_day wrk_days_week"},
		{"days not known", "ex_excessive_hours", []string{"wrk_hours_day=11"}, indicator.Unknown, "wrk_days_week"},
		{"days not needed", "ex_excessive_hours", []string{"wrk_hours_day=13"}, indicator.Present, "wrk_hours_day"},
		{"poverty that nobody used", "vr_economic", []string{"rec_why_agreed=economic", "rec_used_it=no"}, indicator.Absent, "rec_used_it"},
		{"not used, but nobody asked what made it hard", "vr_economic", []string{"rec_used_it=no"}, indicator.Unknown, "rec_why_agreed rec_used_it"},
		{"a debt that is none after all", "cd_debt_bondage", []string{"dbt_any=no", "dbt_must_stay=yes", "dbt_trend=rising"}, indicator.Absent, "dbt_any"},
		{"nobody knows whether there was a debt", "cd_debt_bondage", []string{"dbt_any=!refused", "dbt_must_stay=yes", "dbt_trend=rising"}, indicator.Unknown, "dbt_any dbt_must_stay dbt_trend dbt_credit"},
		{"whether there was a debt was left out for now", "cd_debt_bondage", []string{"dbt_any=!skipped", "dbt_must_stay=no"}, indicator.Absent, "dbt_must_stay"},
		{"no fisher after all: months at sea do not count", "cd_isolation", []string{"ctl_movement=free", "wrk_sector=factory", "wrk_months_at_sea=9"}, indicator.Absent, "ctl_movement"},
		{"papers given back to whom they never were taken from", "cd_document_confiscation", []string{"ctl_papers=self", "ctl_papers_back=no"}, indicator.Absent, "ctl_papers"},
		{"the second workplace counts", "ex_bad_living", []string{"wrk_living=none", "wrk_living@w2=crowded dirty"}, indicator.Present, "wrk_living"},
		{"two workplaces are not added up", "ex_bad_living", []string{"wrk_living=dirty", "wrk_living@w2=crowded"}, indicator.Absent, "wrk_living"},
		{"a debt's conditions are read within it", "cd_debt_bondage", []string{
			"dbt_any=yes", "dbt_must_stay=no", "dbt_trend=rising", "dbt_any@d2=yes", "dbt_must_stay@d2=yes", "dbt_trend@d2=falling",
		}, indicator.Unknown, "dbt_credit"},
		{"scenario 17: balance never told", "cd_debt_bondage", []string{"dbt_any=yes", "dbt_must_stay=yes", "dbt_trend=not_told"}, indicator.Present, "dbt_any dbt_must_stay dbt_trend"},
	} {
		result := score(t, row.told...)
		got, ok := result.Finding(row.id)
		if !ok || got.State != row.state || strings.Join(got.Because, " ") != row.because {
			t.Errorf("%s: %v because %v", row.name, got.State, got.Because)
		}
	}
}

func TestFlagsAndHints(t *testing.T) {
	for _, row := range []struct {
		name, hints    string
		told           []string
		sexual, nonPun bool
	}{
		{"nothing", "", nil, false, false},
		{"wages owed", "labour_claim", []string{"wrk_pay_state=partly", "wrk_pay_owed=900000 THB"}, false, false},
		{"nothing owed", "", []string{"wrk_pay_state=partly", "wrk_pay_owed=0 THB"}, false, false},
		{"never paid", "labour_claim", []string{"wrk_pay_state=nothing"}, false, false},
		{"does not want to live", "at_once", []string{"hrm_self_harm=yes"}, false, false},
		{"afraid", "safety_plan", []string{"jus_afraid=yes"}, false, false},
		{"scenario 18: made to cheat people", "", []string{"ctl_made_to=scam"}, false, true},
		{"came of being forced, in part", "", []string{"jus_unlawful=scam", "jus_because_of=partly"}, false, true},
		{"irregular entry alone raises nothing", "", []string{"jus_unlawful=irregular_entry"}, false, false},
		{"sexual exploitation is said not to be scored", "", []string{"asm_view=indicators", "asm_exploitation=sexual"}, true, false},
	} {
		result := score(t, row.told...)
		var hints []string
		for _, hint := range result.Hints {
			hints = append(hints, hint.ID)
		}
		if strings.Join(hints, " ") != row.hints || result.SexualNotScored != row.sexual || result.NonPunishment != row.nonPun {
			t.Errorf("%s: hints %v, sexual %v, non-punishment %v", row.name, hints, result.SexualNotScored, result.NonPunishment)
		}
	}
}

// Who may not see an answer may not read it off an indicator's name.
func TestVisibleHidesWhatRestsOnHiddenAnswers(t *testing.T) {
	may := func(item string) bool { return item != "ctl_made_to" }
	forced := score(t, "sex_any=yes", "sex_could_refuse=no").Visible(may)
	if _, ok := forced.Finding("cd_forced_tasks"); ok {
		t.Error("an indicator stays whose own question is hidden")
	}
	result := score(t, "ctl_made_to=scam", "ctl_violence=hit", "jus_afraid=yes")
	seen := result.Visible(func(item string) bool { return item != "ctl_made_to" && item != "jus_afraid" })
	for _, id := range []string{"cd_illicit_activities", "cd_forced_tasks", "cd_forced_lie", "cd_act_against_peers"} {
		if _, ok := seen.Finding(id); ok {
			t.Errorf("%s is still there", id)
		}
		if _, ok := result.Finding(id); !ok {
			t.Errorf("%s is gone from the whole result", id)
		}
	}
	if _, ok := seen.Finding("cd_violence_victim"); !ok || len(seen.Hints) != 0 || len(result.Hints) != 1 {
		t.Error("too much or too little is hidden")
	}
	if !slices.ContainsFunc(seen.Dimensions, func(d indicator.DimensionFinding) bool { return d.ID == "coercion_destination" }) {
		t.Error("a dimension is gone")
	}
}

func TestWithoutAnyRecordNothingIsKnown(t *testing.T) {
	result := indicator.Builtin().Score(indicator.AdultLabour, nil)
	if len(result.Findings) != 0 || result.Outcome != indicator.Open || result.Act != expr.Unknown {
		t.Errorf("%+v", result)
	}
}
