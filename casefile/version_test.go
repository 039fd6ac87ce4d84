package casefile_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
)

// elsewhere gives what an interview keeps and does not ask, as "field=value".
func elsewhere(iv *casefile.Interview) string {
	var all []string
	for _, one := range iv.Elsewhere {
		all = append(all, one.Field+"="+string(one.Value)+" ("+one.Version.Form+")")
	}
	return strings.Join(all, ", ")
}

// An interview that was begun under vif/1 is finished under vif/1, whatever was
// published since.
func TestADraftOfTheOldFormIsFinishedUnderIt(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_children": screening.Of(screening.Int(2))})
	iv := b.interview()
	b.keep(iv.Draft(page(iv, dara, map[string]screening.Answer{"idn_father": text("made-up name")})))
	iv = b.interview()
	if iv.Form.Version() != "vif/1" || len(iv.Answers) != 2 || len(iv.Elsewhere) != 0 {
		t.Errorf("%s: %v, elsewhere %s", iv.Form.Version(), iv.Answers, elsewhere(iv))
	}
	var unknown *casefile.UnknownField
	if _, err := iv.Draft(page(iv, dara, map[string]screening.Answer{"cls_shoes": code("yes")})); !errors.As(err, &unknown) {
		t.Errorf("a question of the new form is taken: %v", err)
	}
}

// Moved on purpose: mapped answers move, unmatched ones stay to be seen, removed
// choices are marked.
func TestADraftMovesToTheNewForm(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{
		"idn_children": screening.Of(screening.Int(2)), "idn_father": text("made-up name"),
		"idn_marital": code("divorced"), "idn_sex": screening.Saying(screening.Refused),
	})
	draft, move, err := b.interview().MoveDraft(second(), maly)
	if fmt.Sprint(move.Unmatched, move.Removed) != "[idn_children] [idn_marital]" {
		t.Errorf("the plan: %+v", move)
	}
	b.keep(draft, err)
	iv := b.interview()
	if iv.Form.Version() != "vif/2" || iv.Answers["idn_parent"].Canonical() != "=made-up name" || iv.Answers["idn_sex"].State != screening.Refused {
		t.Errorf("%s: %v", iv.Form.Version(), iv.Answers)
	}
	if got := elsewhere(iv); got != "idn_children=2 (vif/1)" {
		t.Errorf("elsewhere: %s", got)
	}
	if item := iv.Elsewhere[0].Item; item == nil || item.EN != "Children" {
		t.Error("nobody can say what was asked")
	}
	flagged := slices.ContainsFunc(iv.Form.Evaluate(form.Long, iv.Answers, today).Problems, func(p form.Problem) bool {
		return p.Field.Item == "idn_marital" && p.Code == form.NotOnList
	})
	if !flagged {
		t.Error("a choice that is gone is not marked")
	}
	b.keep(iv.Draft(page(iv, dara, map[string]screening.Answer{"cls_shoes": code("yes")})))
}

// While one tablet moves the interview, another, which does not know the new
// form, goes on with the old one. Neither loses a word.
func TestATabletThatIsBehindWritesOn(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_father": text("as first said"), "wrk_sector": code("fishing")})
	behind := b.interview()
	draft, _, err := behind.MoveDraft(second(), maly)
	b.keep(draft, err)
	b.keep(behind.Draft(page(behind, dara, map[string]screening.Answer{
		"idn_father": text("as corrected"), "idn_children": screening.Of(screening.Int(3)), "wrk_sector": code("construction"),
	})))
	iv := b.interview()
	if iv.Answers["idn_parent"].Canonical() != "=as first said" || iv.Answers.Code("wrk_sector") != "construction" {
		t.Errorf("it reads %v", iv.Answers)
	}
	if got := elsewhere(iv); got != "idn_children=3 (vif/1), idn_father=as corrected (vif/1)" {
		t.Errorf("elsewhere: %s", got)
	}
	// The tablet that is behind reads the same record under the form that it knows.
	old, err := casefile.OpenInterview(b.interview().Record, func(version string) *form.Definition {
		if version == "vif/1" {
			return form.Builtin()
		}
		return nil
	})
	if err != nil || old.Form.Version() != "vif/1" || old.Answers["idn_father"].Canonical() != "=as corrected" {
		t.Errorf("behind, it reads %v, %v", old.Answers, err)
	}
	// On to the third version, which left the mother out, too.
	draft, _, err = iv.MoveDraft(third(), maly)
	b.keep(draft, err)
	if iv = b.interview(); iv.Form.Version() != "vif/3" || iv.Answers["idn_parent"].Canonical() != "=as first said" {
		t.Errorf("%s: %v", iv.Form.Version(), iv.Answers)
	}
}

// What nobody may see of a class, nobody sees of it elsewhere.
func TestWhatIsElsewhereKeepsItsClass(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"idn_children": screening.Of(screening.Int(2)), "idn_family_km": text("made up")})
	draft, _, err := b.interview().MoveDraft(second(), maly)
	b.keep(draft, err)
	for _, role := range screening.Roles() {
		seen := b.interview().For(casefile.Viewer{Person: nobody, Viewer: screening.Viewer{Role: role, Agency: screening.NGO, Profile: screening.Desk}})
		if got, want := len(seen.Elsewhere()) == 1, seen.May("idn_family_km"); got != want {
			t.Errorf("%s sees it: %v, and sees others of its class: %v", role, got, want)
		}
	}
}

// Whatever was answered on however many tablets, before and while an interview
// moved twice, each answer that nobody replaced can be read afterwards: under a
// question, as one side of a contested answer, or elsewhere.
func TestNoAnswerIsLostWhileAnInterviewMoves(t *testing.T) {
	everything := answerEverything(form.Builtin(), screening.ShareNone)
	items := slices.Sorted(maps.Keys(everything))
	marital := form.Builtin().Choices("marital")
	rapid.Check(t, func(rt *rapid.T) {
		first := map[string]screening.Answer{"idn_marital": code(rapid.SampledFrom(marital).Draw(rt, "marital").Code)}
		for _, item := range rapid.SliceOfDistinct(rapid.SampledFrom(items), rapid.ID).Draw(rt, "asked") {
			first[item] = everything[item]
		}
		b := newInterview(rt, first)
		behind := b.interview()
		for _, to := range []*form.Definition{second(), third()} {
			draft, _, err := b.interview().MoveDraft(to, maly)
			b.keep(draft, err)
		}
		late := map[string]screening.Answer{}
		for _, item := range append(rapid.SliceOfN(rapid.SampledFrom(items), 1, 20).Draw(rt, "late"), "idn_father", "idn_mother") {
			late[item] = screening.Saying(screening.DontKnow)
		}
		b.keep(behind.Draft(page(behind, dara, late)))
		iv := b.interview()
		readable := map[string]bool{}
		for field := range iv.Answers {
			readable[field] = true
		}
		for _, field := range iv.Contested {
			readable[field] = true
		}
		for _, one := range iv.Elsewhere {
			readable[one.Field] = true
		}
		for _, fields := range []map[string]screening.Answer{first, late} {
			for field := range fields {
				if !readable[field] && !(field == "idn_father" && readable["idn_parent"]) {
					rt.Fatalf("%s is nowhere", field)
				}
			}
		}
		if _, said := first["idn_father"]; said && iv.Answers["idn_parent"].Canonical() != everything["idn_father"].Canonical() {
			rt.Fatal("the renamed question lost its answer")
		}
	})
}
