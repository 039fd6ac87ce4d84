package vault

import (
	"bytes"
	"errors"
	"testing"
)

func TestStateOpensOnlyForItsRecordAndClass(t *testing.T) {
	k, record := RecordKey{1}, testID(1)
	plain := []byte("folded state")
	sealed := must(SealState(replay("state"), k.Class(4), record, 4, plain))(t)
	if len(sealed) != len(plain)+40 {
		t.Errorf("a state costs %d bytes more, want 40", len(sealed)-len(plain))
	}
	if got, err := OpenState(k.Class(4), record, 4, sealed); err != nil || !bytes.Equal(got, plain) {
		t.Fatal(got, err)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another record": func() ([]byte, error) { return OpenState(k.Class(4), testID(2), 4, sealed) },
		"another class":  func() ([]byte, error) { return OpenState(k.Class(4), record, 5, sealed) },
		"another key":    func() ([]byte, error) { return OpenState(k.Class(5), record, 4, sealed) },
		// Block and state share a key; their places keep them apart.
		"shown as a block": func() ([]byte, error) { return OpenBlock(k.Class(4), record[:], 4, sealed[24:]) },
	} {
		if got, err := open(); !errors.Is(err, ErrSealBroken) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStatesOfTheSamePlainDiffer(t *testing.T) {
	source := replay("state")
	a := must(SealState(source, ClassKey{1}, ID{}, 1, []byte("same")))(t)
	b := must(SealState(source, ClassKey{1}, ID{}, 1, []byte("same")))(t)
	if bytes.Equal(a, b) {
		t.Fatal("a nonce was used twice")
	}
}

func FuzzOpenState(f *testing.F) {
	sealed, _ := SealState(replay("state"), ClassKey{1}, ID{}, 1, []byte("plain"))
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := OpenState(ClassKey{1}, ID{}, 1, b); err == nil && !bytes.Equal(b, sealed) {
			t.Fatal("opened a state that was never sealed")
		}
	})
}
