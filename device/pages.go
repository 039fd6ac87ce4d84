package device

import (
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"raksa/web"
)

// Limits of what a page may post.
const (
	postBytesMax   = 64 << 10
	importBytesMax = 1_500_000 // a list of 1 MiB inside JSON, in base64
)

// pages serves this device's own browser, and nobody else on the machine: a
// page of another site and another program both fail (protection study, 3.19).
type pages struct {
	device *Device
	token  []byte // of this start, 64 hex digits
	hosts  map[string]bool
	lang   web.Lang // of the page before anybody is signed in
}

// Pages gives the pages for a loopback address, and the URL to open. The URL
// carries the key of this start in its fragment, which no server ever sees; the
// script keeps it in memory.
func (d *Device) Pages(address string) (http.Handler, string, error) {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, "", fmt.Errorf("device: pages: %w", err)
	}
	var raw [32]byte
	if _, err := io.ReadFull(d.Random, raw[:]); err != nil {
		return nil, "", fmt.Errorf("device: pages: %w", err)
	}
	p := &pages{device: d, token: []byte(hex.EncodeToString(raw[:])), lang: web.Khmer, hosts: map[string]bool{
		"127.0.0.1:" + port: true, "[::1]:" + port: true, "localhost:" + port: true,
	}}
	return p.guard(p.routes()), "http://" + address + "/#t=" + string(p.token), nil
}

// guard is what every request passes: the exact host (a rebound name is 421),
// no other site's page, and for all but the shell and its assets the key of
// this start.
func (p *pages) guard(next http.Handler) http.Handler {
	inner := http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		static := r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/static/")
		switch {
		case static && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		case r.Method != http.MethodPost || static:
			http.Error(w, "only POST", http.StatusMethodNotAllowed)
			return
		case !p.holdsKey(r):
			w.WriteHeader(http.StatusUnauthorized)
			return
		case !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
			http.Error(w, "only JSON", http.StatusUnsupportedMediaType)
			return
		default:
			p.device.expire()
			most := int64(postBytesMax)
			if r.URL.Path == "/import" {
				most = importBytesMax
			}
			r.Body = http.MaxBytesReader(w, r.Body, most)
		}
		next.ServeHTTP(w, r)
	}))
	return web.SecureHeaders(web.FieldPolicy, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !p.hosts[r.Host] {
			http.Error(w, "misdirected", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	}))
}

func (p *pages) holdsKey(r *http.Request) bool {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer && subtle.ConstantTimeCompare([]byte(key), p.token) == 1
}

// page answers one post with a view; a nil view is only a notice.
type page func(*visit) (web.FieldView, error)

func (p *pages) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.shell)
	mux.Handle("GET /static/", web.Static())
	mux.HandleFunc("POST /places", p.places)
	mux.HandleFunc("POST /record/{id}/save", p.autosave)
	for path, answer := range routes {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, answer) })
	}
	mux.HandleFunc("POST /", func(w http.ResponseWriter, r *http.Request) {
		p.answer(w, r, func(*visit) (web.FieldView, error) { return nil, ErrNotFound })
	})
	return mux
}

// routes is every page but the three that answer in a shape of their own.
var routes = map[string]page{
	"/start": startPage, "/language": languagePage,
	"/enroll": enrollPage, "/sign-in/choose": choosePage, "/sign-in": signInPage, "/sign-out": signOutPage,
	"/people/new": newColleaguePage, "/people/add": addColleaguePage,
	"/lost/read": lostReadPage,
	"/cover":     coverPage, "/uncover": uncoverPage,

	"/tonight": tonightPage, "/needs-you": needsYouPage,
	"/differs": differsPage, "/differs/told": toldPage,
	"/group/new": newGroupPage, "/group": openGroupPage, "/group/{id}": groupPage, "/group/{id}/close": closeGroupPage,
	"/group/{id}/undo": undoImportPage, "/group/{id}/redo": redoImportPage,
	"/pick": pickPage, "/import": importPage,

	"/record": beginPage, "/record/{id}": recordPage, "/record/{id}/page/{page}": questionPage,
	"/record/{id}/next": nextPage, "/record/{id}/back": backPage, "/record/{id}/add": addEntryPage,
	"/record/{id}/alone": alonePage, "/record/{id}/earlier": earlierPage,
	"/record/{id}/handover": handoverPage, "/record/{id}/pause": pausePage, "/record/{id}/left": leftPage,
	"/record/{id}/close": closePage, "/record/{id}/long": longPage, "/record/{id}/private-room": privateRoomPage,
	"/record/{id}/form":     moveFormPage,
	"/record/{id}/addendum": addendumPage, "/record/{id}/read-back": readBackPage,
	"/record/{id}/view": viewPage, "/record/{id}/result": resultPage,
	"/record/{id}/refer": referPage, "/record/{id}/refer/choose": chooseServicePage,
	"/record/{id}/withdraw": withdrawScopePage, "/withdraw": withdrawPage, "/referrals/{id}": sentReferralPage,

	"/carry": carryPage,

	"/inbox": inboxPage, "/referral/{id}": receivedPage, "/referral/{id}/answer": answerPage, "/referral/{id}/delete": deletePage,
}

// shell is the one static page: no data, no key.
func (p *pages) shell(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err := web.RenderShell(w, p.device.pageLang()); err != nil {
		p.device.Log.Error().Str("page", "shell").Msg("a page did not render")
	}
}

// answer runs one page. Whatever goes wrong becomes one code, here and nowhere
// else, and leaves the page below as it is, with all that was typed.
func (p *pages) answer(w http.ResponseWriter, r *http.Request, run page) {
	v := &visit{pages: p, device: p.device, r: r, ctx: r.Context()}
	err := v.read()
	var view web.FieldView
	if err == nil {
		view, err = run(v)
	}
	if view == nil && err != nil {
		view = v.instead(err)
	}
	v.render(w, view, err)
}

// instead gives the page to show when nothing may be shown: signed out,
// covered, or a partner whose copy must go.
func (v *visit) instead(err error) web.FieldView {
	switch {
	case errors.Is(err, ErrLocked), errors.Is(err, ErrRevoked):
		view, _ := signedOut(v, "")
		return view
	case errors.Is(err, ErrNotEnrolled):
		return web.Enroll{}
	case errors.Is(err, ErrCovered):
		return web.Cover{}
	case errors.Is(err, ErrStopped):
		view, _ := stopPage(v)
		return view
	}
	return nil
}

func (v *visit) render(w http.ResponseWriter, view web.FieldView, err error) {
	frame := v.frame(err)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if err != nil {
		v.device.Log.Info().Str("code", frame.Notice.Error).Msg("a page was refused")
		w.WriteHeader(status(frame.Notice.Error))
	}
	var failed error
	if view == nil {
		failed = web.RenderNotice(w, frame)
	} else {
		failed = web.RenderField(w, frame, view)
	}
	if failed != nil {
		v.device.Log.Error().Str("code", "render").Msg("a page did not render")
	}
}

// status is for programs; people read the notice.
func status(code string) int {
	switch code {
	case "unexpected":
		return http.StatusInternalServerError
	case "disk_full", "disk_readonly", "data_damaged", "not_saved", "busy":
		return http.StatusServiceUnavailable
	case "not_found":
		return http.StatusNotFound
	case "not_allowed", "device_revoked", "session_ended", "covered", "wrong_secret", "wait_before_retry":
		return http.StatusForbidden
	case "too_big":
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusUnprocessableEntity
}
