package enginekeys

import (
	"errors"
	"fmt"
	"io"

	"raksa/syncengine"
	"raksa/vault"
)

// Keys is a keyring as syncengine.Keys. The random source serves the sealing of
// folded state; blocks take their nonce from their change.
type Keys struct {
	Ring   vault.Keyring
	Random io.Reader
}

var _ syncengine.Keys = Keys{}

func (k Keys) SealBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, plain []byte) ([]byte, error) {
	key, err := k.classKey(cells, record, class)
	if err != nil {
		return nil, err
	}
	return vault.SealBlock(key, head, byte(class), plain), nil
}

func (k Keys) OpenBlock(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, head, sealed []byte) ([]byte, error) {
	key, err := k.classKey(cells, record, class)
	if err != nil {
		return nil, err
	}
	plain, err := vault.OpenBlock(key, head, byte(class), sealed)
	return plain, translate(err)
}

func (k Keys) SealState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, plain []byte) ([]byte, error) {
	key, err := k.classKey(cells, record, class)
	if err != nil {
		return nil, err
	}
	return vault.SealState(k.Random, key, record, byte(class), plain)
}

func (k Keys) OpenState(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class, sealed []byte) ([]byte, error) {
	key, err := k.classKey(cells, record, class)
	if err != nil {
		return nil, err
	}
	plain, err := vault.OpenState(key, record, byte(class), sealed)
	return plain, translate(err)
}

func (k Keys) Erase(cells syncengine.Cells, record syncengine.RecordID) error {
	return k.Ring.Erase(cells, record)
}

// KeysAhead implements syncengine.KeysAhead.
func (k Keys) KeysAhead(cells syncengine.Cells, records []syncengine.RecordID) error {
	ids := make([]vault.ID, len(records))
	for i, record := range records {
		ids[i] = record
	}
	return k.Ring.Ahead(cells, ids)
}

func (k Keys) classKey(cells syncengine.Cells, record syncengine.RecordID, class syncengine.Class) (vault.ClassKey, error) {
	key, err := k.Ring.ClassKey(cells, record, byte(class))
	return key, translate(err)
}

// translate gives the core the word that it decides by, and keeps the vault's
// own error, which names the item, behind it.
func translate(err error) error {
	if err == nil {
		return nil
	}
	for from, to := range map[error]error{
		vault.ErrNoKey:      syncengine.ErrNoKey,
		vault.ErrErased:     syncengine.ErrErased,
		vault.ErrLocked:     syncengine.ErrLocked,
		vault.ErrSealBroken: syncengine.ErrBroken,
		vault.ErrMalformed:  syncengine.ErrBroken,
	} {
		if errors.Is(err, from) {
			return fmt.Errorf("%w: %w", to, err)
		}
	}
	return err
}
