package night

import (
	"slices"
	"testing"
)

// A restored office has the changes of a record back from one device, and its
// key later, from the one that made it. Nothing of it stays unread.
func TestAKeyThatComesAfterItsChangesOpensThem(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	n.meet(t)
	old := n.backup(t)
	id := n.begin(t, n.PTC1, who, told)
	must(t, n.PTC1.SyncOnce(t.Context()))
	must(t, n.PTC2.SyncOnce(t.Context()))
	n.PTC2.Lock() // it gives back what it took, and no keys
	n.restore(t, old)
	must(t, n.PTC2.SyncOnce(t.Context()))
	if len(changesOf(t, n.store, id)) == 0 {
		t.Fatal("nothing came back: it proves nothing")
	}
	must(t, n.PTC1.SyncOnce(t.Context()))
	if got := n.values(t, id, "wrk_sector"); !slices.Equal(got, []string{told["wrk_sector"]}) {
		t.Errorf("the office reads %q", got)
	}
	n.allWell(t)
}

// The tablet that made a record may be gone. Another gives its keys back when it
// is opened, and what it wrote while it was locked counts from then on.
func TestAKeyThatComesBackReleasesWhatWaitedForIt(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, told := somebody(1, "fisher")
	n.meet(t)
	old := n.backup(t)
	id := n.begin(t, n.PTC1, who, told)
	must(t, n.PTC1.SyncOnce(t.Context()))
	must(t, n.PTC1.Close())
	n.PTC1 = nil
	must(t, n.PTC2.SyncOnce(t.Context()))
	n.write(t, n.PTC2, id, map[string]string{"wrk_hours_day": "13"})
	pushed := last(changesOf(t, n.PTC2.Store, id)).ID()
	n.PTC2.Lock()
	n.restore(t, old)
	must(t, n.PTC2.SyncOnce(t.Context()))
	if reason := n.held(t, pushed); reason != "does_not_open" {
		t.Fatalf("held for %q: it proves nothing", reason)
	}
	n.signIn(t, n.PTC2, caseOfficer)
	must(t, n.PTC2.SyncOnce(t.Context()))
	if got := n.values(t, id, "wrk_hours_day"); !slices.Equal(got, []string{"13"}) {
		t.Errorf("the office reads %q", got)
	}
}
