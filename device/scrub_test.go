package device_test

import (
	"testing"

	"raksa/screening"
	"raksa/syncengine"
	"raksa/syncengine/memstore"
)

// A save that never left is damaged on the disk. A person and the office are
// told, what is saved after that reaches the office, and what is held back
// behind it is counted as waiting.
func TestADamagedSaveThatNeverLeftHoldsBackNothingNew(t *testing.T) {
	o := newOffice(t, newClock())
	store := &memstore.Store{}
	d := o.enroll(options{profile: screening.Capture, person: dara, name: "PTC-1", store: store})
	id := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	save(t, d, id, "idn_given_km", "ចន្ធី")
	before := node(t, d)
	hurt := before.Head
	save(t, d, id, "idn_sex", "male")
	if !store.Damage(hurt, 900) {
		t.Fatal("it is not in the log")
	}
	must(t, d.FetchDamaged(t.Context(), syncengine.Damage{Change: hurt, Record: id}))
	must(t, d.FetchDamaged(t.Context(), syncengine.Damage{Change: hurt, Record: id})) // the next pass finds it again
	other := begin(t, d, "idn_sex", "female")
	must(t, d.SyncOnce(t.Context()))
	must(t, d.SyncOnce(t.Context()))

	want := syncengine.Loss{Node: before.Node, From: before.Seq, To: before.Seq}
	if len(o.lost) != 1 || o.lost[0] != want {
		t.Errorf("the office was told %+v, want once %+v", o.lost, want)
	}
	st, err := d.Status(t.Context())
	if err != nil || len(st.Lost) != 1 || st.Lost[0].Loss != want || st.Waiting != 2 || st.Nodes != 2 {
		t.Errorf("it says %+v (%v)", st, err)
	}
	must(t, o.store.View(t.Context(), func(tx syncengine.Tx) error {
		if log, err := tx.Record(other); err != nil || len(log) == 0 {
			t.Errorf("what was saved after it is not at the office (%v)", err)
		}
		return nil
	}))
}
