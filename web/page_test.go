package web

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// parse reads a page as tags; it fails the test where tags do not close.
func parse(t *testing.T, name, page string) []xml.StartElement {
	t.Helper()
	// HTML's void elements and bare attributes, written the XML way.
	page = strings.Replace(page, "<!doctype html>", "", 1)
	page = voidElement.ReplaceAllString(page, "<$1$2/>")
	page = bareAttribute.ReplaceAllString(page, ` $1=""$2`)
	page = bareAttribute.ReplaceAllString(page, ` $1=""$2`) // twice: neighbours share a blank
	d := xml.NewDecoder(strings.NewReader(page))
	d.Entity = xml.HTMLEntity
	var tags []xml.StartElement
	for {
		tok, err := d.Token()
		if err == io.EOF {
			return tags
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return tags
		}
		if s, ok := tok.(xml.StartElement); ok {
			tags = append(tags, s.Copy())
		}
	}
}

var voidElement = regexp.MustCompile(`<(meta|link|input|br)\b([^>]*)>`)

var bareAttribute = regexp.MustCompile(`\s(checked|selected|disabled|required|hidden|defer|data-form|data-keyed|data-enter|data-default|data-again|data-cover|data-value|data-look|data-code|data-reason|data-excludes)([\s/>])`)

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func TestPagesHoldWhatThePolicyDemands(t *testing.T) {
	for name, page := range gallery(t) {
		for _, e := range parse(t, name, page) {
			if e.Name.Local == "style" || e.Name.Local == "script" && attr(e, "src") == "" {
				t.Errorf("%s: inline <%s>", name, e.Name.Local)
			}
			for _, a := range e.Attr {
				if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || strings.HasPrefix(a.Value, "javascript:") {
					t.Errorf("%s: <%s %s=…>", name, e.Name.Local, a.Name.Local)
				}
				if (a.Name.Local == "src" || a.Name.Local == "href") && strings.Contains(a.Value, "//") {
					t.Errorf("%s: asks another host: %s", name, a.Value)
				}
			}
			if strings.HasPrefix(name, "field-") && e.Name.Local == "form" {
				t.Errorf("%s: a native form on the tablet", name)
			}
		}
	}
}

func TestEveryControlHasALabelAndEveryIdStandsOnce(t *testing.T) {
	for name, page := range gallery(t) {
		tags := parse(t, name, page)
		ids, labelled := map[string]bool{}, map[string]bool{}
		for _, e := range tags {
			if id := attr(e, "id"); id != "" {
				if ids[id] {
					t.Errorf("%s: id %q twice", name, id)
				}
				ids[id] = true
			}
			if e.Name.Local == "label" && attr(e, "for") != "" {
				labelled[attr(e, "for")] = true
			}
		}
		for _, e := range tags {
			kind := attr(e, "type")
			switch e.Name.Local {
			case "input", "select", "textarea":
			default:
				continue
			}
			inLabel := kind == "radio" || kind == "checkbox" || attr(e, "data-part") != "" // always inside their label; the templates' one shape
			if kind == "hidden" || inLabel || labelled[attr(e, "id")] || ids[attr(e, "aria-labelledby")] {
				continue
			}
			t.Errorf("%s: <%s name=%q id=%q> has no label", name, e.Name.Local, attr(e, "name"), attr(e, "id"))
		}
	}
}

func TestEveryPathOfAPageIsARoute(t *testing.T) {
	for name, page := range gallery(t) {
		face := FieldRoutes
		if strings.HasPrefix(name, "desk-") {
			face = DeskRoutes
		}
		mux := http.NewServeMux()
		for _, r := range face {
			pattern := r.Method + " " + r.Pattern
			if r.Pattern == "/" {
				pattern += "{$}"
			}
			mux.Handle(pattern, http.NotFoundHandler())
		}
		for _, e := range parse(t, name, page) {
			for _, a := range e.Attr {
				method := ""
				switch a.Name.Local {
				case "data-open", "data-act", "data-save", "data-live", "data-change", "data-here":
					method = "POST"
				case "action":
					method = strings.ToUpper(attr(e, "method"))
				case "href":
					if e.Name.Local == "a" && strings.HasPrefix(a.Value, "/") {
						method = "GET"
					}
				}
				if method == "" {
					continue
				}
				if _, pattern := mux.Handler(httptest.NewRequest(method, "http://x"+a.Value, nil)); pattern == "" {
					t.Errorf("%s: %s %s is no route", name, method, a.Value)
				}
			}
		}
	}
}

// The hostile text stands in a text answer of the gallery; here it goes into
// every string that a record can carry.
func TestHostileTextStaysText(t *testing.T) {
	const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>`
	who := Row{ID: hostile, Name: Name{hostile, hostile}, By: hostile, Sex: hostile, Progress: hostile}
	q := Question{Item: hostile, Kind: KindText, Label: hostile, Small: hostile, Help: hostile, Unit: hostile, Value: hostile, Shown: hostile, WarnText: hostile, Warning: "shape", Versions: []Version{{Text: hostile, Origin: Origin{Who: hostile, Device: hostile}}}}
	var all bytes.Buffer
	for _, kind := range []string{KindSingle, KindMulti, KindInt, KindText, KindLong, KindDate, KindMoney, KindPlace, KindShown} {
		q.Kind, q.Options = kind, []Option{{Code: hostile, Label: hostile, Small: hostile}}
		if err := RenderField(&all, fieldFrame(Khmer, "case"), QuestionPage{RecordID: hostile, Who: who, Page: hostile, Title: hostile, Basis: hostile, Questions: []Question{q}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := RenderDesk(&all, DeskFrame{Person: hostile, Here: hostile}, Contested{Path: hostile, Who: who, Label: hostile, Versions: q.Versions}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(all.String(), "<img") || strings.Contains(all.String(), "<script>alert") {
		t.Error("hostile text became markup")
	}
}

func TestSaveAnswerTouchesNoMain(t *testing.T) {
	var b bytes.Buffer
	if err := RenderSaved(&b, fieldFrame(English, "case"), Saved{RecordID: "r1", Basis: "b2", At: night, Rail: rail, Questions: everyKind()}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`id="basis" name="basis" value="b2"`, `id="saved"`, "kept 21:40", `id="rail"`, "data-keyed"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(b.String(), "<main") {
		t.Error("a save would replace the page that is being typed on")
	}
}

func TestShellHoldsNoDataAndIsLight(t *testing.T) {
	var b bytes.Buffer
	if err := RenderShell(&b, Khmer); err != nil {
		t.Fatal(err)
	}
	css, _ := staticFiles.ReadFile("static/raksa.css")
	js, _ := staticFiles.ReadFile("static/raksa.js")
	if sum := b.Len() + len(css) + len(js); sum > 100<<10 {
		t.Errorf("first page is %d bytes without fonts, more than 100 KiB", sum)
	}
	for _, id := range []string{"head", "notice", "main", "gone", "unsaved", "saving", "veil"} {
		if !strings.Contains(b.String(), `id="`+id+`"`) {
			t.Errorf("shell lacks #%s", id)
		}
	}
}

func TestSecureHeaders(t *testing.T) {
	for face, want := range map[string]string{FieldPolicy: "form-action 'none'", DeskPolicy: "form-action 'self'"} {
		w := httptest.NewRecorder()
		SecureHeaders(face, Static()).ServeHTTP(w, httptest.NewRequest("GET", "/static/raksa.css", nil))
		csp := w.Header().Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "script-src 'self'", "trusted-types raksa", "frame-ancestors 'none'", want} {
			if !strings.Contains(csp, part) {
				t.Errorf("policy lacks %s: %s", part, csp)
			}
		}
		if w.Code != 200 || w.Header().Get("X-Content-Type-Options") != "nosniff" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
}

// An error that no host can map must still be a sentence.
func TestUnknownErrorIsASentence(t *testing.T) {
	var b bytes.Buffer
	f := fieldFrame(English, "case")
	f.Notice = Notice{Error: "disk_caught_fire"}
	if err := RenderNotice(&b, f); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Something went wrong") {
		t.Errorf("got %s", b.String())
	}
}

// What waits for privacy must not be readable over a shoulder either.
func TestLockedPageNamesNothing(t *testing.T) {
	var b bytes.Buffer
	locked := QuestionPage{RecordID: "r1", Page: "sex", Title: "secret-title", Help: "secret-help", Locked: true, Rail: []Section{{Page: "sex", Label: "secret-title", State: "locked"}}}
	if err := RenderField(&b, fieldFrame(English, "case"), locked); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "secret-") {
		t.Error("the locked section is named")
	}
}

func TestAPageStandsUnderOneEntryOfTheNavigation(t *testing.T) {
	for here, want := range map[string]string{
		"/": "/", "/records": "/records", "/records/7/decision": "/records", "/pairs?left=1&right=2": "/pairs", "/?x=/pairs": "/",
	} {
		if got := (DeskFrame{Here: here}).Section(); got != want {
			t.Errorf("%s stands under %s, want %s", here, got, want)
		}
	}
}
