package syncengine_test

import (
	"testing"

	"raksa/syncengine"
)

// forked asks the office about the node's own chain, as a call without changes does.
func (n *node) forked(office *node) (forked bool) {
	self := n.self()
	var receipt syncengine.Receipt
	n.view(func(tx syncengine.Tx) error {
		acked, err := syncengine.Acked(tx, self.Node)
		receipt = office.confirm(self.Node, acked)
		if err != nil {
			return err
		}
		forked, err = syncengine.Forked(tx, self.Node, receipt)
		return err
	})
	return forked
}

func TestAnOldSelfIsToldAtItsFirstContactBeforeItHasSavedAnything(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 0xFF)
	tablet.save(1, "a", "1")
	tablet.push(office)
	backup := tablet.clone(9)
	if backup.forked(office) {
		t.Error("a copy that knows as much as the office is told of a fork")
	}
	tablet.save(1, "a", "2")
	tablet.push(office)
	if tablet.forked(office) {
		t.Error("the tablet itself is told of a fork")
	}
	if !backup.forked(office) {
		t.Error("the restored copy is not told that its chain went on without it")
	}
}

func TestABranchThatTheOfficeDoesNotKnowYetIsAForkToo(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 0xFF)
	tablet.save(1, "a", "1")
	tablet.push(office)
	twin := tablet.clone(9)
	tablet.save(1, "a", "2")
	tablet.push(office)
	twin.save(1, "a", "3") // the same seq, and not sent yet
	if !twin.forked(office) {
		t.Error("the twin is not told")
	}
}

func TestALateRepeatOfAPageIsNoFork(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 0xFF)
	tablet.save(1, "a", "1")
	first := tablet.page()
	tablet.push(office)
	tablet.save(1, "a", "2")
	tablet.push(office)
	receipt, err := office.receive(first)
	if err != nil {
		t.Fatal(err)
	}
	tablet.view(func(tx syncengine.Tx) error {
		forked, err := syncengine.Forked(tx, tablet.self().Node, receipt)
		if forked {
			t.Error("a page that arrived twice looks like a clone")
		}
		return err
	})
}
