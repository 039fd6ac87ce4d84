package night

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/device"
	"raksa/screening"
	"raksa/syncengine"
)

// bring posts files as the desk's page does: the token first, then the files.
func (b *browser) bring(csrf string, files ...[]byte) (status int, page string) {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	must(b.t, form.WriteField("csrf", csrf))
	for _, file := range files {
		part, err := form.CreateFormFile("bundle", "one.raksa")
		must(b.t, err)
		_, err = part.Write(file)
		must(b.t, err)
	}
	must(b.t, form.Close())
	answer, err := b.http.Post(b.at+"/devices/carry", form.FormDataContentType(), &body)
	must(b.t, err)
	return b.read(answer)
}

var answerLink = regexp.MustCompile(`href="(/devices/carry/[0-9a-f]{32}\.raksa)"`)

func said(page, sentence string) int { return strings.Count(page, "<strong>"+sentence) }

// A supervisor takes in what two tablets wrote on a stick while the office was
// away, and the answers bring the marks: the same law as without a browser.
func TestDeskTakesInAStickAndGivesTheAnswers(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, told := somebody(1, "fisher")
	mine := n.begin(t, n.PTC2, who, told)
	who, told = somebody(2, "debt")
	n.begin(t, n.KTC1, who, told)
	stick := t.TempDir()
	var files [][]byte
	for _, d := range []*device.Device{n.PTC2, n.KTC1} {
		for _, path := range carryOut(t, d, stick, device.CarryOrder{}) {
			files = append(files, readFile(t, path))
		}
	}
	b := n.atDesk(t, supervisor)
	damaged := bytes.Clone(files[0])
	damaged[len(damaged)/2] ^= 1
	status, page := b.bring(b.csrf, []byte("a picture, not a bundle"), damaged, files[0][:200], files[0], files[1], files[0])
	if status != http.StatusOK {
		t.Fatalf("the page answers %d", status)
	}
	for sentence, want := range map[string]int{"Not a file": 1, "Damaged": 1, "Cut off": 1, "Taken in</strong>": 2, "Taken in; the office had": 1} {
		if got := said(page, sentence); got != want {
			t.Errorf("%q is said %d times, not %d", sentence, got, want)
		}
	}
	links := answerLink.FindAllStringSubmatch(page, -1)
	if len(links) < 3 {
		t.Fatalf("%d answers are offered", len(links))
	}
	answered := 0
	for _, link := range links {
		answer, err := b.http.Get(b.at + link[1])
		must(t, err)
		raw, err := io.ReadAll(answer.Body)
		must(t, err)
		must(t, answer.Body.Close())
		if kept := answer.Header.Get("Content-Disposition"); answer.StatusCode != http.StatusOK || !strings.HasSuffix(kept, `.raksa"`) {
			t.Errorf("the answer came with %d, %q", answer.StatusCode, kept)
		}
		if _, err := n.PTC2.CarryIn(t.Context(), bytes.NewReader(raw), nil); err == nil {
			answered++
		}
	}
	if answered == 0 {
		t.Error("no answer is for the tablet")
	}
	if at := mark(t, n.PTC2, mine); at != device.AtOffice {
		t.Errorf("with the answer, the mark is %q", at)
	}
	_, audit := b.get("/audit")
	for _, act := range []string{"took in a file of a stick", "took out the answer for a stick"} {
		if !strings.Contains(audit, act) {
			t.Errorf("the log of the office does not say %q", act)
		}
	}
	n.Cut(false)
	n.meet(t)
	n.allWell(t)
}

// Nothing of a file is read for somebody who may not bring it.
func TestDeskTakesNoStickFromWhoMayNot(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	n.meet(t)
	n.Cut(true)
	who, told := somebody(1, "fisher")
	n.begin(t, n.PTC2, who, told)
	file := readFile(t, carryOut(t, n.PTC2, t.TempDir(), device.CarryOrder{})[0])
	b := n.atDesk(t, supervisor)
	elsewhere := casefile.Staff{Name: "Of another center (Example)", Role: screening.Supervisor, Agency: screening.SocialAffairs, Center: "KTC"}
	must(t, n.Office.Store.Update(t.Context(), func(tx syncengine.Tx) error {
		_, err := n.Office.AddStaff(tx, elsewhere, []byte(Secret), syncengine.PersonID{})
		return err
	}))
	before := n.changesAtOffice(t)
	if status, _ := b.bring("of-another-session", file); status != http.StatusForbidden {
		t.Errorf("a form of another session: %d", status)
	}
	if status, _ := n.browser(t).bring("", file); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
	if status, page := b.bring(b.csrf); status != http.StatusUnprocessableEntity || !strings.Contains(page, "bundle-fault") {
		t.Errorf("no file: %d", status)
	}
	other := n.browser(t)
	other.post("/sign-in", map[string][]string{"name": {elsewhere.Name}, "secret": {Secret}})
	other.post("/language", map[string][]string{"lang": {"en"}, "back": {"/"}})
	if _, page := other.bring(other.csrf, file); said(page, "Of another center") != 1 || answerLink.MatchString(page) {
		t.Error("a supervisor of another center took the file in")
	}
	if after := n.changesAtOffice(t); after != before {
		t.Errorf("%d changes came in", after-before)
	}
	if _, page := b.bring(b.csrf, file); said(page, "Taken in</strong>") != 1 {
		t.Error("who may take it in cannot")
	}
	link := func() string {
		_, page := b.get("/devices/carry")
		return answerLink.FindStringSubmatch(page)[1]
	}()
	if status, _ := other.get(link); status != http.StatusNotFound {
		t.Errorf("another session gets the answer with %d", status)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "raksa-answer-*"))
	must(t, err)
	if len(left) > 0 {
		t.Errorf("%d answers lie in the temporary folder under a name", len(left))
	}
}
