package vault

import (
	"crypto/ed25519"
	"io"
	"sync"
)

// Unlocked is a tablet's vault while it is open: the vault key (through the
// embedded Wrapper) and the signing key of the person who opened it. Hold it
// in memory only, and Lock it when the person leaves. The zero Unlocked is a
// locked vault: everything answers ErrLocked.
type Unlocked struct {
	*Wrapper
	person ID

	mu   sync.Mutex
	sign ed25519.PrivateKey // nil in a vault that nobody opened yet
}

// NewVault makes a tablet's vault key. Nobody can open it again until
// AddPerson has made a slot, so do that before anything is sealed.
func NewVault(rand io.Reader) (*Unlocked, error) {
	key, err := randomKey(rand, "vault key")
	if err != nil {
		return nil, err
	}
	return &Unlocked{Wrapper: newWrapper(key)}, nil
}

func newUnlocked(person ID, key [keySize]byte, signSeed []byte) *Unlocked {
	return &Unlocked{Wrapper: newWrapper(key), person: person, sign: ed25519.NewKeyFromSeed(signSeed)}
}

// AddPerson enrols somebody on this tablet: a new signing key for them, and a
// slot that their secret opens. Only an open vault can do it. The public key
// goes to the directory. A person who forgot the secret is added anew; what
// they wrote stays readable, because it hangs on the vault key.
func (u *Unlocked) AddPerson(rand io.Reader, person ID, secret []byte, params Params) (slot []byte, public ed25519.PublicKey, err error) {
	seed, err := randomKey(rand, "signing key")
	if err != nil {
		return nil, nil, err
	}
	defer clear(seed[:])
	slot, err = u.slotFor(rand, person, seed[:], secret, params)
	if err != nil {
		return nil, nil, err
	}
	return slot, ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey), nil
}

// Reslot makes a new slot for the person who has the vault open, with a new
// secret or stronger parameters and the same signing key. ErrLocked.
func (u *Unlocked) Reslot(rand io.Reader, secret []byte, params Params) ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sign == nil {
		return nil, &SealError{"slot", ErrLocked}
	}
	return u.slotFor(rand, u.person, u.sign.Seed(), secret, params)
}

func (u *Unlocked) slotFor(rand io.Reader, person ID, signSeed, secret []byte, params Params) ([]byte, error) {
	key, err := u.rootKey("slot")
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	return sealSlot(rand, person, key[:], signSeed, secret, params)
}

// Person says who opened the vault; zero for a new vault.
func (u *Unlocked) Person() ID { return u.person }

// SignAct signs with the person's own key: a closing, a consent, a withdrawal,
// a decision. Verify it with VerifyAct. ErrLocked.
func (u *Unlocked) SignAct(digest [32]byte) ([]byte, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.sign == nil {
		return nil, &SealError{"signing key", ErrLocked}
	}
	return signFor(u.sign, purposeAct, digest)
}

// SealReceivingKey seals the device's receiving key for the store: 72 bytes.
func (u *Unlocked) SealReceivingKey(rand io.Reader, device ID, k *ReceivingKey) ([]byte, error) {
	seed, err := k.seed()
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	return u.seal(rand, "receiving key", "raksa/wrap/receiving", device[:], seed[:])
}

// OpenReceivingKey opens what SealReceivingKey made.
func (u *Unlocked) OpenReceivingKey(device ID, sealed []byte) (*ReceivingKey, error) {
	seed, err := u.unsealKey("receiving key", "raksa/wrap/receiving", device[:], sealed)
	if err != nil {
		return nil, err
	}
	defer clear(seed[:])
	return receivingKeyFrom(seed)
}

// Lock overwrites the keys; every method answers ErrLocked from then on, also
// through Wrappers and Keyrings that were taken before. What Go copied stays
// in memory: after a hard lock end the process as well.
func (u *Unlocked) Lock() {
	u.forget()
	u.mu.Lock()
	defer u.mu.Unlock()
	clear(u.sign)
	u.sign = nil
}
