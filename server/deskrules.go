package server

import (
	"slices"

	"raksa/screening"
	"raksa/web"
)

// deskRule says who may use one route of the desk. A route without roles is
// nobody's.
type deskRule struct {
	pattern string
	roles   []screening.Role
	guests  bool  // also for those who are not signed in
	alone   bool  // the handler makes its own transactions
	upload  bool  // its form brings files
	most    int64 // bytes of its form, where it is neither of the usual
	plain   bool  // shows no answer and writes nothing: reads beside everything else
	serve   func(*deskVisit) (deskReply, error)
	again   func(*deskVisit) (deskReply, error) // the form's page, for a field that was refused
}

var (
	supervisors = []screening.Role{screening.Supervisor}
	everybody   = []screening.Role{screening.Supervisor, screening.Auditor}
)

// deskRules is the one table of routes. An auditor sees counts and the log of
// who read what, never an answer.
var deskRules = []deskRule{
	{pattern: "GET /sign-in", guests: true, alone: true, serve: signInPage},
	{pattern: "POST /sign-in", guests: true, alone: true, serve: signIn},
	{pattern: "POST /sign-out", guests: true, alone: true, serve: signOut},
	{pattern: "POST /language", guests: true, alone: true, serve: changeLanguage},

	{pattern: "GET /{$}", roles: everybody, serve: morningPage},
	{pattern: "GET /records", roles: supervisors, serve: recordsPage},
	{pattern: "GET /records/{record}", roles: supervisors, serve: recordPage},
	{pattern: "GET /records/{record}/decision", roles: supervisors, serve: decisionPage},
	{pattern: "POST /records/{record}/decision", roles: supervisors, serve: decide, again: decisionPage},
	{pattern: "GET /records/{record}/export", roles: supervisors, serve: exportRecord},
	{pattern: "GET /records/{record}/erase", roles: supervisors, serve: erasurePage},
	{pattern: "POST /records/{record}/erase", roles: supervisors, serve: erase, again: erasurePage},
	{pattern: "POST /records/{record}/withdraw", roles: supervisors, serve: withdrawScope, again: recordPage},
	{pattern: "POST /records/{record}/transfer", roles: supervisors, serve: transfer, again: recordPage},
	{pattern: "GET /withdraw", roles: supervisors, plain: true, serve: slipPage},
	{pattern: "POST /withdraw", roles: supervisors, serve: withdrawBySlip, again: slipPage},

	{pattern: "GET /arrivals", roles: supervisors, plain: true, serve: arrivalsPage},
	{pattern: "POST /arrivals", roles: supervisors, serve: openArrivals, again: arrivalsPage},
	{pattern: "GET /arrivals/{record}", roles: supervisors, serve: arrivalPage},
	{pattern: "POST /arrivals/{record}", roles: supervisors, serve: countArrivals, again: arrivalPage},
	{pattern: "POST /arrivals/{record}/list", roles: supervisors, alone: true, upload: true, most: listUploadMax, serve: bringList, again: arrivalPage},
	{pattern: "GET /arrivals/{record}/list", roles: supervisors, serve: listPage},
	{pattern: "POST /arrivals/{record}/take", roles: supervisors, serve: takeList},
	{pattern: "POST /arrivals/{record}/undo", roles: supervisors, serve: undoList},
	{pattern: "POST /arrivals/{record}/redo", roles: supervisors, serve: redoList},

	{pattern: "GET /contested", roles: supervisors, serve: contestedListPage},
	{pattern: "GET /contested/{record}/{field}", roles: supervisors, serve: contestedPage},
	{pattern: "POST /contested/{record}/{field}", roles: supervisors, serve: settleContested, again: contestedPage},

	{pattern: "GET /pairs", roles: supervisors, serve: pairsPage},
	{pattern: "POST /pairs/decide", roles: supervisors, serve: decidePair},
	{pattern: "POST /pairs/undo", roles: supervisors, serve: undoPair},
	{pattern: "GET /pairs/linking", roles: supervisors, plain: true, serve: linkingPage},
	{pattern: "POST /pairs/linking/estimate", roles: supervisors, alone: true, serve: estimateLinking},
	{pattern: "POST /pairs/linking/take", roles: supervisors, serve: takeLinking},

	{pattern: "GET /counts", roles: everybody, plain: true, serve: countsPage},
	{pattern: "GET /counts/table", roles: supervisors, plain: true, serve: tablePage},
	{pattern: "GET /counts/table/records", roles: supervisors, serve: cellPage},
	{pattern: "GET /counts/{count}", roles: everybody, plain: true, serve: publishedPage},
	{pattern: "GET /counts/{count}/{file}", roles: everybody, plain: true, serve: countFile},
	{pattern: "POST /counts/publish", roles: supervisors, serve: publishCount},

	{pattern: "GET /quarantine", roles: supervisors, plain: true, serve: quarantinePage},
	{pattern: "POST /quarantine", roles: supervisors, serve: releaseOrDiscard},

	{pattern: "GET /devices", roles: supervisors, plain: true, serve: devicesPage},
	{pattern: "POST /devices/ticket", roles: supervisors, serve: issueTicket, again: devicesPage},
	{pattern: "POST /devices/go-on", roles: supervisors, serve: goOnPage, again: devicesPage},
	{pattern: "POST /devices/revoke", roles: supervisors, serve: revokeDevice, again: devicesPage},
	{pattern: "GET /devices/carry", roles: supervisors, plain: true, serve: stickPage},
	{pattern: "POST /devices/carry", roles: supervisors, alone: true, upload: true, serve: takeStick, again: stickPage},
	{pattern: "GET /devices/carry/{answer}", roles: supervisors, serve: answerFile},
	{pattern: "GET /devices/forms", roles: supervisors, serve: formsPage},
	{pattern: "POST /devices/forms", roles: supervisors, alone: true, upload: true, serve: lookAtForm, again: formsPage},
	{pattern: "POST /devices/forms/publish", roles: supervisors, serve: publishForm, again: formsPage},
	{pattern: "POST /people/add", roles: supervisors, serve: addPerson, again: devicesPage},
	{pattern: "POST /people/revoke", roles: supervisors, serve: revokePerson, again: devicesPage},
	{pattern: "POST /organisations/add", roles: supervisors, serve: addOrganisation, again: devicesPage},

	{pattern: "GET /audit", roles: everybody, plain: true, serve: auditPage},
	{pattern: "POST /audit/verify", roles: everybody, serve: verifyAudit},
}

// bodyMax bounds what a form of this route may bring.
func (rule deskRule) bodyMax() int64 {
	if rule.most > 0 {
		return rule.most
	}
	if rule.upload {
		return carriedUploadMax
	}
	return deskBodyMax
}

// admits refuses everybody whom the rule does not name, and forms that this
// session was not given.
func (rule deskRule) admits(v *deskVisit) error {
	switch {
	case v.session == nil && !rule.guests:
		return errNobody
	case !rule.guests && !slices.Contains(rule.roles, v.staff.Role):
		return &Denied{Reason: "desk_route"}
	case v.posts() && !v.csrfHolds():
		return errStaleForm
	}
	return nil
}

func signInPage(v *deskVisit) (deskReply, error) {
	if v.session != nil {
		return deskReply{to: "/"}, nil
	}
	return deskReply{page: web.DeskSignIn{}}, nil
}

func signIn(v *deskVisit) (deskReply, error) {
	token, err := v.Office.signIn(v.r.Context(), v.r.PostFormValue("name"), []byte(v.r.PostFormValue("secret")))
	if err != nil {
		return deskReply{}, err
	}
	if v.token != "" {
		v.sessions.end(v.token) // whoever sat here before is signed out
		v.session = nil
	}
	setCookie(v.w, v.r, cookieName(v.r), token, int(sessionMax.Seconds()))
	return deskReply{to: "/"}, nil
}

func signOut(v *deskVisit) (deskReply, error) {
	v.sessions.end(v.token)
	v.session = nil
	setCookie(v.w, v.r, cookieName(v.r), "", -1)
	return deskReply{to: "/sign-in"}, nil
}

func changeLanguage(v *deskVisit) (deskReply, error) {
	const year = 365 * 24 * 60 * 60
	setCookie(v.w, v.r, langCookie, string(web.ParseLang(v.r.PostFormValue("lang"))), year)
	return deskReply{to: localPath(v.r.PostFormValue("back"))}, nil
}
