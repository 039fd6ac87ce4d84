package load

import (
	"flag"
	"testing"
	"time"

	"raksa/screening"
	"raksa/syncengine"
)

var records = flag.Int("records", 1000, "records to push and to pull; the targets are set for 10,000")

// BenchmarkPush sends new records from one tablet to the office: read, signed,
// over TLS, verified, on the office's disk and acknowledged; and beside it, in
// turns, the bare store with the same rows. At the end both sides have compared
// what they hold.
func BenchmarkPush(b *testing.B) {
	f := newField(b)
	f.fill(f.enroll("tablet", screening.Capture), newBook(1), *records)
	kept := f.keep()
	bare := newFloor(b)
	var rows []*syncengine.Change
	var pushing, cost, behind, looking, floor time.Duration
	b.ResetTimer()
	for round := range b.N {
		b.StopTimer()
		f.startFrom(kept)
		d := f.start("tablet")
		b.StartTimer()
		began := time.Now()
		timed(b, &pushing, &cost, func() { f.sync(d) })
		b.StopTimer()
		if round == 0 { // it takes far longer, and is looked at once
			timed(b, &behind, &looking, func() { f.admitted(*records) })
			behind = time.Since(began)
			rows = f.changes()
		}
		began = time.Now()
		bare.write(b, rows, round, 500)
		floor += time.Since(began)
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N**records)/pushing.Seconds(), "records/s")
	b.ReportMetric(floor.Seconds()/pushing.Seconds(), "of-bare")
	b.ReportMetric(float64(*records)/behind.Seconds(), "admitted/s")
	reportCost(b, cost, b.N**records, "cpu-µs/record")
	reportCost(b, looking, *records, "cpu-µs/admitted")
}
