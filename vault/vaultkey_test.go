package vault

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
)

func TestValuesOpenOnlyForTheirPurposeAndPlace(t *testing.T) {
	vault := testVault(t)
	sealed := must(vault.Seal(replay("v"), "ratchet", []byte("node 1"), []byte("value")))(t)
	if got, err := vault.Open("ratchet", []byte("node 1"), sealed); err != nil || string(got) != "value" {
		t.Fatal(got, err)
	}
	other := must(NewVault(replay("another")))(t)
	for name, open := range map[string]func() ([]byte, error){
		"another purpose": func() ([]byte, error) { return vault.Open("draft", []byte("node 1"), sealed) },
		"another id":      func() ([]byte, error) { return vault.Open("ratchet", []byte("node 2"), sealed) },
		"another vault":   func() ([]byte, error) { return other.Open("ratchet", []byte("node 1"), sealed) },
	} {
		if got, err := open(); !errors.Is(err, ErrSealBroken) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWrapsAreBoundToTheirRecord(t *testing.T) {
	vault, k := testVault(t), RecordKey{6}
	wrap := must(vault.WrapRecord(replay("w"), testID(1), k))(t)
	if len(wrap) != WrapSize || WrapSize != 72 {
		t.Fatalf("a wrap has %d bytes, want 72", len(wrap))
	}
	if got, err := vault.UnwrapRecord(testID(1), wrap); err != nil || got != k {
		t.Fatal(err)
	}
	if _, err := vault.UnwrapRecord(testID(2), wrap); !errors.Is(err, ErrSealBroken) {
		t.Errorf("moved to another record: %v", err)
	}
	// A seal that opens but holds no whole key is no wrap.
	short := must(vault.seal(replay("w"), "record wrap", "raksa/wrap/record", []byte{1}, k[:31]))(t)
	if _, err := vault.unsealKey("record wrap", "raksa/wrap/record", []byte{1}, short); !errors.Is(err, ErrMalformed) {
		t.Errorf("31 bytes passed for a key: %v", err)
	}
	classWrap := must(vault.WrapClass(replay("w"), testID(1), 3, k.Class(3)))(t)
	if got, err := vault.UnwrapClass(testID(1), 3, classWrap); err != nil || got != k.Class(3) {
		t.Fatal(err)
	}
	if _, err := vault.UnwrapClass(testID(1), 4, classWrap); !errors.Is(err, ErrSealBroken) {
		t.Errorf("moved to another class: %v", err)
	}
	if _, err := vault.UnwrapRecord(testID(1), classWrap); !errors.Is(err, ErrSealBroken) {
		t.Errorf("a class key passed for the record key: %v", err)
	}
}

func TestALockedVaultDoesNothing(t *testing.T) {
	vault := testVault(t)
	slot, _, err := vault.AddPerson(replay("slot"), testID(1), []byte("secret"), cheap)
	if err != nil {
		t.Fatal(err)
	}
	u := must(OpenSlotAtLeast(cheap, slot, []byte("secret")))(t)
	root := &u.root
	u.Lock()
	u.Lock() // twice does no harm
	if *root != [32]byte{} {
		t.Error("the vault key was not overwritten")
	}
	none := new(Unlocked)
	none.Lock()
	var noWrapper *Wrapper
	for name, act := range map[string]func() error{
		"seal":           func() error { _, err := u.Seal(replay("x"), "p", nil, nil); return err },
		"open":           func() error { _, err := u.Open("p", nil, make([]byte, 50)); return err },
		"wrap":           func() error { _, err := u.WrapRecord(replay("x"), ID{}, RecordKey{}); return err },
		"unwrap":         func() error { _, err := u.UnwrapRecord(ID{}, make([]byte, 72)); return err },
		"unwrap class":   func() error { _, err := u.UnwrapClass(ID{}, 1, make([]byte, 72)); return err },
		"sign":           func() error { _, err := u.SignAct([32]byte{}); return err },
		"enrol":          func() error { _, _, err := u.AddPerson(replay("x"), ID{}, []byte("s"), cheap); return err },
		"reslot":         func() error { _, err := u.Reslot(replay("x"), []byte("s"), cheap); return err },
		"receiving key":  func() error { _, err := u.OpenReceivingKey(ID{}, make([]byte, 72)); return err },
		"sign, zero":     func() error { _, err := none.SignAct([32]byte{}); return err },
		"seal, zero":     func() error { _, err := none.Seal(replay("x"), "p", nil, nil); return err },
		"enrol, zero":    func() error { _, _, err := none.AddPerson(replay("x"), ID{}, []byte("s"), cheap); return err },
		"nil wrapper":    func() error { _, err := noWrapper.Open("p", nil, make([]byte, 50)); return err },
		"sign, unopened": func() error { _, err := vault.SignAct([32]byte{}); return err },
	} {
		if err := act(); !errors.Is(err, ErrLocked) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !u.Locked() || !noWrapper.Locked() || vault.Locked() {
		t.Error("Locked does not say so")
	}
}

// The lock may come from a timer while a page is being answered: each use
// either succeeds whole or is refused as locked. Meaningful under -race.
func TestLockDuringUse(t *testing.T) {
	u := testVault(t)
	wrap := must(u.WrapRecord(replay("w"), testID(1), RecordKey{1}))(t)
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for range 200 {
				k, err := u.UnwrapRecord(testID(1), wrap)
				if err != nil && !errors.Is(err, ErrLocked) {
					t.Errorf("half-locked: %v", err)
				}
				if err == nil && k != (RecordKey{1}) {
					t.Error("wrong key")
				}
			}
		})
	}
	u.Lock()
	wait.Wait()
}

func TestReceivingKeyLivesInTheVault(t *testing.T) {
	vault, key := testVault(t), testReceiver(t, "device")
	sealed := must(vault.SealReceivingKey(replay("k"), testID(1), key))(t)
	back := must(vault.OpenReceivingKey(testID(1), sealed))(t)
	if !bytes.Equal(back.Public(), key.Public()) {
		t.Error("another key came back")
	}
	if _, err := vault.OpenReceivingKey(testID(2), sealed); !errors.Is(err, ErrSealBroken) {
		t.Errorf("another device's: %v", err)
	}
}

func TestEmptyRandomnessIsAnErrorNotAWeakKey(t *testing.T) {
	empty := bytes.NewReader(nil)
	short := func() io.Reader { return bytes.NewReader(make([]byte, 20)) }
	vault := testVault(t)
	for name, act := range map[string]func() error{
		"record key":    func() error { _, err := NewRecordKey(short()); return err },
		"vault":         func() error { _, err := NewVault(short()); return err },
		"office":        func() error { _, err := NewOffice(short()); return err },
		"ratchet":       func() error { _, err := NewRatchet(short(), ID{}); return err },
		"signing key":   func() error { _, err := NewSigningKey(short()); return err },
		"receiving key": func() error { _, err := NewReceivingKey(short()); return err },
		"delivery seed": func() error { _, err := NewDeliverySeed(short()); return err },
		"nonce":         func() error { _, err := vault.Seal(short(), "p", nil, nil); return err },
		"salt":          func() error { _, _, err := vault.AddPerson(empty, ID{}, []byte("s"), cheap); return err },
	} {
		if err := act(); !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenValue(f *testing.F) {
	vault := must(NewVault(replay("vault")))(f)
	sealed, _ := vault.Seal(replay("v"), "p", []byte("id"), []byte("plain"))
	wrap, _ := vault.WrapRecord(replay("w"), ID{}, RecordKey{1})
	f.Add(sealed)
	f.Add(wrap)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := vault.Open("p", []byte("id"), b); err == nil && !bytes.Equal(b, sealed) {
			t.Fatal("opened a value that was never sealed")
		}
		if _, err := vault.UnwrapRecord(ID{}, b); err == nil && !bytes.Equal(b, wrap) {
			t.Fatal("opened a wrap that was never made")
		}
		if _, err := vault.UnwrapClass(ID{}, 1, b); err == nil {
			t.Fatal("opened a class wrap that was never made")
		}
		if _, err := vault.OpenReceivingKey(ID{}, b); err == nil {
			t.Fatal("opened a receiving key that was never sealed")
		}
	})
}
