package casefile_test

import (
	"slices"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// everyKind gives every kind of record, and kinds that do not exist.
var everyKind = []syncengine.Kind{
	0, syncengine.KindControl, casefile.KindInterview, casefile.KindGroup, casefile.KindReferral, casefile.KindAnswer,
	casefile.KindVerdict, casefile.KindStaff, casefile.KindDevice, casefile.KindOrganisation, casefile.KindWithdrawal,
	casefile.KindForm, casefile.KindLinkSetting, 13, 255,
}

// The table of what a device may show (bytes and keys, section 6), as keys that
// it is given and kinds that it may write: profile × kind × class, exhaustively.
func TestWhatADeviceIsGivenAndMayWrite(t *testing.T) {
	for _, row := range []struct {
		profile       screening.Profile
		given, writes []syncengine.Kind
	}{
		{screening.Capture, []syncengine.Kind{casefile.KindGroup}, []syncengine.Kind{casefile.KindInterview, casefile.KindGroup, casefile.KindWithdrawal}},
		{
			screening.CaseDevice,
			[]syncengine.Kind{casefile.KindInterview, casefile.KindGroup, casefile.KindAnswer},
			[]syncengine.Kind{casefile.KindInterview, casefile.KindGroup, casefile.KindWithdrawal},
		},
		{screening.PartnerDevice, []syncengine.Kind{casefile.KindReferral, casefile.KindAnswer}, []syncengine.Kind{casefile.KindAnswer}},
		{screening.Desk, nil, nil}, // the office itself: no device
		{"", nil, nil},
		{"phone", nil, nil},
	} {
		for _, kind := range everyKind {
			if got := casefile.MayWriteKind(row.profile, kind); got != slices.Contains(row.writes, kind) {
				t.Errorf("%q writes kind %d: %v", row.profile, kind, got)
			}
			for _, class := range append(casefile.Classes(), syncengine.ClassClear, 99) {
				if got := casefile.Deliverable(row.profile, kind, class); got != slices.Contains(row.given, kind) {
					t.Errorf("%q is given class %d of kind %d: %v", row.profile, class, kind, got)
				}
			}
		}
	}
}

// What only the office may write, no device may.
func TestNoDeviceWritesWhatIsTheOffices(t *testing.T) {
	office := []syncengine.Kind{
		syncengine.KindControl, casefile.KindReferral, casefile.KindVerdict,
		casefile.KindStaff, casefile.KindDevice, casefile.KindOrganisation, casefile.KindForm, casefile.KindLinkSetting,
	}
	for _, kind := range everyKind {
		if got := casefile.OfficeOnly(kind); got != slices.Contains(office, kind) {
			t.Errorf("kind %d only by the office: %v", kind, got)
		}
		for _, profile := range screening.Profiles() {
			if casefile.OfficeOnly(kind) && casefile.MayWriteKind(profile, kind) {
				t.Errorf("%s writes kind %d", profile, kind)
			}
		}
	}
}

// The codes are hashed into every change: these never change.
func TestTheCodesOfKindsAndClassesArePermanent(t *testing.T) {
	if got := everyKind[2:11]; !slices.Equal(got, []syncengine.Kind{2, 3, 4, 5, 6, 7, 8, 9, 10}) {
		t.Errorf("kinds %v", got)
	}
	if got := casefile.Classes(); !slices.Equal(got, []syncengine.Class{1, 2, 3, 4, 5, 6, 7}) {
		t.Errorf("classes %v", got)
	}
}
