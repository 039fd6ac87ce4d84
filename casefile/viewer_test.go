package casefile_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// sharingLists are the named items of the sharing table, read from the data and
// not through the code that is under test.
func sharingLists(t *testing.T) (lists struct {
	ReferralPart []string            `json:"referral_part"`
	Needs        []string            `json:"needs"`
	Anon         []string            `json:"anon"`
	Always       []string            `json:"always"`
	Services     map[string][]string `json:"services"`
},
) {
	t.Helper()
	raw, err := os.ReadFile("../screening/data/sharing-1.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &lists); err != nil {
		t.Fatal(err)
	}
	return lists
}

// leaves is the table of the form specification, section 7, as it is printed:
// which item of which class may leave under which share.
func leaves(t *testing.T) func(share screening.Share, item string, class screening.Class) bool {
	lists := sharingLists(t)
	set := func(names []string) map[string]bool {
		m := map[string]bool{}
		for _, name := range names {
			m[name] = true
		}
		return m
	}
	referral, needs, anon := set(lists.ReferralPart), set(lists.Needs), set(lists.Anon)
	return func(share screening.Share, item string, class screening.Class) bool {
		switch share.String() + " " + class.String() {
		case "full identity", "full contact", "full indicator", "full testimony", "full suspects", "anon indicator":
			return true
		case "full admin", "needs admin":
			return referral[item]
		case "needs identity", "needs contact", "needs indicator":
			return needs[item]
		case "anon identity", "anon contact":
			return anon[item]
		}
		return false // none; protected always; testimony and suspects under needs; admin under anon
	}
}

// An oracle says what somebody may see of an interview, written out from the
// tables in words: default views (form specification, section 2), sharing
// (section 7) and what a device may show (bytes and keys, section 6).
type oracle struct {
	leaves func(screening.Share, string, screening.Class) bool
}

func (o oracle) maySee(v screening.Viewer, closed, tookPart bool, share screening.Share, item string, class screening.Class) bool {
	if v.Role != screening.Interviewer && v.Role != screening.Supervisor {
		return false // partners get copies, auditors get hashes
	}
	switch v.Profile {
	case screening.PartnerDevice:
		return false // referral copies only
	case screening.Capture:
		if closed && item != "ref_needs" && item != "tri_basic_needs" && item != "tri_medical_urgent" {
			return false // state, needs, child flag, no name
		}
	case screening.CaseDevice, screening.Desk:
	default:
		return false
	}
	own := v.Role == screening.Interviewer && (tookPart || !closed)
	switch v.Agency {
	case screening.SocialAffairs, screening.Diplomatic, screening.SupportAbroad:
		return true // own cases, and every device holds but its own center's
	case screening.JudicialPolice, screening.Gendarmerie, screening.LocalAuthority, screening.WomenChildren:
		return own || class == screening.Admin || o.leaves(share, item, class)
	case screening.NGO:
		return own
	}
	return false
}

// everyViewer gives every role of every agency class on every device, and some
// of what does not exist.
func everyViewer() []screening.Viewer {
	viewers := []screening.Viewer{
		{},
		{Role: "minister", Agency: screening.SocialAffairs, Profile: screening.Desk},
		{Role: screening.Supervisor, Agency: "circus", Profile: screening.Desk},
		{Role: screening.Supervisor, Agency: screening.SocialAffairs, Profile: "phone"},
		{Role: screening.Interviewer, Agency: screening.SocialAffairs, Profile: "phone"},
	}
	for _, role := range screening.Roles() {
		for _, agency := range screening.AllAgencies() {
			for _, profile := range screening.Profiles() {
				viewers = append(viewers, screening.Viewer{Role: role, Agency: agency, Profile: profile})
			}
		}
	}
	return viewers
}

// Redaction, exhaustively: role × agency class × device × open or closed ×
// taking part × share × every item of the form.
func TestNobodySeesMoreThanTheTablesSay(t *testing.T) {
	want, def := oracle{leaves(t)}, form.Builtin()
	for share := screening.ShareNone; share <= screening.ShareFull; share++ {
		b := newInterview(t, answerEverything(def, share))
		for _, closed := range []bool{false, true} {
			if closed {
				b.keep(b.interview().CloseDraft(dara, "no_indications"))
			}
			iv := b.interview()
			for _, viewer := range everyViewer() {
				consented := screening.ShareNone
				if def.Item("con_share_"+string(viewer.Agency)) != nil {
					consented = share // a class that is not asked about counts as none
				}
				for _, person := range []syncengine.PersonID{dara, nobody} {
					checkSeen(t, want, iv, casefile.Viewer{Person: person, Viewer: viewer}, consented)
				}
			}
		}
	}
}

func checkSeen(t *testing.T, want oracle, iv *casefile.Interview, v casefile.Viewer, share screening.Share) {
	t.Helper()
	seen := iv.For(v)
	tookPart := v.Person == dara
	sight := screening.Sight{Open: !iv.Closed, Mine: tookPart || !iv.Closed, Share: share}
	shown := 0
	for field, answer := range iv.Answers {
		class, _ := iv.Form.Class(field)
		expected := want.maySee(v.Viewer, iv.Closed, tookPart, share, field, class)
		got, is := seen.Answers[field]
		if is {
			shown++
		}
		if is != expected || is != v.MaySee(field, class, sight) || is && got != answer {
			t.Fatalf("%v, closed %v, part %v, share %v: %s shown %v, want %v", v.Viewer, iv.Closed, tookPart, share, field, is, expected)
		}
	}
	for _, field := range []string{"con_interview", "idn_given_km", "idn_phone", "ref_needs", "rec_story", "jus_because_of", "prp_name"} {
		if _, is := seen.Answers[field]; is != (len(seen.Versions(field)) > 0) || is != seen.May(field) {
			t.Fatalf("%v: versions of %s", v.Viewer, field)
		}
	}
	if len(seen.Answers) != shown || seen.Hidden != len(iv.Answers)-shown {
		t.Fatalf("%v: %d shown, %d answers, %d hidden", v.Viewer, shown, len(seen.Answers), seen.Hidden)
	}
	if seen.May("idn_shoe_size") || seen.May("idn sex") || seen.May("$closed") {
		t.Fatalf("%v may see what no form explains", v.Viewer)
	}
}

// What is contested is told only to whoever may see the answers.
func TestWhatIsContestedIsHiddenWithItsAnswers(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"con_interview": code("yes"), "idn_given_km": text("ចន្ធី"), "ses_place": answerTo(form.Builtin(), form.Builtin().Item("ses_place"))})
	b.put("idn_given_km", screening.Answered, "ចន្ធា")
	b.put("ses_place", screening.Refused, "")
	iv := b.interview()
	for name, row := range map[string]struct {
		viewer screening.Viewer
		want   []string
	}{
		"social affairs at the desk": {screening.Viewer{Role: screening.Supervisor, Agency: screening.SocialAffairs, Profile: screening.Desk}, []string{"idn_given_km", "ses_place"}},
		"police at the desk":         {screening.Viewer{Role: screening.Supervisor, Agency: screening.JudicialPolice, Profile: screening.Desk}, []string{"ses_place"}},
		"an auditor":                 {screening.Viewer{Role: screening.Auditor, Agency: screening.SocialAffairs, Profile: screening.Desk}, nil},
	} {
		if got := iv.For(casefile.Viewer{Person: sothea, Viewer: row.viewer}).Contested; !slices.Equal(got, row.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Nobody writes what they may not read, whoever they are.
func TestNobodyWritesUnseen(t *testing.T) {
	iv := newInterview(t, answerEverything(form.Builtin(), screening.ShareFull)).interview()
	for _, viewer := range everyViewer() {
		seen := iv.For(casefile.Viewer{Person: nobody, Viewer: viewer})
		for field := range iv.Answers {
			if seen.MayWrite(field) && !seen.May(field) {
				t.Fatalf("%v writes %s unseen", viewer, field)
			}
		}
	}
}

// The note of a referral says where to reach the person.
func TestANoteToAReceiverIsHiddenLikeAWayToContact(t *testing.T) {
	b := newInterview(t, map[string]screening.Answer{"con_interview": code("yes")})
	b.keep(b.interview().RequestDraft(dara, casefile.Request{ID: "r1", Service: "shelter", Note: "ask for her aunt at the market"}))
	for _, row := range []struct {
		agency screening.Agency
		note   string
	}{{screening.SocialAffairs, "ask for her aunt at the market"}, {screening.JudicialPolice, ""}} {
		viewer := casefile.Viewer{Person: sothea, Viewer: screening.Viewer{Role: screening.Supervisor, Agency: row.agency, Profile: screening.Desk}}
		requests := b.interview().For(viewer).Requests()
		if len(requests) != 1 || requests[0].Service != "shelter" || requests[0].Note != row.note {
			t.Errorf("%s: %+v", row.agency, requests)
		}
	}
	if notes := b.interview().Requests(); notes[0].Note == "" {
		t.Error("the note was lost on the way to the office")
	}
}

// Scenario 13: a police user finds nothing that was not agreed to.
func TestScenario13PoliceSeeHowItWasDoneAndNoAccount(t *testing.T) {
	answers := answerEverything(form.Builtin(), screening.ShareNone)
	answers["con_share_ngo"] = code("needs")
	b := newInterview(t, answers)
	b.keep(b.interview().CloseDraft(dara, "indications_of_trafficking"))
	police := casefile.Viewer{Person: sothea, Viewer: screening.Viewer{Role: screening.Supervisor, Agency: screening.JudicialPolice, Profile: screening.Desk}}
	for field := range b.interview().For(police).Answers {
		if class, _ := form.Builtin().Class(field); class != screening.Admin {
			t.Errorf("sees %s", field)
		}
	}
}

// One made-up record, and the page of each viewer as a text. Look at what
// changes in review, then write it anew with -update.
func TestThePageOfEachViewer(t *testing.T) {
	open, closed := storyOf(t, false), storyOf(t, true)
	for _, row := range []struct {
		name   string
		iv     *casefile.Interview
		person syncengine.PersonID
		viewer screening.Viewer
	}{
		{"interviewer-capture-open", open, dara, screening.Viewer{Role: screening.Interviewer, Agency: screening.SocialAffairs, Profile: screening.Capture}},
		{"interviewer-capture-closed", closed, dara, screening.Viewer{Role: screening.Interviewer, Agency: screening.SocialAffairs, Profile: screening.Capture}},
		{"colleague-case-closed", closed, nobody, screening.Viewer{Role: screening.Interviewer, Agency: screening.SocialAffairs, Profile: screening.CaseDevice}},
		{"ngo-interviewer-own", closed, dara, screening.Viewer{Role: screening.Interviewer, Agency: screening.NGO, Profile: screening.CaseDevice}},
		{"ngo-interviewer-anothers", closed, nobody, screening.Viewer{Role: screening.Interviewer, Agency: screening.NGO, Profile: screening.CaseDevice}},
		{"supervisor-desk", closed, sothea, screening.Viewer{Role: screening.Supervisor, Agency: screening.SocialAffairs, Profile: screening.Desk}},
		{"police-desk", closed, sothea, screening.Viewer{Role: screening.Supervisor, Agency: screening.JudicialPolice, Profile: screening.Desk}},
		{"local-authority-desk", closed, sothea, screening.Viewer{Role: screening.Supervisor, Agency: screening.LocalAuthority, Profile: screening.Desk}},
		{"partner", closed, nobody, screening.Viewer{Role: screening.Partner, Agency: screening.NGO, Profile: screening.PartnerDevice}},
		{"auditor", closed, nobody, screening.Viewer{Role: screening.Auditor, Agency: screening.SocialAffairs, Profile: screening.Desk}},
	} {
		t.Run(row.name, func(t *testing.T) {
			golden(t, filepath.Join("testdata", "viewer", row.name+".txt"), pageText(row.iv.For(casefile.Viewer{Person: row.person, Viewer: row.viewer})))
		})
	}
}

// storyOf is a made-up woman's interview: consent to the NGO for her needs, to
// the police for all, one contested answer, one refusal.
func storyOf(t *testing.T, closed bool) *casefile.Interview {
	t.Helper()
	b := newInterview(t, map[string]screening.Answer{
		"con_interview": code("yes"), "con_referral": code("yes"), "con_share_ngo": code("needs"), "con_share_judicial_police": code("full"),
		"idn_family_km": text("សុខ"), "idn_given_km": text("ចន្ធី"), "idn_sex": code("female"), "idn_birth_date": screening.Of(date("1996")),
		"idn_phone": text("+85512000000"), "idn_home": answerTo(form.Builtin(), form.Builtin().Item("idn_home")), "con_safe_channel": text("her aunt, mornings"),
		"tri_medical_urgent": code("no"), "hrm_sexual": screening.Saying(screening.Refused), "rec_story": text("A made-up account."),
		"jus_because_of": code("yes"), "prp_name": text("A made-up broker"), "ses_breaks": screening.Of(screening.Int(1)),
		"ref_needs": screening.Of(screening.SetOf("shelter")),
	})
	b.put("idn_sex", screening.Answered, "male")
	if closed {
		b.keep(b.interview().CloseDraft(dara, "indications_of_trafficking"))
	}
	return b.interview()
}

func pageText(seen *casefile.Seen) string {
	var page strings.Builder
	for _, field := range slices.Sorted(maps.Keys(seen.Answers)) {
		class, _ := seen.Form.Class(field)
		fmt.Fprintf(&page, "%-10s %-26s %s\n", class, field, seen.Answers[field].Canonical())
	}
	for _, field := range seen.Contested {
		fmt.Fprintf(&page, "contested  %s, %d versions\n", field, len(seen.Versions(field)))
	}
	fmt.Fprintf(&page, "hidden     %d\n", seen.Hidden)
	return page.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs.\ngot:\n%swant:\n%s", name, got, want)
	}
}
