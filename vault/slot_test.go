package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"
)

func TestSeveralPeopleOpenOneVault(t *testing.T) {
	vault := testVault(t)
	ana, bo := testID(0xA), testID(0xB)
	slotAna, publicAna, err := vault.AddPerson(replay("ana"), ana, []byte("111122223333"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	wrap := must(vault.WrapRecord(replay("w"), testID(1), RecordKey{5}))(t)
	vault.Lock()

	opened := must(OpenSlotAtLeast(cheap, slotAna, []byte("111122223333")))(t)
	if opened.Person() != ana {
		t.Error("the slot does not name its person")
	}
	slotBo, publicBo, err := opened.AddPerson(replay("bo"), bo, []byte("444455556666"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	byBo := must(OpenSlotAtLeast(cheap, slotBo, []byte("444455556666")))(t)
	if k, err := byBo.UnwrapRecord(testID(1), wrap); err != nil || k != (RecordKey{5}) {
		t.Fatalf("a colleague cannot go on with the draft: %v", err)
	}

	// Each signs as themselves.
	digest := [32]byte{1}
	signature := must(byBo.SignAct(digest))(t)
	if err := VerifyAct(publicBo, digest, signature); err != nil {
		t.Error(err)
	}
	if err := VerifyAct(publicAna, digest, signature); !errors.Is(err, ErrSignature) {
		t.Errorf("one person's signature passed for another's: %v", err)
	}
}

func TestSlotRefuses(t *testing.T) {
	secret := []byte("123456789012")
	slot, _, err := testVault(t).AddPerson(replay("slot"), testID(1), secret, cheap)
	if err != nil {
		t.Fatal(err)
	}
	if len(slot) != 162 {
		t.Errorf("a slot has %d bytes, want 162", len(slot))
	}
	changed := func(at int, to ...byte) []byte {
		b := bytes.Clone(slot)
		copy(b[at:], to)
		return b
	}
	for _, row := range []struct {
		name   string
		least  Params
		slot   []byte
		secret string
		want   error
	}{
		{"a wrong secret", cheap, slot, "123456789013", ErrWrongSecret},
		{"no secret", cheap, slot, "", ErrWrongSecret},
		{"a weak slot, by the production floor", Params{}, slot, string(secret), ErrWeakSlot},
		{"too few passes", Params{Passes: 2, MemoryKiB: 8, Threads: 1}, slot, string(secret), ErrWeakSlot},
		{"too little memory", Params{Passes: 1, MemoryKiB: 65, Threads: 1}, slot, string(secret), ErrWeakSlot},
		{"a newer version", cheap, changed(0, 2), string(secret), ErrVersion},
		{"another person's name on it", cheap, changed(1, 9), string(secret), ErrSealBroken},
		{"a damaged seal", cheap, changed(100, 1, 2, 3), string(secret), ErrSealBroken},
		{"memory beyond reason", cheap, changed(21, 0xFF, 0xFF, 0xFF, 0xFF), string(secret), ErrMalformed},
		{"passes beyond reason", cheap, changed(17, 0xFF), string(secret), ErrMalformed},
		{"no threads", cheap, changed(25, 0), string(secret), ErrWeakSlot},
		{"cut", cheap, slot[:161], string(secret), ErrMalformed},
		{"empty", cheap, nil, string(secret), ErrMalformed},
	} {
		t.Run(row.name, func(t *testing.T) {
			u, err := OpenSlotAtLeast(row.least, row.slot, []byte(row.secret))
			if !errors.Is(err, row.want) || u != nil {
				t.Fatalf("got %v, want %v", err, row.want)
			}
		})
	}
	if err := RefuseUnknown(cheap, secret); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("an unknown person got %v", err)
	}
}

// Protection study, 3.5 and test A6: the floor that production opens with.
func TestProductionFloor(t *testing.T) {
	floor := FloorParams()
	if floor.MemoryKiB < 64*1024 || floor.Passes < 3 || floor.Threads < 1 {
		t.Fatalf("the floor sank to %+v", floor)
	}
	slot, _, err := testVault(t).AddPerson(replay("slot"), testID(1), []byte("123456789012"), floor)
	if err != nil {
		t.Fatal(err)
	}
	if got := must(SlotParams(slot))(t); got != floor {
		t.Errorf("the slot says %+v", got)
	}
	if _, err := OpenSlot(slot, []byte("123456789012")); err != nil {
		t.Fatal(err)
	}
}

func TestReslotKeepsThePersonsKey(t *testing.T) {
	vault := testVault(t)
	slot, public, err := vault.AddPerson(replay("slot"), testID(1), []byte("old secret"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	u := must(OpenSlotAtLeast(cheap, slot, []byte("old secret")))(t)
	stronger := Params{Passes: 2, MemoryKiB: 128, Threads: 1}
	slot = must(u.Reslot(replay("reslot"), []byte("new secret"), stronger))(t)
	if _, err := OpenSlotAtLeast(cheap, slot, []byte("old secret")); !errors.Is(err, ErrWrongSecret) {
		t.Errorf("the old secret gave %v", err)
	}
	u = must(OpenSlotAtLeast(stronger, slot, []byte("new secret")))(t)
	if err := VerifyAct(public, [32]byte{7}, must(u.SignAct([32]byte{7}))(t)); err != nil {
		t.Errorf("the person's signing key changed: %v", err)
	}
	if u.Person() != testID(1) {
		t.Error("the person changed")
	}
}

func FuzzOpenSlot(f *testing.F) {
	slot, _, _ := must(NewVault(replay("vault")))(f).AddPerson(replay("slot"), ID{}, []byte("secret"), cheap)
	f.Add(slot)
	f.Add(slot[:40])
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) == slotSize { // keep one guess cheap, whatever the bytes ask for
			binary.BigEndian.PutUint32(b[17:], binary.BigEndian.Uint32(b[17:])%3)
			binary.BigEndian.PutUint32(b[21:], binary.BigEndian.Uint32(b[21:])%256)
			b[25] %= 3
		}
		if _, err := OpenSlotAtLeast(Params{1, 8, 1}, b, []byte("secret")); err == nil && !bytes.Equal(b, slot) {
			t.Fatal("opened a slot that was never sealed")
		}
	})
}
