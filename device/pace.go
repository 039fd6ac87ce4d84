package device

import (
	"sync"
)

// Sizes of a page: it grows while the link holds and shrinks when it does not.
const (
	pageBytesMin   = 4 << 10
	pageBytesStart = 64 << 10
	pageBytesMax   = 1 << 20
	roundsMax      = 2000 // of one SyncOnce: a gigabyte at the middle size
)

// pace is how much one call carries.
type pace struct {
	mu        sync.Mutex
	bytes     int
	successes int
}

func (p *pace) size() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes == 0 {
		p.bytes = pageBytesStart
	}
	return p.bytes
}

func (p *pace) worked() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.successes++; p.successes%2 == 0 {
		p.bytes = min(2*max(p.bytes, pageBytesMin), pageBytesMax)
	}
}

func (p *pace) failed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.successes = 0
	p.bytes = max(p.bytes/2, pageBytesMin)
}
