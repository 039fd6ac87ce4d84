package server

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
	"raksa/vault"
)

// contested makes an interview in which two colleagues answered one question
// without seeing each other's answer.
func (d *testDesk) contested(first, second string) syncengine.RecordID {
	id := d.interviewOf(somebody(first))
	d.write(id, "Bopha", itemGivenLatin, text(second), nil)
	return id
}

// settleBy settles the field for the first version with this text.
func (d *testDesk) settleBy(who string, id syncengine.RecordID, choice string, basis casefile.Basis, reason string) error {
	d.t.Helper()
	chosen := syncengine.ChangeID{}
	for _, v := range d.opened(id).Versions(itemGivenLatin) {
		if string(v.Value) == choice {
			chosen = v.ID
		}
	}
	token, err := d.Office.signIn(d.t.Context(), d.staff[who].Name, []byte(goodSecret))
	must(d.t, err)
	session := d.sessions.find(token, d.now)
	return d.update(d.t.Context(), func(tx syncengine.Tx) error {
		return d.Settle(tx, d.viewer(who), Settlement{Record: id, Field: itemGivenLatin, Choice: chosen, Basis: basis, Reason: reason}, session.sign)
	})
}

func (d *testDesk) basisOf(id syncengine.RecordID) casefile.Basis {
	return casefile.BasisOf(d.opened(id).Record, itemGivenLatin)
}

func texts(versions []casefile.Version) (out []string) {
	for _, v := range versions {
		out = append(out, string(v.Value))
	}
	slices.Sort(out)
	return out
}

func TestSettlingKeepsTheOtherInTheHistory(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	must(t, d.settleBy("Dara", id, "Sreymom", d.basisOf(id), "read from her card"))
	iv := d.opened(id)
	if got := texts(iv.Versions(itemGivenLatin)); !slices.Equal(got, []string{"Sreymom"}) || len(iv.Contested) != 0 {
		t.Fatalf("reads %v, contested %v", got, iv.Contested)
	}
	d.do(func(tx syncengine.Tx) error {
		all, err := d.history(tx, id)
		if err != nil {
			return err
		}
		if n := len(all[itemGivenLatin]); n != 3 {
			t.Errorf("the history has %d versions, want 3", n)
		}
		if last := all[itemGivenLatin][2]; last.Author != d.staff["Dara"].ID || len(last.Supersedes) != 2 {
			t.Errorf("the settlement is by %s over %d versions", last.Author, len(last.Supersedes))
		}
		if why := all["$why."+itemGivenLatin]; len(why) != 1 || string(why[0].Value) != "read from her card" {
			t.Errorf("the reason is %v", why)
		}
		return nil
	})
	if found := d.leavesOf("settle"); len(found) != 1 || found[0].Record != id.String() || found[0].Reason != "" {
		t.Errorf("the log has %v", found)
	}
}

func TestANewcomerStaysContested(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	shown := d.basisOf(id)
	d.write(id, "Interviewer", itemGivenLatin, text("Sreymao"), nil) // while the page is open
	must(t, d.settleBy("Dara", id, "Sreymom", shown, "read from her card"))
	iv := d.opened(id)
	if got := texts(iv.Versions(itemGivenLatin)); !slices.Equal(got, []string{"Sreymao", "Sreymom"}) || !slices.Contains(iv.Contested, itemGivenLatin) {
		t.Errorf("reads %v, contested %v", got, iv.Contested)
	}
}

func TestAVersionCanBeChosenThatWasTakenOverMeanwhile(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	shown := d.basisOf(id)
	mum := d.opened(id).Versions(itemGivenLatin)[1].ID
	d.write(id, "Bopha", itemGivenLatin, text("Sreymao"), casefile.Basis{itemGivenLatin: {mum}})
	d.do(func(tx syncengine.Tx) error {
		return d.Settle(tx, d.viewer("Dara"), Settlement{Record: id, Field: itemGivenLatin, Choice: mum, Basis: shown, Reason: "heard it"}, nil)
	})
	if got := texts(d.opened(id).Versions(itemGivenLatin)); !slices.Equal(got, []string{"Sreymao", "Sreymum"}) {
		t.Errorf("reads %v", got)
	}
}

func TestASettlementIsSignedByThePerson(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	must(t, d.settleBy("Dara", id, "Sreymom", d.basisOf(id), "read from her card"))
	version := d.opened(id).Versions(itemGivenLatin)[0]
	d.checkSignature("Dara", version.ID, screening.Identity)
}

// checkSignature verifies who signed one class of a change.
func (d *testDesk) checkSignature(who string, id syncengine.ChangeID, class screening.Class) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		c, err := tx.Change(id)
		if err != nil {
			return err
		}
		writes, err := d.engine.Open(tx, c, syncengine.Class(class))
		if err != nil {
			return err
		}
		at := slices.IndexFunc(writes, func(w syncengine.Write) bool { return w.Field == syncengine.SignatureField })
		if at < 0 {
			d.t.Fatal("no signature")
		}
		digest := sha256.Sum256(syncengine.SignedMessage(c.Head(), writes))
		if err := vault.VerifyAct(d.staff[who].Key, digest, writes[at].Value); err != nil {
			d.t.Errorf("the signature of %s: %v", who, err)
		}
		return nil
	})
}

func TestWhatCannotBeSettled(t *testing.T) {
	for name, row := range map[string]struct {
		who, choice, reason string
		spoil               func(d *testDesk, id syncengine.RecordID, basis casefile.Basis)
		want                string
	}{
		"without a reason":         {"Dara", "Sreymom", "", nil, "reason_missing"},
		"for no version":           {"Dara", "Sreyneang", "heard", nil, "choice_missing"},
		"by police":                {"Police", "Sreymom", "heard", nil, "not_allowed"},
		"by an organisation":       {"Ngo", "Sreymom", "heard", nil, "not_allowed"},
		"what was not on the page": {"Dara", "Sreymom", "heard", func(_ *testDesk, _ syncengine.RecordID, b casefile.Basis) { delete(b, itemGivenLatin) }, "choice_missing"},
		"what is settled": {"Dara", "Sreymom", "heard", func(d *testDesk, id syncengine.RecordID, b casefile.Basis) {
			must(d.t, d.settleBy("Bopha", id, "Sreymom", b, "saw it"))
		}, "already_decided"},
		"with a version of nowhere": {"Dara", "Sreymom", "heard", func(_ *testDesk, _ syncengine.RecordID, b casefile.Basis) {
			b[itemGivenLatin] = append(b[itemGivenLatin], syncengine.ChangeID{1})
		}, "page_outdated"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			id := d.contested("Sreymom", "Sreymum")
			basis := d.basisOf(id)
			if row.spoil != nil {
				row.spoil(d, id, basis)
			}
			before := len(d.opened(id).Record.Field(itemGivenLatin).Live())
			err := d.settleBy(row.who, id, row.choice, basis, row.reason)
			if got := deskErrorOf(err).code; err == nil || got != row.want {
				t.Errorf("got %s (%v), want %s", got, err, row.want)
			}
			if err != nil && (strings.Contains(err.Error(), "Sreym") || strings.Contains(err.Error(), canaryName)) {
				t.Errorf("the error tells a name: %v", err)
			}
			if after := len(d.opened(id).Record.Field(itemGivenLatin).Live()); after != before {
				t.Errorf("%d versions became %d", before, after)
			}
		})
	}
}

var errTest = errors.New("made to fail")

func TestASettlementWithoutSignatureIsNotKept(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	basis, chosen := d.basisOf(id), d.opened(id).Versions(itemGivenLatin)[0].ID
	err := d.update(t.Context(), func(tx syncengine.Tx) error {
		return d.Settle(tx, d.viewer("Dara"), Settlement{Record: id, Field: itemGivenLatin, Choice: chosen, Basis: basis, Reason: "heard"},
			func([]byte) ([]byte, error) { return nil, errTest })
	})
	if !errors.Is(err, errTest) || len(d.opened(id).Contested) != 1 || len(d.leavesOf("settle")) != 0 {
		t.Errorf("err %v", err)
	}
}

// Writing into one's own interview is not yet deciding between two people.
func TestAnInterviewerDoesNotSettle(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	settlement := Settlement{
		Record: id, Field: itemGivenLatin, Choice: d.opened(id).Versions(itemGivenLatin)[0].ID, Basis: d.basisOf(id), Reason: "mine",
	}
	err := d.update(t.Context(), func(tx syncengine.Tx) error { return d.Settle(tx, d.viewer("Interviewer"), settlement, nil) })
	if deskErrorOf(err).code != "not_allowed" || len(d.opened(id).Contested) != 1 {
		t.Errorf("got %v", err)
	}
}

func TestAContestedAnswerIsShownToThoseWhoMaySeeIt(t *testing.T) {
	d := newDesk(t)
	id := d.contested("Sreymom", "Sreymum")
	b := d.as("Police")
	if status, page := b.get(contestedPath(id, itemGivenLatin)); status != http.StatusForbidden || strings.Contains(page, "Srey") {
		t.Errorf("police got %d", status)
	}
	if _, page := b.get("/contested"); strings.Contains(page, id.String()) {
		t.Error("police see it in the list")
	}
	if refused := d.leavesOf("refused"); len(refused) != 1 || refused[0].Record != id.String() {
		t.Errorf("the log has %v", refused)
	}
}

var choiceInput = regexp.MustCompile(`name="choice" value="([0-9a-f]{64})"`)

// The whole way by pages: list, item with both values and what each saw, choice.
func TestSettlingByPages(t *testing.T) {
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	first := d.opened(id).Versions(itemGivenLatin)[0].ID
	d.write(id, "Bopha", itemGivenLatin, text("Sreymum"), casefile.Basis{itemGivenLatin: {first}}) // saw Sreymom
	d.write(id, "Interviewer", itemGivenLatin, text("Sreymao"), nil)                               // saw nothing
	b := d.as("Dara")
	_, list := b.get("/contested")
	path := "/contested/" + id.String() + "/" + url.PathEscape(itemGivenLatin)
	if !strings.Contains(list, path) || !strings.Contains(list, canaryName) {
		t.Fatal("the list does not lead there")
	}
	_, page := b.get(path)
	for _, want := range []string{"Sreymum", "Sreymao", "Sreymom", "Bopha Example", "Interviewer Example"} {
		if !strings.Contains(strings.NewReplacer("<mark>", "", "</mark>", "").Replace(page), want) {
			t.Errorf("the page does not show %s", want)
		}
	}
	choices := choiceInput.FindAllStringSubmatch(page, -1)
	basis := regexp.MustCompile(`name="basis" value="([^"]+)"`).FindStringSubmatch(page)
	if len(choices) != 2 || basis == nil {
		t.Fatalf("%d choices", len(choices))
	}
	if status, _ := b.post(path, "basis", basis[1], "choice", "open", "reason", "ask her"); status != http.StatusOK {
		t.Fatalf("keeping it open: %d", status)
	}
	if len(d.opened(id).Contested) != 1 {
		t.Fatal("keeping it open settled it")
	}
	if status, body := b.post(path, "basis", basis[1], "choice", choices[0][1], "reason", "her card"); status != http.StatusOK {
		t.Fatalf("settling: %d %s", status, body)
	}
	if iv := d.opened(id); len(iv.Contested) != 0 {
		t.Errorf("still contested: %v", iv.Contested)
	}
	if status, body := b.post(path, "basis", basis[1], "choice", choices[1][1], "reason", "twice"); status != http.StatusConflict || !says(body, "already_decided") {
		t.Errorf("settling twice: %d", status)
	}
}
