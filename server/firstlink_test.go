package server

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// shaped is a link of so many bytes per second and so long a way, each way.
type shaped struct {
	come     chan net.Conn
	closed   chan struct{}
	bytesPer float64       // second; 0 for no limit
	way      time.Duration // one way
	up, down atomic.Int64
	away     atomic.Bool
	cutAfter atomic.Int64 // bytes down, and then the link is away; 0 never
}

func (s *shaped) Accept() (net.Conn, error) {
	select {
	case c := <-s.come:
		return c, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *shaped) Close() error   { return nil }
func (s *shaped) Addr() net.Addr { return &net.TCPAddr{} }

func (s *shaped) dial(context.Context, string, string) (net.Conn, error) {
	if s.away.Load() {
		return nil, net.ErrClosed
	}
	near, a := net.Pipe()
	b, far := net.Pipe()
	go s.carry(b, a, &s.up)
	go s.carry(a, b, &s.down)
	s.come <- far
	return near, nil
}

// carry brings bytes over: each leaves when those before it have left, and
// arrives a way later.
func (s *shaped) carry(to, from net.Conn, count *atomic.Int64) {
	type parcel struct {
		bytes []byte
		at    time.Time
	}
	onTheWay := make(chan parcel, 1000)
	defer close(onTheWay)
	go func() {
		for p := range onTheWay {
			if s.way > 0 {
				time.Sleep(time.Until(p.at))
			}
			if _, err := to.Write(p.bytes); err != nil {
				from.Close()
			}
		}
		to.Close()
	}()
	for {
		chunk := make([]byte, 1400)
		n, err := from.Read(chunk)
		if err != nil {
			return
		}
		total := count.Add(int64(n))
		if most := s.cutAfter.Load(); most > 0 && count == &s.down && total > most {
			s.cutAfter.Store(0)
			s.away.Store(true)
			from.Close()
			return
		}
		if s.bytesPer > 0 {
			time.Sleep(time.Duration(float64(n+40) / s.bytesPer * float64(time.Second))) // 40: TCP and IP
		}
		onTheWay <- parcel{chunk[:n], time.Now().Add(s.way)}
	}
}

// serve lets devices reach the office over the link, by its own TLS.
func (s *shaped) serve(t *testing.T, d *testDesk) {
	t.Helper()
	s.come, s.closed = make(chan net.Conn), make(chan struct{})
	d.address = "office.example:443"
	config, err := d.serverConfig("office.example", d.Now)
	must(t, err)
	server := &http.Server{Handler: d.Procedures(), ErrorLog: quiet}
	go server.Serve(tls.NewListener(s, config))
	t.Cleanup(func() { close(s.closed); server.Close() })
}
