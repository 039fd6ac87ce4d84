package load

import (
	"testing"
	"time"

	"raksa/screening"
)

// BenchmarkPull fetches the center's records on a new case tablet: verified and
// stored while it is locked, then folded at the unlock.
func BenchmarkPull(b *testing.B) {
	f := newField(b)
	first := f.enroll("tablet", screening.Capture)
	f.fill(first, newBook(1), *records)
	f.enroll("reader", screening.CaseDevice)
	f.sync(first)
	f.admitted(*records)
	kept := f.keep()
	var pulling, folding, pullCost, foldCost time.Duration
	b.ResetTimer()
	for b.Loop() { // made ready once, however many rounds
		b.StopTimer()
		f.startFrom(kept)
		d := f.start("reader") // locked, as it is after a start
		b.StartTimer()
		timed(b, &pulling, &pullCost, func() { f.sync(d) })
		timed(b, &folding, &foldCost, func() { f.signIn(d) })
	}
	b.ReportMetric(float64(b.N**records)/pulling.Seconds(), "records/s")
	b.ReportMetric(float64(b.N**records)/folding.Seconds(), "folded/s")
	reportCost(b, pullCost, b.N**records, "cpu-µs/record")
	reportCost(b, foldCost, b.N**records, "cpu-µs/folded")
}
