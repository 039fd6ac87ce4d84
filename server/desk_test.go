package server

import (
	"bytes"
	"context"
	"crypto/rand"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/vault"
	"raksa/web"
)

// All people here are made up. The canaries stand in answers only, so wherever
// one turns up that is no page of a supervisor, an answer has leaked.
const (
	canaryName  = "Canarykhmer"
	canaryStory = "canarystory of a night on a boat"
	goodSecret  = "rice fields in the rain"
)

// testDesk is an office over a real store with a desk in front of it.
type testDesk struct {
	*Office
	t     *testing.T
	now   time.Time
	log   bytes.Buffer
	staff map[string]casefile.Staff // by the first word of the name
	url   string

	backups string // folder, or "" before the first
}

func newDesk(t *testing.T) *testDesk {
	t.Helper()
	d := newHouse(t)
	desk := httptest.NewServer(d.Desk())
	t.Cleanup(desk.Close)
	d.url = desk.URL
	return d
}

// newHouse is the office with its staff, and no desk in front of it.
func newHouse(t *testing.T) *testDesk {
	t.Helper()
	store := newStore(t)
	keys, err := vault.NewOffice(rand.Reader)
	must(t, err)
	d := &testDesk{t: t, now: time.Date(2026, 11, 23, 6, 0, 0, 0, siteZone), staff: map[string]casefile.Staff{}}
	forms := func(version string) *form.Definition {
		if version == form.Builtin().Version() {
			return form.Builtin()
		}
		return nil
	}
	d.Office, err = Open(t.Context(), Config{
		Store: store, Keys: keys, Forms: forms, Now: func() time.Time { return d.now }, Random: rand.Reader,
		Log: zerolog.New(&d.log), SecretCost: vault.Params{Passes: 1, MemoryKiB: 8, Threads: 1},
	})
	must(t, err)
	d.do(func(tx syncengine.Tx) error {
		for _, one := range colleagues {
			if err := d.hireIn(tx, one.name, one.role, one.agency); err != nil {
				return err
			}
		}
		return nil
	})
	return d
}

// newStore gives an empty store: a file, or with RAKSA_STORE=postgres in the
// environment a database.
func newStore(t *testing.T) syncengine.Store {
	t.Helper()
	if postgresStore != nil {
		return postgresStore(t)
	}
	store, err := sqlstore.Open(filepath.Join(t.TempDir(), "office.db"))
	must(t, err)
	t.Cleanup(func() { must(t, store.Close()) })
	return store
}

// postgresStore is set where the tests of this package run on PostgreSQL.
var postgresStore func(t *testing.T) syncengine.Store

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *testDesk) do(fn func(tx syncengine.Tx) error) {
	d.t.Helper()
	must(d.t, d.update(context.Background(), fn))
}

// colleagues work in every test; each signs in with goodSecret, who may.
var colleagues = []struct {
	name   string
	role   screening.Role
	agency screening.Agency
}{
	{"Dara", screening.Supervisor, screening.SocialAffairs},
	{"Bopha", screening.Supervisor, screening.SocialAffairs},
	{"Police", screening.Supervisor, screening.JudicialPolice},
	{"Ngo", screening.Supervisor, screening.NGO},
	{"Auditor", screening.Auditor, screening.Research},
	{"Interviewer", screening.Interviewer, screening.SocialAffairs},
}

func (d *testDesk) hire(name string, role screening.Role, agency screening.Agency) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error { return d.hireIn(tx, name, role, agency) })
}

func (d *testDesk) hireIn(tx syncengine.Tx, name string, role screening.Role, agency screening.Agency) error {
	id, err := d.AddStaff(tx, casefile.Staff{Name: name + " Example", Role: role, Agency: agency, Center: "PTC"}, []byte(goodSecret), officeHand)
	if err != nil {
		return err
	}
	d.staff[name], err = d.Office.staff(tx, id)
	return err
}

func (d *testDesk) viewer(name string) casefile.Viewer {
	s := d.staff[name]
	return casefile.Viewer{Person: s.ID, Viewer: screening.Viewer{Role: s.Role, Agency: s.Agency, Profile: screening.Desk}}
}

func text(s string) screening.Answer { return screening.Of(screening.TextOf(s)) }
func code(s string) screening.Answer { return screening.Of(screening.Code(s)) }

// person is a made-up person with a canary in every sensitive class.
func somebody(given string) screening.Answers {
	return screening.Answers{
		"con_interview": code("yes"), itemFamilyLatin: text(canaryName), itemGivenLatin: text(given),
		itemFamilyKhmer: text("កាណារី"), itemSex: code("female"), itemAge: screening.Of(screening.Int(24)),
		"jus_afraid_of": text(canaryStory), "asm_view": code("indicators"),
	}
}

// interviewOf makes an interview at the office as if it had come from a tablet.
func (d *testDesk) interviewOf(answers screening.Answers) (id syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		id, err = d.openInterview(tx, answers)
		return err
	})
	return id
}

func (d *testDesk) openInterview(tx syncengine.Tx, answers screening.Answers) (syncengine.RecordID, error) {
	id, commit, err := d.newRecord(tx)
	if err != nil {
		return id, err
	}
	draft, err := casefile.OpeningDraft(form.Builtin(), casefile.Opening{
		Record: id, Author: d.staff["Interviewer"].ID, Commit: [16]byte(commit), Center: "PTC", Number: 7,
		Kind: form.Long, Slip: "SLIP-" + id.String()[:6], Answers: answers,
	})
	if err != nil {
		return id, err
	}
	if err := scope.Put(tx, id[:], []string{streamCenter("PTC")}); err != nil {
		return id, err
	}
	_, err = d.save(tx, draft)
	return id, err
}

// write saves an answer of a colleague who had only basis on the screen.
func (d *testDesk) write(id syncengine.RecordID, who, field string, answer screening.Answer, basis casefile.Basis) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		iv, err := d.interview(tx, id)
		if err != nil {
			return err
		}
		draft, err := iv.Draft(casefile.Edit{
			Author: d.staff[who].ID, Basis: basis, Answers: screening.Answers{field: answer},
		})
		if err != nil {
			return err
		}
		_, err = d.save(tx, draft)
		return err
	})
}

// closeInterview closes an interview with indications found.
func (d *testDesk) closeInterview(id syncengine.RecordID) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		iv, err := d.interview(tx, id)
		if err != nil {
			return err
		}
		draft, err := iv.CloseDraft(d.staff["Interviewer"].ID, "indications_of_trafficking")
		if err != nil {
			return err
		}
		_, err = d.save(tx, draft)
		return err
	})
}

func (d *testDesk) opened(id syncengine.RecordID) (iv *casefile.Interview) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		iv, err = d.interview(tx, id)
		return err
	})
	return iv
}

func (d *testDesk) leavesOf(what string) (found []Leaf) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		return leaves.Each(tx, nil, func(_ []byte, leaf Leaf) error {
			if leaf.What == what {
				found = append(found, leaf)
			}
			return nil
		})
	})
	return found
}

// browser is one person before the desk, without a script.
type browser struct {
	t      *testing.T
	url    string
	client *http.Client
	csrf   string
	header http.Header // added to every request
}

func (d *testDesk) browser() *browser {
	jar, err := cookiejar.New(nil)
	must(d.t, err)
	return &browser{t: d.t, url: d.url, client: &http.Client{Jar: jar}, header: http.Header{}}
}

func (d *testDesk) as(name string) *browser {
	d.t.Helper()
	b := d.browser()
	if status, _ := b.post("/sign-in", "name", d.staff[name].Name, "secret", goodSecret); status != http.StatusOK {
		d.t.Fatalf("%s could not sign in: %d", name, status)
	}
	return b
}

var csrfInput = regexp.MustCompile(`name="csrf" value="([^"]+)"`)

func (b *browser) send(r *http.Request) (status int, body string) {
	b.t.Helper()
	for name, values := range b.header {
		r.Header[name] = values
	}
	answer, err := b.client.Do(r)
	must(b.t, err)
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	must(b.t, err)
	if found := csrfInput.FindSubmatch(raw); found != nil {
		b.csrf = string(found[1])
	}
	return answer.StatusCode, string(raw)
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	r, err := http.NewRequest(http.MethodGet, b.url+path, nil)
	must(b.t, err)
	return b.send(r)
}

func (b *browser) post(path string, fields ...string) (int, string) {
	b.t.Helper()
	values := url.Values{"csrf": {b.csrf}}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	r, err := http.NewRequest(http.MethodPost, b.url+path, strings.NewReader(values.Encode()))
	must(b.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r)
}

// says reports whether a page shows an error code's sentence, in either language.
func says(body, errorCode string) bool {
	text := html.UnescapeString(body)
	return strings.Contains(text, web.Word(web.Khmer, "error."+errorCode+".what")) ||
		strings.Contains(text, web.Word(web.English, "error."+errorCode+".what"))
}

// filled puts ids into the variables of a route's pattern.
func filled(pattern string, id syncengine.RecordID) string {
	_, path, _ := strings.Cut(pattern, " ")
	return strings.NewReplacer("{$}", "", "{record}", id.String(), "{field}", itemGivenLatin, "{count}", "none").Replace(path)
}

func TestEveryRouteHasARule(t *testing.T) {
	have := map[string]bool{}
	for _, rule := range deskRules {
		if len(rule.roles) == 0 && !rule.guests {
			t.Errorf("%s is nobody's", rule.pattern)
		}
		if rule.serve == nil {
			t.Errorf("%s has no handler", rule.pattern)
		}
		have[strings.ReplaceAll(rule.pattern, "{$}", "")] = true
	}
	for _, route := range web.DeskRoutes {
		asked := route.Method + " " + route.Pattern
		if !have[asked] {
			t.Errorf("pages ask for %s, and no rule serves it", asked)
		}
		delete(have, asked)
	}
	for pattern := range have {
		t.Errorf("%s is served, and no page's table has it", pattern)
	}
}

// What an auditor may open is written down twice, so that one slip in the table
// is seen.
func TestAnAuditorOpensCountsAndTheLogAndNothingElse(t *testing.T) {
	var open []string
	for _, rule := range deskRules {
		if slices.Contains(rule.roles, screening.Auditor) {
			open = append(open, rule.pattern)
		}
	}
	want := []string{"GET /{$}", "GET /counts", "GET /counts/{count}", "GET /counts/{count}/{file}", "GET /audit", "POST /audit/verify"}
	if !slices.Equal(open, want) {
		t.Errorf("an auditor may open %v", open)
	}
}

func TestARouteWithoutARuleAnswersNobody(t *testing.T) {
	d := newDesk(t)
	served := false
	rules := append(slices.Clone(deskRules), deskRule{pattern: "GET /forgotten", serve: func(*deskVisit) (deskReply, error) {
		served = true
		return deskReply{to: "/"}, nil
	}})
	desk := httptest.NewServer(d.deskOf(rules, nil))
	defer desk.Close()
	d.url = desk.URL
	for _, name := range []string{"Dara", "Auditor"} {
		if status, _ := d.as(name).get("/forgotten"); status != http.StatusForbidden || served {
			t.Errorf("%s got %d, served %t", name, status, served)
		}
	}
}

func TestTheTableOfRolesIsObeyed(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	guest, auditor := d.browser(), d.as("Auditor")
	auditor.get("/audit")
	for _, rule := range deskRules {
		if rule.guests {
			continue
		}
		method, _, _ := strings.Cut(rule.pattern, " ")
		call := func(b *browser) (int, string) {
			if method == http.MethodPost {
				return b.post(filled(rule.pattern, id))
			}
			return b.get(filled(rule.pattern, id))
		}
		if status, body := call(guest); status != http.StatusUnauthorized || strings.Contains(body, canaryName) {
			t.Errorf("%s answers a guest with %d", rule.pattern, status)
		}
		status, body := call(auditor)
		if allowed := slices.Contains(rule.roles, screening.Auditor); allowed == (status == http.StatusForbidden) {
			t.Errorf("%s answers an auditor with %d", rule.pattern, status)
		}
		for _, canary := range []string{canaryName, canaryStory, "Sreymom"} {
			if strings.Contains(body, canary) {
				t.Errorf("%s shows an answer to an auditor", rule.pattern)
			}
		}
	}
	refused := d.leavesOf("refused")
	if len(refused) == 0 || refused[0].Person != d.staff["Auditor"].ID.String() {
		t.Errorf("refusals left %d leaves", len(refused))
	}
}

func TestAFormFromElsewhereChangesNothing(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	path := "/records/" + id.String() + "/erase"
	for name, spoil := range map[string]func(*browser){
		"another site":    func(b *browser) { b.header.Set("Sec-Fetch-Site", "cross-site") },
		"another origin":  func(b *browser) { b.header.Set("Origin", "https://evil.example") },
		"no csrf":         func(b *browser) { b.csrf = "" },
		"another's csrf":  func(b *browser) { other := d.as("Bopha"); other.get("/"); b.csrf = other.csrf },
		"same-site rival": func(b *browser) { b.header.Set("Sec-Fetch-Site", "same-site") },
	} {
		t.Run(name, func(t *testing.T) {
			b := d.as("Dara")
			b.get("/")
			spoil(b)
			if status, _ := b.post(path, "confirm", id.String()[:shortID], "reason", "asked"); status != http.StatusForbidden {
				t.Errorf("got %d", status)
			}
			if d.opened(id).Record.Erased {
				t.Error("the record is gone")
			}
		})
	}
}

func TestOnlyTheToldHostsAreAnswered(t *testing.T) {
	d := newDesk(t)
	handler := d.Desk("desk.example:8080")
	for host, want := range map[string]int{
		"desk.example:8080": http.StatusOK, "desk.example": http.StatusMisdirectedRequest,
		"evil.example:8080": http.StatusMisdirectedRequest, "": http.StatusMisdirectedRequest,
	} {
		r := httptest.NewRequest(http.MethodGet, "/sign-in", nil)
		r.Host = host
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Errorf("host %q: got %d, want %d", host, w.Code, want)
		}
	}
}

func TestATooBigFormIsRefused(t *testing.T) {
	d := newDesk(t)
	b := d.as("Dara")
	if status, body := b.post("/sign-out", "x", strings.Repeat("a", deskBodyMax)); status != http.StatusRequestEntityTooLarge || !says(body, "too_big") {
		t.Errorf("got %d", status)
	}
}

func TestPagesCarryTheProtectiveHeaders(t *testing.T) {
	d := newDesk(t)
	w := httptest.NewRecorder()
	d.Desk().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/sign-in", nil))
	if w.Header().Get("Content-Security-Policy") != web.DeskPolicy || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers are %v", w.Header())
	}
}

func TestAPanicIsAnErrorPageWithoutItsText(t *testing.T) {
	d := newDesk(t)
	rules := []deskRule{{pattern: "GET /boom", guests: true, serve: func(*deskVisit) (deskReply, error) { panic(canaryName) }}}
	w := httptest.NewRecorder()
	d.deskOf(rules, nil).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/boom", nil))
	if w.Code != http.StatusInternalServerError || !says(w.Body.String(), "unexpected") {
		t.Errorf("got %d", w.Code)
	}
	if strings.Contains(w.Body.String()+d.log.String(), canaryName) {
		t.Error("the panic's text came out")
	}
	if !strings.Contains(d.log.String(), `"ref"`) {
		t.Error("the log has no reference for the help desk")
	}
	d.do(func(syncengine.Tx) error { return nil }) // the store is free again
}

func TestOnlyOwnPathsAreFollowed(t *testing.T) {
	for path, want := range map[string]string{
		"/records?q=a": "/records?q=a", "": "/", "//evil.example": "/", "https://evil.example": "/",
		"records": "/", "/\\evil.example": "/", "/a\r\nX: y": "/",
	} {
		if got := localPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}
