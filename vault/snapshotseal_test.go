package vault

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
)

func TestASnapshotOpensForItsDeviceAndPlaceOnly(t *testing.T) {
	random := rand.NewChaCha8([32]byte{1})
	seed, err := NewDeliverySeed(random)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := NewDeliverySeed(random)
	device, place, page := ID{1}, []byte("center/PTC 7"), []byte("a made-up page")
	sealed, err := seed.SealSnapshot(random, device, place, page)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := seed.OpenSnapshot(device, place, sealed); err != nil || !bytes.Equal(got, page) {
		t.Fatalf("opens to %q: %v", got, err)
	}
	bent := bytes.Clone(sealed)
	bent[len(bent)/2] ^= 1
	for name, try := range map[string]func() ([]byte, error){
		"another device": func() ([]byte, error) { return seed.OpenSnapshot(ID{2}, place, sealed) },
		"another place":  func() ([]byte, error) { return seed.OpenSnapshot(device, []byte("center/PTC 8"), sealed) },
		"another seed":   func() ([]byte, error) { return other.OpenSnapshot(device, place, sealed) },
		"a bent bit":     func() ([]byte, error) { return seed.OpenSnapshot(device, place, bent) },
		"a cut":          func() ([]byte, error) { return seed.OpenSnapshot(device, place, sealed[:39]) },
		"a delivery":     func() ([]byte, error) { k, err := seed.UnwrapClasses(device, device, sealed); _ = k; return nil, err },
	} {
		if _, err := try(); !errors.Is(err, ErrSealBroken) && !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
