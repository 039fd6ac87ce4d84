package server

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

func TestSigningInAndOut(t *testing.T) {
	d := newDesk(t)
	b := d.browser()
	if status, body := b.get("/"); status != http.StatusUnauthorized || !strings.Contains(body, `action="/sign-in"`) {
		t.Fatalf("a guest got %d", status)
	}
	b = d.as("Dara")
	if status, body := b.get("/"); status != http.StatusOK || !strings.Contains(body, "Dara Example") {
		t.Fatalf("after signing in: %d", status)
	}
	b.post("/sign-out")
	if status, _ := b.get("/"); status != http.StatusUnauthorized {
		t.Fatalf("after signing out: %d", status)
	}
	in := d.leavesOf("sign_in")
	if len(in) != 1 || in[0].Person != d.staff["Dara"].ID.String() {
		t.Errorf("the log has %v", in)
	}
}

func TestNamesAreFoundHoweverTheyWereTyped(t *testing.T) {
	d := newDesk(t)
	b := d.browser()
	if status, _ := b.post("/sign-in", "name", "  dara   EXAMPLE ", "secret", goodSecret); status != http.StatusOK {
		t.Errorf("got %d", status)
	}
}

func TestWhoMayNotEnterLooksLikeAWrongSecret(t *testing.T) {
	d := newDesk(t)
	var first string
	for name, form := range map[string][]string{
		"wrong secret":        {"Dara Example", "not the secret"},
		"unknown name":        {"Nobody Example", goodSecret},
		"no place here":       {"Interviewer Example", goodSecret},
		"endless secret":      {"Bopha Example", strings.Repeat("x", 4000)},
		"endless, unknown":    {"Nobody Else", strings.Repeat("x", 4000)},
		"no secret":           {"Auditor Example", ""},
		"another's own":       {"Police Example", "Dara Example"},
		"a name of one blank": {" ", goodSecret},
	} {
		t.Run(name, func(t *testing.T) {
			status, body := d.browser().post("/sign-in", "name", form[0], "secret", form[1])
			if status != http.StatusUnauthorized || !says(body, "wrong_secret") {
				t.Fatalf("got %d", status)
			}
			if first == "" {
				first = body
			}
			if body != first {
				t.Error("the page tells it from others")
			}
		})
	}
}

func TestAnotherTryWaits(t *testing.T) {
	for _, name := range []string{"Dara Example", "Nobody Example"} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			b := d.browser()
			for i, wait := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
				if status, _ := b.post("/sign-in", "name", name, "secret", "wrong"); status != http.StatusUnauthorized {
					t.Fatalf("try %d: %d", i, status)
				}
				d.now = d.now.Add(wait - time.Millisecond)
				if status, body := b.post("/sign-in", "name", name, "secret", goodSecret); status != http.StatusTooManyRequests || !says(body, "wait_before_retry") {
					t.Fatalf("too early, after try %d: %d", i, status)
				}
				d.now = d.now.Add(time.Millisecond)
			}
		})
	}
}

func TestARightSecretEndsTheWaiting(t *testing.T) {
	d := newDesk(t)
	b := d.browser()
	for range 3 {
		b.post("/sign-in", "name", "Dara Example", "secret", "wrong")
		d.now = d.now.Add(longestWait)
	}
	if status, _ := b.post("/sign-in", "name", "Dara Example", "secret", goodSecret); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	if status, _ := d.browser().post("/sign-in", "name", "Dara Example", "secret", goodSecret); status != http.StatusOK {
		t.Errorf("the next one waits still: %d", status)
	}
}

func TestTriesOfMillionsOfNamesAreForgotten(t *testing.T) {
	var s sessions
	now := time.Unix(0, 0)
	for i := range triesMax + 100 {
		must(t, s.claimTry(string(rune(0x1000+i)), now.Add(time.Duration(i))))
	}
	if len(s.tries) > triesMax {
		t.Errorf("%d names are remembered", len(s.tries))
	}
}

func TestASessionEndsByItself(t *testing.T) {
	for name, row := range map[string]struct {
		steps []time.Duration // between requests
		want  int
	}{
		"in use":         {[]time.Duration{29 * time.Minute, 29 * time.Minute, 29 * time.Minute}, http.StatusOK},
		"half an hour":   {[]time.Duration{30 * time.Minute}, http.StatusUnauthorized},
		"after 12 hours": {append(make([]time.Duration, 0), repeated(29*time.Minute, 25)...), http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			b := d.as("Auditor")
			status := 0
			for _, step := range row.steps {
				d.now = d.now.Add(step)
				status, _ = b.get("/counts")
			}
			if status != row.want {
				t.Errorf("got %d, want %d", status, row.want)
			}
		})
	}
}

func repeated(step time.Duration, times int) (steps []time.Duration) {
	for range times {
		steps = append(steps, step)
	}
	return steps
}

func TestKeysOfAnEndedSessionAreLocked(t *testing.T) {
	d := newDesk(t)
	token, err := d.Office.signIn(t.Context(), "Dara Example", []byte(goodSecret))
	must(t, err)
	one := d.sessions.find(token, d.now)
	if _, err := one.sign([]byte("a decision")); err != nil {
		t.Fatal(err)
	}
	d.sessions.end(token)
	if _, err := one.sign([]byte("a decision")); err == nil {
		t.Error("somebody who signed out can still sign")
	}
}

func TestWhoIsDismissedIsOutAtOnce(t *testing.T) {
	d := newDesk(t)
	dara, bopha := d.as("Dara"), d.as("Bopha")
	dara.get("/devices")
	if status, _ := dara.post("/people/revoke", "person", d.staff["Bopha"].ID.String(), "reason", "left"); status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	if n := len(d.sessions.open); n != 1 {
		t.Errorf("%d sessions are open, with their keys", n)
	}
	if status, _ := bopha.get("/"); status != http.StatusUnauthorized {
		t.Errorf("a dismissed supervisor got %d", status)
	}
	if status, _ := d.browser().post("/sign-in", "name", "Bopha Example", "secret", goodSecret); status != http.StatusUnauthorized {
		t.Errorf("and signs in again: %d", status)
	}
	d.do(func(tx syncengine.Tx) error {
		id := d.staff["Bopha"].ID
		slot, err := tx.Get(bucketSlot, id[:])
		if slot != nil {
			t.Error("the slot is still there")
		}
		return err
	})
	if status, _ := dara.post("/people/revoke", "person", d.staff["Dara"].ID.String(), "reason", "left"); status != http.StatusForbidden {
		t.Errorf("dismissing oneself: %d", status)
	}
}

func TestANewRoleCountsFromTheNextRequest(t *testing.T) {
	d := newDesk(t)
	b := d.as("Bopha")
	become := func(role screening.Role) {
		s := d.staff["Bopha"]
		s.Role = role
		d.do(func(tx syncengine.Tx) error {
			return d.publish(tx, casefile.KindStaff, syncengine.RecordID(s.ID), officeHand, s)
		})
	}
	become(screening.Auditor)
	if status, _ := b.get("/records"); status != http.StatusForbidden {
		t.Errorf("as an auditor: %d", status)
	}
	become(screening.Interviewer)
	if status, _ := b.get("/audit"); status != http.StatusUnauthorized {
		t.Errorf("as an interviewer: %d", status)
	}
}

func TestTheCookie(t *testing.T) {
	d := newDesk(t)
	for name, row := range map[string]struct {
		start  func(http.Handler) *httptest.Server
		name   *regexp.Regexp
		secure bool
	}{
		"plain, on loopback": {httptest.NewServer, regexp.MustCompile(`^raksa-[0-9a-f]{8}$`), false},
		"under TLS":          {httptest.NewTLSServer, regexp.MustCompile(`^__Host-raksa$`), true},
	} {
		t.Run(name, func(t *testing.T) {
			desk := row.start(d.Desk())
			defer desk.Close()
			client := desk.Client()
			client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			answer, err := client.PostForm(desk.URL+"/sign-in", url.Values{"name": {"Dara Example"}, "secret": {goodSecret}})
			must(t, err)
			answer.Body.Close()
			cookies := answer.Cookies()
			if len(cookies) != 1 {
				t.Fatalf("%d cookies", len(cookies))
			}
			c := cookies[0]
			if !row.name.MatchString(c.Name) || !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Secure != row.secure || c.Path != "/" || c.Domain != "" {
				t.Errorf("cookie %+v", c)
			}
		})
	}
}

func TestAWordOfThanksIsSaidOnce(t *testing.T) {
	d := newDesk(t)
	b := d.as("Dara")
	b.get("/devices")
	_, body := b.post("/people/add", "name", "New Example", "role", "interviewer", "agency", "ngo")
	thanks := web.CodeWord(web.Khmer, "done", "staff_added")
	if !strings.Contains(body, thanks) {
		t.Error("not said")
	}
	if _, body = b.get("/devices"); strings.Contains(body, thanks) {
		t.Error("said twice")
	}
}

func TestTheLanguageIsKept(t *testing.T) {
	d := newDesk(t)
	b := d.as("Dara")
	b.get("/")
	if _, body := b.post("/language", "lang", "en", "back", "/records?filter=done"); !strings.Contains(body, `<html lang="en">`) || !strings.Contains(body, "filter=done") {
		t.Error("English was asked for, on the same page")
	}
	if _, body := b.get("/"); !strings.Contains(body, `<html lang="en">`) {
		t.Error("the language was forgotten")
	}
}
