package casefile_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

// Two tablets write one field at the same time, through real registers: what it
// reads as until a person settles it (form specification, column "contested").
func TestHowAContestedFieldReads(t *testing.T) {
	set := func(codes ...string) screening.Answer { return screening.Of(screening.SetOf(codes...)) }
	saying := screening.Saying
	for _, row := range []struct {
		name, field     string
		one, two, reads screening.Answer
	}{
		{"ask: none counts", "idn_sex", code("male"), code("female"), screening.Answer{}},
		{"ask: a text", "rec_story", text("one story"), text("another story"), screening.Answer{}},
		{"ask: a refusal against an answer", "wrk_sector", saying(screening.Refused), code("fishing"), screening.Answer{}},
		{"consent: no wins", "con_interview", code("yes"), code("no"), code("no")},
		{"consent: refused wins", "con_referral", saying(screening.Refused), code("yes"), saying(screening.Refused)},
		{"consent: skipped is no yes", "con_referral", saying(screening.Skipped), code("yes"), saying(screening.Skipped)},
		{"consent: a share left out is no share", "con_share_ngo", code("full"), saying(screening.Skipped), saying(screening.Skipped)},
		{"consent: the narrower share wins", "con_share_ngo", code("full"), code("needs"), code("needs")},
		{"consent: none wins", "con_share_judicial_police", code("none"), code("anon"), code("none")},
		{"withdrawal: two scopes read as everything", "con_withdrawn_scope@w1", code("recontact"), code("statistics"), code("all")},
		{"child: the younger age", "idn_age_stated", screening.Of(screening.Int(19)), screening.Of(screening.Int(17)), screening.Of(screening.Int(17))},
		{"child: the later birth", "idn_birth_date", screening.Of(date("2010-05")), screening.Of(date("2004")), screening.Of(date("2010-05"))},
		{"child: disputed beats a document", "idn_age_basis", code("document"), code("disputed"), code("disputed")},
		{"child: alone", "tri_child_alone", code("no"), code("yes"), code("yes")},
		{"violence: yes wins", "hrm_sexual", code("no"), code("yes"), code("yes")},
		{"violence: not known beats no", "hrm_physical", saying(screening.DontKnow), code("no"), saying(screening.DontKnow)},
		{"union: both sets", "ref_needs", set("shelter"), set("health", "legal"), set("shelter", "health", "legal")},
		{"union: a state gives way", "ctl_violence", saying(screening.DontKnow), set("hit"), set("hit")},
		{"latest: the newer, of a technical field", "ses_breaks", screening.Of(screening.Int(1)), screening.Of(screening.Int(2)), screening.Of(screening.Int(2))},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newInterview(t, nil)
			before := b.interview()
			edit := func(by syncengine.PersonID, a screening.Answer) (syncengine.Draft, error) {
				draft, err := before.Draft(page(before, by, map[string]screening.Answer{row.field: a}))
				var unfit *casefile.Unfit
				if errors.As(err, &unfit) { // the list of the embedded form has other codes
					t.Fatal(err)
				}
				return draft, err
			}
			b.keep(edit(dara, row.one))
			b.keep(edit(maly, row.two))
			iv := b.interview()
			if got := iv.Answers[row.field]; !screening.Same(got, row.reads) {
				t.Errorf("reads %s, want %s", got.Canonical(), row.reads.Canonical())
			}
			if _, shown := iv.Answers[row.field]; shown != (row.reads.State != screening.NotAsked) {
				t.Errorf("shown: %v", shown)
			}
			if !slices.Equal(iv.Contested, []string{row.field}) || len(iv.Versions(row.field)) != 2 {
				t.Errorf("contested %v with %d versions", iv.Contested, len(iv.Versions(row.field)))
			}
		})
	}
}

// Reading must not depend on which change came first, but for technical fields.
func TestAReadingIsTheSameInAnyOrder(t *testing.T) {
	def := form.Builtin()
	rapid.Check(t, func(t *rapid.T) {
		item := rapid.SampledFrom(def.Items()).Draw(t, "item")
		if item.Contested.Rule == form.Latest {
			t.Skip("the newest counts")
		}
		states := []screening.State{screening.NotAsked, screening.Answered, screening.DontKnow, screening.Refused, screening.Skipped}
		type version struct {
			state screening.State
			value string
		}
		versions := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) version {
			v := version{state: rapid.SampledFrom(states).Draw(t, "state")}
			if v.state == screening.Answered {
				v.value = answerTo(def, item).Value.Canonical()
				if list := def.Choices(item.List); len(list) > 0 {
					v.value = rapid.SampledFrom(list).Draw(t, "choice").Code
				}
			}
			return v
		}), 1, 4).Draw(t, "versions")
		read := func(order []version) (screening.Answer, int) {
			b := newBook(t, recordA, casefile.KindInterview, def.Version())
			for _, v := range order {
				b.put(item.ID, v.state, v.value)
			}
			iv := b.interview()
			return iv.Answers[item.ID], len(iv.Contested)
		}
		answer, contested := read(versions)
		turned := slices.Clone(versions)
		slices.Reverse(turned)
		if again, contestedAgain := read(turned); !screening.Same(answer, again) || contested != contestedAgain {
			t.Fatalf("%s reads %s, and %s the other way round", item.ID, answer.Canonical(), again.Canonical())
		}
	})
}

func TestTwoWhoTypeTheSameAreNotContested(t *testing.T) {
	b := newInterview(t, nil)
	before := b.interview()
	b.keep(before.Draft(page(before, dara, map[string]screening.Answer{"idn_given_km": text("ចន្ធី")})))
	b.keep(before.Draft(page(before, maly, map[string]screening.Answer{"idn_given_km": text(" ចន្ធី ")})))
	iv := b.interview()
	if len(iv.Contested) != 0 || len(iv.Versions("idn_given_km")) != 1 || len(b.rec.Field("idn_given_km").Live()) != 2 {
		t.Errorf("contested %v, versions %v", iv.Contested, iv.Versions("idn_given_km"))
	}
}

func TestStruckHereEditedThereShowsBoth(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_father": text("Sok Vanna")})
	before := b.interview()
	b.keep(before.Draft(page(before, dara, map[string]screening.Answer{"idn_father": {}})))
	b.keep(before.Draft(page(before, maly, map[string]screening.Answer{"idn_father": text("Sok Vannak")})))
	iv := b.interview()
	if b.live("idn_father") != "- | Sok Vannak" || !slices.Equal(iv.Contested, []string{"idn_father"}) {
		t.Errorf("live %s, contested %v", b.live("idn_father"), iv.Contested)
	}
	versions := iv.Versions("idn_father")
	if len(versions) != 2 || versions[0].Answer.State != screening.NotAsked || versions[0].Author != dara || versions[1].Author != maly {
		t.Errorf("versions %+v", versions)
	}
}

// What another program wrote, and this one cannot read, stays for the next that
// can; and nobody is shown half of it.
func TestWhatCannotBeReadStaysAndIsNotShown(t *testing.T) {
	for name, row := range map[string]struct {
		field, value string
		state        screening.State
	}{
		"a value of another type":        {"idn_age_stated", "seventeen", screening.Answered},
		"an empty value":                 {"idn_given_km", "", screening.Answered},
		"a state of a later program":     {"idn_sex", "", 77},
		"an item of a later form":        {"idn_shoe_size", "42", screening.Answered},
		"a field that is no field":       {"idn sex", "male", screening.Answered},
		"a later program's own field":    {"$colour", "blue", screening.Answered},
		"an item of a later form, state": {"idn_shoe_size@e1", "", screening.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			b := newInterview(t, nil)
			b.put(row.field, row.state, row.value)
			iv := b.interview()
			if answer, shown := iv.Answers[row.field]; shown {
				t.Errorf("reads as %s", answer.Canonical())
			}
			if len(iv.Contested) != 0 || len(b.rec.Field(row.field).Live()) != 1 {
				t.Errorf("contested %v, live %s", iv.Contested, b.live(row.field))
			}
		})
	}
}

func TestWhatCannotBeReadContestsWhatCan(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_age_basis": code("stated")})
	b.put("idn_age_basis", screening.Answered, "not a code!")
	if iv := b.interview(); !slices.Equal(iv.Contested, []string{"idn_age_basis"}) {
		t.Errorf("contested %v", iv.Contested)
	}
}

// A withdrawal in words that this program does not know takes back everything.
func TestAWithdrawalThatCannotBeReadIsOneOfEverything(t *testing.T) {
	for name, row := range map[string]struct {
		state screening.State
		value string
	}{
		"a scope of a later form":    {screening.Answered, "photographs"},
		"no code at all":             {screening.Answered, "all of it!"},
		"a state of a later program": {77, ""},
		"a refusal to say what":      {screening.Refused, ""},
	} {
		b := newInterview(t, map[string]screening.Answer{"con_interview": code("yes"), "con_referral": code("yes"), "con_share_ngo": code("full")})
		b.put("con_withdrawn_scope@w1", row.state, row.value)
		if consent := b.interview().Consent(); !consent.Taken(screening.ScopeAll) || consent.ShareWith(screening.NGO) != screening.ShareNone {
			t.Errorf("%s: %+v", name, consent)
		}
	}
}

func TestOnlyAnInterviewOpensAsOne(t *testing.T) {
	for name, b := range map[string]*book{
		"a group":                   newBook(t, recordA, casefile.KindGroup, "vif/1"),
		"a form version of a later": newBook(t, recordA, casefile.KindInterview, "vif/9"),
	} {
		var wrong *casefile.NotOfKind
		if _, err := casefile.OpenInterview(b.rec, forms); !errors.As(err, &wrong) || wrong.Record != recordA {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A number that no door could have is none; the record opens all the same.
func TestOddSystemFieldsDoNoHarm(t *testing.T) {
	b := newInterview(t, nil)
	b.put("$number", screening.Answered, "12a")
	b.put("$group", screening.Answered, "not an id")
	b.put("$state", screening.Answered, "promoted")
	if iv := b.interview(); iv.Number != 0 || !iv.Group.Zero() || iv.State != "" || iv.Center != "ptc" {
		t.Errorf("%+v", iv)
	}
}
