package casefile_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

var copyID = syncengine.RecordID{0xC}

// copyFor makes the copy of an interview for a service and receiver.
func copyFor(iv *casefile.Interview, service string, receiver screening.Agency) (syncengine.Draft, error) {
	return iv.CopyDraft(
		casefile.Request{ID: "r1", Service: service, Urgency: "soon", Note: "mornings only", Author: dara},
		casefile.Copying{Copy: copyID, Commit: make([]byte, 16), Receiver: receiver, From: "ptc", Today: today, Millis: 1_790_000_000_000},
	)
}

// copyHead is what every copy carries about the referral itself.
var copyHead = []string{"$from", "$made", "$request", "$service", "$share", "$urgency"}

// Every share × service × receiver: the copy is the smaller of what the person
// agreed to and what the service needs, and nothing that is protected.
func TestACopyIsNeverMoreThanConsentAndServiceAllow(t *testing.T) {
	leaves, lists, def := leaves(t), sharingLists(t), form.Builtin()
	for share := screening.ShareNone; share <= screening.ShareFull; share++ {
		answers := answerEverything(def, share)
		answers["ref_needs@r2"] = answers["ref_needs"]
		iv := newInterview(t, answers).interview()
		for service, packed := range lists.Services {
			packed = slices.Concat(packed, lists.Always, lists.ReferralPart)
			for _, receiver := range screening.AllAgencies() {
				agreed := share
				if def.Item("con_share_"+string(receiver)) == nil {
					agreed = screening.ShareNone
				}
				if receiver == screening.Research {
					agreed = min(agreed, screening.ShareAnon) // form specification: only anon or none
				}
				draft, err := copyFor(iv, service, receiver)
				if agreed == screening.ShareNone {
					if !errors.Is(err, casefile.ErrNoConsent) || len(draft.Writes) != 0 {
						t.Fatalf("%s for %s under %v: %v", service, receiver, share, err)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				var want []string
				for _, item := range def.Items() {
					line := item.Repeat == "referral[]" // of another referral: answered in the first entry
					if slices.Contains(packed, item.ID) && leaves(agreed, item.ID, item.Class) && !line && answers[item.ID].State != screening.NotAsked {
						want = append(want, item.ID)
					}
				}
				for _, fact := range screening.FactClasses() {
					if slices.Contains(packed, fact.Item) && leaves(agreed, fact.Item, fact.Class) {
						want = append(want, "$fact."+fact.Item)
					}
				}
				want = append(want, copyHead...)
				if agreed >= screening.ShareNeeds {
					want = append(want, "$note")
				}
				if slices.Contains(want, "ref_needs") {
					want = append(want, "ref_needs@r2")
				}
				slices.Sort(want)
				if got := fieldsOf(draft); !slices.Equal(got, want) {
					t.Fatalf("%s for %s under %v:\n got %v\nwant %v", service, receiver, share, got, want)
				}
				checkClasses(t, draft)
			}
		}
	}
}

// checkClasses holds that each answer of a copy lies in the class of its item,
// and that the protected class is not there at all.
func checkClasses(t *testing.T, draft syncengine.Draft) {
	t.Helper()
	for class, writes := range draft.Writes {
		for _, w := range writes {
			want, known := form.Builtin().Class(w.Field)
			if class == syncengine.Class(screening.Protected) || known && class != syncengine.Class(want) || len(w.Supersedes) != 0 {
				t.Fatalf("%s lies in class %d", w.Field, class)
			}
		}
	}
}

// Each referral has a line of its own in the interview; a copy carries its own
// line and tells no receiver of another.
func TestTheLineOfAnotherReferralStaysAtHome(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareFull)
	service := answers["ref_service"]
	answers["ref_service@r1"], answers["ref_service@r2"] = service, service
	draft, err := copyFor(newInterview(t, answers).interview(), "shelter", screening.NGO)
	if err != nil {
		t.Fatal(err)
	}
	got := slices.DeleteFunc(fieldsOf(draft), func(f string) bool { return !strings.HasPrefix(f, "ref_service") })
	if !slices.Equal(got, []string{"ref_service@r1"}) {
		t.Errorf("lines %v", got)
	}
}

func TestAContestedAnswerStaysBack(t *testing.T) {
	b := newInterview(t, answerEverything(form.Builtin(), screening.ShareFull))
	for _, field := range []string{"idn_given_km", "hrm_physical", "ref_needs", "idn_home"} {
		b.put(field, screening.Refused, "")
	}
	b.put("idn_age_stated", screening.Answered, "16")
	draft, err := copyFor(b.interview(), "family_tracing", screening.NGO)
	if err != nil {
		t.Fatal(err)
	}
	got := fieldsOf(draft)
	for _, field := range []string{"idn_given_km", "hrm_physical", "ref_needs", "idn_home", "$fact.province"} {
		if slices.Contains(got, field) {
			t.Errorf("%s left while it was contested", field)
		}
	}
	for _, field := range []string{"idn_family_km", "$fact.child", "idn_mother"} {
		if !slices.Contains(got, field) {
			t.Errorf("%s stayed back for nothing", field)
		}
	}
}

// Withdrawn wins over every grant, and only over what it names.
func TestAWithdrawnScopeWins(t *testing.T) {
	for scope, row := range map[screening.Scope]struct {
		refused bool
		back    []string // what is missing from the copy
	}{
		screening.ScopeAll:        {refused: true},
		screening.ScopeInterview:  {refused: true},
		screening.ScopeSharing:    {refused: true},
		screening.ScopeReferral:   {refused: true},
		screening.ScopeRecontact:  {back: []string{"con_safe_channel", "idn_phone"}},
		screening.ScopeStatistics: {},
	} {
		t.Run(string(scope), func(t *testing.T) {
			b := newInterview(t, answerEverything(form.Builtin(), screening.ShareFull))
			before, _ := copyFor(b.interview(), "reintegration", screening.NGO)
			b.keep(b.interview().WithdrawDraft(maly, scope))
			draft, err := copyFor(b.interview(), "reintegration", screening.NGO)
			if errors.Is(err, casefile.ErrNoConsent) != row.refused || row.refused && len(draft.Writes) != 0 {
				t.Fatalf("%v, %v", err, fieldsOf(draft))
			}
			if row.refused {
				return
			}
			left := slices.DeleteFunc(fieldsOf(before), func(f string) bool { return slices.Contains(row.back, f) })
			if got := fieldsOf(draft); !slices.Equal(got, left) {
				t.Errorf("got %v\nwant %v", got, left)
			}
		})
	}
}

func TestWithoutTheThreeYesesNothingLeaves(t *testing.T) {
	for _, item := range []string{"con_interview", "con_referral", "con_share_ngo"} {
		for _, answer := range []screening.Answer{{}, code("no"), screening.Saying(screening.Refused), screening.Saying(screening.DontKnow), screening.Saying(screening.Skipped)} {
			answers := answerEverything(form.Builtin(), screening.ShareFull)
			if item == "con_share_ngo" && answer.State == screening.Answered {
				answer = code("none")
			}
			answers[item] = answer
			if draft, err := copyFor(newInterview(t, answers).interview(), "shelter", screening.NGO); !errors.Is(err, casefile.ErrNoConsent) || len(draft.Writes) != 0 {
				t.Errorf("%s %s: %v", item, answer.Canonical(), err)
			}
		}
	}
}

// Two tablets, one yes and one no at the same time: no.
func TestAContestedConsentIsNone(t *testing.T) {
	b := newInterview(t, answerEverything(form.Builtin(), screening.ShareFull))
	b.put("con_referral", screening.Answered, "no")
	if _, err := copyFor(b.interview(), "shelter", screening.NGO); !errors.Is(err, casefile.ErrNoConsent) {
		t.Errorf("%v", err)
	}
}

// Facts stand in place of items: an age band and no date of birth, a province
// and no village.
func TestFactsStandInPlaceOfItems(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareNeeds)
	answers["idn_birth_date"] = screening.Of(date("2010-02-03"))
	b := newInterview(t, answers)
	draft, err := copyFor(b.interview(), "shelter", screening.NGO)
	if err != nil {
		t.Fatal(err)
	}
	c := newBook(t, copyID, casefile.KindReferral, "vif/1")
	c.keep(draft, nil)
	referral, err := casefile.OpenReferral(c.rec, forms)
	if err != nil {
		t.Fatal(err)
	}
	for fact, want := range map[string]string{screening.FactAgeBand: "9-17", screening.FactChild: "yes", screening.FactProvince: ""} {
		if got := referral.Fact(c.rec, fact); got != want {
			t.Errorf("%s: %q, want %q", fact, got, want)
		}
	}
	for _, item := range []string{"idn_birth_date", "idn_age_stated", "idn_home"} {
		if _, there := referral.Answers[item]; there {
			t.Errorf("%s left beside its fact", item)
		}
	}
}

func TestACopyReadsBackAsItWasMade(t *testing.T) {
	iv := newInterview(t, answerEverything(form.Builtin(), screening.ShareFull)).interview()
	draft, err := copyFor(iv, "legal", screening.LegalAid)
	if err != nil {
		t.Fatal(err)
	}
	b := newBook(t, copyID, casefile.KindReferral, "vif/1")
	b.keep(draft, nil)
	got, err := casefile.OpenReferral(b.rec, forms)
	if err != nil {
		t.Fatal(err)
	}
	head := *got
	head.Answers = nil
	if want := (casefile.Referral{
		ID: copyID, Request: "r1", Service: "legal", Urgency: "soon", From: "ptc", Note: "mornings only",
		MadeMillis: 1_790_000_000_000, Share: screening.ShareFull,
	}); !reflect.DeepEqual(head, want) {
		t.Errorf("got %+v", head)
	}
	items := slices.DeleteFunc(fieldsOf(draft), func(f string) bool { return strings.HasPrefix(f, "$") })
	if !slices.Equal(slices.Sorted(maps.Keys(got.Answers)), items) {
		t.Errorf("answers %v, want %v", slices.Sorted(maps.Keys(got.Answers)), items)
	}
	for field, answer := range got.Answers {
		if !screening.Same(answer, iv.Answers[field]) {
			t.Errorf("%s reads %s", field, answer.Canonical())
		}
	}
	for _, w := range allWrites(draft) {
		if strings.Contains(string(w.Value), recordA.String()) || strings.Contains(string(w.Value), "K7-22") {
			t.Errorf("%s names the interview that it came from", w.Field)
		}
	}
}

func TestOnlyACopyOpensAsOne(t *testing.T) {
	for name, b := range map[string]*book{
		"an interview":         newBook(t, recordA, casefile.KindInterview, "vif/1"),
		"a copy of later form": newBook(t, recordA, casefile.KindReferral, "vif/9"),
	} {
		var wrong *casefile.NotOfKind
		if _, err := casefile.OpenReferral(b.rec, forms); !errors.As(err, &wrong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestRequestsComeInTheOrderTheyWereAsked(t *testing.T) {
	b := newInterview(t, nil)
	for _, r := range []casefile.Request{
		{ID: "zz", Organisation: recordB.String(), Service: "shelter", Urgency: "now", Note: " her aunt\x00 knows "},
		{ID: "aa", Organisation: recordB.String(), Service: "legal", Urgency: "soon"},
	} {
		b.keep(b.interview().RequestDraft(maly, r))
	}
	b.put("$referral.broken", screening.Answered, "{")
	got := b.interview().Requests()
	if len(got) != 2 || got[0].ID != "zz" || got[1].ID != "aa" || got[0].Author != maly || got[0].Stamp >= got[1].Stamp {
		t.Fatalf("%+v", got)
	}
	if got[0].Note != "her aunt  knows" || got[0].Service != "shelter" || got[0].Urgency != "now" || got[0].Organisation != recordB.String() || got[1].Note != "" {
		t.Errorf("%+v", got)
	}
	if class := b.rec.Classes[syncengine.Class(screening.Contact)]; class["$note.zz"] == nil {
		t.Error("the note does not lie with the ways to contact")
	}
}

// Each withdrawal is an entry of its own: one neither replaces nor hides another.
func TestWithdrawalsStandBesideEachOther(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"con_interview": code("yes")})
	before := b.interview()
	for _, scope := range screening.Scopes() {
		draft, err := before.WithdrawDraft(maly, scope)
		if draft.SignClass != syncengine.Class(screening.Admin) || !casefile.MustBeSigned(draft.Kind, draft.Writes[draft.SignClass]) {
			t.Errorf("%s: not an act to sign", scope)
		}
		b.keep(draft, err)
	}
	consent := b.interview().Consent()
	for _, scope := range screening.Scopes() {
		if !consent.Withdrawn[scope] {
			t.Errorf("%s was lost", scope)
		}
	}
	if _, err := b.interview().WithdrawDraft(maly, screening.ScopeAll); !errors.Is(err, casefile.ErrNothing) {
		t.Errorf("the same once more: %v", err)
	}
	if _, err := before.WithdrawDraft(maly, "everything I said"); err == nil {
		t.Error("a scope that is not on the list")
	}
}

// Scenario 13: she agrees to the NGO (needs only) and not to the police.
func TestScenario13TheNGOSeesNameSafeChannelAndNeeds(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareNone)
	answers["con_share_ngo"] = code("needs")
	iv := newInterview(t, answers).interview()
	draft, err := copyFor(iv, "shelter", screening.NGO)
	if err != nil {
		t.Fatal(err)
	}
	got := fieldsOf(draft)
	for _, field := range []string{"idn_given_km", "idn_family_km", "con_safe_channel", "ref_needs"} {
		if !slices.Contains(got, field) {
			t.Errorf("%s is missing", field)
		}
	}
	for _, class := range []screening.Class{screening.Testimony, screening.Protected, screening.Suspects} {
		if writes := draft.Writes[syncengine.Class(class)]; len(writes) != 0 {
			t.Errorf("%v left: %d answers", class, len(writes))
		}
	}
	if _, err := copyFor(iv, "legal", screening.JudicialPolice); !errors.Is(err, casefile.ErrNoConsent) {
		t.Errorf("the police: %v", err)
	}
}

// Scenario 18: he was made to cheat people. The flag may travel, the acts never,
// whatever was agreed to and whoever receives.
func TestScenario18TheActsLeaveInNoCopy(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareFull)
	answers["jus_flag"] = code("yes")
	iv := newInterview(t, answers).interview()
	acts := []string{"jus_unlawful", "jus_because_of", "ctl_made_to"}
	for _, receiver := range screening.AllAgencies() {
		for _, service := range screening.Services() {
			draft, err := copyFor(iv, service, receiver)
			if errors.Is(err, casefile.ErrNoConsent) {
				continue
			}
			got := fieldsOf(draft)
			if slices.ContainsFunc(acts, func(act string) bool { return slices.Contains(got, act) }) {
				t.Errorf("%s for %s holds an act", service, receiver)
			}
		}
	}
	legal, _ := copyFor(iv, "legal", screening.LegalAid)
	if !slices.Contains(fieldsOf(legal), "jus_flag") {
		t.Error("legal aid does not see the flag")
	}
	social := iv.For(casefile.Viewer{Person: sothea, Viewer: screening.Viewer{Role: screening.Supervisor, Agency: screening.SocialAffairs, Profile: screening.Desk}})
	police := iv.For(casefile.Viewer{Person: sothea, Viewer: screening.Viewer{Role: screening.Supervisor, Agency: screening.JudicialPolice, Profile: screening.Desk}})
	for _, act := range acts {
		if !social.May(act) || police.May(act) {
			t.Errorf("%s: social affairs %v, police %v", act, social.May(act), police.May(act))
		}
	}
}

func allWrites(d syncengine.Draft) (all []syncengine.Write) {
	for _, writes := range d.Writes {
		all = append(all, writes...)
	}
	return all
}
