package indicator_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/screening/indicator"
)

// What stands beside the outcome, with its three values and its grounds (form
// specification, section 5 for debts, item group hrm for harm).
func TestSideFindings(t *testing.T) {
	const adult = "idn_age_stated=30"
	for _, row := range []struct {
		name, id string
		told     []string
		state    indicator.State
		grounds  string
	}{
		{"nobody asked", "debt_bondage", nil, indicator.Unknown, ""},
		{"no debt", "debt_bondage", []string{"dbt_any=no"}, indicator.Absent, ""},
		{"refused is not no", "debt_bondage", []string{"dbt_any=!refused"}, indicator.Unknown, ""},
		{"a debt to the boss that grew", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=yes", "dbt_trend=rising"}, indicator.Present, "must_stay did_not_fall"},
		{"scenario 17: balance never told", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=broker", "dbt_must_stay=yes", "dbt_trend=not_told"}, indicator.Present, "must_stay never_told"},
		{"work not credited, though it fell", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=yes", "dbt_trend=falling", "dbt_credit=no"}, indicator.Present, "must_stay not_credited"},
		{"it fell and was credited", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=yes", "dbt_trend=falling", "dbt_credit=yes"}, indicator.Absent, ""},
		{"it fell; credit not asked", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=yes", "dbt_trend=falling"}, indicator.Unknown, ""},
		{"could leave with the debt", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=no", "dbt_trend=rising"}, indicator.Absent, ""},
		{"does not say whom he owed", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=!refused", "dbt_must_stay=yes", "dbt_trend=rising"}, indicator.Unknown, ""},
		{"microfinance at home is no bondage", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=mfi", "dbt_must_stay=yes", "dbt_trend=same", "dbt_collateral=land_title"}, indicator.Absent, ""},
		{"unless a relative's work is the security", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=mfi", "dbt_must_stay=yes", "dbt_trend=same", "dbt_collateral=land_title relative_labour"}, indicator.Present, "must_stay did_not_fall labour_pledged"},
		{"the second debt holds him", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=mfi", "dbt_must_stay=no", "dbt_any@b=yes", "dbt_creditor@b=employer", "dbt_must_stay@b=yes", "dbt_trend@b=not_told"}, indicator.Present, "must_stay never_told"},
		{"two debts are not mixed", "debt_bondage", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=no", "dbt_trend=rising", "dbt_any@b=yes", "dbt_creditor@b=employer", "dbt_must_stay@b=yes", "dbt_trend@b=falling", "dbt_credit@b=yes"}, indicator.Absent, ""},
		{"microfinance as a reason to stay", "loan_at_home", []string{"dbt_any=yes", "dbt_creditor=mfi", "dbt_must_stay=yes", "dbt_lender_pressure=sell_land"}, indicator.Present, "must_stay lender_pressure"},
		{"the employer is no lender at home", "loan_at_home", []string{"dbt_any=yes", "dbt_creditor=employer", "dbt_must_stay=yes"}, indicator.Absent, ""},
		{"paid in full", "labour_claim", []string{"wrk_pay_state=full"}, indicator.Absent, ""},
		{"owed after all", "labour_claim", []string{"wrk_pay_state=late", "wrk_pay_owed=900000 THB"}, indicator.Present, "owed"},
		{"nothing is owed", "labour_claim", []string{"wrk_pay_state=late", "wrk_pay_owed=0 THB"}, indicator.Absent, ""},
		{"never paid", "labour_claim", []string{"wrk_pay_state=nothing"}, indicator.Present, "never_paid"},
		{"harm told and seen", "harm_physical", []string{"hrm_physical=yes", "hrm_physical_seen=yes", "hrm_physical_severity=3"}, indicator.Present, "told seen serious"},
		{"harm seen that is not told", "harm_mental", []string{"hrm_mental=no", "hrm_mental_seen=yes"}, indicator.Present, "seen"},
		{"told of none, none seen", "harm_mental", []string{"hrm_mental=no", "hrm_mental_seen=no"}, indicator.Absent, ""},
		{"refused, none seen", "harm_sexual", []string{"hrm_sexual=!refused", "hrm_sexual_seen=no"}, indicator.Unknown, ""},
		{"a severity that stands alone counts nothing", "harm_financial", []string{"hrm_financial=no", "hrm_financial_seen=no", "hrm_financial_severity=3"}, indicator.Absent, ""},
	} {
		result := score(t, append([]string{adult}, row.told...)...)
		got, ok := result.SideFinding(row.id)
		var grounds []string
		for _, ground := range got.Grounds {
			grounds = append(grounds, ground.ID)
		}
		if !ok || got.State != row.state || strings.Join(grounds, " ") != row.grounds || len(got.Because) == 0 {
			t.Errorf("%s: %v on grounds %v because %v", row.name, got.State, grounds, got.Because)
		}
	}
}

// A labour claim is kept apart from trafficking: it never changes the outcome,
// and a finding of trafficking never hides it.
func TestALabourClaimIsNoSignOfTrafficking(t *testing.T) {
	owed := score(t, "wrk_pay_state=late", "wrk_pay_owed=900000 THB")
	paid := score(t, "wrk_pay_state=late", "wrk_pay_owed=0 THB")
	claim, _ := owed.SideFinding("labour_claim")
	if claim.State != indicator.Present || owed.Outcome != paid.Outcome {
		t.Errorf("claim %v, outcome %s with, %s without", claim.State, owed.Outcome, paid.Outcome)
	}
	for i, d := range owed.Dimensions {
		if d.Level != paid.Dimensions[i].Level {
			t.Errorf("%s moves with what is owed", d.ID)
		}
	}
}

// The sexual sets are shown without strength, and change nothing that is
// scored.
func TestSexualSetsAreShownAndNotScored(t *testing.T) {
	without := score(t, "ctl_violence=sexual", "wrk_sector=entertainment")
	if without.Unscored != nil {
		t.Error("the set is shown though nothing of the kind was recorded")
	}
	for _, row := range []struct{ age, set string }{{"30", "adult_sexual"}, {"16", "child_sexual"}} {
		result := score(t, "idn_age_stated="+row.age, "chl_setting=child_friendly", "ctl_violence=sexual", "sex_any=yes", "sex_conditions_same=no", "sex_could_refuse=no")
		set := result.Unscored
		if set == nil || set.ID != row.set || set.WhyEN != "strengths not verified: not scored" || len(set.Findings) != 67 {
			t.Fatalf("%+v", set)
		}
		present := map[string]bool{}
		for _, f := range set.Findings {
			present[f.ID] = f.State == indicator.Present
			if f.Strength != "" {
				t.Errorf("%s has a strength", f.ID)
			}
		}
		if !present["dr_conditions_prostitution"] || !present["cd_forced_tasks"] || !present["cd_violence_victim"] {
			t.Errorf("%s: present %v", row.set, present)
		}
		if _, scored := result.Finding("dr_conditions_prostitution"); scored {
			t.Error("an unscored indicator is scored")
		}
	}
}

// A rule change computes anew; what was computed under the old rule is a value
// of its own, with the rule it came from, and stays as it was.
func TestARuleChangeComputesAnew(t *testing.T) {
	table, err := os.ReadFile("data/ilo-ec-1.json")
	if err != nil {
		t.Fatal(err)
	}
	table = bytes.ReplaceAll(table, []byte("wrk_hours_day > 12"), []byte("wrk_hours_day > 10"))
	table = bytes.Replace(table, []byte(`"version": "ilo-ec/1"`), []byte(`"version": "ilo-ec/2"`), 1)
	next, err := indicator.Load(table)
	if err != nil {
		t.Fatal(err)
	}
	answers := screening.Answers{
		"idn_age_stated": screening.Of(screening.Int(30)), "wrk_hours_day": screening.Of(screening.Int(11)),
		"wrk_days_week": screening.Of(screening.Int(6)),
	}
	before := form.Builtin().Assess(indicator.Builtin(), answers, today)
	stored := screening.Derived{Rule: before.Version, Result: string(before.Outcome)}.Canonical()
	after := form.Builtin().Assess(next, answers, today)
	was, _ := before.Finding("ex_excessive_hours")
	is, _ := after.Finding("ex_excessive_hours")
	if was.State != indicator.Absent || is.State != indicator.Present || after.Version != "ilo-ec/2" {
		t.Errorf("%v under %s, %v under %s", was.State, before.Version, is.State, after.Version)
	}
	read, err := screening.ParseValue(screening.KindDerived, stored)
	if err != nil || read.(screening.Derived).Rule != "ilo-ec/1" {
		t.Errorf("the old result reads as %v, %v", read, err)
	}
}

// Who may not see an item sees no side finding that rests on it.
func TestSideFindingsHideWhatRestsOnHiddenAnswers(t *testing.T) {
	result := score(t, "hrm_sexual=yes", "hrm_physical=yes", "sex_any=yes", "sex_could_refuse=no")
	seen := result.Visible(func(item string) bool { return item != "hrm_sexual" && item != "sex_could_refuse" })
	if _, there := seen.SideFinding("harm_sexual"); there {
		t.Error("a hidden harm is named")
	}
	if _, there := seen.SideFinding("harm_physical"); !there {
		t.Error("too much is hidden")
	}
	for _, f := range seen.Unscored.Findings {
		if f.ID == "cd_forced_tasks" && f.State == indicator.Present {
			t.Error("a hidden indicator of the unscored set is named")
		}
	}
}
