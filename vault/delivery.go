package vault

import (
	"encoding/binary"
	"io"
	"slices"
)

// A DeliverySeed carries class keys from the office to one device for one
// period. The public-key seal (1.1 KB) is paid once; each record then costs
// 40 + 33 bytes for every class.
type DeliverySeed [keySize]byte

// NewDeliverySeed draws the seed of one device and period.
func NewDeliverySeed(rand io.Reader) (DeliverySeed, error) {
	s, err := randomKey(rand, "delivery seed")
	return DeliverySeed(s), err
}

// Seal seals the seed to the device's receiving key, 1,168 bytes, with
// "raksa/deliver/1" ‖ device ‖ period (4 bytes, big-endian) as HPKE info.
func (s DeliverySeed) Seal(receiver []byte, device ID, period uint32) ([]byte, error) {
	return sealTo("delivery seed", receiver, deliveryInfo(device, period), s[:])
}

// OpenDeliverySeed opens a seed on the device. HPKE does not say who sealed
// it: take it only from a page that the office signed.
func (k *ReceivingKey) OpenDeliverySeed(device ID, period uint32, sealed []byte) (DeliverySeed, error) {
	s, err := k.openTo("delivery seed", deliveryInfo(device, period), sealed)
	if err != nil {
		return DeliverySeed{}, err
	}
	defer clear(s)
	if len(s) != keySize {
		return DeliverySeed{}, &SealError{"delivery seed", ErrMalformed}
	}
	return DeliverySeed(s), nil
}

// returnPeriod marks a seed that goes the other way: class keys that a device
// gives back to an office which lost them.
const returnPeriod = 0

// SealReturn seals the seed to the office's receiving key, for class keys that a
// device gives back after the office was restored.
func (s DeliverySeed) SealReturn(office []byte, device ID) ([]byte, error) {
	return s.Seal(office, device, returnPeriod)
}

// OpenReturnSeed opens such a seed at the office.
func (o *Office) OpenReturnSeed(device ID, sealed []byte) (DeliverySeed, error) {
	return o.receiving.OpenDeliverySeed(device, returnPeriod, sealed)
}

// WrapClasses wraps the class keys of one record for the device: 40 + 33 bytes
// a class, under HKDF(seed, "raksa/deliver/classes"). The class codes lie
// inside the seal beside their keys; record and device are associated data.
func (s DeliverySeed) WrapClasses(rand io.Reader, record, device ID, keys ClassKeys) ([]byte, error) {
	plain, err := keys.pack()
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	key := derive(s[:], "raksa/deliver/classes")
	defer clear(key[:])
	return sealRandom(rand, "delivery", &key, slices.Concat(record[:], device[:]), plain)
}

// UnwrapClasses opens what WrapClasses made. ErrMalformed or ErrSealBroken.
func (s DeliverySeed) UnwrapClasses(record, device ID, wrap []byte) (ClassKeys, error) {
	if len(wrap) > deliveryBytesMax {
		return nil, &SealError{"delivery", ErrMalformed}
	}
	key := derive(s[:], "raksa/deliver/classes")
	defer clear(key[:])
	plain, err := openRandom("delivery", &key, slices.Concat(record[:], device[:]), wrap)
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return unpackClassKeys(plain)
}

// deliveryBytesMax is a wrap of all 255 classes.
const deliveryBytesMax = sealExtra + 255*classKeySize

func deliveryInfo(device ID, period uint32) []byte {
	return binary.BigEndian.AppendUint32(slices.Concat([]byte("raksa/deliver/1"), device[:]), period)
}
