package server

import (
	"crypto/sha256"
	"sync"

	"raksa/vault"
)

// nearSteps remembers how far the ratchet of each node was last walked, so that
// the thousandth record costs no thousand steps. It is memory only: what it
// forgets is walked again, from the start that the store keeps.
type nearSteps struct {
	mu sync.Mutex
	at map[[32]byte]vault.Ratchet // by hash of the start
}

// nearMax bounds the nodes that are remembered.
const nearMax = 2048

// start gives the nearest step after the start of a ratchet, or the start.
func (n *nearSteps) start(from vault.Ratchet) vault.Ratchet {
	n.mu.Lock()
	defer n.mu.Unlock()
	if at, known := n.at[sha256.Sum256(from.State())]; known {
		return at
	}
	return from
}

// keep remembers how far a ratchet was walked.
func (n *nearSteps) keep(from, at vault.Ratchet) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.at == nil || len(n.at) >= nearMax {
		n.at = map[[32]byte]vault.Ratchet{}
	}
	n.at[sha256.Sum256(from.State())] = at
}
