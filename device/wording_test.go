package device

import (
	"testing"

	"raksa/screening"
	"raksa/screening/form"
	"raksa/web"
)

// What stands in an input reads back as the same answer, in whatever digits it
// was typed, and nothing of what was said is lost on the way.
func TestWhatIsTypedReadsBackAsItself(t *testing.T) {
	def := form.Builtin()
	for _, row := range []struct{ item, typed, canonical, words string }{
		{"idn_birth_date", "2019", "2019", "2019"},
		{"idn_birth_date", "2019-04~", "2019-04~", "2019-04~"},
		{"idn_birth_date", "២០១៩-០៤-០៥", "2019-04-05", "2019-04-05"},
		{"idn_birth_date", "2540", "1997|BE2540", "1997 (BE 2540)"},
		{"idn_birth_date", "๒๕๔๐-๐๑~", "1997-01~|BE2540", "1997-01~ (BE 2540)"},
		{"wrk_hours_day", "១៨", "18", "18"},
		{"dbt_interest", "៣.៥០", "3.5", "3.5"},
	} {
		item := def.Item(row.item)
		answer, problem := def.Parse(item, row.typed)
		if problem != "" || answer.Value.Canonical() != row.canonical {
			t.Fatalf("%s: %q reads as %v (%s)", row.item, row.typed, answer, problem)
		}
		if got := wordsOf(def, web.English, item, answer.Value); got != row.words {
			t.Errorf("%s: shown as %q, want %q", row.item, got, row.words)
		}
		again, problem := def.Parse(item, typed(answer.Value))
		if problem != "" || again.Canonical() != answer.Canonical() {
			t.Errorf("%s: %q stands in the input as %q and reads back as %q", row.item, row.typed, typed(answer.Value), again.Canonical())
		}
	}
	at, err := screening.ParseDateTime("2026-11-23T22:05:00+07:00")
	if err != nil {
		t.Fatal(err)
	}
	if got := wordsOf(def, web.English, def.Item("ses_started_at"), at); got != "2026-11-23 22:05" {
		t.Errorf("a moment is shown as %q", got)
	}
}
