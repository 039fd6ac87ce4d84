package vault

import (
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestKeyringGivesWhatItHolds(t *testing.T) {
	cells, k := memoryCells{}, RecordKey{1}
	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	maker, reader, stranger := testID(1), testID(2), testID(3)
	check(t, ring.PutRecordKey(cells, maker, k))
	check(t, ring.PutClassKeys(cells, reader, k.Classes(2, 3)))

	for _, row := range []struct {
		name   string
		record ID
		class  byte
		want   error
	}{
		{"the maker reads every class", maker, 7, nil},
		{"a reader reads a delivered class", reader, 2, nil},
		{"a reader does not read another class", reader, 4, ErrNoKey},
		{"a stranger reads nothing", stranger, 2, ErrNoKey},
	} {
		got, err := ring.ClassKey(cells, row.record, row.class)
		if !errors.Is(err, row.want) || (err == nil && got != k.Class(row.class)) {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	if _, err := ring.RecordKey(cells, reader); !errors.Is(err, ErrNoKey) {
		t.Errorf("a reader got the whole record: %v", err)
	}
	var keyErr *KeyError
	_, err := ring.ClassKey(cells, stranger, 9)
	if !errors.As(err, &keyErr) || keyErr.Record != stranger || keyErr.Class != 9 {
		t.Errorf("the error does not name record and class: %v", err)
	}
	if want := fmt.Sprintf("vault: record %x class 9: no key", stranger); err.Error() != want {
		t.Errorf("error text %q", err)
	}
}

// A forged or mistaken wrap must not take a record's key away.
func TestAKeyIsNeverReplacedByAnother(t *testing.T) {
	cells, k, forged := memoryCells{}, RecordKey{1}, RecordKey{2}
	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	maker, reader := testID(1), testID(2)
	check(t, ring.PutRecordKey(cells, maker, k))
	check(t, ring.PutRecordKey(cells, maker, k)) // again: nothing changes
	check(t, ring.PutClassKeys(cells, reader, k.Classes(2)))
	before := len(cells)

	if err := ring.PutRecordKey(cells, maker, forged); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another record key: %v", err)
	}
	if err := ring.PutClassKeys(cells, maker, forged.Classes(2)); !errors.Is(err, ErrOtherKey) {
		t.Errorf("a class key that K does not give: %v", err)
	}
	// Class 1 is new and fits; class 2 differs: neither is taken.
	mixed := ClassKeys{1: k.Class(1), 2: forged.Class(2)}
	if err := ring.PutClassKeys(cells, reader, mixed); !errors.Is(err, ErrOtherKey) {
		t.Errorf("another class key: %v", err)
	}
	if len(cells) != before {
		t.Error("a refused delivery was half written")
	}
	// Class keys that follow from a K already held need no cells of their own.
	check(t, ring.PutClassKeys(cells, maker, k.Classes(1, 2, 3)))
	check(t, ring.PutClassKeys(cells, reader, k.Classes(1, 2)))
	if len(cells) != before+1 {
		t.Errorf("%d cells, want %d", len(cells), before+1)
	}
}

func TestDropForgetsButKeepsWhatTheOfficeNeeds(t *testing.T) {
	cells, k, record := memoryCells{}, RecordKey{1}, testID(1)
	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	check(t, ring.PutRecordKey(cells, record, k))
	check(t, ring.PutRecordKey(cells, testID(2), k))
	check(t, ring.PutOfficeWrap(cells, record, 0, make([]byte, WrapSize)))
	check(t, ring.PutDelivery(cells, record, 1, make([]byte, sealExtra+classKeySize)))

	locked := NewKeyring(nil, nil) // closing may be applied by a locked tablet
	check(t, locked.Drop(cells, record))
	check(t, locked.Drop(cells, record))
	if _, err := ring.ClassKey(cells, record, 1); !errors.Is(err, ErrNoKey) {
		t.Errorf("a dropped record still opens: %v", err)
	}
	if cells.count(BucketDeliveries, record) != 0 {
		t.Error("a delivery in wait would bring the key back at the next unlock")
	}
	if _, _, err := ring.OfficeWrap(cells, record); err != nil {
		t.Errorf("the office's wrap was dropped with it: %v", err)
	}
	if _, err := ring.RecordKey(cells, testID(2)); err != nil {
		t.Errorf("another record's key was dropped: %v", err)
	}

	check(t, ring.PutClassKeys(cells, record, k.Classes(1, 2)))
	check(t, locked.DropClass(cells, record, 1))
	if _, err := ring.ClassKey(cells, record, 1); !errors.Is(err, ErrNoKey) {
		t.Errorf("a dropped class still opens: %v", err)
	}
	if _, err := ring.ClassKey(cells, record, 2); err != nil {
		t.Errorf("the record could not be delivered again: %v", err)
	}
}

func TestALockedKeyringSaysSo(t *testing.T) {
	cells, record := memoryCells{}, testID(1)
	vault := testVault(t)
	ring := NewKeyring(vault.Wrapper, replay("ring"))
	check(t, ring.PutRecordKey(cells, record, RecordKey{1}))
	check(t, ring.PutClassKeys(cells, testID(2), RecordKey{1}.Classes(1)))
	vault.Lock()
	for name, locked := range map[string]Keyring{"after Lock": ring, "never opened": NewKeyring(nil, nil)} {
		_, whole := locked.RecordKey(cells, record)
		_, class := locked.ClassKey(cells, record, 1)
		_, delivered := locked.ClassKey(cells, testID(2), 1)
		for what, err := range map[string]error{
			"record key": whole, "class key": class, "delivered class key": delivered,
			"put":         locked.PutRecordKey(cells, testID(3), RecordKey{1}),
			"put classes": locked.PutClassKeys(cells, testID(3), ClassKeys{1: {}}),
		} {
			var keyErr *KeyError
			if !errors.Is(err, ErrLocked) || !errors.As(err, &keyErr) {
				t.Errorf("%s, %s: %v", name, what, err)
			}
		}
	}
}

func TestADamagedWrapIsNamedNotReplaced(t *testing.T) {
	cells, record := memoryCells{}, testID(1)
	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	check(t, cells.Put(BucketRecordKeys, record[:], make([]byte, WrapSize)))
	_, err := ring.ClassKey(cells, record, 1)
	var keyErr *KeyError
	if !errors.Is(err, ErrSealBroken) || !errors.As(err, &keyErr) || keyErr.Record != record {
		t.Errorf("reading: %v", err)
	}
	if err := ring.PutRecordKey(cells, record, RecordKey{1}); !errors.Is(err, ErrSealBroken) {
		t.Errorf("writing over it: %v", err)
	}
}

// The keyring against a plain table of what should be held.
func TestKeyringAgreesWithItsModel(t *testing.T) {
	vault := testVault(t)
	rapid.Check(t, func(t *rapid.T) {
		cells, ring := memoryCells{}, NewKeyring(vault.Wrapper, replay("ring"))
		keyOf := func(r byte) RecordKey { return RecordKey{r, 9} }
		whole, classes, erased := map[byte]bool{}, map[[2]byte]bool{}, map[byte]bool{}
		record := rapid.ByteRange(1, 3)
		class := rapid.ByteRange(1, 3)
		t.Repeat(map[string]func(*rapid.T){
			"put K": func(t *rapid.T) {
				r := record.Draw(t, "record")
				if err := ring.PutRecordKey(cells, testID(r), keyOf(r)); errors.Is(err, ErrErased) != erased[r] {
					t.Fatal(err)
				}
				whole[r] = !erased[r]
			},
			"put class": func(t *rapid.T) {
				r, c := record.Draw(t, "record"), class.Draw(t, "class")
				if err := ring.PutClassKeys(cells, testID(r), keyOf(r).Classes(c)); errors.Is(err, ErrErased) != erased[r] {
					t.Fatal(err)
				}
				classes[[2]byte{r, c}] = classes[[2]byte{r, c}] || (!erased[r] && !whole[r])
			},
			"drop": func(t *rapid.T) {
				r := record.Draw(t, "record")
				if err := ring.Drop(cells, testID(r)); err != nil {
					t.Fatal(err)
				}
				whole[r] = false
				for c := range byte(4) {
					classes[[2]byte{r, c}] = false
				}
			},
			"erase": func(t *rapid.T) {
				r := record.Draw(t, "record")
				if err := ring.Erase(cells, testID(r)); err != nil {
					t.Fatal(err)
				}
				erased[r] = true
			},
			"": func(t *rapid.T) {
				for r := byte(1); r <= 3; r++ {
					for c := byte(1); c <= 3; c++ {
						key, err := ring.ClassKey(cells, testID(r), c)
						switch {
						case erased[r]:
							if !errors.Is(err, ErrErased) {
								t.Fatalf("record %d is erased: %v", r, err)
							}
						case whole[r] || classes[[2]byte{r, c}]:
							if err != nil || key != keyOf(r).Class(c) {
								t.Fatalf("record %d class %d is held: %v", r, c, err)
							}
						case !errors.Is(err, ErrNoKey):
							t.Fatalf("record %d class %d is not held: %v", r, c, err)
						}
					}
				}
			},
		})
	})
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
