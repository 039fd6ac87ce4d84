package device_test

import (
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"raksa/device"
	"raksa/screening"
	"raksa/screening/form"
	"raksa/syncengine"
)

const address = "127.0.0.1:4711"

// browser is the page's script in a few lines.
type browser struct {
	t       *testing.T
	handler http.Handler
	key     string
	basis   string
	page    string
	record  string
}

func browse(t *testing.T, d *device.Device) *browser {
	t.Helper()
	handler, url, err := d.Pages(address)
	must(t, err)
	return &browser{t: t, handler: handler, key: strings.TrimPrefix(url, "http://"+address+"/#t=")}
}

func (b *browser) request(method, path, body string) *http.Request {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Host = address
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+b.key)
	return r
}

func (b *browser) send(r *http.Request) (int, string) {
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

var (
	basisText  = regexp.MustCompile(`name="basis" value="([^"]*)"`)
	pageText   = regexp.MustCompile(`name="page" value="([^"]*)"`)
	recordText = regexp.MustCompile(`/record/([0-9a-f]{32})`)
)

// post sends a page's fields and follows what came back.
func (b *browser) post(path string, fields map[string]any) (int, string) {
	b.t.Helper()
	raw, err := json.Marshal(fields)
	must(b.t, err)
	code, text := b.send(b.request("POST", path, string(raw)))
	if found := basisText.FindStringSubmatch(text); found != nil {
		b.basis = found[1]
	}
	if found := pageText.FindStringSubmatch(text); found != nil {
		b.page = found[1]
	}
	if found := recordText.FindStringSubmatch(text); found != nil {
		b.record = found[1]
	}
	return code, text
}

// must posts and expects a page.
func (b *browser) must(path string, fields map[string]any) string {
	b.t.Helper()
	code, text := b.post(path, fields)
	if code != http.StatusOK {
		b.t.Fatalf("%s answered %d: %s", path, code, notice(text))
	}
	return text
}

// typed posts answers of the present page.
func (b *browser) typed(path string, answers map[string]string, more ...string) (int, string) {
	b.t.Helper()
	posted := map[string]any{}
	for item, value := range answers {
		posted[item] = map[string]string{"state": "answered", "value": value}
	}
	fields := map[string]any{"basis": b.basis, "page": b.page, "answers": posted}
	for i := 0; i < len(more); i += 2 {
		fields[more[i]] = more[i+1]
	}
	return b.post("/record/"+b.record+path, fields)
}

func notice(text string) string {
	if at := strings.Index(text, `role="alert"`); at >= 0 {
		return text[at:min(len(text), at+300)]
	}
	return text[:min(len(text), 300)]
}

func TestOnlyThisDevicesOwnBrowserIsAnswered(t *testing.T) {
	o := newOffice(t, newClock())
	b := browse(t, o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"}))
	for name, row := range map[string]struct {
		change func(*http.Request)
		want   int
	}{
		"its own page":              {func(*http.Request) {}, 200},
		"a rebound name":            {func(r *http.Request) { r.Host = "evil.example:4711" }, 421},
		"another port":              {func(r *http.Request) { r.Host = "127.0.0.1:80" }, 421},
		"no host":                   {func(r *http.Request) { r.Host = "" }, 421},
		"localhost by name":         {func(r *http.Request) { r.Host = "localhost:4711" }, 200},
		"no key":                    {func(r *http.Request) { r.Header.Del("Authorization") }, 401},
		"a wrong key":               {func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+strings.Repeat("0", 64)) }, 401},
		"the key as a cookie":       {func(r *http.Request) { r.Header.Del("Authorization"); r.Header.Set("Cookie", "t="+b.key) }, 401},
		"another site's page":       {func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, 403},
		"another origin":            {func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }, 403},
		"a native form":             {func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 415},
		"plain text, as no-cors is": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
		"GET":                       {func(r *http.Request) { r.Method = "GET" }, 405},
	} {
		t.Run(name, func(t *testing.T) {
			r := b.request("POST", "/start", "{}")
			row.change(r)
			if code, text := b.send(r); code != row.want {
				t.Fatalf("answered %d, want %d", code, row.want)
			} else if code == 401 && text != "" {
				t.Fatal("a refusal for want of the key has a body")
			}
		})
	}
}

func TestTheShellHoldsNoDataAndEveryAnswerIsFenced(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	begin(t, d, "idn_given_km", "ចន្ធីសម្ងាត់")
	b := browse(t, d)
	r := b.request("GET", "/", "")
	r.Header.Del("Authorization")
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	if w.Code != 200 || strings.Contains(w.Body.String(), "ចន្ធី") || strings.Contains(w.Body.String(), "Dara") || strings.Contains(w.Body.String(), b.key) {
		t.Fatalf("the shell answers %d with data in it", w.Code)
	}
	for _, header := range []string{"Content-Security-Policy", "Cache-Control", "X-Content-Type-Options", "Referrer-Policy"} {
		if w.Header().Get(header) == "" {
			t.Errorf("no %s", header)
		}
	}
	if got := w.Header().Get("Access-Control-Allow-Origin"); got != "" {
		t.Errorf("another site may read: %s", got)
	}
}

func TestAPostThatIsTooBigIsRefused(t *testing.T) {
	o := newOffice(t, newClock())
	b := browse(t, o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"}))
	big := fmt.Sprintf(`{"lang":"%s"}`, strings.Repeat("x", 70<<10))
	if code, _ := b.send(b.request("POST", "/language", big)); code != http.StatusRequestEntityTooLarge {
		t.Fatalf("answered %d", code)
	}
	if code, _ := b.send(b.request("POST", "/language", "[1,2")); code != http.StatusUnprocessableEntity {
		t.Fatalf("a broken body answered %d", code)
	}
}

func TestATabletIsEnrolledFromItsPage(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.open(options{})
	b := browse(t, d)
	if text := b.must("/start", nil); !strings.Contains(text, `name="ticket"`) {
		t.Fatalf("no ticket is asked for: %s", text)
	}
	fields := map[string]any{"ticket": o.ticket(screening.Capture, dara, "PTC-1"), "secret": secret, "secret2": secret + "x", "pin": "123456"}
	if code, text := b.post("/enroll", fields); code == 200 || d.Enrolled() {
		t.Fatalf("two different secrets were taken: %s", notice(text))
	}
	fields["secret2"] = secret
	b.must("/enroll", fields)
	if !d.Enrolled() {
		t.Fatal("the page says enrolled, the device does not")
	}
	b.must("/sign-out", nil)
	if code, text := b.post("/tonight", nil); code != http.StatusForbidden || !strings.Contains(text, "sign-in/choose") {
		t.Fatalf("signed out, the list answers %d", code)
	}
	b.must("/sign-in", map[string]any{"person": dara.String(), "secret": secret})
}

func TestTheQuickCoverHidesAndFiveWrongPINsLock(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	must(t, d.SetPIN("123456"))
	b := browse(t, d)
	b.must("/cover", nil)
	if code, text := b.post("/tonight", nil); code == 200 || !strings.Contains(text, "covered") {
		t.Fatalf("covered, the list answers %d", code)
	}
	b.must("/uncover", map[string]any{"pin": "123456"})
	b.must("/tonight", nil)
	b.must("/cover", nil)
	for range 5 {
		b.post("/uncover", map[string]any{"pin": "000000"})
	}
	if code, _ := b.post("/uncover", map[string]any{"pin": "123456"}); code == 200 {
		t.Fatal("the right PIN still opens after five wrong ones")
	}
	if st, _ := d.Status(t.Context()); !st.Locked {
		t.Fatal("the device is not locked")
	}
}

// walk answers every page of an interview by its script and gives every page
// that it saw.
func (b *browser) walk(answer func(item, kind string) string) (pages []string) {
	b.t.Helper()
	question := regexp.MustCompile(`data-item="([^"]+)" data-kind="([^"]+)"`)
	text := b.must("/record", nil)
	for range 80 {
		pages = append(pages, text)
		if strings.Contains(text, `data-act="/record/`+b.record+`/read-back"`) {
			return pages
		}
		if strings.Contains(text, `/alone"`) {
			text = b.must("/record/"+b.record+"/alone", map[string]any{"page": b.page, "basis": b.basis, "answers": map[string]any{}})
		}
		typed := map[string]string{}
		for _, found := range question.FindAllStringSubmatch(text, -1) {
			if value := answer(html.UnescapeString(found[1]), found[2]); value != "" {
				typed[found[1]] = value
			}
		}
		code, saved := b.typed("/save", typed)
		if code != 200 {
			b.t.Fatalf("page %s: save answered %d: %s", b.page, code, notice(saved))
		}
		// What has just become relevant is answered too.
		for _, found := range question.FindAllStringSubmatch(saved, -1) {
			if value := answer(html.UnescapeString(found[1]), found[2]); value != "" {
				typed[found[1]] = value
			}
		}
		before := b.page
		code, text = b.typed("/next", typed)
		if code != 200 {
			b.t.Fatalf("page %s: next answered %d: %s", before, code, notice(text))
		}
	}
	b.t.Fatal("the interview never ends")
	return nil
}

// fisher answers as the person of scenario 3 would, made up.
func fisher(hostile string) func(item, kind string) string {
	codes := map[string]string{
		"con_interview": "yes", "con_referral": "yes", "con_recontact": "yes", "con_share_ngo": "needs", "con_method": "spoken", "ses_overheard": "no",
		"rec_act": "yes", "rec_job_same": "no", "rec_wage_same": "no", "wrk_sector": "fishing", "wrk_pay_state": "nothing", "ctl_papers": "employer",
		"idn_sex": "male", "idn_age_stated": "34", "wrk_hours_day": "18", "wrk_days_week": "7", "dbt_any": "yes", "ref_needs": "shelter",
		"wrk_pay_owed": "30000 THB month", "idn_birth_date": "1992", "idn_home": "KH0102", "wrk_place": "=at sea",
	}
	return func(item, kind string) string {
		name, _, _ := strings.Cut(item, "@")
		if value, here := codes[name]; here {
			return value
		}
		if kind == "text" || kind == "long" {
			if name == "idn_phone" {
				return "012345678"
			}
			return hostile
		}
		return ""
	}
}

func TestAnInterviewFromTheFirstPageToTheReferral(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	b := browse(t, d)
	b.must("/group", map[string]any{"gate": "PTC", "declared": "៤៧", "counted": "45"})
	pages := b.walk(fisher("ចម្លើយ"))
	if len(pages) < 20 {
		t.Fatalf("only %d pages", len(pages))
	}
	if code, _ := b.post("/record/"+b.record+"/result", nil); code == 200 {
		t.Fatal("the computed result is shown before the own view")
	}
	code, text := b.typed("/save", map[string]string{"cls_told_result": "yes"}, "page", "read-back")
	if code != 200 {
		t.Fatalf("the save on the read-back answers %d: %s", code, notice(text))
	}
	for _, item := range []string{"cls_read_back", "cls_told_result"} {
		if !strings.Contains(text, `data-item="`+item+`"`) {
			t.Errorf("%s is taken from the read-back by a save", item)
		}
	}
	if code, text := b.typed("/read-back", map[string]string{"cls_read_back": "yes"}); code != 200 || !strings.Contains(text, `name="view"`) {
		t.Fatalf("the read-back answers %d", code)
	}
	text = b.must("/record/"+b.record+"/view", map[string]any{"view": "indicators", "grounds": "papers held"})
	if !strings.Contains(text, "f-found") {
		t.Fatalf("no dimension is found: %s", text)
	}
	b.must("/record/"+b.record+"/refer", nil)
	text = b.must("/record/"+b.record+"/refer/choose", map[string]any{"service": "shelter"})
	if !strings.Contains(text, shelter.String()) {
		t.Fatalf("the shelter is not offered: %s", text)
	}
	b.must("/record/"+b.record+"/refer", map[string]any{"service": "shelter", "receiver": shelter.String(), "urgency": "24h", "note": "tonight"})
	b.must("/record/"+b.record+"/close", nil)
	id, err := syncengine.ParseRecordID(b.record)
	must(t, err)
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	if !seen.Closed || len(seen.Requests()) != 1 || seen.State != screening.PreliminaryPositive {
		t.Fatalf("closed %v, %d requests, state %s", seen.Closed, len(seen.Requests()), seen.State)
	}
	for _, item := range []string{"idn_given_km", "wrk_hours_day", "wrk_pay_owed", "idn_home"} {
		if versions := seen.Versions(item); len(versions) != 1 {
			t.Errorf("%s stands in %d versions after one walk", item, len(versions))
		}
	}
	must(t, d.SyncOnce(t.Context()))
	b.must("/tonight", map[string]any{"filter": "done"})
	b.must("/language", map[string]any{"lang": "en"})
	if text := b.must("/tonight", nil); !strings.Contains(text, `lang="en"`) {
		t.Fatal("the language is not kept")
	}
}

const hostile = `<script>alert("ចន្ធី")</script><img src=x onerror=alert(1)>`

func TestHostileTextInEveryFreeFieldComesOutEscaped(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.CaseDevice, person: dara, name: "PTC-2"})
	b := browse(t, d)
	b.must("/group", map[string]any{"gate": "PTC", "declared": "1", "counted": "1"})
	texts := b.walk(fisher(hostile))
	record := "/record/" + b.record
	for path, fields := range map[string]map[string]any{
		"/tonight": nil, "/pick": {"q": hostile}, record + "/handover": nil, record + "/read-back": nil, "/needs-you": nil,
		"/places": {"q": hostile, "item": hostile, "set": "any"}, "/import": {"csv": "name,sex\n" + hostile + "," + hostile + "\n"},
		"/group/new": nil, record + "/page/idn-1": nil, record + "/page/con-3": nil,
	} {
		_, text := b.post(path, fields)
		texts = append(texts, text)
	}
	texts = append(texts, b.must(record+"/view", map[string]any{"view": "indicators", "grounds": hostile}), b.must(record+"/result", nil))
	texts = append(texts, b.must(record+"/refer/choose", map[string]any{"service": "shelter"}))
	for _, page := range form.Builtin().Pages(form.Long) {
		_, text := b.post(record+"/page/"+page.ID, nil)
		texts = append(texts, text)
	}
	escaped := 0
	for _, text := range texts {
		if strings.Contains(text, "<script>alert") || strings.Contains(text, "<img src=x") {
			t.Fatalf("hostile text stands in a page: %s", text)
		}
		escaped += strings.Count(text, "&lt;script&gt;alert")
	}
	if escaped < 10 {
		t.Fatalf("hostile text came back %d times: the test does not reach the pages", escaped)
	}
}

func TestTheBadgeFollowsASave(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	b := browse(t, d)
	b.must("/record", nil)
	must(t, d.SyncOnce(t.Context()))
	if text := b.must("/record/"+b.record, nil); !strings.Contains(text, "badge at-office") {
		t.Fatalf("after contact the badge is not there: %s", text)
	}
	if code, text := b.typed("/save", map[string]string{"tri_medical_urgent": "yes"}); code != 200 || !strings.Contains(text, "badge at-tablet") {
		t.Fatalf("%d: after a save the badge still says office", code)
	}
}

func TestASaveThatFailsLeavesThePageAndSaysSo(t *testing.T) {
	o := newOffice(t, newClock())
	disk := &fullDisk{Store: fileStore(t)}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: disk})
	b := browse(t, d)
	b.must("/record", nil)
	disk.full = true
	code, text := b.typed("/save", map[string]string{"tri_medical_urgent": "yes"})
	if code != http.StatusServiceUnavailable || strings.Contains(text, `id="main"`) || strings.Contains(text, `id="saved"`) {
		t.Fatalf("a full disk answers %d with %s", code, text)
	}
	if !strings.Contains(text, `role="alert"`) {
		t.Fatal("nothing is said")
	}
	disk.full = false
	if code, _ := b.typed("/save", map[string]string{"tri_medical_urgent": "yes"}); code != 200 {
		t.Fatalf("with room again it answers %d", code)
	}
}

func TestAnAnswerThatDoesNotFitKeepsTheOthers(t *testing.T) {
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	b := browse(t, d)
	b.must("/record", nil)
	b.must("/record/"+b.record+"/page/idn-2", nil)
	code, text := b.typed("/save", map[string]string{"idn_age_stated": "many", "idn_nationality": "KH"})
	if code == 200 || !strings.Contains(text, `name="basis"`) {
		t.Fatalf("answered %d: %s", code, text)
	}
	id, _ := syncengine.ParseRecordID(b.record)
	if got := read(t, d, id, "idn_nationality"); got != "=KH" {
		t.Fatalf("what fitted reads %q", got)
	}
	if code, _ := b.typed("/save", map[string]string{"idn_nationality": "TH"}); code != 200 {
		t.Fatalf("going on answers %d", code)
	}
	if code, _ := b.typed("/save", map[string]string{"idn_nationality@a7": "KH"}); code == 200 {
		t.Fatal("an entry of what does not repeat was kept, and no page would ever show it")
	}
	seen, err := d.Record(t.Context(), id)
	must(t, err)
	if versions := seen.Versions("idn_nationality"); len(versions) != 1 {
		t.Fatalf("%d versions stand: the new basis did not reach the page", len(versions))
	}
}

func pageAsks(text, item string) bool { return strings.Contains(text, `data-item="`+item+`"`) }

// What a workbook says beside a question, and when a rule of it does not hold,
// is what the interviewer reads.
func TestAQuestionShowsTheWorkbooksHintAndItsOwnWordsForARule(t *testing.T) {
	source, err := form.ParseSource(form.BuiltinSource())
	must(t, err)
	at := slices.IndexFunc(source.Items, func(i form.SourceItem) bool { return i.ID == "ses_prior_count" })
	one := &source.Items[at]
	one.HintEN, one.HintKM = "By any agency, as far as she knows", "ដោយស្ថាប័នណាមួយ"
	one.MessageEN, one.MessageKM = "Nobody was asked so often", "គ្មាននរណាត្រូវបានសួរច្រើនដូច្នេះទេ"
	def, err := form.Load(source.Write())
	must(t, err)
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", form: def})
	b := browse(t, d)
	b.must("/language", map[string]any{"lang": "en"})
	text := b.must("/record", nil)
	for range 10 {
		if strings.Contains(text, `data-item="ses_prior_count"`) {
			break
		}
		_, text = b.typed("/next", nil)
	}
	if !strings.Contains(text, one.HintEN) || strings.Contains(text, one.MessageEN) {
		t.Errorf("before an answer, hint and words: %v, %v", strings.Contains(text, one.HintEN), strings.Contains(text, one.MessageEN))
	}
	if _, text = b.typed("/save", map[string]string{"ses_prior_count": "99"}); !strings.Contains(text, one.MessageEN) {
		t.Errorf("an answer out of range is not told in the form's words: %s", notice(text))
	}
	if _, text = b.typed("/save", map[string]string{"ses_prior_count": "often"}); strings.Contains(text, one.MessageEN) {
		t.Error("what is no number at all is told in the words for the range")
	}
}
