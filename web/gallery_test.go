package web

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// All people here are made up.

var night = time.Date(2026, 11, 23, 14, 40, 0, 0, time.UTC) // 21:40 in Poipet

// sixty is a name of sixty characters, Khmer and Latin: the longest that a
// page must hold without breaking.
var sixty = Name{
	Khmer: "សុខ ចាន់ធី សុវណ្ណារិទ្ធិ មុន្នីរតនៈ ព្រះវិហារ បន្ទាយមានជ័យ ក",
	Latin: "Sok Chanthy Sovannarithy Monyrathana Preah Vihear Banteay M.",
}

var (
	chanthy = Row{
		ID: "r1", Number: 12, Name: Name{"សុខ ចាន់ធី", "Sok Chanthy"}, Sex: "female",
		Age: Age{Years: 30, Known: true}, Progress: "interviewing", By: "Chea Sophal", Where: "tablet", At: night, Center: "PTC",
	}
	dara = Row{
		ID: "r2", Number: 13, Name: Name{Khmer: "កែវ ដារ៉ា"}, Sex: "male",
		Age: Age{Years: 17, Known: true, About: true, Child: true}, Progress: "waiting", Where: "center", At: night, Center: "PTC",
	}
	longest = Row{
		ID: "r3", Number: 14, Name: sixty, Sex: "other", Age: Age{}, Progress: "private_room",
		Private: true, NeedsYou: true, Where: "office", At: night, Center: "KTC",
	}
	nameless = Row{ID: "r4", Number: 15, Sex: "male", Age: Age{Years: 41, Known: true}, Progress: "closed", Where: "office", At: night}
)

// forty is a full hall.
func forty() []Row {
	var rows []Row
	for i := range 40 {
		r := []Row{chanthy, dara, longest, nameless}[i%4]
		r.ID, r.Number = fmt.Sprintf("r%d", i), i+1
		rows = append(rows, r)
	}
	return rows
}

func origin(who, device string, minutes int) Origin {
	return Origin{
		Who: who, Agency: "social_affairs", Device: device, At: night.Add(time.Duration(minutes) * time.Minute),
		Plusminus: 90 * time.Second,
	}
}

func yesNo(chosen string) []Option {
	return []Option{
		{Code: "yes", Label: "បាទ/ចាស", Small: "Yes", Chosen: chosen == "yes"},
		{Code: "no", Label: "ទេ", Small: "No", Chosen: chosen == "no"},
	}
}

var contestedVersions = []Version{
	{ID: "v1", Text: "សុខ ចាន់ធី", Value: "សុខ ចាន់ធី", State: "answered", Origin: origin("Chea Sophal", "PTC-2", 0)},
	{ID: "v2", Text: "សុខ ចាន់ទី", Value: "សុខ ចាន់ទី", State: "answered", Origin: origin("Meas Bopha", "KTC-1", 34), OnScreen: "សុខ"},
}

// everyKind is a page with each kind of question, answered and open.
func everyKind() []Question {
	o := origin("Meas Bopha", "PTC-1", -2000)
	return []Question{
		{Item: "rec_job_same", Kind: KindSingle, Label: "ការងារនោះដូចដែលគេសន្យាទេ?", Small: "Was the work as promised?", How: "ask", Required: true, Options: yesNo("no")},
		{Item: "ctl_threats", Kind: KindMulti, Label: "គេគំរាមអ្វី?", Small: "What were you threatened with?", How: "ask", Required: true, Options: []Option{
			{Code: "police", Label: "ប៉ូលិស", Small: "Police"},
			{Code: "family", Label: "ធ្វើបាបគ្រួសារ", Small: "Harm to family", Chosen: true},
			{Code: "none", Label: "គ្មាន", Small: "None of these", Excludes: true},
		}},
		{Item: "wrk_hours_day", Kind: KindInt, Label: "ធ្វើការប៉ុន្មានម៉ោងក្នុងមួយថ្ងៃ?", Small: "Hours a day?", How: "ask", Unit: "ម៉ោង", Value: "18", Warning: "range"},
		{Item: "idn_name", Kind: KindText, Label: "ឈ្មោះ", Small: "Name", How: "ask", Required: true, Versions: contestedVersions, Warning: "contested"},
		{Item: "jus_account", Kind: KindLong, Label: "រឿងរ៉ាវ", Small: "Account", How: "ask", Value: `<img src=x onerror="alert(1)">`},
		{Item: "wrk_from", Kind: KindDate, Label: "ចាប់ផ្តើមពេលណា?", Small: "Since when?", How: "ask", Value: "2019-04~"},
		{
			Item: "wrk_pay", Kind: KindMoney, Label: "បានប៉ុន្មាន?", Small: "How much was paid?", How: "ask", Value: "9000 THB month",
			Periods: []Option{{Code: "day", Label: "ថ្ងៃ"}, {Code: "month", Label: "ខែ"}},
		},
		{Item: "idn_home[1].village", Kind: KindPlace, Label: "ភូមិកំណើត", Small: "Home village", How: "ask", Set: "kh", Value: "14080103", Shown: "ព្រៃវែង"},
		{Item: "tri_distress", Kind: KindSingle, Label: "ស្ថានភាពអារម្មណ៍", Small: "State", How: "observe", State: "refused", Options: yesNo("")},
		{Item: "rec_act", Kind: KindSingle, Label: "មានគេជ្រើសរើសទេ?", Small: "Did somebody recruit?", How: "attest", Origin: &o, Options: yesNo("yes")},
		{Item: "idn_age", Kind: KindShown, Label: "អាយុ", Small: "Age", Shown: "30"},
	}
}

var rail = []Section{
	{Page: "tri", Label: "តម្រូវការបន្ទាន់", State: "done", Answer: 6, Of: 6},
	{Page: "rec", Label: "របៀបចាប់ផ្តើម", State: "now", Answer: 2, Of: 9},
	{Page: "wrk[1]", Label: "ការងារ", State: "to_come", Of: 24},
	{Page: "sex", Label: "ការកេងប្រវ័ញ្ចផ្លូវភេទ", State: "locked"},
	{Page: "chl", Label: "កុមារ", State: "hidden"},
}

var truck = Group{ID: "g1", Gate: "Poipet", Arrived: night, Declared: 47, Counted: 45, Listed: 46}

var outcome = Outcome{
	Code: "indications_of_trafficking", Hints: []string{"forced_labour", "labour_claim"}, Rules: "2026-1", At: night,
	Dimensions: []Dimension{
		{Code: "deceptive_recruitment", Finding: "found", Because: []Because{{Indicator: "Nature of the job", Strength: "strong", Question: "Was the work as promised?", Answer: "No", Page: "rec"}}},
		{Code: "exploitation", Finding: "found", Because: []Because{{Indicator: "Excessive hours", Question: "Hours a day?", Answer: "18"}}},
		{Code: "coercive_recruitment", Finding: "not_found"},
		{Code: "coercion_destination", Finding: "open", Because: []Because{{Indicator: "Violence", Question: "Was anybody hurt?"}}},
	},
	Side: []Side{
		{Kind: "debt", Label: "Debt bondage", Finding: "found", Grounds: []string{"Had to stay until the debt was paid", "The balance was never told"}},
		{Kind: "labour", Label: "Labour claim", Finding: "found", Grounds: []string{"Never paid in money"}},
		{Kind: "harm", Label: "Physical harm", Finding: "open"},
		{Kind: "harm", Label: "Mental harm", Finding: "not_found"},
	},
	Unscored: &Unscored{Label: "Sexual exploitation of adults", Why: "strengths not verified: not scored", Found: []string{"Forced tasks or clients"}},
	Earlier:  []PastOutcome{{Code: "undetermined", At: night.Add(-time.Hour), Rules: "2025-2", Why: "Hours a day?"}},
}

var sent = []Sent{
	{
		ID: "f1", Service: "shelter", Receiver: "Women's Shelter (made up)", State: "declined", Decline: "criteria", Note: "Men are not accepted.", At: night, Where: "office",
		Steps: []Step{{State: "sent", At: night, Who: "Chea Sophal"}, {State: "declined", At: night.Add(time.Hour), Who: "Women's Shelter (made up)", Note: "Men are not accepted."}},
	},
	{ID: "f2", Service: "legal", Receiver: "Legal Aid (made up)", State: "sent", Days: 15, Overdue: true, At: night, Where: "center"},
}

var grants = []Grant{{Scope: "con_share_ngo", Label: "NGO", Extent: "needs", Since: night}, {Scope: "con_share_family", Label: "Family", Extent: "none", Since: night, Withdrawn: night}}

var inboxRow = InboxRow{ID: "f1", Who: chanthy.Name, Sex: "female", Age: Age{Years: 30, Known: true}, Service: "shelter", Urgency: "24h", State: "sent", From: "PTC", Sent: night, Days: 3, Where: "office"}

type fieldCase struct {
	name string
	view FieldView
}

func fieldCases() []fieldCase {
	people := []Colleague{{ID: "p1", Name: "ជា សុផល", Initials: "ជ", Agency: "social_affairs"}, {ID: "p2", Name: sixty.Latin, Initials: "SC", Agency: "ngo"}}
	list := []ListLine{{ID: "l1", Number: 7, Name: Name{Latin: "SOK CHANTHY"}, Sex: "female", Age: Age{Years: 30, Known: true}}, {ID: "l2", Number: 8, Name: sixty}}
	answered := everyKind()
	return []fieldCase{
		{"enroll", Enroll{TicketHint: "ABCD-2345"}},
		{"sign-in", SignIn{People: people}},
		{"sign-in-nobody", SignIn{}},
		{"sign-in-secret", SignIn{People: people, Chosen: "p1", WaitSeconds: 30}},
		{"add-colleague", AddColleague{NeedsTicket: true}},
		{"cover", Cover{}},
		{"tonight-forty", Tonight{Group: truck, Rows: forty(), Done: 18, Total: 45, Groups: []Group{{ID: "g2", Gate: "Kam Rieng", Arrived: night}}, Earlier: []Row{chanthy}}},
		{"tonight-none", Tonight{Group: truck, Filter: "children"}},
		{"tonight-no-group", Tonight{}},
		{"differs", Differs{Rows: []Row{differing(chanthy)}, Others: []string{"6f130843"}}},
		{"differs-copied", Differs{Copied: night}},
		{"group-new", NewGroup{Gates: []Option{{Code: "poipet", Label: "Poipet", Chosen: true}, {Code: "kamrieng", Label: "Kam Rieng"}}}},
		{"group", GroupPage{Group: truck, Unmatched: list, NotOnList: []Row{dara, longest}, Mismatches: []Mismatch{{chanthy, list[0], []string{"age", "sex"}}}}},
		{"group-lists", GroupPage{Group: truck, Matched: 44, Partial: true, Imports: []ListImport{{ID: "a1", Who: "Chea Sophal", At: night, Lines: 46, Faults: 2}, {ID: "b2", Who: "Chea Sophal", At: night, Lines: 40, Undone: true}}}},
		{"import-preview", Import{Group: truck, Text: "no,name\n1,Dara", Preview: previewed(list)}},
		{"group-empty", GroupPage{Group: Group{ID: "g", Gate: "Poipet", Arrived: night, Declared: -1, Counted: -1, Listed: -1}}},
		{"pick", PickFromList{Group: truck, Lines: list, Query: "sok"}},
		{"pick-none", PickFromList{Group: truck}},
		{"import", Import{Group: truck}},
		{"import-report", Import{Group: truck, Report: &ImportReport{Taken: 44, Errors: []ImportError{{Line: 12, Column: "birth", Code: "not_date"}, {Line: 30, Code: "not_csv"}}}}},
		{"question", QuestionPage{
			RecordID: "r1", Who: chanthy, Page: "rec", Title: "របៀបចាប់ផ្តើម", Help: "How it began", Basis: "b1", Rail: rail, Questions: answered[:3], SavedAt: night,
			Earlier: &Earlier{RecordID: "r1", Signs: 2, OfSigns: 3, When: "03/2026", Where: "PTC"},
		}},
		{"question-every-kind", QuestionPage{RecordID: "r1", Who: longest, Page: "wrk[1]", Title: "ការងារ", Basis: "b1", Rail: rail, Questions: answered, First: true, Repeat: &Repeat{Number: 1, Count: 2, Next: "wrk[2]"}}},
		{"question-locked", QuestionPage{
			RecordID: "r1", Who: dara, Page: "sex", Title: "ការកេងប្រវ័ញ្ច", Rail: rail, Locked: true, Last: true,
			Earlier: &Earlier{Signs: 1, OfSigns: 3, OpenPath: "/record/r9"},
		}},
		{"read-back", ReadBack{RecordID: "r1", Who: chanthy, Account: "គេថាមានការងារល្អ។", Lines: []ReadLine{{"How it began", "rec", "Was the work as promised?", "No", ""}, {"", "rec", "Hours a day?", "", "refused"}}, Missing: rail[2:3], Confirm: answered[:1]}},
		{"read-back-elsewhere", ReadBack{RecordID: "r1", Who: chanthy, Elsewhere: []ReadLine{{"", "", "Children (vif/1)", "2", "answered"}, {"", "", "Divorced since (vif/1)", "", "refused"}}}},
		{"move-form", MoveForm{RecordID: "r1", Who: chanthy, From: "vif/1", To: "vif/2", Stays: 61, Moved: []ReadLine{{"", "", "Father or mother", "Sok Example", "answered"}}, Unmatched: []ReadLine{{"", "", "Children", "2", "answered"}}, Settle: []ReadLine{{"", "", "Mother's name", "", "answered"}}, Removed: []ReadLine{{"", "", "Marital status", "Divorced", "answered"}}}},
		{"read-back-empty", ReadBack{RecordID: "r1", Who: nameless}},
		{"consent", Consent{RecordID: "r1", Who: chanthy, Page: "con", Told: answered[:1], Questions: []Question{{Item: "con_share_ngo", Kind: KindSingle, Label: "អាចចែករំលែកជាមួយអង្គការបានទេ?", Small: "May this be shared with an NGO?", Required: true, How: "ask", Options: yesNo("")}}, Given: grants}},
		{"withdraw", Withdraw{}},
		{"own-view", OwnView{RecordID: "r1", Who: chanthy}},
		{"result", Result{RecordID: "r1", Who: chanthy, Outcome: outcome, View: "forced_labour", Grounds: "18 hours, papers held.", CanClose: true, LongForm: true, Private: true, CanRefer: true, Referrals: sent}},
		{"result-child", Result{RecordID: "r2", Who: dara, Outcome: Outcome{Code: "undetermined", ChildSet: true, Hints: []string{"child"}}, View: "unclear", NoReferral: "consent_missing"}},
		{"closed", ClosedRecord{RecordID: "r4", Number: 15, Sex: "male", Age: dara.Age, Where: "office", Progress: "closed", Needs: []string{"shelter", "legal"}, Outcome: "no_indications", SlipCode: "K7-QM-2P", Referrals: sent}},
		{"handover", Handover{RecordID: "r1", Who: chanthy, Here: people, Elsewhere: []Peer{{"d2", "PTC-2", true}, {"d3", "KTC-1", false}}}},
		{"handover-away", Handover{RecordID: "r1", Who: chanthy, Here: people, Direct: []Way{{"d2", "PTC-2", "box"}, {"d2", "PTC-2", "stick"}}}},
		{"carry", Carry{Waiting: 12, Stick: "/media/stick", Box: CenterBox{Address: "192.168.1.5:7444", Name: "PTC-2", Met: night, Holds: true}, Wrote: 2}},
		{"carry-in", Carry{Stick: "/media/stick", Came: []CameIn{{"answers", 31}, {"interview", 4}, {"known", 0}, {"gap", 0}, {"damaged", 0}, {"sender", 0}}}},
		{"carry-box", Carry{Stick: "/media/stick", IsBox: &BoxHolds{Address: "192.168.1.5:7444", Bundles: 3, Devices: 2, Answers: 1}}},
		{"handover-none", Handover{RecordID: "r1", Who: chanthy}},
		{"refer", Refer{RecordID: "r1", Who: chanthy, Chosen: "shelter", Urgency: "24h", Shares: []string{"ឈ្មោះ ភេទ អាយុ", "តម្រូវការ"}, Receivers: []Receiver{{"o1", "Women's Shelter (made up)", "Battambang", true, "", true, true}, {"o2", "Men's House (made up)", "Poipet", false, "declined: men only", false, true}, {"o3", "Police", "Poipet", true, "", false, false}}}},
		{"refer-none", Refer{RecordID: "r1", Who: chanthy}},
		{"referral-declined", Referral{RecordID: "r1", Who: chanthy, Sent: sent[0], CanAgain: true}},
		{"referral-overdue", Referral{RecordID: "r1", Who: chanthy, Sent: sent[1]}},
	}
}

func partnerCases() []fieldCase {
	stopped := inboxRow
	stopped.Stopped = true
	return []fieldCase{
		{"inbox", Inbox{Rows: []InboxRow{inboxRow, stopped, {ID: "f3", Sex: "male", Age: Age{}, Service: "legal", Urgency: "week", State: "started", From: "KTC", Sent: night, Days: 1}}, Open: 2}},
		{"inbox-none", Inbox{}},
		{"received", Received{
			Row: inboxRow, Why: "She agreed that an NGO may know her name and what she needs.", Channel: "Her aunt, after 18:00", Safety: "Do not call the village chief.", Language: "ខ្មែរ", NoBlame: true, Asked: "A bed for two nights.",
			Shared: []Field{{"Name", "Sok Chanthy"}, {"Needs", "shelter"}}, Withheld: []string{"account", "address"}, Steps: sent[0].Steps[:1], Next: []string{"accepted", "declined"}, Phone: "012 000 000 (made up)",
		}},
		{"received-done", Received{Row: inboxRow}},
		{"stop", Stop{ID: "f1", From: "PTC", Since: night, More: 1}},
	}
}

var (
	organisations = []Organisation{{"o1", "Women's Shelter (made up)", "ngo", "Battambang", []string{"shelter", "legal"}, []string{"female"}}, {"o2", sixty.Latin, "health", "", nil, nil}}
	firstPeople   = []FirstPeople{{"", []Option{{Code: "p2", Label: sixty.Latin}}}, {"Poipet", []Option{{Code: "p1", Label: "Chea Sophal"}}}}
)

type deskCase struct {
	name string
	view DeskView
}

var (
	groupShown = Group{ID: "g1", Gate: "Poipet", Arrived: night, Declared: 47, Counted: 45, Listed: 46}
	listShown  = []ListLine{
		{ID: "1", Number: 1, Name: Name{Khmer: "សុខ ចាន់ធី", Latin: "Sok Chanthy"}, Thai: "โสก จันที", Sex: "female", Age: Age{Years: 28, Known: true}, Born: "1998-05-12 / 2541", Province: "ព្រៃវែង"},
		{ID: "2", Number: 2, Name: sixty, Age: Age{Years: 15, Known: true, Child: true}, Other: "หมายเหตุ: ทำงานเรือ"},
	}
)

// previewed is what a file with these lines would bring, and what is wrong in it.
func previewed(lines []ListLine) *ListPreview {
	return &ListPreview{
		Lines: lines, Unknown: []string{"หมายเหตุ"}, Encoding: "windows874",
		Errors: []ImportError{{Line: 12, Column: "birth", Code: "not_date"}, {Sheet: "ส่งกลับ", Line: 30, Letter: "F", Column: "อายุ", Code: "not_number"}},
	}
}

func deskCases() []deskCase {
	events := []Event{{night.Add(-time.Hour * 24 * 250), "arrived", "PTC", ""}, {night, "interview", "", "Chea Sophal"}}
	pair := Pair{
		LeftID: "r1", RightID: "r9", LeftPath: "/records/r1", RightPath: "/records/r9", Why: "new",
		Left: PairSide{Title: "PTC, 12/03/2026", Events: events}, Right: PairSide{Title: "KTC, 23/11/2026", Events: events[1:]},
		Fields: []PairField{
			{"ឈ្មោះ", Name{"សុខ ចាន់ធី", "Sok Chanthy"}, Name{"សុខ ចាន់ទី", "Sok Chanty"}, 0.9},
			{"ឆ្នាំកំណើត", Name{"", "1996"}, Name{"", "1999 (27)"}, 0.4},
			{"ភូមិ", Name{"ព្រៃវែង", ""}, Name{"ព្រៃវែង", ""}, 1},
			{"ទូរស័ព្ទ", Name{"", "012 000 000"}, Name{}, -1},
		},
	}
	answered := PairAnswered{
		Left: chanthy.Name, Right: dara.Name, Path: "/pairs?left=r1&right=r2", Verdict: "same", Who: "Keo Sreymom", ID: "d3", WeightBits: 8.4, Model: "2026-3",
		Steps: []WeightStep{{Label: "prior", Bits: -7.2}, {"ឈ្មោះ", 9.1, "close"}, {"ឆ្នាំកំណើត", -1.5, "some"}, {"ភូមិ", 8, "same"}},
	}
	parked := Parked{ID: "c1", Short: "9f3a 77c2", Why: "unknown_form", Detail: "form short@9", Device: "PTC-7", Who: "Chea Sophal", At: night, Since: night, Record: "/records/r1"}
	decided := Decided{"victim", "Keo Sreymom", "social_affairs", night, "Papers held, beaten, unpaid.", "Police differ."}
	return []deskCase{
		{"sign-in", DeskSignIn{Office: "MoSVY"}},
		{"morning", Morning{
			At: night, Since: night.Add(-12 * time.Hour), Counts: []Count{{"decision", 14, night, "/records?filter=decision"}, {"contested", 3, night, "/contested"}, {"pairs", 9, night, "/pairs"}, {"referrals", 5, night, "/records?filter=referrals"}, {"quarantine", 0, time.Time{}, "/quarantine"}, {"silent", 1, night, "/devices"}},
			Arrivals: []Arrival{{"PTC", "Poipet", night, 47, 45, 46, 45, 31, 6, "/records?group=g1"}, {"KTC", "Kam Rieng", night, -1, 22, -1, 22, 22, 1, "/records?group=g2"}},
			Children: []Row{dara}, Waiting: []Waiting{{chanthy, night}, {longest, night}}, Tablets: []Tablet{{"PTC-1", "PTC", night, false, 0, "/devices"}, {"PTC-7", "PTC", night.Add(-72 * time.Hour), true, 12, "/devices"}},
			Trend: []Bar{{"17/11", 210}, {"18/11", 187}, {"19/11", 64}, {"20/11", 143}, {"21/11", 96}, {"22/11", 201}, {"23/11", 67}},
		}},
		{"morning-empty", Morning{At: night, Since: night}},
		{"arrivals", Arrivals{
			Groups:  []ArrivalRow{{Group: groupShown, Center: "PTC", Recorded: 45}, {Group: Group{ID: "g2", Gate: "Kam Rieng", Arrived: night, Declared: -1, Counted: 22, Listed: 0}, Center: "KTC", Closed: true}},
			Centers: []Option{{Code: "PTC", Label: "Poipet"}}, Gates: []Option{{Code: "POE", Label: "Poipet gate"}}, Typed: Typed{Form: "/arrivals", Field: "declared", Error: "choice_missing"},
		}},
		{"arrivals-none", Arrivals{}},
		{"arrival", ArrivalGroup{
			Group: groupShown, Center: "PTC", Recorded: 45, MostMB: 4, Unmatched: listShown, NotOnList: []Row{dara, longest},
			Here:       []Mismatch{{Row: chanthy, Line: listShown[0]}, {Row: longest, Line: listShown[0], Fields: []string{"name", "age"}}},
			Mismatches: []Mismatch{{Row: longest, Line: listShown[0], Fields: []string{"name", "age"}}},
			Imports:    []ListImport{{ID: "a1", Who: "Chea Sophal", At: night, Lines: 46, Faults: 2}, {ID: "b2", Who: "Chea Sophal", At: night, Lines: 40, Undone: true}},
		}},
		{"arrival-empty", ArrivalGroup{Group: Group{ID: "g3", Gate: "Poipet", Arrived: night, Declared: -1, Counted: -1}, Center: "PTC", MostMB: 4}},
		{"arrival-closed", ArrivalGroup{Group: groupShown, Center: "PTC", Closed: true}},
		{"arrival-list", ArrivalList{Group: groupShown, File: "list.xlsx", Token: "t", Preview: *previewed(listShown)}},
		{"arrival-list-none", ArrivalList{Group: groupShown, File: "list.xlsx", Token: "t", Preview: ListPreview{Errors: []ImportError{{Line: 1, Code: "no_workbook"}}}}},
		{"records-forty", Records{Rows: forty(), Total: 412, Query: "sok", Next: "/records?page=2"}},
		{"records-none", Records{Title: "children"}},
		{"record", Record{
			ID: "r1", Who: longest, Contested: 2, CanDecide: true, CanErase: true, Centers: []Option{{Code: "KTC", Label: "Kam Rieng"}}, Typed: Typed{Form: "/records/r1/withdraw", Field: "scope", Error: "choice_missing"}, Outcome: outcome, View: "forced_labour", Grants: grants, Referrals: sent, Siblings: []Row{chanthy}, Timeline: events,
			Sections: []RecordSection{{Label: "Who", Rows: []Answer{{Label: "Name", Text: sixty.Khmer, Origin: origin("Chea Sophal", "PTC-2", 0), Contested: "/contested/r1/idn_name", Earlier: contestedVersions}, {Label: "Village", State: "refused", Origin: origin("Meas Bopha", "KTC-1", 3)}}}, {Label: "Harm", Locked: true}},
		}},
		{"record-erased", Record{ID: "r5", Who: Row{}, Erased: true}},
		{"contested-list", ContestedList{Rows: []ContestedRow{{"/contested/r1/idn_name", chanthy, "Name", 2, "ask"}}}},
		{"contested-none", ContestedList{}},
		{"contested", Contested{Path: "/contested/r1/idn_name", Who: chanthy, RecordID: "r1", Label: "ឈ្មោះ", Small: "Name", Basis: "b", Versions: contestedVersions, Reads: "ask", Left: 2, Skipped: "/contested"}},
		{"pairs", Pairs{
			Queue: []QueuedPair{{"/pairs?left=r1&right=r9", pair.Fields[0].Left, pair.Fields[0].Right, true, "new"}, {"/pairs?left=r2&right=r3", sixty, chanthy.Name, false, "disputed"}}, Pair: &pair, Waiting: 7, Decided: 3,
			History: []PairDecision{{ID: "d1", Left: chanthy.Name, Right: dara.Name, Verdict: "different", Who: "Keo Sreymom", At: night, Reason: "Two sisters."}, {ID: "d2", Left: sixty, Right: sixty, Verdict: "same", Who: "Keo Sreymom", At: night, Undone: true}},
		}},
		{"pairs-none", Pairs{}},
		{"pair-answered", Pairs{Pair: &pair, Last: &answered, Waiting: 7, Agreement: PairAgreement{12, 11, 0.84}}},
		{"pair-answered-last", Pairs{Last: &answered}},
		{"linking", Linking{Version: "2026-3+a1b2c3d4", LinkBits: "12.5", Automatic: 31, Comparing: true, Rows: []LinkingRow{
			{ID: "s2", Version: "2026-3+99aabbcc", Pairs: 52681, Enter: 31, Leave: 7, Before: 5188, After: 5188},
			{ID: "s1", Version: "2026-3+a1b2c3d4", Pairs: 51011, Enter: 2, Leave: 90, Before: 5201, After: 5170, LinkBits: "12.5", Who: "Keo Sreymom", At: night, Now: true},
		}}},
		{"linking-none", Linking{Version: "2026-3"}},
		{"decision", Decision{RecordID: "r1", Who: chanthy, Outcome: outcome, View: "forced_labour", ViewBy: "Chea Sophal", ViewText: "18 hours.", Standing: &decided, Earlier: []Decided{decided}, MayDecide: true, Rule: "PoSVY", RuleSince: "2025-01-01", RuleSource: "order 12 (made up)"}},
		{"decision-refused", Decision{RecordID: "r1", Who: chanthy, MayDecide: true, Typed: Typed{Form: "/records/r1/decision", Field: "grounds", Error: "reason_missing", Values: map[string][]string{"decision": {"pending"}, "dissent": {"Police differ."}}}}},
		{"decision-not-allowed", Decision{RecordID: "r1", Who: dara, Refusal: "not_allowed", Rule: "PoSVY", RuleSince: "2025-01-01", RuleSource: "order 12 (made up)"}},
		{"count-divided", CountDivided{Chosen: [3]string{"center", "sex", ""}, Head: []string{"Center", "Sex"}, Rows: []CountDividedRow{{[]string{"PTC", "female"}, 40, 41, 39, 40, "/counts/table/records?cell=PTC"}}}},
		{"count-divided-none", CountDivided{}},
		{"counts", Counts{
			Definition: "persons/1", From: "2026-01-01", To: "2026-11-23", AsOf: night, Model: "2026-3", OpenPairs: 9, Centers: []Option{{Code: "ptc", Label: "PTC"}},
			Rows: []CountRow{{"PTC", 1204, 1190, 1122, 1101, 1140, 1177, false}, {"KTC", 301, 300, 288, 280, 297, 299, false}, {"other", -1, -1, -1, 0, 0, -1, false}, {"total", 1505, 1490, 1398, 1369, 1425, 1476, true}}, Suppressed: 2, Exact: true, Likely: 1384, LikelyLow: 1371, LikelyHigh: 1397, Published: "s1", Tables: []CountTable{{"identified", [][]string{{"year", "sex", "records", "persons", "episodes"}, {"2026", "female", "50", "45", "50"}, {"2026", "male", "<11", "<11", "<11"}, {"total", "", "60", "55", "60"}}, 1}, {"referred", [][]string{{"year"}, {"total"}}, 0}}, Snapshots: []Snapshot{{"s1", night, "Keo Sreymom", "/counts/s1"}},
		}},
		{"counts-none", Counts{AsOf: night}},
		{"quarantine", Quarantine{Rows: []Parked{parked, parked}}},
		{"quarantine-none", Quarantine{}},
		{"devices", Devices{
			Lost:          []LostRun{{"77b0c2d1", "310–325", night}},
			Damaged:       []string{"change 4f2a91c0 record 77b0c2d1"},
			Devices:       []Device{{"d1", "PTC-1", "PTC", "capture", "active", night, 0, "river lamp stone", []string{"Chea Sophal"}, []LostRun{{"4f2a91c0", "9–12", night}}}, {"d7", "PTC-7", "PTC", "capture", "silent", night, 12, "field boat rain", nil, nil}, {"d8", "KTC-1", "KTC", "case", "revoked", time.Time{}, -1, "", nil, nil}},
			People:        []Staff{{"p1", "Chea Sophal", "interviewer", "social_affairs", "PTC", false}, {"p2", sixty.Latin, "supervisor", "social_affairs", "", true}},
			Organisations: organisations, First: firstPeople, Centers: []Option{{Code: "ptc", Label: "PTC"}}, Ticket: &Ticket{Code: "raksa1." + strings.Repeat("ABCD2345WXYZ", 20), Words: "river lamp stone", Until: night, Profile: "capture", Center: "PTC", Person: "Chea Sophal", QR: QR{{true, false}, {false, true}}},
		}},
		{"devices-restored", Devices{Restored: &Restored{At: night, Heard: 3, Silent: []string{"PTC-7", "KTC-1"}}, Devices: []Device{{ID: "d7", Name: "PTC-7", Center: "PTC", Profile: "capture", State: "silent", Last: night, Waiting: -1}}}},
		{"devices-none", Devices{}},
		{"record-wrong-clock", Record{ID: "r1", Who: chanthy, Outcome: outcome, Sections: []RecordSection{{Label: "Who", Rows: []Answer{{Label: "Name", Text: sixty.Khmer, Origin: wrongClock(origin("Chea Sophal", "PTC-7", -900000))}, {Label: "Village", State: "refused", Origin: origin("Meas Bopha", "KTC-1", 3)}}}}}},
		{"devices-revoke-refused", Devices{Devices: []Device{{ID: "d1", Name: "PTC-1", State: "active"}}, Typed: Typed{Form: "/devices/revoke", Field: "reason", Error: "reason_missing", Values: map[string][]string{"device": {"d1"}}}}},
		{"devices-ticket-refused", Devices{First: firstPeople, Typed: Typed{Form: "/devices/ticket", Field: "person", Error: "person_elsewhere", Values: map[string][]string{"label": {"PTC-9"}, "person": {"p1"}, "profile": {"capture"}}}}},
		{"devices-person-refused", Devices{Organisations: organisations, Typed: Typed{Form: "/people/add", Field: "secret", Error: "desk_secret_short", Values: map[string][]string{"name": {sixty.Latin}, "role": {"auditor"}}}}},
		{"devices-organisation-refused", Devices{Typed: Typed{Form: "/organisations/add", Field: "name", Error: "name_missing", Values: map[string][]string{"service": {"shelter", "legal"}, "sex": {"female"}, "agency": {"ngo"}}}}},
		{"stick-none", StickIn{MostMB: 256}},
		{"forms", Forms{Versions: []FormVersion{{"vif/3", night, 0, 0, false}, {"vif/2", night, 271, 177, true}, {"vif/1", time.Time{}, 270, 176, false}}}},
		{"forms-draft", Forms{Versions: []FormVersion{{"vif/1", time.Time{}, 270, 176, true}}, Draft: &FormDraft{
			Version: "vif/2", Before: "vif/1", SHA256: "4f2a", Changes: []FormChange{{"renamed", "question idn_father", "idn_parent"}, {"reworded", "question tri_medical_urgent", "en"}, {"removed", "choice marital/divorced", ""}},
		}}},
		{"forms-refused", Forms{Draft: &FormDraft{Version: "vif/2", Before: "vif/1", Problem: "form definition: con_recontact: the program needs this question"}}},
		{"stick", StickIn{MostMB: 256, Files: []StickFile{
			{Name: "9c1f.raksa", Code: "taken", Device: "PTC-2", Center: "Poipet", At: night, Changes: 31, New: 31, Held: 2, Passed: 1, Answer: "/devices/carry/9c1f.raksa", AnswerKB: 212, More: true},
			{Name: "77b0.raksa", Code: "known", Device: "PTC-1", At: night, Changes: 12, Answer: "/devices/carry/77b0.raksa", AnswerKB: 8},
			{Name: "4f2a.raksa", Code: "gap", Device: "KTC-1", At: night, Fork: true},
			{Name: sixty.Latin + ".jpg", Code: "foreign", At: night},
			{Code: "trouble", At: night, Ref: "7Q2"},
		}}},
		{"stick-refused", StickIn{MostMB: 256, Typed: Typed{Form: "/devices/carry", Field: "bundle", Error: "choice_missing"}}},
		{"slip", SlipWithdrawal{}},
		{"slip-refused", SlipWithdrawal{Typed: Typed{Form: "/withdraw", Field: "slip", Error: "slip_unknown", Values: map[string][]string{"slip": {"K7-QM-2X"}, "scope": {"all"}}}}},
		{"audit", Audit{Rows: []AuditRow{{9812, night, "Keo Sreymom", "desk", "read", "r1…", "/records/r1", "decision", false}, {9813, night, "Chea Sophal", "PTC-1", "search", "", "", "", true}}, Total: 9813, Next: "/audit?before=9714", Verified: &Verified{OK: true, Leaves: 9813, Root: "4f2a…", At: night}}},
		{"audit-broken", Audit{Verified: &Verified{First: 77}}},
		{"erase", Erasure{RecordID: "r1", Short: "K7QM", Who: chanthy, Holders: []string{"PTC-2", "office"}, Offline: []string{"PTC-7"}}},
		{"failed-store-away", Failed{Notice: Notice{Error: "store_away", Ref: "7Q2"}, Back: "/"}},
		{"failed-office-full", Failed{Notice: Notice{Error: "office_full", Ref: "7Q2"}, Back: "/"}},
		{"failed", Failed{Notice: Notice{Error: "already_decided", Ref: "7Q2"}, Back: "/pairs"}},
	}
}

// fieldFrames are the two states of the line: the office there, and gone.
func fieldFrame(l Lang, profile string) FieldFrame {
	return FieldFrame{
		Lang: l, Profile: profile, Device: "PTC-2", Officer: "ជា សុផល",
		Link: Link{Since: night, Waiting: 3, WaitingSince: night, NeedsYou: 1},
	}
}

// gallery renders every page once: its name and its HTML. Tablet fragments
// stand in a whole document, so that a browser can show them.
func gallery(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, l := range []Lang{Khmer, English} {
		for profile, cases := range map[string][]fieldCase{"case": fieldCases(), "partner": partnerCases()} {
			for _, c := range cases {
				var b bytes.Buffer
				f := fieldFrame(l, profile)
				switch c.view.(type) {
				case Enroll, SignIn, Cover:
					f.Officer = ""
				}
				if err := RenderField(&b, f, c.view); err != nil {
					t.Fatalf("%s %s: %v", c.name, l, err)
				}
				out["field-"+c.name+"-"+string(l)] = document(l, "field", b.String())
			}
		}
		for _, c := range deskCases() {
			var b bytes.Buffer
			f := DeskFrame{Lang: l, Person: "Keo Sreymom", Role: "supervisor", Center: "Poipet", Here: "/", CSRF: "x"}
			if c.name == "sign-in" {
				f.Person = ""
			}
			if err := RenderDesk(&b, f, c.view); err != nil {
				t.Fatalf("%s %s: %v", c.name, l, err)
			}
			out["desk-"+c.name+"-"+string(l)] = b.String()
		}
		var b bytes.Buffer
		f := fieldFrame(l, "capture")
		f.Lost = []LostSaves{{From: 214, To: 217, Told: true}}
		if err := RenderField(&b, f, fieldCases()[0].view); err != nil {
			t.Fatal(err)
		}
		out["field-lost-saves-"+string(l)] = document(l, "field", b.String())
		for name, link := range links() {
			var b bytes.Buffer
			f := fieldFrame(l, "case")
			f.Link = link
			if err := RenderField(&b, f, Tonight{Group: truck, Rows: forty()[:4], Done: 2, Total: 45}); err != nil {
				t.Fatal(err)
			}
			out["field-line-"+name+"-"+string(l)] = document(l, "field", b.String())
		}
		for _, code := range ErrorCodes() {
			var b bytes.Buffer
			f := fieldFrame(l, "case")
			f.Notice = Notice{Error: code, Ref: "7Q2"}
			if err := RenderNotice(&b, f); err != nil {
				t.Fatal(err)
			}
			out["notice-"+code+"-"+string(l)] = document(l, "field", b.String()+`<main id="main"><h1>Raksa</h1></main>`)
		}
	}
	return out
}

func document(l Lang, class, body string) string {
	return `<!doctype html><html lang="` + string(l) + `"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Raksa</title>` +
		`<link rel="stylesheet" href="/static/raksa.css"></head><body class="` + class + `">` + body + `</body></html>`
}

func TestGalleryRendersEveryPage(t *testing.T) {
	for name, page := range gallery(t) {
		if i := strings.Index(page, "["); i >= 0 && strings.Contains(page, "[desk.") || strings.Contains(page, "ZgotmplZ") || strings.Contains(page, "<no value>") {
			t.Errorf("%s: a word or value is missing", name)
		}
	}
}

var galleryDir = flag.String("gallery", "", "write every page of the gallery into this folder, for web/e2e")

// TestWriteGallery is the hand that feeds the browser checks; without the
// flag it only says so.
func TestWriteGallery(t *testing.T) {
	if *galleryDir == "" {
		t.Skip("needs -gallery; run node web/e2e/shots.mjs")
	}
	write := func(name string, body []byte) {
		file := filepath.Join(*galleryDir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for name, page := range gallery(t) {
		write(name+".html", []byte(page))
	}
	// For the script's own check: the shell, and fragments as a host sends them.
	var shell, notice, home, asked, saved, cover bytes.Buffer
	f, q := fieldFrame(English, "case"), QuestionPage{RecordID: "r1", Who: chanthy, Page: "rec", Title: "Work", Basis: "b1", Rail: rail, Questions: everyKind()}
	q.Questions[9].Origin = nil
	for _, err := range []error{
		RenderShell(&shell, English), RenderNotice(&notice, f), RenderField(&home, f, Tonight{Group: truck, Rows: []Row{chanthy}}),
		RenderField(&asked, f, q), RenderField(&cover, FieldFrame{Lang: English}, Cover{}),
		RenderSaved(&saved, f, Saved{RecordID: "r1", Basis: "b2", At: night, Rail: rail, Questions: append(q.Questions[1:], Question{Item: "new_one", Kind: KindInt, Label: "New"})}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, b := range map[string]*bytes.Buffer{"shell": &shell, "notice": &notice, "home": &home, "asked": &asked, "saved": &saved, "cover": &cover} {
		write("parts/"+name+".html", b.Bytes())
	}
	write("parts/policy.txt", []byte(FieldPolicy))
	err := fs.WalkDir(staticFiles, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := staticFiles.ReadFile(name)
		write(name, body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func differing(r Row) Row { r.Where = "differs"; return r }

// links are the states of the header's line.
func links() map[string]Link {
	return map[string]Link{
		"at-office": {Connected: true, Since: night},
		"loading":   {Connected: true, Since: night, Here: 1204, People: 10000},
		"differs":   {Connected: true, Since: night, Waiting: 2, Differs: 3, Copied: true, NeedsYou: 12},
		"never":     {Waiting: 41},
	}
}

func wrongClock(o Origin) Origin {
	o.After, o.Until = night.Add(-3*time.Hour), night
	return o
}
