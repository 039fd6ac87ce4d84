package casefile_test

import (
	"errors"
	"testing"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

func TestALinkSettingIsProposedAndTakenOver(t *testing.T) {
	id := syncengine.RecordID{0xF}
	b := newBook(t, id, casefile.KindLinkSetting, "")
	proposed := casefile.LinkSetting{
		Base: "table/1", Shares: linkage.Shares{Same: 0.2, Household: 0.1, Unrelated: 0.7}, LinkBits: 12.5,
		Change: casefile.LinkChange{Pairs: 900, Enter: 3, PersonsBefore: 500, PersonsAfter: 480},
	}
	b.keep(casefile.LinkSettingDraft(id, sothea, proposed))
	got, taken, err := casefile.OpenLinkSetting(b.rec)
	if err != nil || got != proposed || taken != (casefile.TakenOver{}) {
		t.Fatalf("%+v, taken %+v, %v", got, taken, err)
	}
	b.keep(casefile.LinkSettingTaken(b.rec, maly), nil)
	if got, taken, err = casefile.OpenLinkSetting(b.rec); err != nil || got != proposed || taken.By != maly || taken.Stamp == 0 {
		t.Errorf("%+v, taken %+v, %v", got, taken, err)
	}
	var wrong *casefile.NotOfKind
	other := newBook(t, verdictID, casefile.KindVerdict, "")
	say(other, sothea, casefile.SamePerson, "")
	if _, _, err := casefile.OpenLinkSetting(other.rec); !errors.As(err, &wrong) {
		t.Errorf("a verdict is a setting: %v", err)
	}
}
