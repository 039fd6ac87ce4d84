package syncengine_test

import (
	"testing"

	"raksa/syncengine"
)

// A change that is held back may be the first about a record. It says nothing of
// what the record is once one comes that counts, in whatever order.
func TestAChangeThatIsHeldBackDoesNotSayWhatARecordIs(t *testing.T) {
	honest := newNode(t, 1).save(1, "q1", "yes")
	other := *newNode(t, 2).save(1, "q1", "no")
	other.Kind = honest.Kind + 3
	order := newNode(t, 3).order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: other.ID(), Reason: "odd"})
	for _, one := range []struct {
		name  string
		comes []*syncengine.Change
		want  syncengine.Kind
	}{
		{"held before it comes", []*syncengine.Change{order, &other, honest}, honest.Kind},
		{"held when the honest one is here", []*syncengine.Change{&other, honest, order}, honest.Kind},
		{"held in between", []*syncengine.Change{&other, order, honest}, honest.Kind},
		{"the honest one first", []*syncengine.Change{honest, &other, order}, honest.Kind},
		{"held, and alone", []*syncengine.Change{order, &other}, other.Kind},
	} {
		t.Run(one.name, func(t *testing.T) {
			n := newNode(t, 4)
			n.ingest(one.comes...)
			n.update(func(tx syncengine.Tx) error {
				kind, err := syncengine.KindOf(tx, honest.Record)
				if kind != one.want {
					t.Errorf("it is of kind %d, want %d", kind, one.want)
				}
				return err
			})
		})
	}
}
