package server

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
	"raksa/web"
)

// hostile breaks out of text, of an attribute and of a script, if anything does.
const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'` + "`${x}"

func TestHostileTextInEveryFieldStaysText(t *testing.T) {
	d := newDesk(t)
	answers := somebody(hostile)
	for _, item := range form.Builtin().Items() {
		switch item.Kind {
		case screening.KindText:
			answers[item.ID] = text(item.ID + " " + hostile)
		case screening.KindPlace:
			answers[item.ID] = screening.Of(screening.Place{Said: item.ID + " " + hostile})
		}
	}
	id, other := d.interviewOf(answers), d.interviewOf(answers)
	for _, contested := range []string{itemGivenLatin, "jus_afraid_of", "con_safe_channel"} { // one of each class
		d.write(id, "Bopha", contested, text("another "+hostile), nil)
	}
	d.closeInterview(id)
	d.hire(hostile, screening.Supervisor, screening.SocialAffairs)
	b := d.as(hostile)
	b.get("/")
	d.do(func(tx syncengine.Tx) error {
		_, err := d.AddOrganisation(tx, casefile.Organisation{Name: hostile, Agency: screening.NGO, Place: hostile}, officeHand)
		if err != nil {
			return err
		}
		row := deviceRow{ID: syncengine.RecordID{9}, Entry: casefile.Device{Name: hostile, Profile: screening.CaseDevice, Center: hostile}}
		return d.publishDevice(tx, &row)
	})
	must(t, d.CatchUp(t.Context()))
	d.decideBy(b, id, "decision", "victim", "grounds", hostile, "dissent", hostile)
	pair := "/pairs?left=" + id.String() + "&right=" + other.String()
	b.post("/pairs/decide", "left", id.String(), "right", other.String(), "verdict", "same", "reason", hostile)
	b.post("/devices/revoke", "device", syncengine.RecordID{9}.String(), "reason", hostile)
	query := "q=" + "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
	paths := []string{
		"/", "/records", "/records?" + query, "/records?group=%3Cscript%3E&filter=%3Cscript%3E&list=%3Cscript%3E", "/records/" + id.String(),
		"/records/" + id.String() + "/decision", "/records/" + id.String() + "/erase", "/contested", pair, "/counts", "/quarantine",
		"/devices", "/audit", "/audit?who=%3Cscript%3E&device=%22%3E%3Cscript%3E&day=%22%3E", "/counts?from=%3Cscript%3E", "/%3Cscript%3Ealert(1)",
	}
	for _, field := range d.opened(id).Contested {
		paths = append(paths, contestedPath(id, field))
	}
	for _, path := range paths {
		status, body := b.get(path)
		if status >= http.StatusInternalServerError {
			t.Errorf("%s: %d", path, status)
		}
		lower := strings.ToLower(body)
		if strings.Contains(lower, "<script>alert") || strings.Contains(lower, "<img src=x") {
			t.Errorf("%s lets text through as markup", path)
		}
	}
	if _, body := b.get("/records/" + id.String()); !strings.Contains(html.UnescapeString(body), hostile) {
		t.Error("the test shows nothing: the hostile text is not on the page")
	}
	if strings.Contains(d.log.String(), "script") {
		t.Error("the log has text of a person")
	}
}

func TestAnAnswerInWords(t *testing.T) {
	v := &deskVisit{lang: web.English}
	def := form.Builtin()
	item := func(kind screening.Kind, list string) *form.Item { return &form.Item{Kind: kind, List: list} }
	parsed := func(kind screening.Kind, text string) screening.Answer {
		value, err := screening.ParseValue(kind, text)
		must(t, err)
		return screening.Of(value)
	}
	for _, row := range []struct {
		name   string
		item   *form.Item
		answer screening.Answer
		want   string
	}{
		{"a choice", item(screening.KindCode, "yn"), code("yes"), "Yes"},
		{"a choice that retired", item(screening.KindCode, "yn"), code("perhaps"), "perhaps"},
		{"several", item(screening.KindSet, "yn"), screening.Of(screening.SetOf("yes", "no")), "No, Yes"},
		{"a number", item(screening.KindInt, ""), screening.Of(screening.Int(9)), "9"},
		{"a year", item(screening.KindDate, ""), parsed(screening.KindDate, "2019"), "2019"},
		{"about a month", item(screening.KindDate, ""), parsed(screening.KindDate, "2019-04~"), "~ April 2019"},
		{"a day", item(screening.KindDate, ""), parsed(screening.KindDate, "2019-04-17"), "17 April 2019"},
		{"a moment, told in site time", item(screening.KindDateTime, ""), parsed(screening.KindDateTime, "2026-11-22T23:30:00Z"), "23 November 2026, 06:30"},
		{"a wage", item(screening.KindMoney, ""), parsed(screening.KindMoney, "1200000 THB"), "12000.00 " + web.CodeWord(web.English, "currency", "THB")},
		{"a place as it was said", item(screening.KindPlace, ""), screening.Of(screening.Place{Said: "behind the pagoda"}), "behind the pagoda"},
		{"a place of the gazetteer", item(screening.KindPlace, ""), screening.Of(screening.Place{Country: "KH", Code: "01"}), "Banteay Meanchey"},
		{"a code that is not known here", item(screening.KindPlace, ""), screening.Of(screening.Place{Country: "KH", Code: "99"}), "99"},
		{"a refusal has no text", item(screening.KindText, ""), screening.Saying(screening.Refused), ""},
		{"nor has what was not asked", item(screening.KindText, ""), screening.Answer{}, ""},
	} {
		if got := v.answerText(def, row.item, row.answer); got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
}

func TestAClockThatWasOffIsSaid(t *testing.T) {
	stamp := func(millis int64) syncengine.Stamp { return syncengine.Stamp(millis << 16) }
	for _, row := range []struct {
		device, stamp int64
		wantSeconds   int
	}{{1000, 1000, 0}, {1000, 30_000, 0}, {1000, 601_000, 600}} {
		got := uncertainty(syncengine.Version{DeviceMillis: row.device, Stamp: stamp(row.stamp)})
		if int(got.Seconds()) != row.wantSeconds {
			t.Errorf("device %d, stamp %d: %v", row.device, row.stamp, got)
		}
	}
}

// What a page cannot find or may not show never tells whom it is about.
func TestNoNameInAnErrorOrALogLine(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	for _, who := range []string{"Dara", "Police", "Auditor"} {
		b := d.as(who)
		b.get("/counts")
		for _, call := range []func() (int, string){
			func() (int, string) { return b.get("/records/" + strings.Repeat("0", 32)) },
			func() (int, string) { return b.get("/records/xyz") },
			func() (int, string) { return b.get(contestedPath(id, "no such field!")) },
			func() (int, string) { return b.post("/pairs/decide", "left", canaryName, "right", id.String()) },
			func() (int, string) { return b.post("/pairs/undo", "id", canaryName) },
			func() (int, string) { return b.post("/quarantine", "id", canaryName) },
			func() (int, string) { return b.post("/devices/revoke", "device", canaryName, "reason", canaryName) },
			func() (int, string) { return b.post("/people/revoke", "person", canaryName) },
			func() (int, string) { return b.post("/withdraw", "slip", "no such slip", "scope", "all") },
			func() (int, string) { return b.get("/counts?from=" + canaryName) },
			func() (int, string) { return b.get("/counts/" + canaryName) },
		} {
			status, body := call()
			if status < 400 || status >= 500 {
				t.Errorf("%s got %d", who, status)
			}
			if strings.Contains(body, canaryName) || strings.Contains(body, canaryStory) {
				t.Errorf("%s reads a name in an error", who)
			}
		}
	}
	if strings.Contains(d.log.String(), canaryName) || strings.Contains(d.log.String(), "Example") {
		t.Error("the log has a name")
	}
}

// A refused form comes back on its page: it shows whoever the page shows to
// this person anyway, and nobody else.
func TestARefusedFormShowsNoMoreThanItsPage(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	for _, path := range []string{contestedPath(id, itemGivenLatin), "/records/" + id.String() + "/erase", "/records/" + id.String() + "/decision"} {
		for _, who := range []string{"Dara", "Police", "Ngo", "Auditor"} {
			b := d.as(who)
			_, page := b.get(path)
			status, refused := b.post(path, "choice", "x", "confirm", "x", "decision", "x", "grounds", "x")
			if status < 400 || status >= 500 {
				t.Errorf("%s: %s got %d", path, who, status)
			}
			for _, canary := range []string{canaryName, canaryStory, "Sreymom"} {
				if strings.Contains(refused, canary) && !strings.Contains(page, canary) {
					t.Errorf("%s: %s reads %q only when refused", path, who, canary)
				}
			}
		}
	}
	if strings.Contains(d.log.String(), canaryName) {
		t.Error("the log has a name")
	}
}

func TestEveryErrorOfTheDeskHasWords(t *testing.T) {
	for _, known := range deskSentinels {
		if !web.KnownError(known.code) || known.status < 400 {
			t.Errorf("%v: %+v", known.err, known.errorCode)
		}
		if got := deskErrorOf(known.err); got != known.errorCode {
			t.Errorf("%v maps to %+v", known.err, got)
		}
	}
	if got := deskErrorOf(errPanic); got.code != "unexpected" || got.status != http.StatusInternalServerError {
		t.Errorf("an unknown error is %+v", got)
	}
}
