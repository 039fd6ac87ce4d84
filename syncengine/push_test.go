package syncengine_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"testing"

	"raksa/syncengine"
)

func (n *node) self() (self syncengine.Self) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { self, err = syncengine.LoadSelf(tx); return err })
	return self
}

func (n *node) waiting() (waiting int) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { waiting, err = syncengine.Waiting(tx); return err })
	return waiting
}

func (n *node) atOffice(c *syncengine.Change) (at bool) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { at, err = syncengine.AtOffice(tx, &c.Envelope); return err })
	return at
}

func (n *node) confirm(node syncengine.NodeID, claim syncengine.Mark) (r syncengine.Receipt) {
	n.t.Helper()
	n.view(func(tx syncengine.Tx) (err error) { r, err = syncengine.Confirm(tx, node, claim); return err })
	return r
}

func (n *node) become(name byte) {
	n.t.Helper()
	n.update(func(tx syncengine.Tx) error { return syncengine.BecomeNode(tx, syncengine.NodeID{name}) })
}

func (n *node) holds(changes ...*syncengine.Change) {
	n.t.Helper()
	for _, c := range changes {
		n.view(func(tx syncengine.Tx) error {
			if _, err := tx.Change(c.ID()); err != nil {
				n.t.Errorf("seq %d of node %x: %v", c.Seq, c.Node[0], err)
			}
			return nil
		})
	}
}

func TestTwoClonesThatWriteTheSameSeqHaveDifferentSaltsAndHeads(t *testing.T) {
	tablet := newNode(t, 1)
	tablet.save(1, "q1", "before")
	clone := tablet.clone(2)
	a, b := tablet.save(1, "q1", "yes"), clone.save(1, "q1", "yes")
	if a.Seq != b.Seq || a.Node != b.Node || a.Prev != b.Prev || a.DeviceMillis != b.DeviceMillis {
		t.Fatal("these are no clones")
	}
	if a.Salt == b.Salt || string(a.Head()) == string(b.Head()) || a.ID() == b.ID() {
		t.Error("a nonce would be used twice")
	}
}

func TestAForkIsSeenAtTheFirstPushAndBothBranchesStay(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "before")
	tablet.push(office)
	clone := tablet.clone(2)
	a, b := tablet.save(1, "q1", "yes"), clone.save(1, "q1", "no")

	if r := tablet.push(office); r.Fork {
		t.Error("the first of two branches is taken for a fork")
	}
	if r := clone.push(office); !r.Fork {
		t.Fatal("the second branch is not taken for a fork")
	}
	office.holds(a, b)
	if got := office.read(1).Field("q1"); !got.Contested() {
		t.Error("the two branches do not stand side by side")
	}

	clone.become(3)
	c, d := clone.save(1, "q2", "after"), tablet.save(1, "q3", "after")
	if r := clone.push(office); r.Fork {
		t.Error("the new node is a fork")
	}
	if r := tablet.push(office); r.Fork {
		t.Error("the other branch is still a fork")
	}
	office.holds(a, b, c, d)
	tablet.pull(office)
	clone.pull(office)
	if tablet.folded(1) != clone.folded(1) || tablet.folded(1) != office.folded(1) {
		t.Error("the replicas differ")
	}
}

func TestAForkIsSaidAgainWhenTheAnswerWasLost(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	clone := tablet.clone(2)
	tablet.save(1, "q1", "yes")
	clone.save(1, "q1", "no")
	tablet.push(office)
	for range 2 { // the first answer does not arrive
		r, err := office.receive(clone.page())
		if err != nil || !r.Fork {
			t.Fatalf("fork = %v, %v", r.Fork, err)
		}
	}
}

func TestWhatTheOldNodeHadNotSentIsStillSent(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	unsent := tablet.save(1, "q1", "yes")
	tablet.become(2)
	later := tablet.save(1, "q2", "no")
	var nodes []syncengine.NodeID
	tablet.view(func(tx syncengine.Tx) (err error) { nodes, err = syncengine.OwnNodes(tx); return err })
	if len(nodes) != 2 || nodes[1] != later.Node {
		t.Fatalf("own nodes %v", nodes)
	}
	if tablet.waiting() != 2 {
		t.Errorf("%d wait", tablet.waiting())
	}
	for _, node := range nodes {
		tablet.view(func(tx syncengine.Tx) error {
			p, err := syncengine.BuildPage(tx, node, 0, syncengine.PageBytesMax)
			if err == nil {
				_, err = office.receive(p)
			}
			return err
		})
	}
	office.holds(unsent, later)
}

func TestARepeatedPageHasNoEffect(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "yes")
	tablet.save(1, "q1", "no")
	page := tablet.page()
	first, err := office.receive(page)
	if err != nil {
		t.Fatal(err)
	}
	shown, served := office.folded(1), office.serve(nil, nil)
	for range 3 {
		again, err := office.receive(page)
		if err != nil || again.Head != first.Head || len(again.New) != 0 || again.Fork || again.UnknownBase {
			t.Fatalf("%+v, %v", again, err)
		}
	}
	if now := office.serve(nil, nil); office.folded(1) != shown || now.Head != served.Head || now.Digest != served.Digest {
		t.Error("the repeat left a trace")
	}
}

func TestAnOfficeRestoredFromABackupGetsBackWhatItLost(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	var all []*syncengine.Change
	for range 3 {
		all = append(all, tablet.save(1, "q1", "before the backup"))
	}
	tablet.push(office)
	backup := office.clone(8)
	for range 8 {
		all = append(all, tablet.save(1, "q1", "after the backup"))
	}
	tablet.push(office)
	if tablet.waiting() != 0 || !tablet.atOffice(all[10]) {
		t.Fatal("not acknowledged")
	}

	// Nothing waits, so the node only claims; the restored office knows less.
	claim := syncengine.Mark{Seq: 11, ID: all[10].ID()}
	receipt := backup.confirm(syncengine.NodeID{1}, claim)
	if !receipt.UnknownBase || receipt.Head.Seq != 3 {
		t.Fatalf("%+v", receipt)
	}
	tablet.update(func(tx syncengine.Tx) error { return syncengine.Acknowledge(tx, syncengine.NodeID{1}, receipt) })
	if tablet.atOffice(all[10]) || !tablet.atOffice(all[2]) || tablet.waiting() != 8 {
		t.Errorf("%d wait", tablet.waiting())
	}
	tablet.push(backup)
	backup.holds(all...)
	if tablet.folded(1) != backup.folded(1) {
		t.Error("the replicas differ")
	}
}

func TestANodeGoesBackHalfWayWhenTheOfficeIsOnAnotherBranch(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "shared")
	clone := tablet.clone(2)
	for range 9 {
		tablet.save(1, "q1", "mine")
	}
	tablet.push(office)
	blank := newNode(t, 9) // the office lost all, then met the clone first
	clone.save(1, "q1", "the clone's")
	clone.push(blank)
	for range 20 {
		self := tablet.self()
		page := tablet.page()
		var receipt syncengine.Receipt
		if page == nil {
			receipt = blank.confirm(self.Node, syncengine.Mark{Seq: self.Seq, ID: self.Head})
		} else {
			var err error
			if receipt, err = blank.receive(page); err != nil {
				t.Fatal(err)
			}
		}
		tablet.update(func(tx syncengine.Tx) error { return syncengine.Acknowledge(tx, self.Node, receipt) })
	}
	tablet.view(func(tx syncengine.Tx) error {
		chain, err := tx.Chain(syncengine.NodeID{1}, 0, 100)
		blank.holds(chain...)
		return err
	})
	if tablet.waiting() != 0 {
		t.Errorf("%d still wait", tablet.waiting())
	}
}

func TestAPageWithAFaultIsRefusedAndLeavesNoTrace(t *testing.T) {
	for name, row := range map[string]struct {
		spoil func(*syncengine.Page)
		code  string
	}{
		"a gap":                  {func(p *syncengine.Page) { p.Changes = append(p.Changes[:1], p.Changes[2:]...) }, syncengine.RefusedChain},
		"a change of another":    {func(p *syncengine.Page) { p.Changes[1] = newNode(t, 4).save(1, "q1", "x") }, syncengine.RefusedChain},
		"another node's name":    {func(p *syncengine.Page) { p.Node = syncengine.NodeID{5} }, syncengine.RefusedChain},
		"out of order":           {func(p *syncengine.Page) { p.Changes[0], p.Changes[1] = p.Changes[1], p.Changes[0] }, syncengine.RefusedChain},
		"prev altered":           {func(p *syncengine.Page) { p.Changes[2].Prev[0]++ }, syncengine.RefusedChain},
		"a block altered":        {func(p *syncengine.Page) { p.Changes[1].Blocks[indicator][0]++ }, syncengine.RefusedBytes},
		"a block left out":       {func(p *syncengine.Page) { delete(p.Changes[1].Blocks, indicator) }, syncengine.RefusedBytes},
		"a block too many":       {func(p *syncengine.Page) { p.Changes[1].Blocks[identity] = []byte("x") }, syncengine.RefusedBytes},
		"a form that no text is": {func(p *syncengine.Page) { p.Changes = p.Changes[:1]; p.Changes[0].Form = "\xff" }, syncengine.RefusedBytes},
		"a form of 33 bytes":     {func(p *syncengine.Page) { p.Changes = p.Changes[:1]; p.Changes[0].Form = string(make([]byte, 33)) }, syncengine.RefusedBytes},
		"nothing":                {func(p *syncengine.Page) { p.Changes = nil }, syncengine.RefusedBytes},
		"bytes past the limit":   {swell, syncengine.RefusedLimit},
		"changes past the limit": {lengthen, syncengine.RefusedLimit},
		"a follower of a stranger": {func(p *syncengine.Page) {
			p.Changes = p.Changes[1:]
			p.Changes[0].Seq, p.Changes[1].Seq = 7, 8 // prev is here, under seq 1
			p.Changes[1].Prev = p.Changes[0].ID()
		}, syncengine.RefusedChain},
	} {
		t.Run(name, func(t *testing.T) {
			tablet, office := newNode(t, 1), newNode(t, 9)
			first := tablet.save(1, "q1", "one")
			if _, err := office.receive(tablet.page()); err != nil {
				t.Fatal(err)
			}
			tablet.save(1, "q1", "two")
			tablet.save(1, "q1", "three")
			page := tablet.page()
			row.spoil(page)
			_, err := office.receive(page)
			var refused *syncengine.Refused
			if !errors.As(err, &refused) || refused.Code != row.code {
				t.Errorf("got %v, want %s", err, row.code)
			}
			office.view(func(tx syncengine.Tx) error {
				chain, err := tx.Chain(syncengine.NodeID{1}, 0, 10)
				if len(chain) != 1 || chain[0].ID() != first.ID() {
					t.Errorf("%d changes of the page are in the log", len(chain)-1)
				}
				return err
			})
		})
	}
}

// swell makes the last block larger than a page, with the digest to match.
func swell(p *syncengine.Page) {
	c := p.Changes[len(p.Changes)-1]
	c.Blocks[indicator] = make([]byte, syncengine.PageBytesMax+1)
	c.Digests[0].Sum = sha256.Sum256(c.Blocks[indicator])
}

// lengthen adds well-chained changes until there are too many.
func lengthen(p *syncengine.Page) {
	for len(p.Changes) <= syncengine.PageChangesMax {
		last := p.Changes[len(p.Changes)-1]
		next := *last
		next.Seq, next.Prev = last.Seq+1, last.ID()
		p.Changes = append(p.Changes, &next)
	}
}

func TestAPageThatFollowsNothingKnownIsAskedForAgain(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "one")
	tablet.save(1, "q1", "two")
	var page *syncengine.Page
	tablet.view(func(tx syncengine.Tx) (err error) {
		page, err = syncengine.BuildPage(tx, syncengine.NodeID{1}, 1, 1000)
		return err
	})
	r, err := office.receive(page)
	if err != nil || !r.UnknownBase || r.Head.Seq != 0 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestPagesKeepToTheirSizeAndCarryAtLeastOneChange(t *testing.T) {
	tablet := newNode(t, 1)
	for range 20 {
		tablet.save(1, "q1", "some value")
	}
	for bytesMax, want := range map[int]int{0: 1, 1: 1, 1000: 4, 1 << 30: 20} {
		tablet.view(func(tx syncengine.Tx) error {
			page, err := syncengine.BuildPage(tx, syncengine.NodeID{1}, 0, bytesMax)
			if err != nil || page == nil || bytesMax == 1000 && (len(page.Changes) < 2 || len(page.Changes) > 6) || bytesMax != 1000 && len(page.Changes) != want {
				t.Errorf("%d bytes: %v changes, %v", bytesMax, page, err)
			}
			return nil
		})
	}
}

func TestACrashBetweenTakingAndCommittingLosesNothing(t *testing.T) {
	tablet, office := newNode(t, 1), newNode(t, 9)
	tablet.save(1, "q1", "yes")
	page, crash := tablet.page(), errors.New("power cut")
	err := office.Update(context.Background(), func(tx syncengine.Tx) error {
		if _, err := office.engine.Receive(tx, page, 0); err != nil {
			return err
		}
		return crash
	})
	if !errors.Is(err, crash) || len(office.read(1).Classes) != 0 {
		t.Fatalf("half a page: %v", err)
	}
	tablet.push(office)
	if office.live(1, "q1") != "yes" {
		t.Error("lost")
	}
}
