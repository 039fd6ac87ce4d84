package load

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"raksa/device"
	"raksa/screening"
)

var tablets = flag.Int("tablets", 20, "tablets that sync at once; the target is set for 200")

// BenchmarkTablets lets all tablets save an interview and sync at the same
// moment: each waits for its whole exchange, which brings it the others' news.
func BenchmarkTablets(b *testing.B) {
	f := newField(b)
	var all []*device.Device
	for i := range *tablets {
		all = append(all, f.enroll(fmt.Sprintf("tablet-%d", i), screening.Capture))
	}
	book := newBook(1)
	var waits []time.Duration
	var heap uint64
	b.ResetTimer()
	for b.Loop() {
		b.StopTimer()
		for _, d := range all {
			f.fill(d, book, 1)
		}
		b.StartTimer()
		took := make([]time.Duration, len(all))
		var group sync.WaitGroup
		for i, d := range all {
			group.Go(func() {
				began := time.Now()
				if err := d.SyncOnce(b.Context()); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(began)
			})
		}
		group.Wait()
		waits = append(waits, took...)
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		heap = max(heap, m.HeapInuse)
	}
	slices.Sort(waits)
	b.ReportMetric(waits[len(waits)/2].Seconds(), "p50-s")
	b.ReportMetric(waits[len(waits)*99/100].Seconds(), "p99-s")
	b.ReportMetric(float64(heap)/(1<<20), "heap-MB")
}
