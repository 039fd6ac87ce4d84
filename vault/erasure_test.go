package vault

import (
	"errors"
	"slices"
	"testing"
)

// everyWrapBucket is written out, so that a bucket forgotten in the code is
// not forgotten here too.
var everyWrapBucket = []string{
	"vault/record-keys", "vault/class-keys", "vault/office-wraps", "vault/deliveries",
}

// "Bytes and keys", §3 and §9: no wrap left, and every way back is refused.
func TestAnErasedRecordNeverComesBack(t *testing.T) {
	cells, k, record, other := memoryCells{}, RecordKey{1}, testID(1), testID(2)
	wrapper := testVault(t).Wrapper
	ring, locked := NewKeyring(wrapper, replay("ring")), NewKeyring(nil, nil)
	delivery := must(DeliverySeed{1}.WrapClasses(replay("d"), record, ID{}, k.Classes(1)))(t)
	for _, r := range []ID{record, other} {
		check(t, ring.PutClassKeys(cells, r, k.Classes(1, 2)))
		check(t, ring.PutRecordKey(cells, r, k))
		check(t, ring.PutOfficeWrap(cells, r, 3, make([]byte, WrapSize)))
		check(t, ring.PutDelivery(cells, r, 1, delivery))
	}
	for _, bucket := range everyWrapBucket {
		if cells.count(bucket, record) == 0 {
			t.Fatalf("control: nothing lies in %s", bucket)
		}
	}

	check(t, locked.Erase(cells, record)) // the control change reaches a locked tablet
	check(t, locked.Erase(cells, record))
	for _, bucket := range everyWrapBucket {
		if n := cells.count(bucket, record); n != 0 {
			t.Errorf("%d wraps left in %s", n, bucket)
		}
		if cells.count(bucket, other) == 0 {
			t.Errorf("another record lost its wraps in %s", bucket)
		}
	}

	_, readK := ring.RecordKey(cells, record)
	_, readClass := ring.ClassKey(cells, record, 1)
	_, _, readOffice := ring.OfficeWrap(cells, record)
	// A wrap that got into the store by itself, as in a restored file.
	check(t, cells.Put(BucketRecordKeys, record[:], must(wrapper.WrapRecord(replay("w"), record, k))(t)))
	_, smuggled := ring.RecordKey(cells, record)
	for way, err := range map[string]error{
		"record key": readK, "class key": readClass, "office wrap": readOffice, "smuggled": smuggled,
		"put K":       ring.PutRecordKey(cells, record, k),
		"put classes": ring.PutClassKeys(cells, record, k.Classes(1)),
		"put office":  ring.PutOfficeWrap(cells, record, 4, make([]byte, WrapSize)),
		"deliver":     locked.PutDelivery(cells, record, 2, delivery),
	} {
		if !errors.Is(err, ErrErased) {
			t.Errorf("%s: %v", way, err)
		}
	}
	if gone := must(ring.Erased(cells))(t); !slices.Equal(gone, []ID{record}) {
		t.Errorf("erased: %x", gone)
	}
	if gone := must(ring.IsErased(cells, other))(t); gone {
		t.Error("another record counts as erased")
	}
}

func TestARestoredBackupRefusesErasedWraps(t *testing.T) {
	k := RecordKey{1}
	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	kept, goneHere, goneThere, onlyLive := testID(1), testID(2), testID(3), testID(4)

	backup, live := memoryCells{}, memoryCells{}
	for _, record := range []ID{kept, goneHere} {
		check(t, ring.PutRecordKey(backup, record, k))
		check(t, ring.PutOfficeWrap(backup, record, 0, make([]byte, WrapSize)))
	}
	check(t, ring.Erase(backup, goneThere))
	check(t, ring.Erase(live, goneHere))
	check(t, ring.PutRecordKey(live, goneThere, k))
	check(t, ring.PutRecordKey(live, onlyLive, k))
	check(t, backup.Put(BucketRecordKeys, onlyLive[:], make([]byte, WrapSize))) // damaged in the backup

	locked := NewKeyring(nil, nil)
	restored, refused, err := locked.Restore(live, backup)
	if err != nil || restored != 2 || refused != 2 {
		t.Fatalf("restored %d, refused %d, %v", restored, refused, err)
	}
	for record, want := range map[ID]error{kept: nil, onlyLive: nil, goneHere: ErrErased, goneThere: ErrErased} {
		if _, err := ring.RecordKey(live, record); !errors.Is(err, want) {
			t.Errorf("record %x: %v, want %v", record[:1], err, want)
		}
	}
	for _, bucket := range everyWrapBucket {
		if live.count(bucket, goneHere)+live.count(bucket, goneThere) != 0 {
			t.Errorf("an erased record has a wrap in %s again", bucket)
		}
	}

	// The other way round: a whole old store in the place of the new one,
	// which first fetched the list of erased records.
	check(t, locked.EraseAll(backup, must(locked.Erased(live))(t)))
	if _, err := ring.RecordKey(backup, goneHere); !errors.Is(err, ErrErased) {
		t.Errorf("the old store opens an erased record: %v", err)
	}
}

func TestMalformedCellsAreRefused(t *testing.T) {
	ring := NewKeyring(nil, nil)
	cells := memoryCells{}
	check(t, cells.Put(BucketErased, []byte("short"), []byte{1}))
	if _, err := ring.Erased(cells); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cut id in the erased list: %v", err)
	}
	backup := memoryCells{}
	check(t, backup.Put(BucketRecordKeys, []byte("short"), []byte{1}))
	if _, _, err := ring.Restore(memoryCells{}, backup); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cut id in a backup: %v", err)
	}
}
