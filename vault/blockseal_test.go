package vault

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"
)

func TestBlockOpensOnlyInItsPlace(t *testing.T) {
	k := RecordKey{1}
	head, plain := []byte("head with a salt"), []byte("sealed writes")
	sealed := SealBlock(k.Class(2), head, 2, plain)
	if len(sealed) != len(plain)+16 {
		t.Fatalf("a block costs %d bytes more, want 16", len(sealed)-len(plain))
	}

	for _, row := range []struct {
		name   string
		key    ClassKey
		head   []byte
		class  byte
		sealed []byte
		want   error // nil: opens
	}{
		{"as it was sealed", k.Class(2), head, 2, sealed, nil},
		{"another record's key", RecordKey{2}.Class(2), head, 2, sealed, ErrSealBroken},
		{"another class's key", k.Class(3), head, 2, sealed, ErrSealBroken},
		{"moved to another class", k.Class(2), head, 3, sealed, ErrSealBroken},
		{"moved to another change", k.Class(2), []byte("head with another"), 2, sealed, ErrSealBroken},
		{"head cut", k.Class(2), head[:len(head)-1], 2, sealed, ErrSealBroken},
		{"class byte moved into the head", k.Class(2), append(bytes.Clone(head), 2), 0, sealed, ErrSealBroken},
		{"last byte cut", k.Class(2), head, 2, sealed[:len(sealed)-1], ErrSealBroken},
		{"a byte appended", k.Class(2), head, 2, append(bytes.Clone(sealed), 0), ErrSealBroken},
		{"shorter than a tag", k.Class(2), head, 2, sealed[:15], ErrMalformed},
		{"nothing", k.Class(2), head, 2, nil, ErrMalformed},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := OpenBlock(row.key, row.head, row.class, row.sealed)
			if row.want == nil {
				if err != nil || !bytes.Equal(got, plain) {
					t.Fatalf("got %q, %v", got, err)
				}
				return
			}
			var sealErr *SealError
			if !errors.Is(err, row.want) || !errors.As(err, &sealErr) || sealErr.Item != "block" {
				t.Fatalf("got %v, want a SealError of the block: %v", err, row.want)
			}
			if got != nil {
				t.Fatal("plain bytes came with the refusal")
			}
		})
	}
}

// Protection study, test A8: every altered block is refused.
func TestTenThousandMutationsAreRefused(t *testing.T) {
	const mutations = 10_000
	rnd := rand.New(rand.NewPCG(8, 8))
	key, head := RecordKey{7}.Class(5), []byte("a head of some forty bytes, salt within.")
	sealed := SealBlock(key, head, 5, []byte("compressed writes of one class"))
	if _, err := OpenBlock(key, head, 5, sealed); err != nil {
		t.Fatalf("control: the untouched block does not open: %v", err)
	}
	for i := range mutations {
		key, head, class, sealed := key, bytes.Clone(head), byte(5), bytes.Clone(sealed)
		var what string
		switch rnd.IntN(6) {
		case 0, 1:
			what = "bit of the block"
			sealed[rnd.IntN(len(sealed))] ^= 1 << rnd.IntN(8)
		case 2:
			what = "bit of the head"
			head[rnd.IntN(len(head))] ^= 1 << rnd.IntN(8)
		case 3:
			what = "bit of the key"
			key[rnd.IntN(len(key))] ^= 1 << rnd.IntN(8)
		case 4:
			what = "cut"
			sealed = sealed[:rnd.IntN(len(sealed))]
		case 5:
			what = "class"
			class ^= byte(1 + rnd.IntN(255))
		}
		if _, err := OpenBlock(key, head, class, sealed); !errors.Is(err, ErrSealBroken) && !errors.Is(err, ErrMalformed) {
			t.Fatalf("mutation %d (%s) was accepted: %v", i, what, err)
		}
	}
	t.Logf("%d of %d mutations refused", mutations, mutations)
}

// "Bytes and keys", §2: the same seq on two clones must get two nonces, which
// the salt in the head sees to.
func TestNoncesDifferByHeadAndClass(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		head := rapid.SliceOfN(rapid.Byte(), 1, 80).Draw(t, "head")
		other := bytes.Clone(head)
		other[rapid.IntRange(0, len(head)-1).Draw(t, "at")] ^= rapid.ByteRange(1, 255).Draw(t, "salt bits")
		class := rapid.ByteRange(1, 254).Draw(t, "class")
		if Nonce(head, class) == Nonce(other, class) {
			t.Fatal("two salts, one nonce")
		}
		if Nonce(head, class) == Nonce(head, class+1) {
			t.Fatal("two classes, one nonce")
		}
	})
}

func FuzzOpenBlock(f *testing.F) {
	key := RecordKey{1}.Class(1)
	f.Add([]byte("head"), byte(1), SealBlock(key, []byte("head"), 1, []byte("plain")))
	f.Add([]byte{}, byte(0), []byte{})
	f.Fuzz(func(t *testing.T, head []byte, class byte, sealed []byte) {
		plain, err := OpenBlock(key, head, class, sealed)
		if err == nil && !bytes.Equal(SealBlock(key, head, class, plain), sealed) {
			t.Fatal("opened a block that this key did not seal")
		}
	})
}
