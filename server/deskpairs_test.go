package server

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/web"
)

// twins makes two interviews that look like one person, and lets the follower
// find them.
func (d *testDesk) twins() (left, right syncengine.RecordID) {
	d.t.Helper()
	alike := func() screening.Answers {
		answers := somebody("Sreymom")
		answers["idn_phone"] = text("+85512345678")
		answers["idn_doc_number"] = text("010203040")
		return answers
	}
	left, right = d.interviewOf(alike()), d.interviewOf(alike())
	must(d.t, d.CatchUp(d.t.Context()))
	pair := casefile.PairOf(left, right)
	return pair.A, pair.B
}

func (d *testDesk) pairView(a, b syncengine.RecordID) (view PairView) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		view, err = d.PairOf(tx, casefile.PairOf(a, b))
		return err
	})
	return view
}

var undoInput = regexp.MustCompile(`name="id" value="([^"]+)"`)

func TestAPairIsShownJudgedAndUndone(t *testing.T) {
	d := newDesk(t)
	left, right := d.twins()
	b := d.as("Dara")
	_, page := b.get("/pairs")
	for _, want := range []string{left.String(), right.String(), "Sreymom", canaryName} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	if strings.Contains(page, `class="waterfall"`) || strings.Contains(page, `class="w-bits"`) {
		t.Error("the weight is shown before the answer")
	}
	if read := d.leavesOf("read"); len(read) != 2 {
		t.Errorf("looking at a pair left %d leaves, want one for each record", len(read))
	}
	status, answered := b.post("/pairs/decide", "left", left.String(), "right", right.String(), "verdict", "same", "reason", "same scar")
	if status != http.StatusOK || !strings.Contains(answered, "Dara Example") || !strings.Contains(answered, `class="waterfall"`) {
		t.Fatalf("got %d", status)
	}
	if view := d.pairView(left, right); !view.Linked || view.Said[0].By != d.staff["Dara"].ID || view.Said[0].Reason != "same scar" {
		t.Fatalf("linked %t, said %v", view.Linked, view.Said)
	}
	if _, page := b.get("/records/" + left.String()); !strings.Contains(page, "/records/"+right.String()) {
		t.Error("the record does not lead to its other record")
	}
	id := undoInput.FindStringSubmatch(answered)
	if id == nil {
		t.Fatal("nothing to undo with")
	}
	if status, _ := d.another("Bopha").post("/pairs/undo", "id", id[1]); status != http.StatusForbidden {
		t.Errorf("somebody else undoes it: %d", status)
	}
	d.now = d.now.Add(time.Minute)
	status, history := b.post("/pairs/undo", "id", id[1])
	if status != http.StatusOK || d.pairView(left, right).Linked {
		t.Fatalf("undoing: %d", status)
	}
	if !strings.Contains(history, "same scar") || !strings.Contains(history, `class="undone"`) {
		t.Error("what was undone is gone from the history")
	}
	if status, body := b.post("/pairs/undo", "id", id[1]); status != http.StatusConflict || !says(body, "already_decided") {
		t.Errorf("undoing twice: %d", status)
	}
	if found := d.leavesOf("verdict"); len(found) != 2 {
		t.Errorf("the log has %v", found)
	}
}

// another signs somebody in and opens a page, so that forms can be sent.
func (d *testDesk) another(name string) *browser {
	b := d.as(name)
	b.get("/")
	return b
}

func TestADisputedPairComesBack(t *testing.T) {
	d := newDesk(t)
	left, right := d.twins()
	for who, verdict := range map[string]string{"Dara": "same", "Bopha": "different"} {
		if status, _ := d.another(who).post("/pairs/decide", "left", right.String(), "right", left.String(), "verdict", verdict); status != http.StatusOK {
			t.Fatalf("%s: %d", who, status)
		}
	}
	if view := d.pairView(left, right); !view.Disputed || len(d.asks("Bopha")) != 1 || d.asks("Bopha")[0].Why != askedDisputed {
		t.Errorf("disputed %t", view.Disputed)
	}
	if _, page := d.as("Dara").get("/pairs"); !strings.Contains(page, `aria-current="true"`) {
		t.Error("the pair is not in the queue again")
	}
}

// asks gives what somebody is asked.
func (d *testDesk) asks(name string) (queue []Asked) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		queue, err = d.Queue(tx, d.staff[name].ID)
		return err
	})
	return queue
}

func TestPairsThatAreNone(t *testing.T) {
	d := newDesk(t)
	left, right := d.twins()
	b := d.another("Dara")
	for name, fields := range map[string][]string{
		"one record twice":  {"left", left.String(), "right", left.String(), "verdict", "same"},
		"no such verdict":   {"left", left.String(), "right", right.String(), "verdict", "maybe"},
		"a record of none":  {"left", left.String(), "right", strings.Repeat("0", 32), "verdict", "same"},
		"nothing":           {},
		"a verdict's words": {"left", left.String(), "right", right.String(), "verdict", "cannot_tell"},
	} {
		if status, _ := b.post("/pairs/decide", fields...); status < 400 || status >= 500 {
			t.Errorf("%s: %d", name, status)
		}
	}
	if len(d.pairView(left, right).Said) != 0 {
		t.Error("something was said")
	}
}

func TestVerdictsAreNamedOnceEach(t *testing.T) {
	for code, verdict := range verdictCodes {
		if got := verdictCode(verdict); got != code {
			t.Errorf("%s comes back as %s", code, got)
		}
	}
	pair, by := casefile.PairOf(syncengine.RecordID{1}, syncengine.RecordID{2}), syncengine.PersonID{3}
	gotPair, gotBy, err := parseVerdictID(verdictID(pair, by))
	if err != nil || gotPair != pair || gotBy != by {
		t.Errorf("%v %v %v", gotPair, gotBy, err)
	}
	for _, text := range []string{"", "x", "x-y", pair.A.String(), pair.A.String() + "-" + pair.A.String(), verdictID(pair, by) + "-x", verdictID(pair, by) + "0"} {
		if _, _, err := parseVerdictID(text); err == nil {
			t.Errorf("%q names a verdict", text)
		}
	}
}

// The bar answers "how alike are these two", never "how much does it weigh": a
// rare name and a common one that agree are both the same.
func TestTheBarShowsHowAlikeTheValuesAre(t *testing.T) {
	part := func(level linkage.Level, weight float64) linkage.Comparison {
		return linkage.Comparison{Parts: []linkage.Part{{Field: linkage.FieldFamily, Level: level, Weight: weight}}}
	}
	for _, row := range []struct {
		level  linkage.Level
		weight float64
		want   float64
	}{
		{linkage.Spelled, 0.2, 1}, {linkage.Spelled, 14, 1}, {linkage.Equal, -3, 1}, {linkage.Differs, 2, 0}, {linkage.Missing, 5, -1},
	} {
		if got := alike(part(row.level, row.weight), linkage.FieldFamily); got != row.want {
			t.Errorf("%s with %g bits: %g, want %g", row.level, row.weight, got, row.want)
		}
	}
	if got := alike(linkage.Comparison{}, linkage.FieldFamily); got != -1 {
		t.Errorf("a pair that was never scored: %g", got)
	}
	for _, one := range linkage.Agreements() {
		if degree, known := alikeness[one.Level]; known == (one.Level == linkage.Missing) || degree < 0 || degree > 1 {
			t.Errorf("%s %s: %g, known %t", one.Field, one.Level, degree, known)
		}
	}
}

func TestThePairPageSaysWhatIsTheSame(t *testing.T) {
	d := newDesk(t)
	d.twins()
	_, page := d.as("Dara").get("/pairs")
	same := web.CodeWord(web.Khmer, "alike", "same")
	if got := strings.Count(page, `value="100" aria-label="`+same+`"`); got < 5 {
		t.Errorf("twins agree in %d bars", got)
	}
	if differs := web.CodeWord(web.Khmer, "alike", "differs"); strings.Contains(page, differs+"</meter>") {
		t.Error("equal values are said to differ")
	}
}

func TestEveryTermOfAWeightHasAWord(t *testing.T) {
	known := web.Codes("part")
	for _, part := range linkage.Compare(linkage.Profile{}, linkage.Profile{}).Parts {
		if !slices.Contains(known, string(part.Code)) {
			t.Errorf("the term %q has no word", part.Code)
		}
	}
	for _, term := range []linkage.PartCode{linkage.PartFamilyTerm, linkage.PartGivenTerm, linkage.PartReturn, linkage.PartHousehold} {
		if !slices.Contains(known, string(term)) {
			t.Errorf("the term %q has no word", term)
		}
	}
}

// After an answer the next pair is on the same page, with what was answered
// weighed in words beside it.
func TestTheNextPairComesWithTheAnswer(t *testing.T) {
	d := newDesk(t)
	d.threeAlike()
	first := d.asks("Dara")[0]
	b := d.another("Dara")
	_, page := b.post("/pairs/decide", "left", first.Pair.A.String(), "right", first.Pair.B.String(), "verdict", "different")
	next := d.asks("Dara")[0]
	if next.Pair == first.Pair {
		t.Fatal("it is asked again")
	}
	for _, want := range []string{
		`name="left" value="` + next.Pair.A.String(), `name="right" value="` + next.Pair.B.String(), `data-key="1"`, `data-key="u"`,
		web.CodeWord(web.Khmer, "speaks", "for"), `class="waterfall"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
}

func TestAnEstimateIsTakenOverAtTheDesk(t *testing.T) {
	d := newDesk(t)
	d.twins()
	b := d.another("Dara")
	if status, body := b.post("/pairs/linking/estimate", "links", "automatic"); status != http.StatusConflict || !says(body, "too_few_decisions") {
		t.Errorf("links without a person: %d", status)
	}
	status, page := b.post("/pairs/linking/estimate", "links", "persons")
	id := regexp.MustCompile(`name="setting" value="([^"]+)"`).FindStringSubmatch(page)
	if status != http.StatusOK || id == nil {
		t.Fatalf("estimating: %d", status)
	}
	status, page = b.post("/pairs/linking/take", "setting", id[1])
	if status != http.StatusOK || !strings.Contains(page, web.Word(web.Khmer, "linking.now")) || len(d.leavesOf("linking")) != 1 {
		t.Errorf("taking over: %d", status)
	}
}

func TestALinkWithoutAPersonIsUndoneInOneTap(t *testing.T) {
	d := newDesk(t)
	left, right := d.twins()
	d.inForce(table(5))
	b := d.another("Dara")
	_, page := b.get("/pairs")
	id := undoInput.FindStringSubmatch(page)
	if id == nil {
		t.Fatal("the link is not in the history")
	}
	if status, _ := b.post("/pairs/undo", "id", id[1]); status != http.StatusOK || d.pairView(left, right).Together {
		t.Errorf("undoing: %d", status)
	}
}
