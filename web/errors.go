package web

// errorCodes lists every error that a person may meet. Each has three
// sentences in both languages: error.<code>.what says what happened,
// error.<code>.kept what is safe, error.<code>.next what to do now.
//
// Hosts map their typed errors to one of these codes in one switch. What they
// cannot map is "unexpected".
var errorCodes = []string{
	"unexpected", "session_ended", "covered", "wrong_secret", "wait_before_retry", "secret_too_short", "secrets_differ",
	"name_missing", "ticket_unknown", "ticket_used", "ticket_expired", "office_unreachable", "not_allowed",
	"not_found", "not_saved", "disk_full", "disk_readonly", "data_damaged", "busy", "answer_shape", "page_outdated", "form_unknown",
	"consent_missing", "consent_withdrawn", "reason_missing", "choice_missing", "view_first", "child_setting",
	"record_closed", "record_erased", "group_open", "group_missing", "too_big", "csv_unreadable",
	"device_revoked", "lease_over", "office_locked", "confirm_differs", "already_decided", "too_few_decisions", "stop_notice",
	"interview_not_closed", "slip_unknown", "person_elsewhere", "desk_secret_short",
	"form_refused", "store_away", "outcome_unknown", "office_full", "office_readonly", "office_not_saved", "office_damaged", "stick_full", "box_away",
}

// ErrorCodes returns all codes, for hosts that test that each is used once.
func ErrorCodes() []string { return append([]string(nil), errorCodes...) }

// KnownError says whether code has sentences of its own.
func KnownError(code string) bool {
	for _, known := range errorCodes {
		if known == code {
			return true
		}
	}
	return false
}

// errorCode is code, or "unexpected" for what has no sentences.
func errorCode(code string) string {
	if KnownError(code) {
		return code
	}
	return "unexpected"
}
