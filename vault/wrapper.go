package vault

import (
	"io"
	"sync"
)

// A Wrapper seals keys and small values under a root key: the vault key of a
// tablet or the root of the office. It may be used from several goroutines.
// A nil or cleared Wrapper is a locked one: everything fails with ErrLocked.
type Wrapper struct {
	mu   sync.RWMutex
	root [keySize]byte
	open bool
	subs map[string][keySize]byte // keys of purposes that were asked for
}

func newWrapper(root [keySize]byte) *Wrapper { return &Wrapper{root: root, open: true} }

// Seal seals a small value that is no record key: a draft's notes, a ratchet,
// a code. The purpose separates kinds, the id binds the place (a row's id); to
// open it both must be the same. It adds 40 bytes.
//
// Key: HKDF(root, "raksa/seal/" ‖ purpose). Associated data: id.
func (w *Wrapper) Seal(rand io.Reader, purpose string, id, plain []byte) ([]byte, error) {
	return w.seal(rand, purpose, "raksa/seal/"+purpose, id, plain)
}

// Open opens what Seal made with the same purpose and id.
func (w *Wrapper) Open(purpose string, id, sealed []byte) ([]byte, error) {
	return w.unseal(purpose, "raksa/seal/"+purpose, id, sealed)
}

// WrapRecord wraps K for this holder, bound to the record: 72 bytes.
func (w *Wrapper) WrapRecord(rand io.Reader, record ID, k RecordKey) ([]byte, error) {
	return w.seal(rand, "record wrap", "raksa/wrap/record", record[:], k[:])
}

// UnwrapRecord opens a wrap of WrapRecord.
func (w *Wrapper) UnwrapRecord(record ID, wrap []byte) (RecordKey, error) {
	k, err := w.unsealKey("record wrap", "raksa/wrap/record", record[:], wrap)
	return RecordKey(k), err
}

// WrapClass wraps one class key for this holder, bound to record and class:
// 72 bytes. Each class is wrapped by itself, so that one can be dropped.
func (w *Wrapper) WrapClass(rand io.Reader, record ID, class byte, k ClassKey) ([]byte, error) {
	return w.seal(rand, "class wrap", "raksa/wrap/class", append(record[:], class), k[:])
}

// UnwrapClass opens a wrap of WrapClass.
func (w *Wrapper) UnwrapClass(record ID, class byte, wrap []byte) (ClassKey, error) {
	k, err := w.unsealKey("class wrap", "raksa/wrap/class", append(record[:], class), wrap)
	return ClassKey(k), err
}

// Locked says whether the root key is gone.
func (w *Wrapper) Locked() bool {
	_, err := w.rootKey("wrapper")
	return err != nil
}

// forget overwrites the root key. Copies that the runtime made may remain in
// memory until the process ends.
func (w *Wrapper) forget() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.root[:])
	w.open = false
	for info := range w.subs {
		w.subs[info] = [keySize]byte{}
	}
	clear(w.subs)
}

// subkey derives the key of one purpose, so that no two purposes ever share a
// key and their associated data need no further labels.
func (w *Wrapper) subkey(item, info string) (key [keySize]byte, err error) {
	if w == nil {
		return key, &SealError{item, ErrLocked}
	}
	w.mu.RLock()
	key, known := w.subs[info]
	w.mu.RUnlock()
	if known { // forgotten with the root key
		return key, nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return key, &SealError{item, ErrLocked}
	}
	key = derive(w.root[:], info)
	if w.subs == nil || len(w.subs) >= subsMax {
		w.subs = map[string][keySize]byte{}
	}
	w.subs[info] = key
	return key, nil
}

// subsMax bounds the keys that are remembered; there are a few dozen purposes.
const subsMax = 64

// rootKey copies the root key, or fails with ErrLocked.
func (w *Wrapper) rootKey(item string) (key [keySize]byte, err error) {
	if w == nil {
		return key, &SealError{item, ErrLocked}
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	if !w.open {
		return key, &SealError{item, ErrLocked}
	}
	return w.root, nil
}

func (w *Wrapper) seal(rand io.Reader, item, info string, ad, plain []byte) ([]byte, error) {
	key, err := w.subkey(item, info)
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	return sealRandom(rand, item, &key, ad, plain)
}

func (w *Wrapper) unseal(item, info string, ad, sealed []byte) ([]byte, error) {
	key, err := w.subkey(item, info)
	if err != nil {
		return nil, err
	}
	defer clear(key[:])
	return openRandom(item, &key, ad, sealed)
}

func (w *Wrapper) unsealKey(item, info string, ad, wrap []byte) (k [keySize]byte, err error) {
	key, err := w.subkey(item, info)
	if err != nil {
		return k, err
	}
	defer clear(key[:])
	return openKey(item, &key, ad, wrap)
}
