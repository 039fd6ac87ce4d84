package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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

// Protection study, 3.17: a key must not reach a log by any verb.
func TestKeysDoNotPrint(t *testing.T) {
	raw := []byte("a canary of exactly 32 bytes....")
	k, c, s := RecordKey(raw), ClassKey(raw), DeliverySeed(raw)
	public := struct {
		K RecordKey
		C ClassKeys
	}{k, ClassKeys{1: c}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"} {
		for _, value := range []any{k, &k, c, &c, s, ClassKeys{1: c}, public} {
			got := fmt.Sprintf(verb, value)
			if !strings.Contains(got, "hidden") {
				t.Errorf("%s of %T: no sign of being hidden in %q", verb, value, got)
			}
			for _, form := range []string{"canary", "63616e617279", "63616E617279", "99 97 110"} {
				if strings.Contains(got, form) {
					t.Errorf("%s of %T shows the key", verb, value)
				}
			}
		}
	}
	for _, value := range []any{k, c, s, public} {
		if b, err := json.Marshal(value); err == nil {
			t.Errorf("%T was marshalled to %d bytes", value, len(b))
		}
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
