package device

import (
	"crypto/subtle"
)

// SetPIN sets the short PIN of the quick cover. It lives in memory only.
func (d *Device) SetPIN(pin string) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.covered || len(pin) < pinDigitsMin {
		return ErrSecretShort
	}
	s.pin = []byte(pin)
	return nil
}

// Cover blanks the pages; the vault stays open. Without a PIN there is no way
// back, so the device locks.
func (d *Device) Cover() error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.covered, s.coveredAt = true, d.Now()
	hard := len(s.pin) == 0
	s.mu.Unlock()
	if hard {
		d.Lock()
		return ErrLocked
	}
	return nil
}

// Uncover brings the pages back. The fifth wrong PIN locks the device.
func (d *Device) Uncover(pin string) error {
	s, err := d.open()
	if err != nil {
		return err
	}
	s.mu.Lock()
	right := s.covered && sameSecret([]byte(pin), s.pin)
	if right {
		s.covered, s.pinWrong = false, 0
	} else {
		s.pinWrong++
	}
	hard := s.pinWrong >= pinWrongMax
	s.mu.Unlock()
	switch {
	case hard:
		d.Lock()
		return ErrLocked
	case !right:
		return ErrWrongSecret
	}
	return nil
}

// expire locks a session whose time is over: covered for five minutes, or open
// for a shift (protection study, 3.5).
func (d *Device) expire() {
	s, err := d.open()
	if err != nil {
		return
	}
	s.mu.Lock()
	over := s.covered && d.Now().Sub(s.coveredAt) > coverMax || d.Now().Sub(s.began) > sessionMax
	s.mu.Unlock()
	if over {
		d.Lock()
	}
}

func sameSecret(a, b []byte) bool { return subtle.ConstantTimeCompare(a, b) == 1 }
