package server

import (
	"os"
	"runtime/debug"
)

// Memory that an office may use before it collects more often.
const (
	collectPercent = 400
	memoryBytes    = 1 << 30
)

// UseMemory lets this process collect garbage less often, up to a gigabyte. An
// office holds little for long and makes much for a moment: each page of a push
// is decoded, hashed and thrown away, and at Go's default a fifth of the
// processors' time of a push went into collecting it. GOGC and GOMEMLIMIT
// in the environment stand above it.
func UseMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryBytes)
	}
}
