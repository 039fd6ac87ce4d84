package web

// families lists every set of codes that the templates put into words with
// {{code "family" .X}}. A test holds that each code has words in both
// languages and that no word is left without a use.
var families = map[string][]string{
	"where":    {"tablet", "center", "office", "differs"},
	"way":      {"box", "stick"},
	"came":     {"answers", "interview", "known", "gap", "damaged", "sender"},
	"stick":    {"taken", "known", "gap", "cut", "damaged", "foreign", "elsewhere", "kind", "sender", "other_center", "no_room", "too_big", "trouble"},
	"profile":  {"capture", "case", "partner"},
	"sex":      {"female", "male", "other"},
	"progress": {"waiting", "interviewing", "paused", "private_room", "closed", "left", "listed", "given"},
	"filter":   {"all", "waiting", "interviewing", "private_room", "children", "done"},
	"section":  {"done", "now", "to_come", "hidden", "locked"},
	"answer":   {"answered", "dont_know", "refused", "skipped", "not_applicable"},
	"agency": {
		"social_affairs", "judicial_police", "gendarmerie", "local_authority", "women_children", "ngo",
		"diplomatic", "support_abroad", "labour", "health", "prosecutor_court", "legal_aid", "immigration",
		"thai_authority", "family", "research",
	},
	"need": {
		"shelter", "health", "psychosocial", "legal", "family_tracing", "transport", "food_money", "documents",
		"vocational", "job", "education", "livelihood", "debt_help", "protection", "reintegration", "drug_treatment", "none",
	},
	"urgency":   {"now", "24h", "week", "later"},
	"referral":  {"draft", "sent", "received", "accepted", "declined", "started", "completed", "lost_contact", "withdrawn", "deleted"},
	"withheld":  {"no_consent", "consent_withdrawn", "child_disagrees", "child_not_asked", "guardian_suspect", "no_such_receiver", "office_restored"},
	"decline":   {"full", "criteria", "no_service", "distance", "person_declined", "other"},
	"finding":   {"found", "not_found", "open"},
	"dimension": {"deceptive_recruitment", "coercive_recruitment", "vulnerability_recruitment", "exploitation", "coercion_destination", "vulnerability_destination"},
	"outcome":   {"indications_of_trafficking", "undetermined", "no_indications", "means_only", "exploitation_only"},
	"hint":      {"forced_labour", "labour_claim", "at_once", "safety_plan", "child", "non_punishment", "debt_bondage"},
	"side":      {"debt", "labour", "harm"},
	"view":      {"indicators", "forced_labour", "labour_rights", "other_vulnerable", "none", "unclear"},
	"formal":    {"victim", "victim_forced_labour", "not_victim", "pending"},
	"month":     {"01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"},
	"currency":  {"THB", "KHR", "USD"},
	"verdict":   {"same", "different", "unsure"},
	"warning":   {"required", "shape", "range", "future", "constraint", "contested"},
	"mismatch":  {"name", "sex", "age", "other"},
	"csv":       {"not_csv", "not_text", "no_workbook", "no_heading", "no_name", "not_number", "not_date", "sex_unknown", "line_twice", "too_long", "bad_cell"},
	"flaw":      {"child_disagrees", "child_not_asked", "guardian_suspect"},
	"encoding":  {"utf8", "utf16", "windows874", "utf8_twice", "windows874_twice"},
	"quarantine": {
		"unknown_form", "unknown_field", "no_right", "cannot_open", "absurd", "revoked_device",
		"late_withdrawal", "fork", "relay_unproven",
	},
	"device":     {"active", "silent", "revoked", "invited"},
	"role":       {"interviewer", "supervisor", "partner", "auditor"},
	"scope":      {"full", "needs", "anon", "none"},
	"withdrawal": {"all", "sharing", "referral", "recontact", "statistics", "interview"},
	"optout":     {"dont_know", "refused"},
	"reply":      {"received", "accepted", "started", "completed"},
	"open":       {"decision", "contested", "pairs", "referrals", "quarantine", "silent", "private_room"},
	"list":       {"decision", "children", "private_room", "referrals", "group", "needs_you"},
	"event": {
		"arrived", "interview", "closed", "consent", "withdrawn", "referral", "decision", "read", "linked",
		"unlinked", "erased",
	},
	"reads":        {"ask", "protective", "union", "latest"},
	"count":        {"year", "month", "center", "sex", "age_band", "outcome", "records", "persons", "episodes", "not_reported", "total"},
	"published":    {"identified", "referred", "screened"},
	"publisheddef": {"identified", "referred", "screened"},
	"speaks":       {"strongly_for", "for", "neither", "against", "strongly_against"},
	"queued":       {"new", "disputed", "sample", "again", "second"},
	"act": {
		"read", "search", "decide", "link", "unlink", "settle", "refer", "export", "publish", "enroll", "revoke",
		"release", "discard", "erase", "sign_in", "verify", "withdraw", "deliver", "quarantine", "ticket", "staff", "signer", "linking",
		"organisation", "transfer", "form", "fork", "saves_lost", "office_lost", "evict", "restored",
		"restored_go_on", "scope_differs", "taken_back", "carried", "carried_back", "withhold", "deleted", "group_open", "group_edit", "list_take", "list_undo", "list_redo",
		// What was refused, where the act is shown after "refused:".
		"desk_route", "wrong_secret", "pairs_class", "settle_class", "decide_eligibility", "verdict_of_another",
		"revoke_oneself", "carry_center",
	},
	"part": { // the terms of a weight, as linkage codes them
		"prior", "family", "family_frequency", "given", "given_frequency", "name_order", "sex", "birth", "place",
		"phone", "national_id", "batch", "sector", "gap", "source", "return", "household",
	},
	"definition": {"persons/1"},
	"alike":      {"same", "close", "some", "differs"},
	"formchange": {"added", "removed", "renamed", "moved", "reworded", "ruled"},
	"done": {
		"saved", "sent", "imported", "enrolled", "revoked", "settled", "undone", "decided", "released",
		"discarded", "erased", "withdrawn", "filed", "handed_over", "person_added", "staff_added",
		"organisation_added", "transferred", "form_published", "form_moved", "gone_on", "handed_box", "handed_stick", "carry_nothing", "box_met",
		"list_taken", "list_undone", "list_redone", "group_opened",
	},
}

// Codes returns the codes of a family, in the order in which pages offer them.
func Codes(family string) []string { return families[family] }
