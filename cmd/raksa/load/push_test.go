package load

import (
	"flag"
	"testing"
	"time"

	"raksa/screening"
)

var records = flag.Int("records", 10_000, "records to push and to pull")

// BenchmarkPush sends new records from one tablet to the office: read, signed,
// over TLS, verified, on the office's disk and acknowledged.
func BenchmarkPush(b *testing.B) {
	f := newField(b)
	f.fill(f.enroll("tablet", screening.Capture), newBook(1), *records)
	kept := f.keep()
	var pushing, behind time.Duration
	b.ResetTimer()
	for round := range b.N {
		b.StopTimer()
		f.startFrom(kept)
		d := f.start("tablet")
		b.StartTimer()
		began := time.Now()
		f.sync(d)
		pushing += time.Since(began)
		b.StopTimer()
		if round == 0 { // it takes far longer, and is looked at once
			f.admitted(*records)
			behind = time.Since(began)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.N**records)/pushing.Seconds(), "records/s")
	b.ReportMetric(float64(*records)/behind.Seconds(), "admitted/s")
}
