package vault

import (
	"errors"
	"fmt"
	"io"
)

// Nothing that holds a secret prints or marshals it, so that no log line and
// no encoder can be talked into it. Unlocked and Office are covered by their
// Wrapper. An ed25519.PrivateKey is a plain slice and is not covered: never
// put one into a format.

var errHidden = errors.New("vault: a key is never marshalled")

func (RecordKey) Format(f fmt.State, _ rune)     { io.WriteString(f, "RecordKey(hidden)") }
func (ClassKey) Format(f fmt.State, _ rune)      { io.WriteString(f, "ClassKey(hidden)") }
func (DeliverySeed) Format(f fmt.State, _ rune)  { io.WriteString(f, "DeliverySeed(hidden)") }
func (Ratchet) Format(f fmt.State, _ rune)       { io.WriteString(f, "Ratchet(hidden)") }
func (*ReceivingKey) Format(f fmt.State, _ rune) { io.WriteString(f, "ReceivingKey(hidden)") }
func (*Wrapper) Format(f fmt.State, _ rune)      { io.WriteString(f, "Wrapper(hidden)") }

func (RecordKey) MarshalText() ([]byte, error)     { return nil, errHidden }
func (ClassKey) MarshalText() ([]byte, error)      { return nil, errHidden }
func (DeliverySeed) MarshalText() ([]byte, error)  { return nil, errHidden }
func (Ratchet) MarshalText() ([]byte, error)       { return nil, errHidden }
func (*ReceivingKey) MarshalText() ([]byte, error) { return nil, errHidden }
func (*Wrapper) MarshalText() ([]byte, error)      { return nil, errHidden }
