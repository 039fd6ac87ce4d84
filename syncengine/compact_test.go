package syncengine_test

import (
	"testing"

	"raksa/syncengine"
)

// log counts the changes of a record that are here.
func (n *node) log(record byte) (count int) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) error {
		changes, err := tx.Record(syncengine.RecordID{record})
		count = len(changes)
		return err
	})
	return count
}

func TestCompactionTakesSettledChangesAndLeavesWhatIsShown(t *testing.T) {
	office, tablet := filled(t, 9)
	reader := newNode(t, 5)
	reader.pull(office)
	before := reader.shown(1)
	if went := reader.compact(1, 6); went != 2 || reader.log(1) != 1 {
		t.Errorf("%d changes went, %d are left; want 2 and 1", went, reader.log(1))
	}
	if got := reader.shown(1); got != before || got == "" {
		t.Errorf("shows\n%s\nbefore\n%s", got, before)
	}
	if went := reader.compact(1, 6); went != 0 {
		t.Errorf("%d changes went at a second time", went)
	}
	reader.compact(1, 9)
	tablet.save(1, "q1", "replaces all")
	tablet.push(office)
	reader.pull(office)
	if got := reader.live(1, "q1"); got != "replaces all" {
		t.Errorf("shows %q", got)
	}
	if found := reader.findings(); len(found) != 0 {
		t.Errorf("found %v", found)
	}
}

func TestCompactionLeavesAlone(t *testing.T) {
	for name, row := range map[string]func(*node, *node){
		"what this database saved": func(reader, office *node) {
			reader.save(1, "q1", "own")
			reader.push(office)
			reader.pull(office)
		},
		"an order": func(reader, office *node) {
			reader.ingest(office.order(1, syncengine.Control{Op: syncengine.OpWithdraw, Target: "all"}))
		},
	} {
		t.Run(name, func(t *testing.T) {
			office, reader := newNode(t, 9), newNode(t, 5)
			row(reader, office)
			if went := reader.compact(1, 99); went != 0 {
				t.Errorf("%d changes went", went)
			}
		})
	}
}

func TestARecordThatDoesNotOpenHereIsNotCompacted(t *testing.T) {
	office, _ := filled(t, 6)
	for name, spoil := range map[string]func(*node){
		"locked": func(n *node) { n.keys.Locked = true },
		"without a key": func(n *node) {
			n.keys.Lacks = func(_ syncengine.RecordID, class syncengine.Class) bool { return class == indicator }
		},
		"with a change that was held once": func(n *node) {
			var changes []*syncengine.Change
			n.view(func(tx syncengine.Tx) (err error) { changes, err = tx.Record(syncengine.RecordID{1}); return err })
			for _, c := range changes {
				n.ingest(office.order(1, syncengine.Control{Op: syncengine.OpRelease, Change: c.ID()}))
			}
			n.update(n.engine.FoldStale)
		},
	} {
		t.Run(name, func(t *testing.T) {
			reader := newNode(t, 5)
			reader.pull(office)
			spoil(reader)
			if went := reader.compact(1, 99); went != 0 {
				t.Errorf("%d changes went", went)
			}
		})
	}
}
