package device

import (
	"sync"
	"time"

	"raksa/syncengine"
)

// Sizes of a page: it grows while the link holds and shrinks when it does not.
const (
	pageBytesMin   = 4 << 10
	pageBytesStart = 64 << 10
	pageBytesMax   = 1 << 20
	roundsMax      = 2000 // of one SyncOnce: a gigabyte at the middle size

	// fastCall: a link that carried a full page and its answer in less takes four
	// times as much with the next.
	fastCall = 250 * time.Millisecond
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

// sped notes how long a call took that carried so much, before worked.
func (p *pace) sped(carried int, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if took >= 0 && took < fastCall && carried >= p.bytes/2 && p.bytes > 0 {
		p.bytes = min(4*p.bytes, pageBytesMax)
	}
}

// carriedBytes is about what a page weighs.
func carriedBytes(page *syncengine.Page) (size int) {
	if page == nil {
		return 0
	}
	for _, c := range page.Changes {
		for _, sealed := range c.Blocks {
			size += len(sealed)
		}
	}
	return size
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
