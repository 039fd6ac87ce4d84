package vault

import "testing"

// What things cost. Opening one class of a record from its stored wrap is what
// a name look-up at unlock does five thousand times.
func BenchmarkOpenOneClassFromItsWrap(b *testing.B) {
	ring := NewKeyring(must(NewVault(replay("vault")))(b).Wrapper, replay("ring"))
	cells, record, k := memoryCells{}, testID(1), RecordKey{1}
	check(b, ring.PutRecordKey(cells, record, k))
	state := must(SealState(replay("s"), k.Class(2), record, 2, make([]byte, 300)))(b)
	for b.Loop() {
		key, err := ring.ClassKey(cells, record, 2)
		check(b, err)
		if _, err := OpenState(key, record, 2, state); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealBlock(b *testing.B) {
	key, head, plain := ClassKey{1}, make([]byte, 120), make([]byte, 300)
	for b.Loop() {
		SealBlock(key, head, 2, plain)
	}
}

func BenchmarkOpenSlotAtTheFloor(b *testing.B) {
	secret := []byte("123456789012")
	slot, _, err := must(NewVault(replay("vault")))(b).AddPerson(replay("slot"), ID{}, secret, FloorParams())
	check(b, err)
	for b.Loop() {
		if _, err := OpenSlot(slot, secret); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSealSeedToTheOffice(b *testing.B) {
	public := must(NewOffice(replay("office")))(b).ReceivingPublic()
	r := must(NewRatchet(replay("ratchet"), ID{}))(b)
	for b.Loop() {
		if _, err := r.SealSeed(public); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkTheLongestRatchetWalk(b *testing.B) {
	r := must(NewRatchet(replay("ratchet"), ID{}))(b)
	for b.Loop() {
		if _, err := r.At(RatchetStepsMax); err != nil {
			b.Fatal(err)
		}
	}
}
