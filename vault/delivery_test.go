package vault

import (
	"bytes"
	"errors"
	"maps"
	"testing"
)

func TestOneSeedDeliversManyRecords(t *testing.T) {
	device, receiver := testID(5), testReceiver(t, "device")
	seed := must(NewDeliverySeed(replay("seed")))(t)
	sealed := must(seed.Seal(receiver.Public(), device, 202611))(t)
	if len(sealed) != 1168 {
		t.Errorf("a sealed seed has %d bytes, want 1,168", len(sealed))
	}
	opened := must(receiver.OpenDeliverySeed(device, 202611, sealed))(t)
	if opened != seed {
		t.Fatal("another seed came out")
	}
	for i := range byte(3) {
		keys := RecordKey{i}.Classes(1, 2, 5)
		wrap := must(seed.WrapClasses(replay("w"), testID(i), device, keys))(t)
		if want := 40 + 33*3; len(wrap) != want {
			t.Errorf("three classes take %d bytes, want %d", len(wrap), want)
		}
		got := must(opened.UnwrapClasses(testID(i), device, wrap))(t)
		if !maps.Equal(got, keys) {
			t.Errorf("record %d: other keys came out", i)
		}
	}
}

func TestDeliveryIsBoundToDevicePeriodAndRecord(t *testing.T) {
	device, receiver := testID(5), testReceiver(t, "device")
	seed := DeliverySeed{1}
	sealed := must(seed.Seal(receiver.Public(), device, 1))(t)
	wrap := must(seed.WrapClasses(replay("w"), testID(1), device, RecordKey{1}.Classes(2)))(t)
	for name, open := range map[string]func() error{
		"another device's seed": func() error { _, err := receiver.OpenDeliverySeed(testID(6), 1, sealed); return err },
		"another period":        func() error { _, err := receiver.OpenDeliverySeed(device, 2, sealed); return err },
		"another receiving key": func() error {
			_, err := testReceiver(t, "other").OpenDeliverySeed(device, 1, sealed)
			return err
		},
		"another record":        func() error { _, err := seed.UnwrapClasses(testID(2), device, wrap); return err },
		"another device's wrap": func() error { _, err := seed.UnwrapClasses(testID(1), testID(6), wrap); return err },
		"another seed":          func() error { _, err := DeliverySeed{2}.UnwrapClasses(testID(1), device, wrap); return err },
	} {
		if err := open(); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := seed.Seal([]byte("no key"), device, 1); !errors.Is(err, ErrMalformed) {
		t.Errorf("sealed to a malformed key: %v", err)
	}
	if _, err := seed.WrapClasses(replay("w"), testID(1), device, nil); !errors.Is(err, ErrMalformed) {
		t.Errorf("an empty delivery was made: %v", err)
	}
	if _, err := seed.UnwrapClasses(testID(1), device, make([]byte, deliveryBytesMax+1)); !errors.Is(err, ErrMalformed) {
		t.Errorf("an endless delivery: %v", err)
	}
}

func FuzzDelivery(f *testing.F) {
	receiver := must(NewReceivingKey(replay("device")))(f)
	seed := DeliverySeed{1}
	wrap := must(seed.WrapClasses(replay("w"), ID{}, ID{}, RecordKey{1}.Classes(2)))(f)
	f.Add(wrap)
	f.Add(must(seed.Seal(receiver.Public(), ID{}, 0))(f))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := seed.UnwrapClasses(ID{}, ID{}, b); err == nil && !bytes.Equal(b, wrap) {
			t.Fatal("opened a delivery that was never made")
		}
		receiver.OpenDeliverySeed(ID{}, 0, b) // must not panic
		receiver.OpenHandover(ID{}, ID{}, ID{}, b)
	})
}
