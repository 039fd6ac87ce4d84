package vault

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestClassKeysOfOneRecordAreUnrelated(t *testing.T) {
	k := must(NewRecordKey(replay("K")))(t)
	seen := map[ClassKey]int{ClassKey(k): 0}
	for class := 1; class <= 255; class++ {
		key := k.Class(byte(class))
		if before, twice := seen[key]; twice {
			t.Fatalf("classes %d and %d share a key", before, class)
		}
		seen[key] = class
	}
}

func TestCommitmentPicksOutItsKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := RecordKey(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "K"))
		commit := Commitment(k)
		if err := k.Check(commit); err != nil {
			t.Fatal(err)
		}
		commit[rapid.IntRange(0, 15).Draw(t, "byte")] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		if err := k.Check(commit); !errors.Is(err, ErrCommitment) {
			t.Fatalf("another commitment gave %v", err)
		}
	})
}

func TestPackedClassKeysReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k := RecordKey{3}
		codes := rapid.SliceOfNDistinct(rapid.ByteRange(1, 255), 1, 255, rapid.ID).Draw(t, "codes")
		keys := k.Classes(codes...)
		packed, err := keys.pack()
		if err != nil || len(packed) != 33*len(codes) {
			t.Fatalf("%d classes packed into %d bytes, %v", len(codes), len(packed), err)
		}
		back, err := unpackClassKeys(packed)
		if err != nil || len(back) != len(keys) {
			t.Fatal(len(back), err)
		}
		for c, key := range keys {
			if back[c] != key {
				t.Fatalf("class %d changed", c)
			}
		}
	})
}

func TestMalformedClassKeysAreRefused(t *testing.T) {
	key := bytes.Repeat([]byte{8}, 32)
	entry := func(code byte) []byte { return append([]byte{code}, key...) }
	for name, packed := range map[string][]byte{
		"nothing":       nil,
		"half an entry": entry(1)[:20],
		"class zero":    entry(0),
		"twice":         append(entry(2), entry(2)...),
		"descending":    append(entry(3), entry(2)...),
		"trailing byte": append(entry(1), 9),
	} {
		if _, err := unpackClassKeys(packed); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (ClassKeys{0: {}}).pack(); !errors.Is(err, ErrMalformed) {
		t.Errorf("class zero was packed: %v", err)
	}
}

func FuzzUnpackClassKeys(f *testing.F) {
	packed, _ := RecordKey{1}.Classes(1, 2, 7).pack()
	f.Add(packed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		keys, err := unpackClassKeys(b)
		if err != nil {
			return
		}
		if back, err := keys.pack(); err != nil || !bytes.Equal(back, b) {
			t.Fatal("there are two encodings of the same keys")
		}
	})
}
