package server

import (
	"errors"
	"fmt"
	"net/http"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
	"raksa/web"
)

// What the desk itself refuses.
var (
	errNotThere     = errors.New("server: no such page or record")
	errNobody       = errors.New("server: nobody is signed in")
	errForeign      = errors.New("server: the form came from another site")
	errStaleForm    = errors.New("server: the form is not of this session")
	errNoReason     = errors.New("server: an act without a reason")
	errNoChoice     = errors.New("server: nothing was chosen")
	errNoName       = errors.New("server: a name is missing")
	errOtherConfirm = errors.New("server: what was typed to confirm differs")
	errSettled      = errors.New("server: somebody has settled it")
	errShortSecret  = errors.New("server: the secret is too short")
	errLongName     = errors.New("server: a name is too long")
	errElsewhere    = errors.New("server: the person works elsewhere")
	errNotClosed    = errors.New("server: the interview is not closed")
	// errTooFewDecisions: links without a person would be wrong too often, as far
	// as what was decided here can tell.
	errTooFewDecisions = errors.New("server: the decisions bear no threshold")
	errPanic           = errors.New("server: a handler panicked")
)

// errorCode is a page's sentences for an error, with the status of the answer.
type errorCode struct {
	code   string // of web.ErrorCodes
	status int
}

// deskSentinels and deskErrorOf are the one map from errors to what a person
// reads. What is not here is "unexpected", and nothing of its text is shown.
var deskSentinels = []struct {
	err error
	errorCode
}{
	{errNotThere, errorCode{"not_found", http.StatusNotFound}},
	{syncengine.ErrUnknownChange, errorCode{"not_found", http.StatusNotFound}},
	{ErrNoSlip, errorCode{"slip_unknown", http.StatusNotFound}},
	{errNoStaff, errorCode{"not_found", http.StatusNotFound}},
	{errNoOrganisation, errorCode{"choice_missing", http.StatusUnprocessableEntity}},
	{errNobody, errorCode{"session_ended", http.StatusUnauthorized}},
	{errForeign, errorCode{"not_allowed", http.StatusForbidden}},
	{errStaleForm, errorCode{"page_outdated", http.StatusForbidden}},
	{errNoReason, errorCode{"reason_missing", http.StatusUnprocessableEntity}},
	{errNoChoice, errorCode{"choice_missing", http.StatusUnprocessableEntity}},
	{errNoName, errorCode{"name_missing", http.StatusUnprocessableEntity}},
	{errOtherConfirm, errorCode{"confirm_differs", http.StatusUnprocessableEntity}},
	{errSettled, errorCode{"already_decided", http.StatusConflict}},
	{casefile.ErrNothing, errorCode{"already_decided", http.StatusConflict}},
	{errLongName, errorCode{"too_big", http.StatusUnprocessableEntity}},
	{errBigFile, errorCode{"too_big", http.StatusUnprocessableEntity}},
	{errElsewhere, errorCode{"person_elsewhere", http.StatusUnprocessableEntity}},
	{errNoForm, errorCode{"form_refused", http.StatusUnprocessableEntity}},
	{ErrFormKnown, errorCode{"form_refused", http.StatusUnprocessableEntity}},
	{errTooFewDecisions, errorCode{"too_few_decisions", http.StatusConflict}},
	{errNotClosed, errorCode{"interview_not_closed", http.StatusConflict}},
	{errShortSecret, errorCode{"desk_secret_short", http.StatusUnprocessableEntity}},
	{vault.ErrWrongSecret, errorCode{"wrong_secret", http.StatusUnauthorized}},
	{vault.ErrLocked, errorCode{"session_ended", http.StatusUnauthorized}},
	{vault.ErrErased, errorCode{"record_erased", http.StatusGone}},
	{syncengine.ErrErased, errorCode{"record_erased", http.StatusGone}},
	{syncengine.ErrLocked, errorCode{"office_locked", http.StatusServiceUnavailable}},
	{syncengine.ErrUnavailable, errorCode{"store_away", http.StatusServiceUnavailable}},
	{syncengine.ErrBusy, errorCode{"busy", http.StatusServiceUnavailable}},
	{syncengine.ErrOutcomeUnknown, errorCode{"outcome_unknown", http.StatusServiceUnavailable}},
	{syncengine.ErrNoRoom, errorCode{"office_full", http.StatusServiceUnavailable}},
	{syncengine.ErrReadOnly, errorCode{"office_readonly", http.StatusServiceUnavailable}},
	{syncengine.ErrDisk, errorCode{"office_not_saved", http.StatusServiceUnavailable}},
	{syncengine.ErrFile, errorCode{"office_damaged", http.StatusServiceUnavailable}},
	{syncengine.ErrDamaged, errorCode{"office_damaged", http.StatusServiceUnavailable}},
	{casefile.ErrBasis, errorCode{"page_outdated", http.StatusConflict}},
	{casefile.ErrNoConsent, errorCode{"consent_missing", http.StatusConflict}},
}

func deskErrorOf(err error) errorCode {
	for _, known := range deskSentinels {
		if errors.Is(err, known.err) {
			return known.errorCode
		}
	}
	var (
		denied *Denied
		soon   *TooSoon
		step   *screening.StepError
		basis  *syncengine.BadBasis
		unfit  *casefile.Unfit
		value  *screening.ValueError
		field  *casefile.UnknownField
		other  *casefile.NotOfKind
		device *UnknownDevice
		large  *http.MaxBytesError
	)
	switch {
	case errors.As(err, &denied):
		return errorCode{"not_allowed", http.StatusForbidden}
	case errors.As(err, &soon):
		return errorCode{"wait_before_retry", http.StatusTooManyRequests}
	case errors.As(err, &step):
		return errorCode{"not_allowed", http.StatusConflict}
	case errors.As(err, &basis):
		return errorCode{"page_outdated", http.StatusConflict}
	case errors.As(err, &unfit), errors.As(err, &value):
		return errorCode{"answer_shape", http.StatusUnprocessableEntity}
	case errors.As(err, &field):
		return errorCode{"form_unknown", http.StatusUnprocessableEntity}
	case errors.As(err, &other), errors.As(err, &device):
		return errorCode{"not_found", http.StatusNotFound}
	case errors.As(err, &large):
		return errorCode{"too_big", http.StatusRequestEntityTooLarge}
	}
	return errorCode{"unexpected", http.StatusInternalServerError}
}

// deskFailed shows an error page, and leaves a leaf for a refusal. The act left
// nothing: its transaction is undone. The log gets codes, never the error's text.
func (o *Office) deskFailed(w http.ResponseWriter, r *http.Request, v *deskVisit, err error) {
	known := deskErrorOf(err)
	notice := web.Notice{Error: known.code}
	if known.status >= http.StatusInternalServerError {
		notice.Ref = o.shortRef()
		o.Log.Error().Str("ref", notice.Ref).Str("code", known.code).Str("type", fmt.Sprintf("%T", errors.Unwrap(err))).
			Str("route", r.Pattern).Msg("the desk failed")
	}
	var denied *Denied
	if errors.As(err, &denied) && v.session != nil {
		leaf := Leaf{What: "refused", Person: v.staff.ID.String(), Reason: denied.Reason}
		if id, bad := v.record(); bad == nil {
			leaf.Record = id.String()
		}
		if o.auditAlone(r.Context(), leaf) != nil {
			o.Log.Error().Str("code", denied.Reason).Msg("audit of a refusal failed")
		}
	}
	back := "/"
	if id, bad := v.record(); bad == nil && known.status != http.StatusNotFound {
		back = "/records/" + id.String()
	}
	var page web.DeskView = web.Failed{Notice: notice, Back: back}
	above := web.Notice{}
	if v.session == nil && (known.status == http.StatusUnauthorized || known.status == http.StatusTooManyRequests) {
		page, above = web.DeskSignIn{}, notice
		if errors.Is(err, errNobody) && r.Method == http.MethodGet {
			above = web.Notice{} // who just comes is not told that something ended
		}
	}
	v.show(w, known.status, page, above)
}
