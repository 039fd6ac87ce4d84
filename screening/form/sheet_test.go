package form

import (
	"slices"
	"strings"
	"testing"

	"raksa/screening"
	"raksa/screening/expr"
)

var today = screening.PartialDate{Year: 2026, Month: 11, Day: 23}

// told reads made-up answers, one "field = value" a line. A value that starts
// with "!" is a state.
func told(t *testing.T, lines string) screening.Answers {
	t.Helper()
	answers := screening.Answers{}
	for _, line := range strings.Split(lines, "\n") {
		name, value, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		field, err := screening.ParseField(name)
		if err != nil || Builtin().Item(field.Item) == nil {
			t.Fatalf("%s is no field", name)
		}
		if !strings.HasPrefix(value, "!") {
			value = "=" + value
		}
		answer, err := screening.ParseAnswer(Builtin().Item(field.Item).Kind, value)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		answers[name] = answer
	}
	return answers
}

// What each answer opens, closes and ends, as "field: visibility because of".
func TestVisibility(t *testing.T) {
	for _, row := range []struct {
		name, told string
		kind       Kind
		want       []string
	}{
		{"nothing asked", "", Short, []string{"idn_sex: shown", "con_method: waiting con_interview", "ctl_threats: held_back ses_overheard", "chl_worked: waiting is_child is_child"}},
		{"consent opens", "con_interview = yes", Short, []string{"con_method: shown", "con_share_ngo: shown", "con_witness: waiting con_method"}},
		{"consent refused ends the form", "con_interview = !refused", Short, []string{"idn_sex: ended con_interview", "wrk_sector: ended con_interview", "tri_when: shown", "bat_match: shown", "cls_note: shown"}},
		{"no to the interview ends the form", "con_interview = no", Long, []string{"rec_story: ended con_interview", "con_share_ngo: ended con_interview", "cls_card_given: shown"}},
		{"others can hear", "ses_overheard = yes", Short, []string{"ctl_violence: held_back ses_overheard", "ctl_movement: shown"}},
		{"nobody else can hear", "ses_overheard = no", Long, []string{"ctl_violence: shown", "sex_any: waiting is_child chl_setting"}},
		{"an adult", "ses_overheard = no\nidn_age_stated = 30", Long, []string{"sex_any: shown", "chl_worked: not_applicable is_child is_child", "sex_kind: waiting sex_any"}},
		{"a child in the hall", "ses_overheard = no\nidn_age_stated = 15\nchl_setting = ordinary", Long, []string{"sex_any: not_applicable is_child chl_setting", "chl_worked: shown"}},
		{"a child in the child setting", "ses_overheard = no\nidn_age_stated = 15\nchl_setting = forensic_room", Long, []string{"sex_any: shown"}},
		{"an interviewer who is not trained", "idn_age_stated = 15\nchl_interviewer_trained = no", Short, []string{"chl_worked: shown", "idn_home: shown", "chl_safe_home: ended chl_interviewer_trained", "rec_act: ended chl_interviewer_trained"}},
		{"the same in the long form", "idn_age_stated = 15\nchl_interviewer_trained = no", Long, []string{"rec_act: shown"}},
		{"a skipped question opens what hangs on it", "dbt_any = !skipped", Short, []string{"dbt_trend: shown"}},
		{"a refused one does not", "dbt_any = !refused", Short, []string{"dbt_trend: waiting dbt_any"}},
		{"birth to the day", "idn_birth_date = 1990-05-04", Short, []string{"idn_age_stated: not_applicable idn_birth_date", "idn_birth_animal: not_applicable idn_birth_date"}},
		{"birth to the year", "idn_birth_date = 1990~", Short, []string{"idn_age_stated: shown", "idn_birth_animal: shown"}},
		{"somebody sits in", "ses_present_name@a1 = Made-Up Person", Short, []string{"ses_present_agreed: shown"}},
		{"nobody sits in", "", Short, []string{"ses_present_agreed: not_applicable present[]"}},
		{"a second debt has its own conditions", "dbt_any = no\ndbt_any@d2 = yes", Long, []string{"dbt_trend: not_applicable dbt_any", "dbt_trend@d2: shown", "dbt_any@d2: shown"}},
		{"the view differs from the outcome", "asm_outcome = ilo-ec/1|no_indications|\nasm_view = indicators", Short, []string{"asm_why_differs: shown"}},
		{"the view agrees", "asm_outcome = ilo-ec/1|undetermined|\nasm_view = unclear", Short, []string{"asm_why_differs: not_applicable asm_outcome asm_view"}},
	} {
		sheet := Builtin().Evaluate(row.kind, told(t, row.told), today)
		for _, want := range row.want {
			name, _, _ := strings.Cut(want, ":")
			field, _ := screening.ParseField(name)
			view, ok := sheet.View(field)
			got := strings.TrimSpace(name + ": " + view.Visibility.String() + " " + strings.Join(view.Because, " "))
			if !ok || got != want {
				t.Errorf("%s: got %q, want %q", row.name, got, want)
			}
		}
	}
}

func TestLongOnlyItemsStayOutOfTheShortForm(t *testing.T) {
	short := Builtin().Evaluate(Short, told(t, "rec_story = made up"), today)
	if _, ok := short.View(screening.Field{Item: "rec_story"}); ok {
		t.Error("rec_story stands in the short form")
	}
	long := Builtin().Evaluate(Long, told(t, "rec_job_same = no"), today)
	// Scenario 9: short answers stand filled in, only open items are asked.
	if v, _ := long.View(screening.Field{Item: "rec_job_same"}); v.Open() || v.Answer.Canonical() != "=no" {
		t.Errorf("an answer of the short form does not stand: %+v", v)
	}
}

func TestWhoIsAChild(t *testing.T) {
	for _, row := range []struct {
		name, told  string
		want        expr.Truth
		today, then bool
	}{
		{"nothing known", "", expr.Unknown, false, false},
		{"looks young and alone, age not known", "tri_child_alone = yes", expr.True, true, false},
		{"looks young, but says 30", "tri_child_alone = yes\nidn_age_stated = 30", expr.False, false, false},
		{"says 17", "idn_age_stated = 17", expr.True, true, false},
		{"says 18", "idn_age_stated = 18", expr.False, false, false},
		{"born 18 years ago today", "idn_birth_date = 2008-11-23", expr.False, false, false},
		{"born a day later", "idn_birth_date = 2008-11-24", expr.True, true, false},
		{"born that year, so maybe 17", "idn_birth_date = 2008", expr.True, true, false},
		{"the date wins over the age as said", "idn_birth_date = 1990-01-01\nidn_age_stated = 15", expr.False, false, false},
		{"maybe 17, maybe 19: disputed", "idn_age_stated = 19\nidn_age_basis = disputed", expr.True, true, false},
		{"estimated 20", "idn_age_stated = 20\nidn_age_basis = estimated", expr.True, true, false},
		{"estimated 21", "idn_age_stated = 21\nidn_age_basis = estimated", expr.False, false, false},
		{"estimated birth, 20 this year", "idn_birth_date = 2006-01~", expr.True, true, false},
		{"20 today, 17 when the work began", "idn_birth_date = 2006-03-01\nwrk_from = 2023-12", expr.True, false, true},
		{"20 today, 18 when the work began", "idn_birth_date = 2006-03-01\nwrk_from = 2024-04", expr.False, false, false},
		{"an earlier workplace counts", "idn_birth_date = 2006-03-01\nwrk_from = 2025\nwrk_from@w2 = 2021", expr.True, false, true},
		{"age then, kept from before", "idn_age_stated = 30\nrec_age = 16", expr.True, false, true},
		{"the age as said, counted back", "idn_age_stated = 20\nrec_left_home = 2023-01", expr.True, false, true},
	} {
		got := Builtin().Evaluate(Short, told(t, row.told), today).Child
		if got.Truth != row.want || got.Today != row.today || got.Then != row.then || len(got.Because) == 0 {
			t.Errorf("%s: %+v", row.name, got)
		}
	}
}

func TestProblems(t *testing.T) {
	for _, row := range []struct{ name, told, want string }{
		{"hours of a day", "wrk_hours_day = 25", "wrk_hours_day out_of_range error"},
		{"hours are fine", "wrk_hours_day = 24", ""},
		{"born tomorrow", "idn_birth_date = 2026-11-24", "idn_birth_date in_the_future error"},
		{"born this year", "idn_birth_date = 2026", ""},
		{"born in 1914", "idn_birth_date = 1914", "idn_birth_date too_early error"},
		{"work ended before it began", "wrk_from = 2020-05\nwrk_to = 2020-04", "wrk_to before_other error wrk_from"},
		{"the coarser precision decides", "wrk_from = 2020-05\nwrk_to = 2020", ""},
		{"each workplace by itself", "wrk_from = 2020\nwrk_from@b = 2022\nwrk_to@b = 2021", "wrk_to@b before_other error wrk_from"},
		{"ended before begun", "ses_started_at = 2026-11-23T16:00:00+07:00\nses_ended_at = 2026-11-23T09:30:00+01:00", "ses_ended_at before_other error ses_started_at"},
		{"other offset, later moment", "ses_started_at = 2026-11-23T16:00:00+07:00\nses_ended_at = 2026-11-23T10:30:00+01:00", ""},
		{"research wants names", "con_interview = yes\ncon_share_research = full", "con_share_research not_allowed error"},
		{"none beside another", "wrk_living = crowded none", "wrk_living not_together error"},
		{"a code of another list", "idn_sex = yes", "idn_sex not_on_list error"},
		{"a guardian who may be part of it", "idn_age_stated = 15\ncon_guardian_suspect = yes\ncon_interview = yes\ncon_method = guardian", "con_guardian_suspect not_as_expected error con_method"},
		{"care before questions", "tri_distress = severe\ntri_when = now", "tri_when not_as_expected warning tri_medical_urgent tri_distress"},
		{"a phone number", "idn_phone = 012 345 678", ""},
		{"no phone number", "idn_phone = ask my aunt", "idn_phone no_phone_number error"},
		{"year of the rat", "idn_birth_date = 1996\nidn_age_stated = 30\nidn_birth_animal = rat", ""},
		{"year of the pig ends in April 1996", "idn_birth_date = 1996-02\nidn_birth_animal = pig", ""},
		{"two years off is not four", "idn_birth_date = 1996-05~\nidn_birth_animal = dragon", "idn_birth_animal animal_differs error idn_birth_date"},
	} {
		answers := told(t, row.told)
		if v, ok := answers["idn_birth_animal"]; ok && v.State == screening.Answered && row.want == "" {
			// The question opens only for an estimated date.
			answers["idn_birth_date"] = estimated(answers["idn_birth_date"])
		}
		var got []string
		for _, p := range Builtin().Evaluate(Long, answers, today).Problems {
			got = append(got, strings.Join(append([]string{p.Field.String(), string(p.Code), string(p.Level)}, p.Other...), " "))
		}
		if strings.Join(got, "; ") != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func estimated(a screening.Answer) screening.Answer {
	d := a.Value.(screening.PartialDate)
	d.Estimated = true
	return screening.Of(d)
}

// Without estimation the animal and the year must meet exactly, with the
// new year in mid April.
func TestAnimalYears(t *testing.T) {
	for _, row := range []struct {
		animal, born string
		fits         bool
	}{
		{"rat", "1996", true},
		{"pig", "1996", true},
		{"ox", "1996", false},
		{"pig", "1996-02", true},
		{"rat", "1996-02", false},
		{"rat", "1996-04-14", true},
		{"pig", "1996-04-14", true},
		{"pig", "1996-05", false},
		{"dragon", "2000-06", true},
		{"rabbit", "2000-06", false},
		{"ox", "1996~", true},
		{"horse", "1996~", false},
	} {
		born, err := screening.ParseDate(row.born)
		if err != nil {
			t.Fatal(err)
		}
		if got := animalFits(row.animal, born.(screening.PartialDate)); got != row.fits {
			t.Errorf("%s born %s: %v", row.animal, row.born, got)
		}
	}
}

func TestWhatIsMissingAndWhatComesNext(t *testing.T) {
	empty := Builtin().Evaluate(Short, nil, today)
	if empty.NextPage != "tri-1" || empty.After("") != "tri-1" || empty.Complete() {
		t.Errorf("an empty form starts at %q, %q", empty.NextPage, empty.After(""))
	}
	sheet := Builtin().Evaluate(Short, told(t, `
		tri_medical_urgent = no
		tri_threat_present = !dont_know
		tri_child_alone = !refused
		tri_distress = calm
		tri_basic_needs = water
		tri_when = !skipped
		hrm_self_harm = yes
		ses_interpreter = yes
		ses_interpreter_free = no`), today)
	if !slices.Contains(sheet.Missing, screening.Field{Item: "tri_when"}) {
		t.Error("a skipped question is not asked again")
	}
	for _, id := range []string{"tri_threat_present", "tri_child_alone", "tri_pregnant_infant", "ses_site"} {
		if slices.Contains(sheet.Missing, screening.Field{Item: id}) {
			t.Errorf("%s is missing", id)
		}
	}
	if !slices.Contains(sheet.HeldBack, screening.Field{Item: "ctl_violence"}) {
		t.Error("a private question is not waiting for a private room")
	}
	if !slices.Equal(sheet.Alerts, []string{"hrm_self_harm"}) || sheet.StopBy != "ses_interpreter_free" {
		t.Errorf("alerts %v, stopped by %q", sheet.Alerts, sheet.StopBy)
	}
	if p := sheet.Sections[0]; p.Section != "tri" || p.Shown != 7 || p.Done != 5 || p.MissingNeeded != 1 {
		t.Errorf("progress %+v", p)
	}
}

// An interview goes page by page to its end, with no page above eight
// questions, and a page with nothing on it is passed over.
func TestAWalkThroughTheShortForm(t *testing.T) {
	sheet := Builtin().Evaluate(Short, told(t, "con_interview = yes\nidn_age_stated = 30\nses_overheard = no"), today)
	var walked []string
	for page := sheet.After(""); page != ""; page = sheet.After(page) {
		p, ok := Builtin().Page(Short, page)
		if !ok || len(p.Items) > 8 || len(walked) > 60 {
			t.Fatalf("page %s of %d items", page, len(p.Items))
		}
		walked = append(walked, page)
	}
	if len(walked) < 20 || slices.Contains(walked, "chl-1") || slices.Contains(walked, "withdrawal") || walked[len(walked)-1] != "cls-1" {
		t.Errorf("walked %v", walked)
	}
}

// Validation never drops: what a form does not know is listed and kept.
func TestUnknownAnswersAreKept(t *testing.T) {
	answers := screening.Answers{
		"idn_shoe_size": screening.Of(screening.Int(40)), "no field!": screening.Saying(screening.Refused),
		"idn_sex": screening.Of(screening.Int(3)),
	}
	sheet := Builtin().Evaluate(Short, answers, today)
	if !slices.Equal(sheet.Unknown, []string{"idn_shoe_size", "no field!"}) {
		t.Errorf("unknown: %v", sheet.Unknown)
	}
	if len(sheet.Problems) != 1 || sheet.Problems[0].Code != WrongKind || len(answers) != 3 {
		t.Errorf("problems: %+v", sheet.Problems)
	}
}

// Any order of the same answers gives the same sheet, and no answer of any
// type makes Evaluate fail.
func FuzzEvaluate(f *testing.F) {
	f.Add("idn_age_stated", "=15", "con_interview", "!refused")
	f.Add("wrk_from@x", "=2562", "wrk_to@x", "=2019")
	f.Add("ctl_violence", "=hit none", "dbt_any@2", "=yes")
	f.Fuzz(func(t *testing.T, a, va, b, vb string) {
		answers := screening.Answers{}
		for name, text := range map[string]string{a: va, b: vb} {
			for kind := screening.KindCode; kind <= screening.KindDerived; kind++ {
				if answer, err := screening.ParseAnswer(kind, text); err == nil {
					answers[name] = answer
				}
			}
		}
		sheet := Builtin().Evaluate(Long, answers, today)
		for _, v := range sheet.Fields {
			if v.Visibility == 0 {
				t.Fatalf("%v has no visibility", v.Field)
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	answers := everyItem()
	for b.Loop() {
		Builtin().Evaluate(Long, answers, today)
	}
}
