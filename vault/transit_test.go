package vault

import (
	"bytes"
	"errors"
	"testing"
)

func TestOfficeWrapWaitsUntilAccepted(t *testing.T) {
	cells, record := memoryCells{}, testID(1)
	ring := NewKeyring(nil, nil) // pushing does not wait for an unlock
	wrap := bytes.Repeat([]byte{7}, WrapSize)
	check(t, ring.PutOfficeWrap(cells, record, 258, wrap))
	index, got, err := ring.OfficeWrap(cells, record)
	if err != nil || index != 258 || !bytes.Equal(got, wrap) {
		t.Fatal(index, got, err)
	}
	check(t, ring.DropOfficeWrap(cells, record))
	if _, _, err := ring.OfficeWrap(cells, record); !errors.Is(err, ErrNoKey) {
		t.Errorf("after acceptance: %v", err)
	}
	if err := ring.PutOfficeWrap(cells, record, 0, wrap[:71]); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cut wrap: %v", err)
	}
	check(t, cells.Put(BucketOfficeWraps, record[:], wrap))
	if _, _, err := ring.OfficeWrap(cells, record); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cell of another length: %v", err)
	}
}

func TestALockedTabletTakesItsDeliveriesLater(t *testing.T) {
	const period = 7
	cells, device := memoryCells{}, testID(9)
	seed := DeliverySeed{1}
	locked := NewKeyring(nil, nil)
	later, good, damaged, otherKey := testID(0), testID(1), testID(2), testID(3) // later is met first
	wrap := func(record ID, k RecordKey) []byte {
		return must(seed.WrapClasses(replay("d"), record, device, k.Classes(1, 2)))(t)
	}
	check(t, locked.PutDelivery(cells, good, period, wrap(good, RecordKey{1})))
	check(t, locked.PutDelivery(cells, damaged, period, wrap(good, RecordKey{1}))) // of another record
	check(t, locked.PutDelivery(cells, otherKey, period, wrap(otherKey, RecordKey{1})))
	check(t, locked.PutDelivery(cells, later, period+1, wrap(later, RecordKey{1})))
	if _, err := locked.ClassKey(cells, good, 1); !errors.Is(err, ErrNoKey) {
		t.Errorf("before the unlock: %v", err)
	}
	seedOf := func(p uint32) (DeliverySeed, error) {
		if p != period {
			return DeliverySeed{}, ErrNoKey
		}
		return seed, nil
	}
	if _, _, err := locked.TakeDeliveries(cells, device, seedOf); !errors.Is(err, ErrLocked) {
		t.Errorf("taken while locked: %v", err)
	}

	ring := NewKeyring(testVault(t).Wrapper, replay("ring"))
	check(t, ring.PutRecordKey(cells, otherKey, RecordKey{2}))
	for round := range 2 { // what failed stays, and does not hold up the rest
		taken, failed, err := ring.TakeDeliveries(cells, device, seedOf)
		if err != nil || taken != 1-round || len(failed) != 2 {
			t.Fatalf("round %d: taken %d, failed %v, %v", round, taken, failed, err)
		}
		if failed[0].Record != damaged || !errors.Is(failed[0], ErrSealBroken) {
			t.Errorf("the damaged one: %v", failed[0])
		}
		if failed[1].Record != otherKey || !errors.Is(failed[1], ErrOtherKey) {
			t.Errorf("the one with another key: %v", failed[1])
		}
	}
	if key, err := ring.ClassKey(cells, good, 2); err != nil || key != (RecordKey{1}).Class(2) {
		t.Errorf("the good one: %v", err)
	}
	if cells.count(BucketDeliveries, good) != 0 || cells.count(BucketDeliveries, later) != 1 {
		t.Error("the wrong deliveries are waiting")
	}

	outage := errors.New("store gone")
	if _, _, err := ring.TakeDeliveries(cells, device, func(uint32) (DeliverySeed, error) { return DeliverySeed{}, outage }); !errors.Is(err, outage) {
		t.Errorf("an outage was hidden: %v", err)
	}
	if err := ring.PutDelivery(cells, good, 1, make([]byte, 72)); !errors.Is(err, ErrMalformed) {
		t.Errorf("a cut delivery: %v", err)
	}
}
