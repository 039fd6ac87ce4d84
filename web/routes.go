package web

// Route is a path that a page may ask for. Hosts register each one; a test
// here holds that no template asks for another.
type Route struct {
	Method  string
	Pattern string // as in net/http: "/record/{id}/save"
	Fields  string // names of the body, separated by blanks; ? marks what may be missing
	Answer  string // the views that may come back
}

// FieldRoutes are the paths of the tablet and partner faces, all POST with a
// JSON body. Acts on a page with questions carry basis, page and answers too.
var FieldRoutes = []Route{
	{"POST", "/start", "", "Enroll SignIn Tonight Inbox Stop Cover"},
	{"POST", "/language", "lang", "RenderNotice"},
	{"POST", "/enroll", "ticket name agency secret secret2 pin", "Tonight Inbox"},
	{"POST", "/sign-in/choose", "person", "SignIn"},
	{"POST", "/sign-in", "person secret", "Tonight Inbox Stop"},
	{"POST", "/sign-out", "", "SignIn"},
	{"POST", "/people/new", "", "AddColleague"},
	{"POST", "/people/add", "ticket? name agency secret secret2 pin", "SignIn"},
	{"POST", "/lost/read", "", "RenderNotice"},
	{"POST", "/cover", "", "Cover"},
	{"POST", "/uncover", "pin", "RenderNotice"},
	{"POST", "/tonight", "filter? group?", "Tonight"},
	{"POST", "/needs-you", "", "Tonight"},
	{"POST", "/differs", "", "Differs"},
	{"POST", "/differs/told", "", "Tonight"},
	{"POST", "/group/new", "", "NewGroup"},
	{"POST", "/group", "gate declared counted", "Tonight"},
	{"POST", "/group/{id}", "declared? counted?", "GroupPage"},
	{"POST", "/group/{id}/close", "", "Tonight"},
	{"POST", "/pick", "q?", "PickFromList"},
	{"POST", "/import", "group? csv?", "Import"},
	{"POST", "/record", "group? line?", "QuestionPage"},
	{"POST", "/record/{id}", "", "QuestionPage Result ClosedRecord"},
	{"POST", "/record/{id}/page/{page}", "", "QuestionPage Consent"},
	{"POST", "/record/{id}/save", "basis page answers", "RenderSaved"},
	{"POST", "/record/{id}/next", "basis page answers", "QuestionPage Consent ReadBack"},
	{"POST", "/record/{id}/back", "basis page answers", "QuestionPage Consent"},
	{"POST", "/record/{id}/add", "basis page answers", "QuestionPage"},
	{"POST", "/record/{id}/alone", "basis page answers", "QuestionPage"},
	{"POST", "/record/{id}/earlier", "", "QuestionPage"},
	{"POST", "/record/{id}/handover", "to?", "Handover Tonight"},
	{"POST", "/record/{id}/pause", "", "Tonight"},
	{"POST", "/record/{id}/left", "reason", "Tonight"},
	{"POST", "/record/{id}/read-back", "basis? answers?", "ReadBack OwnView"},
	{"POST", "/record/{id}/view", "view? grounds?", "OwnView Result"},
	{"POST", "/record/{id}/result", "", "Result OwnView"},
	{"POST", "/record/{id}/private-room", "", "Tonight"},
	{"POST", "/record/{id}/long", "", "QuestionPage"},
	{"POST", "/record/{id}/close", "", "Tonight"},
	{"POST", "/record/{id}/addendum", "", "QuestionPage"},
	{"POST", "/record/{id}/refer", "service? receiver? urgency? note?", "Refer Referral"},
	{"POST", "/record/{id}/refer/choose", "service receiver? urgency? note?", "Refer"},
	{"POST", "/record/{id}/withdraw", "scope", "Consent"},
	{"POST", "/withdraw", "code?", "Withdraw"},
	{"POST", "/referrals/{id}", "", "Referral"},
	{"POST", "/places", "q item set", "RenderPlaces"},
	{"POST", "/inbox", "", "Inbox Stop"},
	{"POST", "/referral/{id}", "", "Received Stop"},
	{"POST", "/referral/{id}/answer", "answer reason? note?", "Received"},
	{"POST", "/referral/{id}/delete", "confirm", "Inbox Stop"},
}

// DeskRoutes are the paths of the office's pages. Every POST carries csrf. A
// form that is refused comes back on its own page, with what was typed.
var DeskRoutes = []Route{
	{"GET", "/sign-in", "", "DeskSignIn"},
	{"POST", "/sign-in", "name secret", "redirect"},
	{"POST", "/sign-out", "", "redirect"},
	{"POST", "/language", "lang back", "redirect"},
	{"GET", "/", "", "Morning"},
	{"GET", "/records", "q? filter? page?", "Records"},
	{"GET", "/records/{record}", "", "Record"},
	{"GET", "/records/{record}/decision", "", "Decision"},
	{"POST", "/records/{record}/decision", "basis decision grounds dissent", "redirect"},
	{"GET", "/records/{record}/erase", "", "Erasure"},
	{"POST", "/records/{record}/erase", "confirm reason", "redirect"},
	{"POST", "/records/{record}/withdraw", "scope", "redirect"},
	{"POST", "/records/{record}/transfer", "center", "redirect"},
	{"GET", "/withdraw", "", "SlipWithdrawal"},
	{"POST", "/withdraw", "slip scope", "redirect"},
	{"GET", "/contested", "record?", "ContestedList"},
	{"GET", "/contested/{record}/{field}", "", "Contested"},
	{"POST", "/contested/{record}/{field}", "basis choice reason", "redirect"},
	{"GET", "/pairs", "left? right?", "Pairs"},
	{"POST", "/pairs/decide", "left right verdict reason?", "PairAnswered"},
	{"POST", "/pairs/undo", "id", "redirect"},
	{"GET", "/counts", "from? to? center?", "Counts"},
	{"GET", "/counts/{count}", "", "Counts"},
	{"POST", "/counts/publish", "from to center?", "redirect"},
	{"GET", "/quarantine", "", "Quarantine"},
	{"POST", "/quarantine", "id action reason", "redirect"},
	{"GET", "/devices", "", "Devices"},
	{"POST", "/devices/ticket", "label person profile center? organisation?", "Devices"},
	{"POST", "/devices/revoke", "device reason", "redirect"},
	{"POST", "/people/add", "name role agency center? organisation? secret?", "redirect"},
	{"POST", "/people/revoke", "person reason", "redirect"},
	{"POST", "/organisations/add", "name agency place? service? sex?", "redirect"},
	{"GET", "/audit", "who? device? day? before?", "Audit"},
	{"POST", "/audit/verify", "", "Audit"},
}
