package night

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"raksa/casefile"
	"raksa/server"
	"raksa/syncengine"
)

// Scenarios 11 and 12: somebody who was registered at PTC comes back through
// KTC, written otherwise. The desk proposes the two as one person; nothing is
// merged by itself; one tap and the table counts one person. Then it turns out
// that they are two sisters: one tap, and both records are as they were, with
// what was written since on the right side, who said what and why in the
// history, and the referral where it was.
func TestSomebodyWhoReturnsIsCountedOnceAndASisterTwice(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(2, "fisher")
	told["con_share_health"] = "needs"
	as := func(changes map[string]string, without ...string) map[string]string {
		page := maps.Clone(who)
		maps.Copy(page, changes)
		for _, item := range without {
			delete(page, item)
		}
		return page
	}
	first := n.begin(t, n.PTC2, as(map[string]string{
		"idn_family_km": "សុខ", "idn_given_km": "ចាន់ធី", "idn_family_latin": "Sok", "idn_given_latin": "Chanthy", "idn_birth_date": "1996", "idn_age_stated": "30",
	}), told)
	must(t, n.PTC2.CloseInterview(t.Context(), first))
	request, err := n.PTC2.Refer(t.Context(), first, casefile.Request{Organisation: n.Shelter.String(), Service: "shelter", Urgency: "24h"})
	must(t, err)
	second := n.begin(t, n.KTC1, as(map[string]string{
		"idn_family_km": "សុខ", "idn_given_km": "ចាន្ធី", "idn_family_latin": "Sok", "idn_given_latin": "Chanty", "idn_age_stated": "29",
	}, "idn_birth_date"), told)
	n.meet(t)

	before := n.count(t)
	desk := n.atDesk(t, supervisor)
	pair := casefile.PairOf(first, second)
	path := "/pairs?" + url.Values{"left": {pair.A.String()}, "right": {pair.B.String()}}.Encode()
	t.Run("proposed with what agrees, and no weight yet", func(t *testing.T) {
		if status, page := desk.get("/pairs"); status != http.StatusOK || !strings.Contains(page, strings.ReplaceAll(path, "&", "&amp;")) {
			t.Fatalf("%d, the pair is not in the queue", status)
		}
		if _, page := desk.get(path); !strings.Contains(page, "<mark") || strings.Contains(page, `class="waterfall"`) {
			t.Error("the letters that differ are not marked, or the weight is shown before the answer")
		}
	})
	say := func(verdict, reason string) string {
		_, page := desk.post("/pairs/decide", url.Values{"left": {pair.A.String()}, "right": {pair.B.String()}, "verdict": {verdict}, "reason": {reason}})
		return page
	}
	t.Run("one tap, one person", func(t *testing.T) {
		if page := say("same", "same voice, same village"); !strings.Contains(page, `class="waterfall"`) {
			t.Error("the weight is not explained after the answer")
		}
		if after := n.count(t); after.Persons != before.Persons-1 || after.Records != before.Records {
			t.Errorf("%d persons and %d records, before %d and %d", after.Persons, after.Records, before.Persons, before.Records)
		}
	})
	n.write(t, n.KTC1, second, map[string]string{"wrk_employer": "made-up boat"}) // meanwhile
	n.meet(t)
	t.Run("undone, both are as they were", func(t *testing.T) {
		_, page := desk.get("/pairs")
		at := strings.Index(page, `name="id" value="`+pair.A.String()+"-"+pair.B.String())
		if at < 0 {
			t.Fatal("there is nothing to undo with")
		}
		id, _, _ := strings.Cut(page[at+len(`name="id" value="`):], `"`)
		status, page := desk.post("/pairs/undo", url.Values{"id": {id}})
		if status != http.StatusOK || !strings.Contains(page, `class="undone"`) || !strings.Contains(page, "same voice, same village") || !strings.Contains(page, n.Staff[supervisor].Name) {
			t.Errorf("%d; the history does not say who and why", status)
		}
		say("different", "two sisters")
		if after := n.count(t); after.Persons != before.Persons || after.Records != before.Records || after.Episodes != before.Episodes {
			t.Errorf("counted %+v, before %+v", after, before)
		}
		if left, right := n.values(t, first, "wrk_employer"), n.values(t, second, "wrk_employer"); strings.Contains(strings.Join(left, ""), "boat") || strings.Join(right, "") != "made-up boat" {
			t.Errorf("what was written since: %q and %q", left, right)
		}
		sent := n.sentBy(t, first)
		if len(sent) != 1 || sent[0].Request.ID != request || sent[0].State != casefile.Sent || len(n.sentBy(t, second)) != 0 {
			t.Errorf("the referral: %+v", sent)
		}
	})
}

// count counts everything at the office.
func (n *Night) count(t *testing.T) (row server.CountRow) {
	t.Helper()
	n.atOffice(t, func(tx syncengine.Tx) error {
		report, err := n.Office.Count(tx, server.CountQuery{})
		row = report.CountRow
		return err
	})
	return row
}
