package night

import (
	"context"
	"errors"
	"net"
	"sync"
)

// alone keeps single devices away from the office while the others reach it: a
// tablet in a valley, or switched off.
type alone struct {
	mu   sync.Mutex
	off  map[string]bool
	open map[string][]net.Conn
}

var errAlone = errors.New("night: this device is out of reach")

// dial opens connections for one device, by its name.
func (a *alone) dial(name string) func(context.Context, string, string) (net.Conn, error) {
	var dialer net.Dialer
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if a.is(name) {
			return nil, errAlone
		}
		c, err := dialer.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.off[name] {
			return nil, errors.Join(errAlone, c.Close())
		}
		if a.open == nil {
			a.open = map[string][]net.Conn{}
		}
		a.open[name] = append(a.open[name], c)
		return c, nil
	}
}

func (a *alone) is(name string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.off[name]
}

func (a *alone) set(name string, off bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.off == nil {
		a.off = map[string]bool{}
	}
	a.off[name] = off
	for _, c := range a.open[name] {
		c.Close() // it may be closed already
	}
	delete(a.open, name)
}

// Alone takes one device out of reach of the office, or brings it back.
func (n *Night) Alone(device string, off bool) { n.alone.set(device, off) }
