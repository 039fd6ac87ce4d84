package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"testing"

	"raksa/syncengine"
)

// Run checks the store that open gives. Each part opens an empty one.
func Run(t *testing.T, open func(t *testing.T) syncengine.Store) {
	t.Helper()
	parts := []struct {
		name  string
		check func(*testing.T, syncengine.Store)
	}{
		{"a failed update leaves no trace", failedUpdate},
		{"a change comes back as it was", roundTrip},
		{"a known change is no error and adds withheld blocks", knownChange},
		{"a chain comes by seq, forks by arrival, after and limit kept", chain},
		{"a record comes in the order of arrival", record},
		{"a dropped change is gone, and a failed update brings it back", drop},
		{"an absent cell is nil and an empty one is not", absentCell},
		{"a scan keeps to its prefix and order and may write", scan},
		{"a transaction sees its own writes among what stood before", ownWrites},
		{"a view refuses to write", viewRefuses},
		{"bytes that come out are the caller's own", ownBytes},
	}
	for _, part := range parts {
		t.Run(part.name, func(t *testing.T) { part.check(t, open(t)) })
	}
}

// Make builds a verifying change for tests: its blocks are not sealed.
func Make(node byte, seq uint64, prev syncengine.ChangeID, record byte, blocks map[syncengine.Class]string) *syncengine.Change {
	c := &syncengine.Change{Blocks: map[syncengine.Class][]byte{}}
	c.Node, c.Seq, c.Prev = syncengine.NodeID{node}, seq, prev
	c.Record, c.Kind, c.Form = syncengine.RecordID{record}, 2, "test/1"
	for class := range syncengine.Class(16) {
		text, here := blocks[class]
		if !here {
			continue
		}
		c.Blocks[class] = []byte(text)
		c.Digests = append(c.Digests, syncengine.Digest{Class: class, Sum: sha256.Sum256([]byte(text))})
	}
	return c
}

func update(t *testing.T, s syncengine.Store, fn func(syncengine.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, s syncengine.Store, fn func(syncengine.Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func failedUpdate(t *testing.T, s syncengine.Store) {
	first := Make(1, 1, syncengine.ChangeID{}, 1, map[syncengine.Class]string{1: "a"})
	update(t, s, func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), []byte("before")) })
	wanted := errors.New("no")
	err := s.Update(t.Context(), func(tx syncengine.Tx) error {
		if _, err := tx.Append(first); err != nil {
			return err
		}
		if err := tx.Put("b", []byte("k"), []byte("after")); err != nil {
			return err
		}
		if err := tx.Put("b", []byte("new"), []byte("x")); err != nil {
			return err
		}
		return wanted
	})
	if !errors.Is(err, wanted) {
		t.Fatalf("Update gave %v, want the error of its function", err)
	}
	view(t, s, func(tx syncengine.Tx) error {
		if _, err := tx.Change(first.ID()); !errors.Is(err, syncengine.ErrUnknownChange) {
			t.Errorf("the change is there: %v", err)
		}
		if got, _ := tx.Get("b", []byte("k")); string(got) != "before" {
			t.Errorf("cell is %q", got)
		}
		if got, _ := tx.Get("b", []byte("new")); got != nil {
			t.Errorf("new cell is %q", got)
		}
		return nil
	})
}

func roundTrip(t *testing.T, s syncengine.Store) {
	c := Make(1, 1, syncengine.ChangeID{}, 7, map[syncengine.Class]string{1: "alpha", 5: ""})
	c.Commit = bytes.Repeat([]byte{9}, 16)
	update(t, s, func(tx syncengine.Tx) error {
		added, err := tx.Append(c)
		if !added {
			t.Error("Append says that nothing was new")
		}
		return err
	})
	view(t, s, func(tx syncengine.Tx) error {
		got, err := tx.Change(c.ID())
		if err == nil && !bytes.Equal(syncengine.EncodeChange(got), syncengine.EncodeChange(c)) {
			t.Error("the bytes differ")
		}
		return err
	})
}

func knownChange(t *testing.T, s syncengine.Store) {
	whole := Make(1, 1, syncengine.ChangeID{}, 7, map[syncengine.Class]string{1: "alpha", 5: "beta"})
	part := whole.Withhold(func(class syncengine.Class) bool { return class == 1 })
	want := []struct {
		c     *syncengine.Change
		added bool
	}{{part, true}, {part, false}, {whole, true}, {part, false}, {whole, false}}
	for i, step := range want {
		update(t, s, func(tx syncengine.Tx) error {
			added, err := tx.Append(step.c)
			if added != step.added {
				t.Errorf("step %d: added = %v", i, added)
			}
			return err
		})
	}
	view(t, s, func(tx syncengine.Tx) error {
		got, err := tx.Change(whole.ID())
		if err == nil && !got.Whole() {
			t.Error("the second block is missing")
		}
		return err
	})
}

func chain(t *testing.T, s syncengine.Store) {
	a1 := Make(1, 1, syncengine.ChangeID{}, 1, map[syncengine.Class]string{1: "1"})
	a2 := Make(1, 2, a1.ID(), 1, map[syncengine.Class]string{1: "2"})
	fork := Make(1, 2, a1.ID(), 1, map[syncengine.Class]string{1: "2, the clone's"})
	a3 := Make(1, 3, a2.ID(), 1, map[syncengine.Class]string{1: "3"})
	other := Make(2, 1, syncengine.ChangeID{}, 1, map[syncengine.Class]string{1: "1"})
	update(t, s, func(tx syncengine.Tx) error {
		for _, c := range []*syncengine.Change{a1, a2, a3, other, fork} {
			if _, err := tx.Append(c); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx syncengine.Tx) error {
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 9, a1, a2, fork, a3)
		expect(t, tx.Chain, syncengine.NodeID{1}, 1, 2, a2, fork)
		expect(t, tx.Chain, syncengine.NodeID{1}, 3, 9)
		expect(t, tx.Chain, syncengine.NodeID{3}, 0, 9)
		return nil
	})
}

func expect(t *testing.T, read func(syncengine.NodeID, uint64, int) ([]*syncengine.Change, error),
	node syncengine.NodeID, after uint64, limit int, want ...*syncengine.Change,
) {
	t.Helper()
	got, err := read(node, after, limit)
	if err != nil {
		t.Fatal(err)
	}
	if list(got) != list(want) {
		t.Errorf("chain of %x after %d, %d at most:\n got %s\nwant %s", node[:1], after, limit, list(got), list(want))
	}
}

func list(changes []*syncengine.Change) string {
	var out strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&out, "%d:%s ", c.Seq, c.ID().String()[:8])
	}
	return out.String()
}

func record(t *testing.T, s syncengine.Store) {
	b1 := Make(2, 1, syncengine.ChangeID{}, 5, map[syncengine.Class]string{1: "b"})
	a1 := Make(1, 1, syncengine.ChangeID{}, 5, map[syncengine.Class]string{1: "a"})
	elsewhere := Make(3, 1, syncengine.ChangeID{}, 6, map[syncengine.Class]string{1: "c"})
	update(t, s, func(tx syncengine.Tx) error {
		for _, c := range []*syncengine.Change{b1, elsewhere, a1} {
			if _, err := tx.Append(c); err != nil {
				return err
			}
		}
		return nil
	})
	view(t, s, func(tx syncengine.Tx) error {
		got, err := tx.Record(syncengine.RecordID{5})
		if want := list([]*syncengine.Change{b1, a1}); err == nil && list(got) != want {
			t.Errorf("got %s, want %s", list(got), want)
		}
		return err
	})
}

func drop(t *testing.T, s syncengine.Store) {
	a1 := Make(1, 1, syncengine.ChangeID{}, 5, map[syncengine.Class]string{1: "1"})
	a2 := Make(1, 2, a1.ID(), 5, map[syncengine.Class]string{1: "2"})
	a3 := Make(1, 3, a2.ID(), 5, map[syncengine.Class]string{1: "3"})
	update(t, s, func(tx syncengine.Tx) error {
		for _, c := range []*syncengine.Change{a1, a2} {
			if _, err := tx.Append(c); err != nil {
				return err
			}
		}
		return nil
	})
	wanted := errors.New("no")
	if err := s.Update(t.Context(), func(tx syncengine.Tx) error { return errors.Join(tx.Drop(a1.ID()), wanted) }); !errors.Is(err, wanted) {
		t.Fatal(err)
	}
	view(t, s, func(tx syncengine.Tx) error {
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 9, a1, a2)
		return nil
	})
	if s.View(t.Context(), func(tx syncengine.Tx) error { return tx.Drop(a1.ID()) }) == nil {
		t.Error("a change is dropped inside View")
	}
	update(t, s, func(tx syncengine.Tx) error {
		if err := tx.Drop(a1.ID()); err != nil {
			return err
		}
		if err := tx.Drop(a1.ID()); err != nil {
			t.Errorf("dropped twice: %v", err)
		}
		_, err := tx.Append(a3)
		return err
	})
	view(t, s, func(tx syncengine.Tx) error {
		if _, err := tx.Change(a1.ID()); !errors.Is(err, syncengine.ErrUnknownChange) {
			t.Errorf("what was dropped is there: %v", err)
		}
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 9, a2, a3)
		if got, err := tx.Record(syncengine.RecordID{5}); err != nil || list(got) != list([]*syncengine.Change{a2, a3}) {
			t.Errorf("the record has %s: %v", list(got), err)
		}
		return nil
	})
	update(t, s, func(tx syncengine.Tx) error {
		added, err := tx.Append(a1)
		if !added {
			t.Error("what was dropped may come again")
		}
		return err
	})
}

func absentCell(t *testing.T, s syncengine.Store) {
	update(t, s, func(tx syncengine.Tx) error { return tx.Put("b", []byte{}, []byte{}) })
	view(t, s, func(tx syncengine.Tx) error {
		if got, err := tx.Get("b", nil); err != nil || got == nil || len(got) != 0 {
			t.Errorf("empty cell under the empty key: %v, %v", got, err)
		}
		if got, err := tx.Get("b", []byte("x")); err != nil || got != nil {
			t.Errorf("absent cell: %v, %v", got, err)
		}
		return nil
	})
	update(t, s, func(tx syncengine.Tx) error { return tx.Delete("b", []byte("never there")) })
}

func scan(t *testing.T, s syncengine.Store) {
	keys := []string{"a", "ab", "a\xff", "a\xff\xff", "b", "\xff", "\xff\xff"}
	update(t, s, func(tx syncengine.Tx) error {
		for _, key := range keys {
			if err := tx.Put("b", []byte(key), []byte("v"+key)); err != nil {
				return err
			}
		}
		return tx.Put("c", []byte("a"), []byte("other bucket"))
	})
	for prefix, want := range map[string]string{
		"":      "a,ab,a\xff,a\xff\xff,b,\xff,\xff\xff,",
		"a":     "a,ab,a\xff,a\xff\xff,",
		"a\xff": "a\xff,a\xff\xff,",
		"\xff":  "\xff,\xff\xff,",
		"z":     "",
	} {
		update(t, s, func(tx syncengine.Tx) error {
			got := ""
			err := tx.Scan("b", []byte(prefix), func(key, value []byte) error {
				got += string(key) + ","
				if string(value) != "v"+string(key) {
					t.Errorf("value of %q is %q", key, value)
				}
				return tx.Put("seen", key, value)
			})
			if got != want {
				t.Errorf("scan %q: got %q, want %q", prefix, got, want)
			}
			return err
		})
	}
}

func ownWrites(t *testing.T, s syncengine.Store) {
	a1 := Make(1, 1, syncengine.ChangeID{}, 5, map[syncengine.Class]string{1: "1"})
	a2 := Make(1, 2, a1.ID(), 5, map[syncengine.Class]string{1: "2", 3: "withheld at first"})
	a3 := Make(1, 3, a2.ID(), 6, map[syncengine.Class]string{1: "3"})
	fork := Make(1, 1, syncengine.ChangeID{}, 5, map[syncengine.Class]string{1: "1, the clone's"})
	update(t, s, func(tx syncengine.Tx) error {
		if _, err := tx.Append(a1); err != nil {
			return err
		}
		return tx.Put("b", []byte("old"), []byte("1"))
	})
	update(t, s, func(tx syncengine.Tx) error {
		part := a2.Withhold(func(class syncengine.Class) bool { return class == 1 })
		for _, c := range []*syncengine.Change{part, fork, a3, a2, a2} {
			if _, err := tx.Append(c); err != nil {
				return err
			}
		}
		if got, err := tx.Change(a2.ID()); err != nil || !got.Whole() {
			t.Errorf("a change that got its block in the same transaction: %v", err)
		}
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 9, a1, fork, a2, a3)
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 2, a1, fork)
		got, err := tx.Record(syncengine.RecordID{5})
		if want := list([]*syncengine.Change{a1, a2, fork}); err != nil || list(got) != want {
			t.Errorf("record: got %s, want %s (%v)", list(got), want, err)
		}
		for key, value := range map[string]string{"new": "2", "gone": "3", "old": "4"} {
			if err := tx.Put("b", []byte(key), []byte(value)); err != nil {
				return err
			}
		}
		if err := tx.Delete("b", []byte("gone")); err != nil {
			return err
		}
		if value, err := tx.Get("b", []byte("gone")); err != nil || value != nil {
			t.Errorf("a deleted cell: %q, %v", value, err)
		}
		seen := ""
		err = tx.Scan("b", nil, func(key, value []byte) error {
			seen += string(key) + "=" + string(value) + " "
			return nil
		})
		if seen != "new=2 old=4 " {
			t.Errorf("a scan sees %q", seen)
		}
		return err
	})
	view(t, s, func(tx syncengine.Tx) error {
		expect(t, tx.Chain, syncengine.NodeID{1}, 0, 9, a1, fork, a2, a3)
		got, err := tx.Change(a2.ID())
		if err == nil && !got.Whole() {
			t.Error("the second block is missing")
		}
		return err
	})
}

func viewRefuses(t *testing.T, s syncengine.Store) {
	err := s.View(t.Context(), func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), []byte("v")) })
	if err == nil {
		t.Error("a write inside View went through")
	}
	view(t, s, func(tx syncengine.Tx) error {
		got, err := tx.Get("b", []byte("k"))
		if got != nil {
			t.Error("the cell is there")
		}
		return err
	})
}

func ownBytes(t *testing.T, s syncengine.Store) {
	value := []byte("value")
	update(t, s, func(tx syncengine.Tx) error { return tx.Put("b", []byte("k"), value) })
	value[0] = 'X'
	view(t, s, func(tx syncengine.Tx) error {
		got, err := tx.Get("b", []byte("k"))
		if err == nil && string(got) != "value" {
			t.Errorf("what went in was not copied: %q", got)
		}
		if err == nil {
			got[0] = 'Y'
		}
		if again, _ := tx.Get("b", []byte("k")); string(again) != "value" {
			t.Errorf("what came out was not a copy: %q", again)
		}
		return err
	})
}
