package night

import (
	"io"
	"net"
	"sync"
)

// link stands between the devices and the office: a wire that can be cut. What
// is on it when it is cut is lost in the middle, as on a real night.
type link struct {
	listener net.Listener
	mu       sync.Mutex
	target   string
	cut      bool
	open     map[net.Conn]bool
	running  sync.WaitGroup
}

func newLink() (*link, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l := &link{listener: listener, open: map[net.Conn]bool{}}
	l.running.Go(l.accept)
	return l, nil
}

func (l *link) address() string { return l.listener.Addr().String() }

// to says where the office is.
func (l *link) to(target string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.target = target
}

func (l *link) accept() {
	for {
		near, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.running.Go(func() { l.carry(near) })
	}
}

func (l *link) carry(near net.Conn) {
	defer l.drop(near)
	target, ok := l.keep(near)
	if !ok {
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer l.drop(far)
	if _, ok := l.keep(far); !ok {
		return
	}
	l.running.Go(func() { io.Copy(far, near); far.Close() })
	io.Copy(near, far) // ends when either side, or the link, is cut
}

// keep notes a connection, unless the link is cut.
func (l *link) keep(c net.Conn) (target string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		return "", false
	}
	l.open[c] = true
	return l.target, true
}

func (l *link) drop(c net.Conn) {
	c.Close()
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, c)
}

// setCut cuts the link, or restores it.
func (l *link) setCut(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for c := range l.open {
		c.Close()
	}
}

// Cut cuts the wire between the devices and the office, or restores it.
func (n *Night) Cut(cut bool) { n.link.setCut(cut) }

func (l *link) close() {
	l.listener.Close()
	l.setCut(true)
	l.running.Wait()
}
