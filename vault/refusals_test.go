package vault

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

// Protection study, test A8, for every sealed type of this package: each byte
// flipped, each cut, a byte too many; refused with a typed error every time.
func TestEverySealRefusesEveryDamage(t *testing.T) {
	vault, office := testVault(t), testOffice(t)
	receiver := testReceiver(t, "receiver")
	record, device, person := testID(1), testID(2), testID(3)
	k := RecordKey{9}
	ratchet := must(NewRatchet(replay("ratchet"), device))(t)
	ratchetWrap, _, err := ratchet.Wrap(replay("w"), k, record)
	if err != nil {
		t.Fatal(err)
	}
	slot, _, err := vault.AddPerson(replay("slot"), person, []byte("123456789012"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	seed := DeliverySeed{4}

	for _, row := range []struct {
		name   string
		sealed []byte
		open   func([]byte) error
	}{
		{"state", must(SealState(replay("s"), k.Class(2), record, 2, []byte("folded")))(t), func(b []byte) error {
			_, err := OpenState(k.Class(2), record, 2, b)
			return err
		}},
		{"value", must(vault.Seal(replay("v"), "note", record[:], []byte("value")))(t), func(b []byte) error {
			_, err := vault.Open("note", record[:], b)
			return err
		}},
		{"record wrap", must(vault.WrapRecord(replay("r"), record, k))(t), func(b []byte) error {
			_, err := vault.UnwrapRecord(record, b)
			return err
		}},
		{"class wrap", must(office.WrapClass(replay("c"), record, 2, k.Class(2)))(t), func(b []byte) error {
			_, err := office.UnwrapClass(record, 2, b)
			return err
		}},
		{"receiving key", must(vault.SealReceivingKey(replay("k"), device, receiver))(t), func(b []byte) error {
			_, err := vault.OpenReceivingKey(device, b)
			return err
		}},
		{"ratchet seed", must(ratchet.SealSeed(office.ReceivingPublic()))(t), func(b []byte) error {
			_, err := office.OpenSeed(device, b)
			return err
		}},
		{"ratchet wrap", ratchetWrap, func(b []byte) error {
			_, err := ratchet.OpenWrap(0, record, b)
			return err
		}},
		{"delivery seed", must(seed.Seal(receiver.Public(), device, 1))(t), func(b []byte) error {
			_, err := receiver.OpenDeliverySeed(device, 1, b)
			return err
		}},
		{"delivery", must(seed.WrapClasses(replay("d"), record, device, k.Classes(1, 2)))(t), func(b []byte) error {
			_, err := seed.UnwrapClasses(record, device, b)
			return err
		}},
		{"handover", must(Handover{Record: record, Whole: &k}.Seal(receiver.Public()))(t), func(b []byte) error {
			_, err := receiver.OpenHandover(record, ID{}, ID{}, b)
			return err
		}},
		{"slot", slot, func(b []byte) error {
			_, err := OpenSlotAtLeast(cheap, b, []byte("123456789012"))
			return err
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.open(row.sealed); err != nil {
				t.Fatalf("control: the untouched seal does not open: %v", err)
			}
			refused := 0
			for _, damaged := range damages(row.sealed) {
				err := row.open(damaged)
				var sealErr *SealError
				if err == nil || !errors.As(err, &sealErr) {
					t.Fatalf("damage %d: %v", refused, err)
				}
				refused++
			}
			t.Logf("%d damages refused", refused)
		})
	}
}

// damages returns altered copies: a bit of every byte (of a sample, in long
// seals, where the public-key part dominates), cuts, and a byte too many.
func damages(sealed []byte) [][]byte {
	rnd := rand.New(rand.NewPCG(1, uint64(len(sealed))))
	out := [][]byte{nil, {}, append(bytes.Clone(sealed), 0)}
	step := 1 + len(sealed)/300
	for i := 0; i < len(sealed); i += step {
		flipped := bytes.Clone(sealed)
		flipped[i] ^= 1 << rnd.IntN(8)
		out = append(out, flipped, bytes.Clone(sealed[:i]))
	}
	return out
}
