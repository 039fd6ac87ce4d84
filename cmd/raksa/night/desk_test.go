package night

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"
)

// browser is somebody at the desk, over HTTP and with a cookie, as a browser is.
type browser struct {
	t    *testing.T
	at   string
	http *http.Client
	csrf string
}

func (n *Night) browser(t *testing.T) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	must(t, err)
	return &browser{t: t, at: n.Listening.DeskURL, http: &http.Client{Jar: jar}}
}

// atDesk signs a member of staff in, and asks for English.
func (n *Night) atDesk(t *testing.T, person int) *browser {
	t.Helper()
	b := n.browser(t)
	b.post("/sign-in", url.Values{"name": {n.Staff[person].Name}, "secret": {Secret}})
	b.post("/language", url.Values{"lang": {"en"}, "back": {"/"}})
	if b.csrf == "" {
		t.Fatal("nobody is signed in at the desk")
	}
	return b
}

func (b *browser) get(path string) (status int, page string) {
	b.t.Helper()
	answer, err := b.http.Get(b.at + path)
	must(b.t, err)
	return b.read(answer)
}

func (b *browser) post(path string, form url.Values) (status int, page string) {
	b.t.Helper()
	form.Set("csrf", b.csrf)
	answer, err := b.http.PostForm(b.at+path, form)
	must(b.t, err)
	return b.read(answer)
}

var csrfField = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)

func (b *browser) read(answer *http.Response) (int, string) {
	b.t.Helper()
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	must(b.t, err)
	if found := csrfField.FindSubmatch(page); found != nil {
		b.csrf = string(found[1])
	}
	return answer.StatusCode, string(page)
}
