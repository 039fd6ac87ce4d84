package device

import (
	"raksa/syncengine"
	"raksa/vault"
)

// Vault gives what the session holds, for tests that play the thief.
func (d *Device) Vault() (*vault.Unlocked, vault.Keyring, *syncengine.Engine) {
	s, err := d.open()
	if err != nil {
		panic(err)
	}
	return s.vault, s.ring, s.engine
}

// Device gives the id that the office knows this device by.
func (d *Device) DeviceID() syncengine.RecordID { return d.identity().Device }

// SealRatchet and SealClosed name the purposes of sealed cells.
const (
	SealRatchet = sealRatchet
	SealClosed  = sealClosed
)
