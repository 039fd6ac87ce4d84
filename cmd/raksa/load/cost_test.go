package load

import (
	"flag"
	"os"
	"runtime/pprof"
	"syscall"
	"testing"
	"time"
)

// processorTime is what this process has used of the processors so far, in user
// and in system mode, offices and tablets together. It means something on a busy
// machine too, where the clock on the wall does not.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// reportCost says how much processor time one record took.
func reportCost(b *testing.B, used time.Duration, records int, unit string) {
	b.Helper()
	b.ReportMetric(float64(used.Nanoseconds())/1e3/float64(records), unit)
}

var (
	profile = flag.String("profile", "", "a file for the processor profile of one timed part alone; without -cpuprofile")
	part    = flag.Int("part", 1, "which timed part of the benchmark is profiled: of a push, 1 is the sync and 2 the admission")
)

// timed runs what is measured, and adds what it took.
func timed(b *testing.B, clock, processor *time.Duration, measured func()) {
	b.Helper()
	if *part--; *part == 0 && *profile != "" {
		path := *profile
		file, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		if err := pprof.StartCPUProfile(file); err != nil {
			b.Fatal(err)
		}
		defer pprof.StopCPUProfile()
	}
	began, used := time.Now(), processorTime(b)
	measured()
	*clock += time.Since(began)
	*processor += processorTime(b) - used
}
