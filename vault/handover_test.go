package vault

import (
	"errors"
	"maps"
	"testing"
)

func TestHandoverGivesTheWholeRecordOrSomeClasses(t *testing.T) {
	receiver, k := testReceiver(t, "tablet"), RecordKey{8}
	place := Handover{Record: testID(1), From: testID(2), To: testID(3)}
	open := func(sealed []byte) (Handover, error) {
		return receiver.OpenHandover(place.Record, place.From, place.To, sealed)
	}

	whole := place
	whole.Whole = &k
	sealed := must(whole.Seal(receiver.Public()))(t)
	if len(sealed) != 1136+1+32 {
		t.Errorf("a whole handover has %d bytes", len(sealed))
	}
	got := must(open(sealed))(t)
	if got.Whole == nil || *got.Whole != k || got.Classes != nil {
		t.Error("another key came out")
	}

	some := place
	some.Classes = k.Classes(1, 3)
	got = must(open(must(some.Seal(receiver.Public()))(t)))(t)
	if got.Whole != nil || !maps.Equal(got.Classes, some.Classes) {
		t.Error("other class keys came out")
	}

	both := whole
	both.Classes = some.Classes
	for name, h := range map[string]Handover{"nothing": place, "both": both, "class zero": {Classes: ClassKeys{0: {}}}} {
		if _, err := h.Seal(receiver.Public()); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was sealed: %v", name, err)
		}
	}
	for name, h := range map[string]Handover{
		"another record":   {Record: testID(9), From: place.From, To: place.To},
		"another sender":   {Record: place.Record, From: testID(9), To: place.To},
		"another receiver": {Record: place.Record, From: place.From, To: testID(9)},
		"swapped":          {Record: place.Record, From: place.To, To: place.From},
	} {
		if _, err := receiver.OpenHandover(h.Record, h.From, h.To, sealed); !errors.Is(err, ErrSealBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Anybody can seal to a public key, so the content is outside data too.
func TestHandoverWithOddContentIsRefused(t *testing.T) {
	receiver := testReceiver(t, "tablet")
	info := Handover{}.info()
	for name, plain := range map[string][]byte{
		"nothing":           {},
		"unknown kind":      append([]byte{3}, make([]byte, 32)...),
		"short key":         append([]byte{handoverWhole}, make([]byte, 31)...),
		"long key":          append([]byte{handoverWhole}, make([]byte, 33)...),
		"no classes":        {handoverClasses},
		"class zero inside": append([]byte{handoverClasses}, make([]byte, 33)...),
	} {
		sealed := must(sealTo("handover", receiver.Public(), info, plain))(t)
		if h, err := receiver.OpenHandover(ID{}, ID{}, ID{}, sealed); !errors.Is(err, ErrMalformed) || h.Whole != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
