package syncengine_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

func asError[T error](err error, into *T) bool { return errors.As(err, into) }

// agree holds what is stored, what is read and what the log says against each
// other, for one record.
func (n *node) agree(record byte) {
	n.t.Helper()
	rec := n.read(record)
	for class, shown := range rec.Classes {
		var anew syncengine.Folded
		n.view(func(tx syncengine.Tx) (err error) {
			anew, err = n.engine.FoldAnew(tx, syncengine.RecordID{record}, class)
			return err
		})
		if !bytes.Equal(anew.Encode(), shown.Encode()) {
			n.t.Fatalf("record %d, class %d: what is shown is not what the log says", record, class)
		}
	}
	before := n.folded(record)
	n.update(func(tx syncengine.Tx) error { return n.engine.Refold(tx, syncengine.RecordID{record}) })
	if n.folded(record) != before {
		n.t.Fatalf("record %d: folding anew changed what is shown", record)
	}
}

func TestStoredStateIsAlwaysWhatTheLogSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := []*node{newNode(t, 1), newNode(t, 2), newNode(t, 3)}
		var all []*syncengine.Change
		for range rapid.IntRange(1, 25).Draw(t, "steps") {
			n := rapid.SampledFrom(nodes).Draw(t, "node")
			record := byte(rapid.IntRange(1, 2).Draw(t, "record"))
			switch rapid.IntRange(0, 6).Draw(t, "step") {
			case 0, 1:
				n.keys.Locked = false // saving what the person sees needs an open vault
				all = append(all, n.save(record, rapid.SampledFrom([]string{"q1", "q2", "name"}).Draw(t, "field"), rapid.SampledFrom([]string{"x", "y"}).Draw(t, "value")))
			case 2, 3:
				if len(all) > 0 {
					c := rapid.SampledFrom(all).Draw(t, "change")
					if rapid.Bool().Draw(t, "withheld") {
						c = c.Withhold(func(class syncengine.Class) bool { return class == indicator })
					}
					n.ingest(c)
				}
			case 4:
				if len(all) > 0 {
					c := rapid.SampledFrom(all).Draw(t, "target")
					op := rapid.SampledFrom([]syncengine.Op{syncengine.OpQuarantine, syncengine.OpRelease, syncengine.OpDiscard}).Draw(t, "op")
					if c.Kind != syncengine.KindControl {
						all = append(all, n.order(c.Record[0], syncengine.Control{Op: op, Change: c.ID()}))
					}
				}
			case 5:
				n.keys.Locked = !n.keys.Locked
			case 6:
				n.keys.Locked = false
				n.update(n.engine.FoldStale)
			}
			if !n.keys.Locked {
				n.agree(record)
			}
		}
		for _, n := range nodes {
			n.keys.Locked = false
			n.ingest(rapid.Permutation(all).Draw(t, "the rest")...)
			n.update(n.engine.FoldStale)
			for record := byte(1); record <= 2; record++ {
				n.agree(record)
				if n.folded(record) != nodes[0].folded(record) {
					t.Fatalf("record %d differs between replicas", record)
				}
			}
		}
	})
}

func TestDamagedStateIsFoldedAnew(t *testing.T) {
	n := newNode(t, 1)
	n.save(1, "q1", "yes")
	n.update(func(tx syncengine.Tx) error {
		return tx.Scan("state", nil, func(key, _ []byte) error { return tx.Put("state", key, []byte("spoilt")) })
	})
	if got := n.live(1, "q1"); got != "yes" {
		t.Errorf("read over damaged state: %q", got)
	}
	n.save(1, "q2", "no")
	if got := n.live(1, "q1") + " " + n.live(1, "q2"); got != "yes no" {
		t.Errorf("after a save: %q", got)
	}
	n.agree(1)
}
