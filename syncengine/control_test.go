package syncengine_test

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

func TestAnErasureForgetsTheRecordAndRefusesItFromThenOn(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	first := tablet.save(1, "name", "a made-up name")
	late := tablet.save(1, "q1", "yes")
	office.ingest(first)
	kept := tablet.save(2, "q1", "another record")
	office.ingest(kept)

	order := office.order(1, syncengine.Control{Op: syncengine.OpErase, Reason: "court_order"})
	if got := office.read(1); len(got.Classes) != 0 || !got.Erased {
		t.Errorf("still shown: %v", got)
	}
	office.view(func(tx syncengine.Tx) error {
		if _, err := office.engine.Open(tx, first, identity); !errors.Is(err, syncengine.ErrErased) {
			t.Errorf("opening an old block: %v", err)
		}
		return tx.Scan("state", []byte{1}, func(key, _ []byte) error { t.Errorf("folded state stays: %x", key); return nil })
	})
	office.ingest(late) // what comes later is kept and chained, and shows nothing
	office.update(office.engine.FoldStale)
	if got := office.read(1); len(got.Classes) != 0 {
		t.Errorf("a late change shows: %v", got.Classes)
	}
	if _, err := office.try(syncengine.Draft{Record: syncengine.RecordID{1}, Writes: map[syncengine.Class][]syncengine.Write{identity: {{Field: "name", State: 1}}}}); !errors.Is(err, syncengine.ErrErased) {
		t.Errorf("saving to an erased record: %v", err)
	}
	office.view(func(tx syncengine.Tx) error {
		chain, err := tx.Chain(syncengine.NodeID{1}, 0, 10)
		if err == nil && (len(chain) != 3 || chain[1].Verify() != nil) {
			t.Errorf("the chain has %d changes", len(chain))
		}
		ids, _ := syncengine.Erased(tx)
		if len(ids) != 1 || ids[0] != (syncengine.RecordID{1}) {
			t.Errorf("erased list: %v", ids)
		}
		return err
	})
	if office.live(2, "q1") != "another record" {
		t.Error("another record was touched")
	}

	tablet.ingest(order)
	if got := tablet.read(1); len(got.Classes) != 0 || !got.Erased {
		t.Errorf("the tablet still shows: %v", got)
	}
}

func TestAnErasureThatArrivesBeforeTheRecordHolds(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	order := office.order(1, syncengine.Control{Op: syncengine.OpErase})
	other := newNode(t, 2)
	other.ingest(order, tablet.save(1, "q1", "yes"))
	if got := other.read(1); len(got.Classes) != 0 || !got.Erased {
		t.Errorf("shown: %v", got.Classes)
	}
}

func TestQuarantineReleaseAndDiscardEndAlikeInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tablet, office := newNode(t, 1), newNode(t, 9)
		log := []*syncengine.Change{tablet.save(1, "q1", "yes"), tablet.saveOver(1, "q1", "no"), tablet.save(1, "q2", "x")}
		targets := log[:2]
		for range rapid.IntRange(1, 5).Draw(t, "orders") {
			c := rapid.SampledFrom(targets).Draw(t, "target")
			op := rapid.SampledFrom([]syncengine.Op{syncengine.OpQuarantine, syncengine.OpRelease, syncengine.OpDiscard}).Draw(t, "op")
			log = append(log, office.order(1, syncengine.Control{Op: op, Change: c.ID(), Reason: "unknown_author"}))
		}
		a, b := newNode(t, 3), newNode(t, 4)
		a.ingest(log...)
		b.ingest(rapid.Permutation(log).Draw(t, "order")...)
		for _, n := range []*node{a, b} {
			n.update(n.engine.FoldStale)
			n.agree(1)
		}
		if a.folded(1) != b.folded(1) {
			t.Fatalf("%q and %q", a.live(1, "q1"), b.live(1, "q1"))
		}
	})
}

// Two orders can bear one stamp: an office restored from a backup, or a clone of it.
func TestOrdersOfOneStampEndAlikeInAnyOrder(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	twin := office.clone(8)
	c := tablet.save(1, "q1", "yes")
	hold := office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID()})
	free := twin.order(1, syncengine.Control{Op: syncengine.OpRelease, Change: c.ID()})
	if hold.Stamp != free.Stamp {
		t.Fatal("the stamps differ")
	}
	a, b := newNode(t, 3), newNode(t, 4)
	a.ingest(c, hold, free)
	b.ingest(c, free, hold)
	if a.live(1, "q1") != b.live(1, "q1") {
		t.Errorf("%q and %q", a.live(1, "q1"), b.live(1, "q1"))
	}
}

func TestAQuarantineNamesTheChangeWhateverRecordItIsFiledUnder(t *testing.T) {
	n, office := newNode(t, 1), newNode(t, 9)
	c := n.save(1, "q1", "yes")
	n.ingest(office.order(7, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID()}))
	if got := n.live(1, "q1"); got != "" {
		t.Errorf("still folded: %s", got)
	}
	n.ingest(office.order(7, syncengine.Control{Op: syncengine.OpRelease, Change: c.ID()}))
	if got := n.live(1, "q1"); got != "yes" {
		t.Errorf("released: %q", got)
	}
}

func TestAQuarantinedChangeHoldsUpNothing(t *testing.T) {
	n, office := newNode(t, 1), newNode(t, 9)
	c := n.save(1, "q1", "yes")
	n.ingest(office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID(), Reason: "late_rights"}))
	n.save(1, "q2", "goes on")
	if n.live(1, "q2") != "goes on" || n.live(1, "q1") != "" {
		t.Errorf("q1 %q, q2 %q", n.live(1, "q1"), n.live(1, "q2"))
	}
	n.view(func(tx syncengine.Tx) error {
		listed := 0
		err := syncengine.Quarantined(tx, func(id syncengine.ChangeID, state syncengine.QuarantineState) error {
			if listed++; id != c.ID() || state.Reason != "late_rights" || !state.Held() {
				t.Errorf("listed: %s %+v", id, state)
			}
			return nil
		})
		if listed != 1 {
			t.Errorf("%d listed", listed)
		}
		return err
	})
}

func TestWhatStandsAboutAChangeDecidesWhetherItIsFolded(t *testing.T) {
	for _, row := range []struct {
		ops  []syncengine.Op
		live string
	}{
		{nil, "yes"},
		{[]syncengine.Op{syncengine.OpQuarantine}, ""},
		{[]syncengine.Op{syncengine.OpQuarantine, syncengine.OpRelease}, "yes"},
		{[]syncengine.Op{syncengine.OpQuarantine, syncengine.OpDiscard}, ""},
		{[]syncengine.Op{syncengine.OpDiscard, syncengine.OpRelease}, "yes"},
		{[]syncengine.Op{syncengine.OpWithdraw, syncengine.OpEvict, syncengine.OpTransfer, syncengine.OpRevoke, "of next year"}, "yes"}, // the host's, or nobody's
	} {
		n, office := newNode(t, 1), newNode(t, 9)
		c := n.save(1, "q1", "yes")
		for _, op := range row.ops {
			n.ingest(office.order(1, syncengine.Control{Op: op, Change: c.ID()}))
		}
		if got := n.live(1, "q1"); got != row.live {
			t.Errorf("%v: %q", row.ops, got)
		}
		n.holds(c)
	}
}

func TestAnOrderFromATabletIsKeptAndNotObeyed(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	office.ingest(tablet.save(1, "q1", "yes"))
	tablet.push(office)
	tablet.order(1, syncengine.Control{Op: syncengine.OpErase})
	tablet.push(office)
	if office.read(1).Erased || office.live(1, "q1") != "yes" {
		t.Error("the office obeyed a tablet")
	}
}

func TestAQuarantinedOrderIsNotObeyed(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	c := tablet.save(1, "q1", "yes")
	forged := newNode(t, 6).order(1, syncengine.Control{Op: syncengine.OpErase})
	hold := office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: forged.ID()})
	tablet.ingest(c, hold, forged)
	if tablet.read(1).Erased {
		t.Error("obeyed")
	}
}

func TestAHeldChangeIsNotShownThoughAllOthersOfItsClassAreWithheld(t *testing.T) {
	tablet, other, office := newNode(t, 1), newNode(t, 2), newNode(t, 9)
	c := tablet.save(1, "name", "made up")
	tablet.ingest(
		other.save(1, "name", "another").Withhold(func(syncengine.Class) bool { return false }),
		office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID()}),
	)
	tablet.update(tablet.engine.FoldStale)
	if got := tablet.live(1, "name"); got != "" {
		t.Errorf("shown: %s", got)
	}
	tablet.agree(1)
}

func TestALockedNodeStoresAndFoldsLater(t *testing.T) {
	tablet, other := newNode(t, 1), newNode(t, 2)
	before := other.save(1, "q1", "before")
	tablet.ingest(before)
	tablet.keys.Locked = true
	tablet.ingest(other.save(1, "q1", "while locked"), other.save(1, "q2", "too"))
	rec := tablet.read(1)
	if len(rec.Classes) != 0 || len(rec.Withheld) == 0 {
		t.Errorf("a locked node shows %v, withholds %v", rec.Classes, rec.Withheld)
	}
	tablet.keys.Locked = false
	if got := tablet.live(1, "q1"); got != "while locked" {
		t.Errorf("read before folding: %q", got)
	}
	tablet.update(tablet.engine.FoldStale)
	tablet.agree(1)
	if tablet.folded(1) != other.folded(1) {
		t.Error("not the same as the other's")
	}
}

func TestALockedNodeObeysAnErasure(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "yes")
	tablet.keys.Locked = true
	tablet.ingest(office.order(1, syncengine.Control{Op: syncengine.OpErase}))
	tablet.keys.Locked = false
	if len(tablet.read(1).Classes) != 0 {
		t.Error("readable after unlocking")
	}
}

func TestAnErasedRecordWhoseChangesAreAllHeldKeepsNobodyFromUnlocking(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	c := tablet.save(1, "q1", "yes")
	tablet.keys.Locked = true
	tablet.ingest(
		office.order(1, syncengine.Control{Op: syncengine.OpQuarantine, Change: c.ID()}),
		office.order(1, syncengine.Control{Op: syncengine.OpErase}),
	)
	tablet.keys.Locked = false
	tablet.update(tablet.engine.FoldStale)
	if rec := tablet.read(1); len(rec.Classes) != 0 || !rec.Erased {
		t.Errorf("shown: %v", rec.Classes)
	}
}

func TestAnUpdateThatFailsObeysNothing(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "yes")
	order := office.order(1, syncengine.Control{Op: syncengine.OpErase})
	crash := errors.New("power cut")
	err := tablet.Update(context.Background(), func(tx syncengine.Tx) error {
		if _, err := tablet.engine.Ingest(tx, order); err != nil {
			return err
		}
		return crash
	})
	if !errors.Is(err, crash) || tablet.live(1, "q1") != "yes" {
		t.Errorf("%v, live %q", err, tablet.live(1, "q1"))
	}
}

// The latest order about a record and a stream says whether it left, in whatever
// order they came.
func TestARecordLeftWhenTheLatestOrderSaysSo(t *testing.T) {
	office := newNode(t, 9)
	var orders []*syncengine.Change
	for _, op := range []syncengine.Op{syncengine.OpEvict, syncengine.OpTransfer, syncengine.OpEvict} {
		orders = append(orders, office.order(1, syncengine.Control{Op: op, Target: "center/PTC"}))
	}
	for name, row := range map[string]struct {
		known []int
		left  bool
	}{
		"none":                        {nil, false},
		"it left":                     {[]int{0}, true},
		"it came back":                {[]int{0, 1}, false},
		"it came back, other way":     {[]int{1, 0}, false},
		"it left once more":           {[]int{0, 1, 2}, true},
		"it left once more, shuffled": {[]int{2, 0, 1}, true},
	} {
		tablet := newNode(t, 5)
		for _, i := range row.known {
			tablet.ingest(orders[i])
		}
		tablet.view(func(tx syncengine.Tx) error {
			for stream, want := range map[string]bool{"center/PTC": row.left, "center/KTC": false} {
				if left, err := tablet.engine.Left(tx, syncengine.RecordID{1}, stream); err != nil || left != want {
					t.Errorf("%s: %s: %v (%v)", name, stream, left, err)
				}
			}
			return nil
		})
	}
}
