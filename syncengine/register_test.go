package syncengine_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

// A saved write, as the oracle sees it: everything by name, nothing clever.
type saved struct {
	envelope *syncengine.Envelope
	writes   []syncengine.Write
}

// The oracle: a set of writes. A version is live while nobody names it. It is
// written apart from the engine and slower on purpose.
func oracleLive(set []saved, field string) []string {
	named := map[syncengine.ChangeID]bool{}
	for _, s := range set {
		for _, w := range s.writes {
			if w.Field == field {
				for _, id := range w.Supersedes {
					named[id] = true
				}
			}
		}
	}
	live := map[string]bool{}
	for _, s := range set {
		for _, w := range s.writes {
			if w.Field == field && !named[s.envelope.ID()] {
				live[fmt.Sprintf("%s %d %q", s.envelope.ID(), w.State, w.Value)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(live))
}

func oracleContested(set []saved, field string) bool {
	answers := map[string]bool{}
	for _, line := range oracleLive(set, field) {
		_, answer, _ := strings.Cut(line, " ")
		answers[answer] = true
	}
	return len(answers) > 1
}

func engineLive(f syncengine.Folded, field string) []string {
	lines := []string{}
	if f[field] != nil {
		for _, v := range f[field].Live() {
			lines = append(lines, fmt.Sprintf("%s %d %q", v.ID, v.State, v.Value))
		}
	}
	slices.Sort(lines)
	return lines
}

func fold(sets ...[]saved) syncengine.Folded {
	f := syncengine.Folded{}
	for _, s := range slices.Concat(sets...) {
		f.Apply(s.envelope, s.writes)
	}
	return f
}

// drawWrites draws a graph of changes to two fields. Each may supersede any
// earlier version, seen or not, and ids that nobody here has.
func drawWrites(t *rapid.T) []saved {
	var set []saved
	var ids []syncengine.ChangeID
	for i := range rapid.IntRange(0, 12).Draw(t, "changes") {
		e := &syncengine.Envelope{Node: syncengine.NodeID{byte(i)}, Seq: 1, Kind: interview}
		e.Stamp = syncengine.Stamp(rapid.IntRange(0, 3).Draw(t, "stamp"))
		e.Digests = []syncengine.Digest{{Class: indicator, Sum: sha256.Sum256([]byte{byte(i)})}}
		var writes []syncengine.Write
		for _, field := range []string{"a", "b"} {
			if rapid.IntRange(0, 2).Draw(t, "writes "+field) == 0 {
				continue
			}
			w := syncengine.Write{Field: field, State: syncengine.State(rapid.IntRange(0, 1).Draw(t, "state"))}
			w.Value = []byte(rapid.SampledFrom([]string{"", "yes", "no"}).Draw(t, "value"))
			for _, id := range append(slices.Clone(ids), syncengine.ChangeID{0xFF}) {
				if rapid.IntRange(0, 3).Draw(t, "supersedes") == 0 {
					w.Supersedes = append(w.Supersedes, id)
				}
			}
			writes = append(writes, w)
		}
		set, ids = append(set, saved{e, writes}), append(ids, e.ID())
	}
	return set
}

func TestAFoldIsWhatTheSetOfWritesSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawWrites(t)
		f := fold(set)
		for _, field := range []string{"a", "b"} {
			if got, want := engineLive(f, field), oracleLive(set, field); !slices.Equal(got, want) {
				t.Fatalf("field %s\n got %v\nwant %v", field, got, want)
			}
			if f[field] != nil && f[field].Contested() != oracleContested(set, field) {
				t.Fatalf("field %s: contested = %v", field, f[field].Contested())
			}
		}
	})
}

func TestAFoldIsTheSameInAnyOrderWithRepeats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawWrites(t)
		shuffled := rapid.Permutation(set).Draw(t, "order")
		for range rapid.IntRange(0, 5).Draw(t, "repeats") {
			if len(set) > 0 {
				shuffled = append(shuffled, rapid.SampledFrom(set).Draw(t, "repeat"))
			}
		}
		if !bytes.Equal(fold(set).Encode(), fold(shuffled).Encode()) {
			t.Fatal("the bytes differ")
		}
	})
}

// With gaps: any two replicas hold parts of the set, and folding one after the
// other is folding the union, whichever comes first.
func TestMergingIsCommutativeAssociativeAndIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawWrites(t)
		part := func(label string) []saved {
			return slices.DeleteFunc(slices.Clone(set), func(saved) bool { return rapid.Bool().Draw(t, label) })
		}
		a, b, c := part("a lacks"), part("b lacks"), part("c lacks")
		for law, pair := range map[string][2]syncengine.Folded{
			"commutative": {fold(a, b), fold(b, a)},
			"associative": {fold(a, b, c), fold(b, c, a)},
			"idempotent":  {fold(a, b, a, b), fold(a, b)},
		} {
			if !bytes.Equal(pair[0].Encode(), pair[1].Encode()) {
				t.Fatalf("not %s", law)
			}
		}
	})
}

func TestNewerClocksSupersedeNothing(t *testing.T) {
	old, later := newNode(t, 1), newNode(t, 2)
	later.wallMillis += 1e12
	a, b := old.save(1, "q1", "yes"), later.save(1, "q1", "no")
	old.ingest(b)
	later.ingest(a)
	if got := old.live(1, "q1"); got != "yes no" || later.live(1, "q1") != got {
		t.Errorf("live: %s and %s", got, later.live(1, "q1"))
	}
}

func TestAVersionThatWasNotOnTheScreenIsNeverSuperseded(t *testing.T) {
	tablet, other := newNode(t, 1), newNode(t, 2)
	shown := tablet.save(1, "q1", "yes")
	tablet.ingest(other.save(1, "q1", "no")) // arrives behind the open page
	tablet.saveOver(1, "q1", "dont_know", shown.ID())
	if got := tablet.live(1, "q1"); got != "no dont_know" {
		t.Errorf("live: %s", got)
	}
}

func TestTwoWhoTypedTheSameAreNotContested(t *testing.T) {
	a, b := newNode(t, 1), newNode(t, 2)
	a.save(1, "q1", "yes")
	a.ingest(b.save(1, "q1", "yes"))
	reg := a.read(1).Field("q1")
	if reg.Contested() || len(reg.Live()) != 2 {
		t.Errorf("contested = %v with %d live", reg.Contested(), len(reg.Live()))
	}
}

func TestASettlingLeavesTheNewcomerVisible(t *testing.T) {
	desk, a, b, late := newNode(t, 9), newNode(t, 1), newNode(t, 2), newNode(t, 3)
	desk.ingest(a.save(1, "q1", "yes"), b.save(1, "q1", "no"))
	desk.save(1, "q1", "no")
	if got := desk.live(1, "q1"); got != "no" {
		t.Fatalf("settled: %s", got)
	}
	desk.ingest(late.save(1, "q1", "refused"))
	if !desk.read(1).Field("q1").Contested() {
		t.Error("the newcomer is hidden")
	}
}

func TestAStruckAnswerStandsBesideAnEditThatDidNotSeeIt(t *testing.T) {
	a, b := newNode(t, 1), newNode(t, 2)
	b.ingest(a.save(1, "q1", "yes"))
	strike := syncengine.Write{Field: "q1", State: syncengine.Struck, Supersedes: a.read(1).Field("q1").Basis()}
	if _, err := a.try(syncengine.Draft{Record: syncengine.RecordID{1}, Writes: map[syncengine.Class][]syncengine.Write{indicator: {strike}}}); err != nil {
		t.Fatal(err)
	}
	a.ingest(b.save(1, "q1", "no"))
	live := a.read(1).Field("q1").Live()
	if len(live) != 2 || live[0].State == live[1].State {
		t.Errorf("live: %v", live)
	}
}

func TestASaveMayNotReplaceWhatWasNeverHere(t *testing.T) {
	n := newNode(t, 1)
	elsewhere := n.save(2, "q1", "yes")
	for name, claim := range map[string]syncengine.ChangeID{"unknown": {1, 2, 3}, "of another record": elsewhere.ID()} {
		_, err := n.try(syncengine.Draft{Record: syncengine.RecordID{1}, Writes: map[syncengine.Class][]syncengine.Write{
			indicator: {{Field: "q1", State: 1, Supersedes: []syncengine.ChangeID{claim}}},
		}})
		var bad *syncengine.BadBasis
		if !asError(err, &bad) || bad.Claim != claim || bad.Field != "q1" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
