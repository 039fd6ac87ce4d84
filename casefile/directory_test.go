package casefile_test

import (
	"errors"
	"reflect"
	"testing"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

var entryID = syncengine.RecordID{0xF}

// entered keeps one directory entry and gives its record.
func entered(t *testing.T, kind syncengine.Kind, entries ...any) *book {
	t.Helper()
	b := newBook(t, entryID, kind, "")
	for i, entry := range entries {
		rec := b.rec
		if i == 0 {
			rec = nil
		}
		draft, err := casefile.Entry(kind, entryID, sothea, rec, entry)
		if len(draft.Writes) != 1 || len(draft.Writes[syncengine.ClassClear]) != 1 {
			t.Errorf("a directory entry is one clear write: %+v", draft.Writes)
		}
		b.keep(draft, err)
	}
	return b
}

func TestDirectoryEntriesReadBack(t *testing.T) {
	staff := casefile.Staff{
		ID: syncengine.PersonID(entryID), Name: "ម៉ាលី (made up)", Role: screening.Supervisor, Agency: screening.SocialAffairs,
		Center: "ptc", Key: []byte{1, 2, 3}, Left: true,
	}
	if got, err := casefile.OpenStaff(entered(t, casefile.KindStaff, staff).rec); err != nil || !reflect.DeepEqual(got, staff) {
		t.Errorf("staff: %+v, %v", got, err)
	}
	device := casefile.Device{
		ID: entryID, Name: "PTC-2", Profile: screening.CaseDevice, Center: "ptc", SigningKey: []byte{4}, ReceivingKey: []byte{5},
		Nodes: []string{"aa", "bb"}, Revoked: true,
	}
	if got, err := casefile.OpenDevice(entered(t, casefile.KindDevice, device).rec); err != nil || !reflect.DeepEqual(got, device) {
		t.Errorf("device: %+v, %v", got, err)
	}
	partner := casefile.Organisation{
		ID: entryID, Name: "A made-up house", Agency: screening.NGO, Place: "0102", Services: []string{"shelter"}, Sexes: []string{"female"},
	}
	if got, err := casefile.OpenOrganisation(entered(t, casefile.KindOrganisation, partner).rec); err != nil || !reflect.DeepEqual(got, partner) {
		t.Errorf("organisation: %+v, %v", got, err)
	}
}

func TestANewVersionOfAnEntryReplacesTheOld(t *testing.T) {
	b := entered(t, casefile.KindStaff, casefile.Staff{Name: "Maly (made up)"}, casefile.Staff{Name: "Maly (made up)", Left: true})
	if got, err := casefile.OpenStaff(b.rec); err != nil || !got.Left || len(b.rec.Field("entry").Live()) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnEntryOpensAsNothingElse(t *testing.T) {
	open := map[string]func(*syncengine.Record) error{
		"staff":        func(r *syncengine.Record) error { _, err := casefile.OpenStaff(r); return err },
		"device":       func(r *syncengine.Record) error { _, err := casefile.OpenDevice(r); return err },
		"organisation": func(r *syncengine.Record) error { _, err := casefile.OpenOrganisation(r); return err },
	}
	for is, b := range map[string]*book{
		"staff":        entered(t, casefile.KindStaff, casefile.Staff{}),
		"device":       entered(t, casefile.KindDevice, casefile.Device{}),
		"organisation": entered(t, casefile.KindOrganisation, casefile.Organisation{}),
		"empty staff":  newBook(t, entryID, casefile.KindStaff, ""),
		"broken staff": entered(t, casefile.KindStaff, "not an entry"),
	} {
		for as, fn := range open {
			var wrong *casefile.NotOfKind
			if err := fn(b.rec); (err == nil) != (is == as) || err != nil && !errors.As(err, &wrong) {
				t.Errorf("%s as %s: %v", is, as, err)
			}
		}
	}
}
