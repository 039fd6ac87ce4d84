package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// deskBodyMax bounds what one form may post.
const deskBodyMax = 1 << 20

// Desk serves the pages for supervisors and auditors, by ordinary navigation
// and without need of a script. With hosts, only requests to exactly these
// (host or host:port) are answered, so that no foreign name can be pointed at a
// desk on loopback.
//
//	request ▸ headers, host, origin, size ▸ session ▸ rule of the route ▸ csrf
//	        ▸ one transaction: act, leaf of the audit log, the page's data
//	        ▸ page, or a redirect after an act
func (o *Office) Desk(hosts ...string) http.Handler { return o.deskOf(deskRules, hosts) }

func (o *Office) deskOf(rules []deskRule, hosts []string) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/static/", web.Static())
	for _, rule := range rules {
		mux.Handle(rule.pattern, deskRoute{o, rule})
	}
	mux.Handle("/", deskRoute{o, deskRule{pattern: "/", guests: true, serve: notThere}})
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.deskFailed(w, r, &deskVisit{Office: o, r: r, lang: langOf(r)}, errForeign)
	}))
	guarded := origin.Handler(mux)
	return web.SecureHeaders(web.DeskPolicy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(hosts) > 0 && !slices.Contains(hosts, r.Host) {
			http.Error(w, http.StatusText(http.StatusMisdirectedRequest), http.StatusMisdirectedRequest)
			return
		}
		guarded.ServeHTTP(w, r)
	}))
}

func notThere(*deskVisit) (deskReply, error) { return deskReply{}, errNotThere }

// deskVisit is one request of one person, within its transaction.
type deskVisit struct {
	*Office
	tx      syncengine.Tx
	r       *http.Request
	w       http.ResponseWriter
	lang    web.Lang
	token   string
	session *session       // nil for a guest
	staff   casefile.Staff // zero for a guest
	known   directory
	typed   web.Typed         // the form that was refused, when its page is shown again
	upload  *multipart.Reader // the files of a form that brings some
}

// deskReply is what a visit leads to: a page, a file, or after an act another
// address.
type deskReply struct {
	page web.DeskView
	file *deskFile
	to   string
	done string // code of web's family "done", for the page at to
}

// deskRoute is one line of the table as a handler.
type deskRoute struct {
	office *Office
	rule   deskRule
}

func (d deskRoute) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, d.rule.bodyMax())
	v := &deskVisit{Office: d.office, r: r, w: w, lang: langOf(r)}
	defer func() {
		if recover() != nil { // its text could hold anything
			d.office.deskFailed(w, r, v, errPanic)
		}
	}()
	reply, err := d.visit(v)
	switch {
	case err != nil:
		if page := d.again(v, err); page != nil {
			known := deskErrorOf(err)
			v.show(w, known.status, page, web.Notice{Error: known.code})
			return
		}
		d.office.deskFailed(w, r, v, err)
	case reply.file != nil:
		reply.file.send(w, r)
	case reply.page != nil:
		v.show(w, http.StatusOK, reply.page, v.notice())
	default:
		if v.session != nil && reply.done != "" {
			d.office.sessions.tell(v.session, web.Notice{Done: reply.done})
		}
		http.Redirect(w, r, reply.to, http.StatusSeeOther)
	}
}

// visit lets the rule decide, then runs the handler in one transaction. What a
// page reads may be written down, so reading pages write as well.
func (d deskRoute) visit(v *deskVisit) (reply deskReply, err error) {
	if err := v.r.ParseForm(); err != nil {
		return reply, err
	}
	ctx := v.r.Context()
	if err := v.enter(ctx); err != nil {
		return reply, err
	}
	if d.rule.upload {
		if err := v.openUpload(); err != nil {
			return reply, err
		}
	}
	if err := d.rule.admits(v); err != nil {
		return reply, err
	}
	if d.rule.alone {
		return d.rule.serve(v)
	}
	run := d.office.Store.Update
	switch {
	case d.rule.plain:
		run = d.office.Store.View
	case v.posts():
		run = d.office.update
	}
	err = run(ctx, func(tx syncengine.Tx) (err error) {
		v.tx = tx
		reply, err = d.rule.serve(v)
		return err
	})
	v.tx = nil
	return reply, err
}

// enter finds out who comes. Role and leaving count from the next request on.
func (v *deskVisit) enter(ctx context.Context) error {
	cookie, err := v.r.Cookie(cookieName(v.r))
	if err != nil {
		return nil
	}
	found := v.sessions.find(cookie.Value, v.Now())
	if found == nil {
		return nil
	}
	var staff casefile.Staff
	err = v.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		staff, err = v.Office.staff(tx, found.person)
		return err
	})
	if err != nil {
		return err
	}
	if !mayEnter(staff) {
		v.sessions.end(cookie.Value)
		return nil
	}
	v.token, v.session, v.staff = cookie.Value, found, staff
	return nil
}

func (v *deskVisit) posts() bool { return v.r.Method == http.MethodPost }

// csrfHolds compares what the form brought with what the page was given.
func (v *deskVisit) csrfHolds() bool {
	return v.session == nil || subtle.ConstantTimeCompare([]byte(v.r.PostFormValue("csrf")), []byte(v.session.csrf)) == 1
}

// viewer is the person as the rules for answers see them.
func (v *deskVisit) viewer() casefile.Viewer {
	return casefile.Viewer{Person: v.staff.ID, Viewer: screening.Viewer{
		Role: v.staff.Role, Agency: v.staff.Agency, Profile: screening.Desk,
	}}
}

// leaf writes a leaf of the audit log in this person's name.
func (v *deskVisit) leaf(leaf Leaf) error {
	leaf.Person = v.staff.ID.String()
	return v.audit(v.tx, leaf)
}

// record reads the record id in the address.
func (v *deskVisit) record() (syncengine.RecordID, error) {
	id, err := syncengine.ParseRecordID(v.r.PathValue("record"))
	if err != nil {
		return id, errNotThere
	}
	return id, nil
}

// asked gives a field of a form or address, without blanks around it.
func (v *deskVisit) asked(name string) string { return strings.TrimSpace(v.r.Form.Get(name)) }

// reason gives the reason that an act must have.
func (v *deskVisit) reason() (string, error) {
	reason := v.asked("reason")
	if reason == "" {
		return "", atField("reason", errNoReason)
	}
	return reason, nil
}

func (v *deskVisit) notice() web.Notice {
	if v.session == nil {
		return web.Notice{}
	}
	return v.sessions.told(v.session)
}

// show writes a whole page or, if that fails, none.
func (v *deskVisit) show(w http.ResponseWriter, status int, page web.DeskView, notice web.Notice) {
	frame := web.DeskFrame{Lang: v.lang, Here: v.r.URL.RequestURI(), Notice: notice}
	if v.r.Method != http.MethodGet || status >= http.StatusBadRequest {
		frame.Here = "/" // not a page to come back to
		if strings.HasPrefix(v.r.URL.Path, "/pairs/") {
			frame.Here = "/pairs"
		}
	}
	if v.session != nil {
		frame.Person, frame.Role, frame.CSRF = v.staff.Name, string(v.staff.Role), v.session.csrf
		frame.Center = v.siteText(v.staff.Center)
	}
	var out bytes.Buffer
	if err := web.RenderDesk(&out, frame, page); err != nil {
		v.Log.Error().Str("code", "render").Str("page", fmt.Sprintf("%T", page)).Msg("a page could not be shown")
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	w.Write(out.Bytes())
}

// cookieName keeps desks of one machine apart: cookies know hosts, not ports.
// Under TLS the prefix binds the cookie to exactly this host.
func cookieName(r *http.Request) string {
	if r.TLS != nil {
		return "__Host-raksa"
	}
	sum := sha256.Sum256([]byte(r.Host))
	return "raksa-" + hex.EncodeToString(sum[:4])
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: seconds,
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

const langCookie = "raksa-lang"

func langOf(r *http.Request) web.Lang {
	cookie, err := r.Cookie(langCookie)
	if err != nil {
		return web.Khmer
	}
	return web.ParseLang(cookie.Value)
}

// localPath gives the path if it is one of this desk, else the home.
func localPath(path string) string {
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}

// shortRef is a random word to tell the help desk, which the log has too.
func (o *Office) shortRef() string {
	var raw [4]byte
	if _, err := io.ReadFull(o.Random, raw[:]); err != nil {
		return ""
	}
	return hex.EncodeToString(raw[:])
}
