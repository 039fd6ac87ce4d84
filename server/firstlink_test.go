package server

import (
	"context"
	"crypto/tls"
	"flag"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"raksa/screening"
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

	mu   sync.Mutex
	ends []net.Conn // every one that was dialled

	carriers sync.WaitGroup
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
	s.mu.Lock()
	s.ends = append(s.ends, near, a, b, far)
	s.mu.Unlock()
	s.carriers.Go(func() { s.carry(b, a, &s.up) })
	s.carriers.Go(func() { s.carry(a, b, &s.down) })
	s.come <- far
	return near, nil
}

// closeAll ends every connection, kept ones too: none outlives its test.
func (s *shaped) closeAll() {
	s.mu.Lock()
	for _, end := range s.ends {
		end.Close()
	}
	s.mu.Unlock()
	s.carriers.Wait()
}

// carry brings bytes over: each leaves when those before it have left, and
// arrives a way later.
func (s *shaped) carry(to, from net.Conn, count *atomic.Int64) {
	type parcel struct {
		bytes []byte
		at    time.Time
	}
	// The writer must never wait: it may hold a lock, and virtual time would stand.
	onTheWay := make(chan parcel, 10_000)
	left := time.Now()
	defer close(onTheWay)
	s.carriers.Go(func() {
		for p := range onTheWay {
			if s.way > 0 {
				time.Sleep(time.Until(p.at))
			}
			if _, err := to.Write(p.bytes); err != nil {
				from.Close()
			}
		}
		to.Close()
	})
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
		if now := time.Now(); left.Before(now) {
			left = now
		}
		if s.bytesPer > 0 {
			left = left.Add(time.Duration(float64(n+40) / s.bytesPer * float64(time.Second))) // 40: TCP and IP
		}
		onTheWay <- parcel{chunk[:n], left.Add(s.way)}
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
	t.Cleanup(func() { close(s.closed); server.Close(); s.closeAll() })
}

var (
	peopleFlag = flag.Int("people", 0, "first sync: how many people; 0 leaves the measurement out")
	savesFlag  = flag.Int("saves", 12, "first sync: changes of each interview")
)

// A new tablet over 256 kbit/s and 300 ms, in virtual time: the link takes its
// time, the programs take none, so what they take of a processor is told apart.
//
//	go test ./server -run TestFirstSyncOverAThinLink -v -args -people 10000
func TestFirstSyncOverAThinLink(t *testing.T) {
	if *peopleFlag == 0 {
		t.Skip("only with -args -people 10000")
	}
	synctest.Test(t, func(t *testing.T) {
		d, link := newHouse(t), &shaped{bytesPer: 32_000, way: 150 * time.Millisecond}
		link.serve(t, d)
		d.fill(*peopleFlag, *savesFlag)
		d.backUp()
		began := time.Now()
		tab := d.tablet(link, "PTC-2", screening.CaseDevice)
		t.Logf("enrolled after %v, %d bytes down, %d up", time.Since(began).Round(10*time.Millisecond), link.down.Load(), link.up.Load())
		tab.begin()
		t.Logf("the first new interview is kept after %v", time.Since(began).Round(10*time.Millisecond))
		done := make(chan error)
		go func() { done <- tab.SyncOnce(context.Background()) }()
		half := false
		for loaded := false; !loaded; {
			select {
			case err := <-done:
				must(t, err)
				loaded = true
			case <-time.After(time.Second):
				if l := tab.loading(); l != nil && !half && l.Here*2 > l.People {
					half = true
					tab.begin()
					t.Logf("%d of %d people are here after %v, and one more interview is kept", l.Here, l.People, time.Since(began).Round(time.Second))
				}
			}
		}
		t.Logf("%d people with %d changes each are here after %v; %d bytes down, %d up: %d a person",
			*peopleFlag, *savesFlag, time.Since(began).Round(10*time.Millisecond), link.down.Load(), link.up.Load(), link.down.Load()/int64(*peopleFlag))
		tab.sync()
		all, err := tab.List(context.Background())
		must(t, err)
		if len(all) != *peopleFlag+2 || tab.loading() != nil {
			t.Errorf("%d people are here", len(all))
		}
	})
}
