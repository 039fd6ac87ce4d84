package vault

import (
	"encoding/binary"
	"io"
	"slices"
)

// A Ratchet carries record keys to the office, one way. The node makes a seed
// E(0), seals it to the office once, and keeps only the newest E(i):
//
//	K of the i-th record   wrapped under HKDF(E(i), "wrap")
//	E(i+1)               = HKDF(E(i), "next")
//
// Whoever takes the tablet finds E(i+1), from which no earlier step can be
// computed: a capture tablet cannot open what it closed.
//
// A Ratchet is a value, and Wrap returns the next one instead of stepping: the
// host stores it in the transaction that stores the record's first change, so
// a transaction that fails leaves the old step in force and nothing is lost.
// After the commit, Clear the old one.
type Ratchet struct {
	node  ID
	index uint64
	e     [keySize]byte
}

const (
	// RatchetStepsMax is how far one call walks ahead: more records than a
	// tablet makes between two contacts, and about a tenth of a second. The
	// office keeps a nearer step (At) so that a long life is not walked anew.
	RatchetStepsMax = 1 << 15

	ratchetVersion   = 1
	ratchetStateSize = 1 + 16 + 8 + keySize
)

// NewRatchet makes E(0) for a node. A node that takes a new id after a fork
// makes a new one.
func NewRatchet(rand io.Reader, node ID) (Ratchet, error) {
	e, err := randomKey(rand, "ratchet seed")
	return Ratchet{node: node, e: e}, err
}

// SealSeed seals E(0) to the office's receiving key, 1,168 bytes, with
// "raksa/ratchet/1" ‖ node as HPKE info. Only a ratchet that has not wrapped
// yet can do it (else ErrRatchetRange).
func (r Ratchet) SealSeed(officePublic []byte) ([]byte, error) {
	if r.index != 0 {
		return nil, &SealError{"ratchet seed", ErrRatchetRange}
	}
	return sealTo("ratchet seed", officePublic, seedInfo(r.node), r.e[:])
}

// OpenSeed opens a node's sealed seed at the office. Keep it through the
// office's Seal; later openings may start from a later step (At).
func (o *Office) OpenSeed(node ID, sealed []byte) (Ratchet, error) {
	e, err := o.receiving.openTo("ratchet seed", seedInfo(node), sealed)
	if err != nil {
		return Ratchet{}, err
	}
	defer clear(e)
	if len(e) != keySize {
		return Ratchet{}, &SealError{"ratchet seed", ErrMalformed}
	}
	return Ratchet{node: node, e: [keySize]byte(e)}, nil
}

// Wrap wraps K for the office at this step: 72 bytes, bound to the record. The
// wrap travels with the step's Index.
func (r Ratchet) Wrap(rand io.Reader, k RecordKey, record ID) (wrap []byte, next Ratchet, err error) {
	key := derive(r.e[:], "wrap")
	defer clear(key[:])
	wrap, err = sealRandom(rand, "ratchet wrap", &key, record[:], k[:])
	if err != nil {
		return nil, Ratchet{}, err
	}
	return wrap, r.step(), nil
}

// OpenWrap opens the wrap of step index, walking there from this step. The
// same index may occur twice, when a tablet was cloned. ErrRatchetRange when
// the index lies behind or more than RatchetStepsMax ahead; check K against
// the record's commitment afterwards.
func (r Ratchet) OpenWrap(index uint64, record ID, wrap []byte) (RecordKey, error) {
	at, err := r.At(index)
	if err != nil {
		return RecordKey{}, err
	}
	defer at.Clear()
	key := derive(at.e[:], "wrap")
	defer clear(key[:])
	k, err := openKey("ratchet wrap", &key, record[:], wrap)
	return RecordKey(k), err
}

// At walks ahead to a step, for the office to keep as a nearer start.
func (r Ratchet) At(index uint64) (Ratchet, error) {
	if index < r.index || index-r.index > RatchetStepsMax {
		return Ratchet{}, &SealError{"ratchet", ErrRatchetRange}
	}
	for r.index < index {
		r = r.step()
	}
	return r, nil
}

func (r Ratchet) step() Ratchet {
	return Ratchet{node: r.node, index: r.index + 1, e: derive(r.e[:], "next")}
}

// Node and Index name the step.
func (r Ratchet) Node() ID      { return r.node }
func (r Ratchet) Index() uint64 { return r.index }

// Clear overwrites the step's secret.
func (r *Ratchet) Clear() { clear(r.e[:]) }

// State is the ratchet for the store, 57 bytes of which 32 are secret: seal it
// (Wrapper.Seal with the node as id) before it is written.
func (r Ratchet) State() []byte {
	b := append([]byte{ratchetVersion}, r.node[:]...)
	b = binary.BigEndian.AppendUint64(b, r.index)
	return append(b, r.e[:]...)
}

// RatchetFromState reads State. ErrVersion or ErrMalformed.
func RatchetFromState(b []byte) (Ratchet, error) {
	if len(b) > 0 && b[0] != ratchetVersion {
		return Ratchet{}, &SealError{"ratchet", ErrVersion}
	}
	if len(b) != ratchetStateSize {
		return Ratchet{}, &SealError{"ratchet", ErrMalformed}
	}
	return Ratchet{
		node:  ID(b[1:17]),
		index: binary.BigEndian.Uint64(b[17:25]),
		e:     [keySize]byte(b[25:]),
	}, nil
}

func seedInfo(node ID) []byte { return slices.Concat([]byte("raksa/ratchet/1"), node[:]) }
