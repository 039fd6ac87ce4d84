package night

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"raksa/device"
	"raksa/syncengine"
)

var (
	badLink = flag.Bool("badlink", false, "measure 100 edits over 64 kbit/s, 600 ms and 5 % loss, in real time (about a minute)")
	allCuts = flag.Bool("allcuts", false, "cut the link at every 16th byte, instead of at some")
)

// badWire is a link of its own: slow, lossy, or cut after so many bytes.
type badWire struct {
	listener net.Listener
	target   string
	up, down atomic.Int64 // bytes on the wire
	cutUp    atomic.Int64 // cut when so many have gone up; below zero never
	cutDown  atomic.Int64
	slow     bool
	loss     *rand.Rand
	mu       sync.Mutex
	lost     int
	dials    atomic.Int64
}

// A TCP link as it is modelled: segments of 1,400 bytes at 64 kbit/s, 300 ms
// each way. A lost segment holds back all that follows it: by one round trip
// when three segments follow soon (fast retransmit), else by the timeout.
const (
	segmentBytes = 1400
	bytesASecond = 64_000 / 8
	oneWay       = 300 * time.Millisecond
	retransmit   = 2 * oneWay
	timeout      = 2 * retransmit
	lossPercent  = 5
)

func newWire(t *testing.T, n *Night) *badWire {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	w := &badWire{listener: listener, target: n.Listening.SyncAddr}
	w.cutUp.Store(-1)
	w.cutDown.Store(-1)
	n.link.to(listener.Addr().String())
	t.Cleanup(func() { listener.Close(); n.link.to(n.Listening.SyncAddr) })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go w.carry(near)
		}
	}()
	return w
}

func (w *badWire) carry(near net.Conn) {
	defer near.Close()
	w.dials.Add(1)
	if w.slow {
		<-time.NewTimer(2 * oneWay).C // SYN and its answer
	}
	far, err := net.Dial("tcp", w.target)
	if err != nil {
		return
	}
	defer far.Close()
	go func() { w.pour(far, near, &w.up, &w.cutUp); far.Close(); near.Close() }()
	w.pour(near, far, &w.down, &w.cutDown)
}

// pour carries bytes until the end or the cut.
func (w *badWire) pour(to io.Writer, from io.Reader, count, cut *atomic.Int64) {
	type segment struct {
		bytes []byte
		at    time.Time
	}
	segments := make(chan segment, 4096)
	go func() {
		defer close(segments)
		var sent, last time.Time
		for {
			b := make([]byte, segmentBytes)
			n, err := from.Read(b)
			if err != nil {
				return
			}
			at := time.Now()
			if w.slow {
				if sent.Before(at) {
					sent = at
				}
				sent = sent.Add(time.Duration(n) * time.Second / bytesASecond)
				if at = sent.Add(oneWay); w.isLost() {
					at = at.Add(timeout) // the worse of both: nothing may follow
				}
				if at.Before(last) {
					at = last
				}
				last = at
			}
			segments <- segment{b[:n], at}
		}
	}()
	for s := range segments {
		if wait := time.Until(s.at); wait > 0 {
			<-time.NewTimer(wait).C
		}
		if most := cut.Load(); most >= 0 && count.Load()+int64(len(s.bytes)) > most {
			rest := max(most-count.Load(), 0)
			to.Write(s.bytes[:rest])
			count.Add(rest)
			return
		}
		count.Add(int64(len(s.bytes)))
		if _, err := to.Write(s.bytes); err != nil {
			return
		}
	}
}

func (w *badWire) isLost() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.loss == nil || w.loss.IntN(100) >= lossPercent {
		return false
	}
	w.lost++
	return true
}

// edits saves n one-field edits with the link cut.
func (n *Night) edits(t *testing.T, d *device.Device, id syncengine.RecordID, count int) {
	t.Helper()
	n.link.setCut(true)
	for i := range count {
		n.write(t, d, id, map[string]string{"wrk_hours_day": fmt.Sprint(8 + i%9)})
	}
	n.link.setCut(false)
}

// A cut at any byte of the call or of its answer loses nothing, doubles nothing
// and costs at most one page again.
func TestACutAtAnyByteCostsAtMostOnePage(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	n.meet(t)
	w := newWire(t, n)
	step := int64(997)
	if *allCuts {
		step = 16
	}
	whole := map[*atomic.Int64]int64{}
	for _, side := range []struct {
		name       string
		count, cut *atomic.Int64
	}{{"of the call", &w.up, &w.cutUp}, {"of the answer", &w.down, &w.cutDown}} {
		cuts := 0
		for at := int64(0); ; at += step {
			n.edits(t, n.PTC1, id, 5)
			w.up.Store(0)
			w.down.Store(0)
			side.cut.Store(at)
			err := n.PTC1.SyncOnce(t.Context())
			side.cut.Store(-1)
			if err == nil {
				break // the whole exchange is shorter than that
			}
			cuts++
			w.up.Store(0)
			if err := n.PTC1.SyncOnce(t.Context()); err != nil {
				t.Fatalf("cut at byte %d %s: the next call: %v", at, side.name, err)
			}
			whole[side.count] = max(whole[side.count], w.up.Load())
			mine, theirs := changesOf(t, n.PTC1.Store, id), changesOf(t, n.store, id)
			if len(mine) != len(theirs) || placeOf(t, n.PTC1, id) != device.AtOffice {
				t.Fatalf("cut at byte %d %s: %d changes here, %d at the office", at, side.name, len(mine), len(theirs))
			}
		}
		if cuts < 3 {
			t.Errorf("only %d cuts %s", cuts, side.name)
		}
		t.Logf("%d cuts %s; the call after one sent at most %d bytes up, handshake and all", cuts, side.name, whole[side.count])
	}
	n.allWell(t)
}

func TestAHundredEditsOverABadLink(t *testing.T) {
	if !*badLink {
		t.Skip("in real time; run with -args -badlink")
	}
	n, _ := begin(t)
	who, _ := somebody(1, "fisher")
	id := n.begin(t, n.PTC1, who)
	n.meet(t)
	var took []time.Duration
	for run := range 7 {
		n.edits(t, n.PTC1, id, 100)
		w := newWire(t, n)
		w.slow, w.loss = true, rand.New(rand.NewPCG(uint64(run), 1))
		began := time.Now()
		must(t, n.PTC1.SyncOnce(t.Context()))
		took = append(took, time.Since(began))
		st, err := n.PTC1.Status(t.Context())
		must(t, err)
		t.Logf("run %d: %.1f s, %d B up, %d B down, %d connections, %d segments lost, %d wait",
			run, took[run].Seconds(), w.up.Load(), w.down.Load(), w.dials.Load(), w.lost, st.Waiting)
		if st.Waiting != 0 || took[run] > 10*time.Second || w.up.Load() > 14<<10 {
			t.Errorf("run %d misses 10 s or 14 KB", run)
		}
	}
}
