package vault

import "slices"

// A Handover gives an open interview to another tablet directly, when the
// office is away: one HPKE seal to that tablet's receiving key, carried by
// anybody. It holds either the record key or some class keys.
type Handover struct {
	Record   ID
	From, To ID         // devices
	Whole    *RecordKey // nil when only classes are given
	Classes  ClassKeys  // empty when the whole record is given
}

// The first sealed byte says what follows.
const (
	handoverWhole   = 1
	handoverClasses = 2
)

// Seal seals the handover, 1,136 bytes and the keys, with "raksa/handover/1" ‖
// from ‖ to ‖ record as HPKE info. Exactly one of Whole and Classes must be
// given (else ErrMalformed).
func (h Handover) Seal(receiver []byte) ([]byte, error) {
	var plain []byte
	switch {
	case h.Whole != nil && len(h.Classes) == 0:
		plain = append([]byte{handoverWhole}, h.Whole[:]...)
	case h.Whole == nil && len(h.Classes) > 0:
		packed, err := h.Classes.pack()
		if err != nil {
			return nil, err
		}
		plain = append([]byte{handoverClasses}, packed...)
		clear(packed)
	default:
		return nil, &SealError{"handover", ErrMalformed}
	}
	defer clear(plain)
	return sealTo("handover", receiver, h.info(), plain)
}

// OpenHandover opens a handover on the receiving tablet. HPKE does not say who
// sealed it: take it only from a page that a device of the directory signed,
// and check a whole key against the record's commitment.
func (k *ReceivingKey) OpenHandover(record, from, to ID, sealed []byte) (Handover, error) {
	h := Handover{Record: record, From: from, To: to}
	plain, err := k.openTo("handover", h.info(), sealed)
	if err != nil {
		return Handover{}, err
	}
	defer clear(plain)
	switch {
	case len(plain) == 1+keySize && plain[0] == handoverWhole:
		whole := RecordKey(plain[1:])
		h.Whole = &whole
	case len(plain) > 0 && plain[0] == handoverClasses:
		if h.Classes, err = unpackClassKeys(plain[1:]); err != nil {
			return Handover{}, err
		}
	default:
		return Handover{}, &SealError{"handover", ErrMalformed}
	}
	return h, nil
}

func (h Handover) info() []byte {
	return slices.Concat([]byte("raksa/handover/1"), h.From[:], h.To[:], h.Record[:])
}
