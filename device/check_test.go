package device_test

import (
	"testing"

	"raksa/screening"
	"raksa/syncengine"
)

// A call compares a bounded part. What just moved goes before the turn, waits
// for the next call when there is too much of it, and is not forgotten.
func TestAComparisonIsBoundedAndComesRoundToEverything(t *testing.T) {
	const (
		each    = 2 // changes: the opening and its answer
		records = 600 * each
		most    = 512 * each
	)
	o := newOffice(t, newClock())
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1"})
	for range records / each {
		begin(t, d, "idn_sex", "female")
	}
	must(t, d.SyncOnce(t.Context()))
	var check *syncengine.Check
	compare := func() (counted int) {
		must(t, d.Store.View(t.Context(), func(tx syncengine.Tx) (err error) {
			check, err = d.Check(tx)
			return err
		}))
		for i, one := range check.Ranges {
			counted += int(one.Sum.Count)
			if i > 0 && one.Prefix <= check.Ranges[i-1].Prefix {
				t.Errorf("range %d comes after %d", one.Prefix, check.Ranges[i-1].Prefix)
			}
		}
		return counted
	}
	first := compare()
	if first < most-records/10 || first >= most+records/10 {
		t.Errorf("the first call compares %d changes, want about %d of %d", first, most, records)
	}
	if again := compare(); again != first {
		t.Errorf("an answer that never came: %d changes are compared, before %d", again, first)
	}
	must(t, d.Agreed(t.Context(), check))
	if second := compare(); second < records-first {
		t.Errorf("the second call compares %d changes, and %d were left", second, records-first)
	}
	must(t, d.Agreed(t.Context(), check))
	seen := map[byte]bool{}
	for range 256 / 8 {
		compare()
		if len(check.Ranges) != 8 {
			t.Fatalf("with nothing moved a call compares %d ranges, want 8", len(check.Ranges))
		}
		for _, one := range check.Ranges {
			seen[one.Prefix] = true
		}
		must(t, d.Agreed(t.Context(), check))
	}
	if len(seen) != 256 {
		t.Errorf("a turn came by %d ranges of 256", len(seen))
	}
}
