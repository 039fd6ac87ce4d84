package trial

import (
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// mood is how a tablet's link is just now.
type mood string

// The moods. Those of the last group lie above the wire: whole messages.
const (
	good      mood = "link good"
	slow      mood = "link slow"
	away      mood = "link away"
	cutting   mood = "connection cut after some bytes"
	silent    mood = "connection half open"
	trickling mood = "connection trickles"
	portal200 mood = "login page with 200"
	portal302 mood = "login page with 302"
	portalTLS mood = "login page behind TLS"

	deaf       mood = "answer dropped"
	stuttering mood = "request sent twice"
	echoing    mood = "old request sent again"
)

var badMoods = []mood{slow, away, cutting, silent, trickling, portal200, portal302, portalTLS, deaf, stuttering, echoing}

// listener is the office's end of all links.
type listener struct {
	come   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{come: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.come:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error   { l.once.Do(func() { close(l.closed) }); return nil }
func (l *listener) Addr() net.Addr { return address(officeAddress) }

type address string

func (address) Network() string  { return "pipe" }
func (a address) String() string { return string(a) }

const officeAddress = "office.example:443"

// link is one tablet's way to the office.
type link struct {
	world *world
	count func(what string)

	mu   sync.Mutex
	luck *rand.Rand
	mood mood
	open map[net.Conn]bool
}

var errAway = errors.New("trial: network is unreachable")

func (l *link) be(m mood) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mood = m
}

func (l *link) is() mood {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mood
}

// chance draws from this link's own luck, so that tablets do not disturb each
// other's.
func (l *link) chance(n int) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.luck.IntN(n)
}

// dial opens a connection to whoever is there.
func (l *link) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	m := l.is()
	switch m {
	case away:
		l.count(string(m))
		return nil, errAway
	case portal200, portal302, portalTLS:
		l.count(string(m))
		near, far := net.Pipe()
		l.hold(near, far)
		go l.welcome(far, m)
		return near, nil
	}
	target := l.world.officeListener()
	if target == nil {
		l.count("office away")
		return nil, errAway
	}
	near, a := net.Pipe()
	b, far := net.Pipe()
	l.hold(near, a, b, far)
	f := l.fate(m)
	go l.carry(b, a, f, 0)
	go l.carry(a, b, f, 1)
	select {
	case target.come <- far:
		return near, nil
	case <-target.closed:
	case <-ctx.Done():
	}
	l.drop(near, a, b, far)
	return nil, errAway
}

// fate is what will happen to a connection, by direction: up, then down.
type fate struct {
	cutAfter, silentAfter [2]int // bytes; 0 is never
	pause                 time.Duration
	chunk                 int
}

const bytesOfHandshake = 3000 // about; some fates come in it, some after it

func (l *link) fate(m mood) fate {
	f := fate{chunk: 32 << 10, pause: time.Duration(1+l.chance(80)) * time.Millisecond}
	where := 1 + l.chance(2*bytesOfHandshake)
	if l.chance(3) == 0 {
		where += l.chance(60_000)
	}
	switch m {
	case slow:
		f.chunk, f.pause = 1400, 300*time.Millisecond
	case cutting:
		f.cutAfter[l.chance(2)] = where
	case silent:
		f.silentAfter[l.chance(2)] = where
	case trickling:
		f.chunk, f.pause = 120, 2*time.Second
	}
	return f
}

// carry brings bytes one way until either end closes or their fate comes. What
// is written is taken at once, however slowly it is delivered: HTTP/2 holds a
// lock while it writes, and in a bubble nobody may wait for a lock.
func (l *link) carry(to, from net.Conn, f fate, way int) {
	taken := make(chan []byte, 1<<12)
	go l.deliver(to, from, taken, f, way)
	defer close(taken)
	for {
		buffer := make([]byte, f.chunk)
		n, err := from.Read(buffer)
		if err != nil {
			return
		}
		taken <- buffer[:n]
	}
}

func (l *link) deliver(to, from net.Conn, taken <-chan []byte, f fate, way int) {
	defer l.drop(to, from)
	carried, odd := 0, map[int]mood{120: trickling, 1400: slow}[f.chunk]
	for bytes := range taken {
		time.Sleep(f.pause)
		carried += len(bytes)
		if silence := f.silentAfter[way]; silence > 0 && carried > silence {
			l.count(string(silent))
			for range taken { // taken, and never delivered
			}
			return
		}
		if cut := f.cutAfter[way]; cut > 0 && carried > cut {
			l.count(string(cutting))
			to.Write(bytes[:max(len(bytes)-(carried-cut), 0)])
			return
		}
		if _, err := to.Write(bytes); err != nil {
			return
		}
		if odd != "" {
			l.count(string(odd))
			odd = "" // once a connection
		}
	}
}

func (l *link) hold(all ...net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range all {
		l.open[c] = true
	}
}

func (l *link) drop(all ...net.Conn) {
	for _, c := range all {
		c.Close()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range all {
		delete(l.open, c)
	}
}

// cut closes everything that is on the way.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for c := range l.open {
		c.Close()
	}
	clear(l.open)
}

// welcome is the hotel's login page, which answers for everybody.
func (l *link) welcome(c net.Conn, m mood) {
	defer l.drop(c)
	if m == portalTLS {
		c = tls.Server(c, l.world.portal)
	}
	if _, err := c.Read(make([]byte, 16<<10)); err != nil {
		return
	}
	const page = "<html><body>Welcome! Please accept our terms.</body></html>"
	status := "200 OK"
	if m == portal302 {
		status = "302 Found\r\nLocation: http://login.example/"
	}
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s", status, len(page), page)
}

// portalConfig is the login page's own certificate.
func portalConfig() (*tls.Config, error) {
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"office.example"}, NotAfter: time.Now().AddDate(10, 0, 0)}
	der, err := x509.CreateCertificate(nil, template, template, public, private)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: private}}}, err
}
