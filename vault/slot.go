package vault

import (
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/argon2"
)

// A slot lets one person open a tablet's vault with a secret of their own.
// Several slots hold the same vault key, so a colleague can go on with a draft
// on the same tablet. Layout, 162 bytes:
//
//	version 1 │ person 16 │ passes 4 │ memory KiB 4 │ threads 1 │ salt 16 │ commit 16
//	          └────────── associated data, with the version ─────────────────────────┘
//	nonce 24 │ sealed: vault key 32, signing seed 32 │ tag 16
//
// Argon2id(secret, salt) gives a root; HKDF gives from it the key of the seal
// and the commitment, which tells a wrong secret from a damaged slot and binds
// the slot to one secret.
const (
	slotVersion    = 1
	slotSaltAt     = 1 + 16 + 4 + 4 + 1
	slotCommitAt   = slotSaltAt + 16
	slotHeaderSize = slotCommitAt + 16
	slotPlainSize  = 2 * keySize
	slotSize       = slotHeaderSize + nonceSize + slotPlainSize + tagSize

	secretBytesMax = 1024
)

// OpenSlot opens the vault with a person's secret. It takes as long as the
// slot's Argon2id parameters say, a quarter of a second and more.
//
// Errors: ErrWrongSecret; ErrVersion, ErrMalformed or ErrSealBroken for a slot
// that is not or no longer one of ours; ErrWeakSlot below FloorParams.
// Counting attempts and waiting between them is the host's.
func OpenSlot(slot, secret []byte) (*Unlocked, error) {
	return OpenSlotAtLeast(Params{}, slot, secret)
}

// OpenSlotAtLeast is OpenSlot with another floor. A zero field of least means
// that of FloorParams, so the zero Params is the production floor. A lower one
// is for tests, where 64 MiB a person would only cost time; a raised one makes
// a host insist on stronger slots.
func OpenSlotAtLeast(least Params, slot, secret []byte) (*Unlocked, error) {
	if len(slot) == 0 {
		return nil, &SealError{"slot", ErrMalformed}
	}
	if slot[0] != slotVersion {
		return nil, &SealError{"slot", ErrVersion}
	}
	if len(slot) != slotSize || len(secret) > secretBytesMax {
		return nil, &SealError{"slot", ErrMalformed}
	}
	params := slotParams(slot)
	if err := params.check(least.orFloor()); err != nil {
		return nil, err
	}
	header := slot[:slotHeaderSize]
	key, commit := stretch(secret, header[slotSaltAt:slotCommitAt], params)
	defer clear(key[:])
	if subtle.ConstantTimeCompare(commit[:], header[slotCommitAt:]) != 1 {
		return nil, &SealError{"slot", ErrWrongSecret}
	}
	plain, err := openRandom("slot", &key, header, slot[slotHeaderSize:])
	if err != nil {
		return nil, err
	}
	defer clear(plain)
	return newUnlocked(ID(slot[1:17]), [keySize]byte(plain[:keySize]), plain[keySize:]), nil
}

// SlotParams reads the parameters of a slot without opening it, so that a host
// can raise them (Reslot) at the next login. ErrVersion or ErrMalformed.
func SlotParams(slot []byte) (Params, error) {
	if len(slot) > 0 && slot[0] != slotVersion {
		return Params{}, &SealError{"slot", ErrVersion}
	}
	if len(slot) != slotSize {
		return Params{}, &SealError{"slot", ErrMalformed}
	}
	return slotParams(slot), nil
}

// RefuseUnknown spends the time of an opening and returns ErrWrongSecret, so
// that a person without a slot cannot be told from a wrong secret.
func RefuseUnknown(params Params, secret []byte) error {
	if params.check(Params{1, 8, 1}) == nil && len(secret) <= secretBytesMax {
		stretch(secret, make([]byte, 16), params)
	}
	return &SealError{"slot", ErrWrongSecret}
}

// sealSlot wraps a vault key and a person's signing seed under a secret.
func sealSlot(rand io.Reader, person ID, vaultKey, signSeed, secret []byte, params Params) ([]byte, error) {
	if len(secret) == 0 || len(secret) > secretBytesMax {
		return nil, &SealError{"slot secret", ErrMalformed}
	}
	if err := params.check(Params{1, 8, 1}); err != nil {
		return nil, err
	}
	header := make([]byte, 0, slotSize)
	header = append(header, slotVersion)
	header = append(header, person[:]...)
	header = binary.BigEndian.AppendUint32(header, params.Passes)
	header = binary.BigEndian.AppendUint32(header, params.MemoryKiB)
	header = append(header, params.Threads)
	var salt [16]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, fmt.Errorf("vault: slot: randomness: %w", err)
	}
	header = append(header, salt[:]...)
	key, commit := stretch(secret, salt[:], params)
	defer clear(key[:])
	header = append(header, commit[:]...)

	plain := append(append(make([]byte, 0, slotPlainSize), vaultKey...), signSeed...)
	defer clear(plain)
	sealed, err := sealRandom(rand, "slot", &key, header, plain)
	if err != nil {
		return nil, err
	}
	return append(header, sealed...), nil
}

// stretch turns a secret into the slot's sealing key and commitment.
func stretch(secret, salt []byte, p Params) (key [keySize]byte, commit [16]byte) {
	root := argon2.IDKey(secret, salt, p.Passes, p.MemoryKiB, p.Threads, keySize)
	defer clear(root)
	full := derive(root, "raksa/slot/commit")
	copy(commit[:], full[:])
	return derive(root, "raksa/slot/key"), commit
}

func slotParams(slot []byte) Params {
	return Params{
		Passes:    binary.BigEndian.Uint32(slot[17:]),
		MemoryKiB: binary.BigEndian.Uint32(slot[21:]),
		Threads:   slot[25],
	}
}

// Params are the cost of one guess at a person's secret (Argon2id, RFC 9106).
type Params struct {
	Passes    uint32 // t
	MemoryKiB uint32 // m
	Threads   uint8  // p
}

// FloorParams is the least that a slot may cost: 64 MiB, three passes, one
// thread (protection study, 3.5). A host calibrates upward from here until an
// opening takes one to two seconds on that tablet.
func FloorParams() Params { return Params{Passes: 3, MemoryKiB: 64 << 10, Threads: 1} }

// paramsMax bounds what a damaged slot can make us spend.
var paramsMax = Params{Passes: 64, MemoryKiB: 1 << 20, Threads: 8}

// orFloor fills zero fields from FloorParams.
func (p Params) orFloor() Params {
	floor := FloorParams()
	if p.Passes == 0 {
		p.Passes = floor.Passes
	}
	if p.MemoryKiB == 0 {
		p.MemoryKiB = floor.MemoryKiB
	}
	if p.Threads == 0 {
		p.Threads = floor.Threads
	}
	return p
}

func (p Params) check(least Params) error {
	if p.Passes > paramsMax.Passes || p.MemoryKiB > paramsMax.MemoryKiB || p.Threads > paramsMax.Threads {
		return &SealError{"slot", ErrMalformed}
	}
	if p.Passes < least.Passes || p.MemoryKiB < least.MemoryKiB || p.Threads < least.Threads {
		return &SealError{"slot", ErrWeakSlot}
	}
	return nil
}
