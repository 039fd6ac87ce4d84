package vault

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestRatchetCarriesKeysToTheOffice(t *testing.T) {
	office, node := testOffice(t), testID(2)
	r := must(NewRatchet(replay("ratchet"), node))(t)
	sealed := must(r.SealSeed(office.ReceivingPublic()))(t)
	if len(sealed) != 1168 {
		t.Errorf("the sealed seed has %d bytes, want 1,168", len(sealed))
	}
	start := must(office.OpenSeed(node, sealed))(t)

	wraps := make([][]byte, 5)
	for i := range wraps {
		var err error
		wraps[i], r, err = r.Wrap(replay("wrap"), RecordKey{byte(i)}, testID(byte(i)))
		if err != nil || len(wraps[i]) != 72 {
			t.Fatalf("wrap %d has %d bytes, %v", i, len(wraps[i]), err)
		}
	}
	for _, i := range []uint64{4, 0, 2} { // in any order, as pushes come
		k, err := start.OpenWrap(i, testID(byte(i)), wraps[i])
		if err != nil || k != (RecordKey{byte(i)}) {
			t.Errorf("step %d: %v", i, err)
		}
	}
	near := must(start.At(3))(t)
	if k, err := near.OpenWrap(4, testID(4), wraps[4]); err != nil || k != (RecordKey{4}) {
		t.Errorf("from a nearer step: %v", err)
	}

	// Two clones write the same index; the office opens both.
	again, _, err := must(start.At(2))(t).Wrap(replay("clone"), RecordKey{77}, testID(77))
	if err != nil {
		t.Fatal(err)
	}
	if k, err := start.OpenWrap(2, testID(77), again); err != nil || k != (RecordKey{77}) {
		t.Errorf("a clone's wrap: %v", err)
	}

	for _, row := range []struct {
		name   string
		index  uint64
		record ID
		want   error
	}{
		{"another record", 1, testID(2), ErrSealBroken},
		{"another step", 2, testID(1), ErrSealBroken},
		{"beyond the limit", RatchetStepsMax + 1, testID(1), ErrRatchetRange},
		{"the end of numbers", 1<<64 - 1, testID(1), ErrRatchetRange},
	} {
		if _, err := start.OpenWrap(row.index, row.record, wraps[1]); !errors.Is(err, row.want) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if _, err := office.OpenSeed(testID(9), sealed); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another node's seed opened: %v", err)
	}
	other := must(NewOffice(replay("other office")))(t)
	if _, err := other.OpenSeed(node, sealed); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another office opened the seed: %v", err)
	}
}

// "Bytes and keys", §3: a stolen capture tablet cannot open what it closed.
// The thief holds the store's newest ratchet and every wrap that was sent.
func TestALaterStepOpensNoEarlierWrap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := NewRatchet(replay(rapid.String().Draw(t, "seed")), testID(1))
		if err != nil {
			t.Fatal(err)
		}
		start := r
		record := testID(3)
		var wraps [][]byte
		for i := range rapid.IntRange(1, 12).Draw(t, "records") {
			var wrap []byte
			if wrap, r, err = r.Wrap(replay("wrap"), RecordKey{byte(i), 1}, record); err != nil {
				t.Fatal(err)
			}
			wraps = append(wraps, wrap)
		}
		stolen, err := RatchetFromState(r.State())
		if err != nil {
			t.Fatal(err)
		}
		for i, wrap := range wraps {
			if _, err := start.OpenWrap(uint64(i), record, wrap); err != nil {
				t.Fatalf("control: the office cannot open step %d: %v", i, err)
			}
			if _, err := stolen.OpenWrap(uint64(i), record, wrap); !errors.Is(err, ErrRatchetRange) {
				t.Fatalf("step %d opened from step %d: %v", i, stolen.Index(), err)
			}
			// The thief's program has no range check: try the key it has, and
			// some that follow from it.
			for ahead := uint64(0); ahead < 20; ahead++ {
				if _, err := stolen.OpenWrap(stolen.Index()+ahead, record, wrap); !errors.Is(err, ErrSealBroken) {
					t.Fatalf("step %d opened with the key of step %d: %v", i, stolen.Index()+ahead, err)
				}
			}
		}
	})
}

func TestRatchetIsAValue(t *testing.T) {
	r := must(NewRatchet(replay("ratchet"), testID(1)))(t)
	before := r.State()
	_, next, err := r.Wrap(replay("w"), RecordKey{1}, testID(1))
	if err != nil {
		t.Fatal(err)
	}
	// A transaction that fails leaves the old step in force.
	if !bytes.Equal(r.State(), before) || r.Index() != 0 || next.Index() != 1 {
		t.Error("wrapping stepped the ratchet in place")
	}
	if _, err := next.SealSeed(testOffice(t).ReceivingPublic()); !errors.Is(err, ErrRatchetRange) {
		t.Errorf("a later step was sealed as the seed: %v", err)
	}
	back := must(RatchetFromState(next.State()))(t)
	if back != next {
		t.Error("the state does not read back")
	}
	next.Clear()
	if bytes.Contains(next.State(), back.e[:]) {
		t.Error("Clear leaves the step's secret")
	}
	if _, err := RatchetFromState(before[:56]); !errors.Is(err, ErrMalformed) {
		t.Errorf("cut state: %v", err)
	}
	if _, err := RatchetFromState(append([]byte{9}, before[1:]...)); !errors.Is(err, ErrVersion) {
		t.Errorf("newer state: %v", err)
	}
}

func FuzzRatchet(f *testing.F) {
	office := must(NewOffice(replay("office")))(f)
	r := must(NewRatchet(replay("ratchet"), ID{}))(f)
	wrap, _, _ := r.Wrap(replay("w"), RecordKey{1}, ID{})
	f.Add(wrap, uint64(0))
	f.Add(r.State(), uint64(3))
	f.Add(must(r.SealSeed(office.ReceivingPublic()))(f), uint64(1))
	f.Fuzz(func(t *testing.T, b []byte, index uint64) {
		if _, err := r.OpenWrap(index%100, ID{}, b); err == nil && !bytes.Equal(b, wrap) {
			t.Fatal("opened a wrap that was never made")
		}
		if back, err := RatchetFromState(b); err == nil && !bytes.Equal(back.State(), b) {
			t.Fatal("there are two encodings of one state")
		}
		office.OpenSeed(ID{}, b) // must not panic; a valid seal can be made by anybody
	})
}
