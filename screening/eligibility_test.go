package screening

import (
	"errors"
	"slices"
	"testing"
)

var someday = PartialDate{Year: 2026, Month: 11, Day: 23}

// Form specification, section 2: who may decide formally is a setting, by role
// and date.
func TestEligibility(t *testing.T) {
	for _, agency := range AllAgencies() {
		if got := DefaultEligibility().MayDecideFormally(agency, someday); got != (agency.MayScreen() && agency != NGO) {
			t.Errorf("%s by default: %v", agency, got)
		}
		all := Eligibility{{From: someday, Agencies: AllAgencies()}}
		if all.MayDecideFormally(agency, someday) != agency.MayScreen() {
			t.Errorf("%s is let in: %v", agency, all.MayDecideFormally(agency, someday))
		}
	}
	if Eligibility(nil).MayDecideFormally(SocialAffairs, someday) {
		t.Error("without a setting somebody decides")
	}
}

// A row holds from its day until the day of the next one.
func TestEligibilityIsDated(t *testing.T) {
	table, err := LoadEligibility([]byte(`{"eligible": [
		{"from": "2016-02-25", "agencies": ["social_affairs", "ngo"]},
		{"from": "2027-01-01", "agencies": ["social_affairs"], "source": "made up"},
		{"from": "2027-07-01", "agencies": []}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		day                PartialDate
		ngo, socialAffairs bool
	}{
		{PartialDate{Year: 2016, Month: 2, Day: 24}, false, false},
		{PartialDate{Year: 2016, Month: 2, Day: 25}, true, true},
		{PartialDate{Year: 2026, Month: 12, Day: 31}, true, true},
		{PartialDate{Year: 2027, Month: 1, Day: 1}, false, true},
		{PartialDate{Year: 2027, Month: 7, Day: 1}, false, false},
	} {
		if table.MayDecideFormally(NGO, row.day) != row.ngo || table.MayDecideFormally(SocialAffairs, row.day) != row.socialAffairs {
			t.Errorf("on %s the table is not obeyed", row.day.Canonical())
		}
	}
	if row, ok := table.On(PartialDate{Year: 2027, Month: 3, Day: 1}); !ok || row.Source != "made up" || !slices.Equal(row.Agencies, []Agency{SocialAffairs}) {
		t.Errorf("%+v", row)
	}
}

func TestABrokenEligibilityIsRefusedByRow(t *testing.T) {
	for text, row := range map[string]int{
		`{`:                0,
		`{"eligible": []}`: 0,
		`{"eligible": [{"from": "2026-01-01", "agencies": [], "until": "2027"}]}`:                                0,
		`{"eligible": [{"from": "2026-01", "agencies": ["ngo"]}]}`:                                               1,
		`{"eligible": [{"from": "2026-01-01~", "agencies": ["ngo"]}]}`:                                           1,
		`{"eligible": [{"from": "2026-01-01", "agencies": ["family"]}]}`:                                         1,
		`{"eligible": [{"from": "2026-01-01", "agencies": ["ngo"]}, {"from": "2026-01-01", "agencies": []}]}`:    2,
		`{"eligible": [{"from": "2026-01-01", "agencies": ["ngo"]}, {"from": "2025-01-01", "agencies": []}]}`:    2,
		`{"eligible": [{"from": "2026-01-01", "agencies": ["ngo"]}, {"from": "2027-01-01", "agencies": ["x"]}]}`: 2,
	} {
		_, err := LoadEligibility([]byte(text))
		var at *EligibilityError
		if !errors.As(err, &at) || at.Row != row {
			t.Errorf("%s: %v", text, err)
		}
	}
}
