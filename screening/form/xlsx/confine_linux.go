package xlsx

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// confine bounds this process: memory it may write to, processor time, no file
// longer than nothing, no further files, no dump of its memory.
func confine() error {
	for resource, most := range map[int]uint64{
		unix.RLIMIT_DATA:   2 * apartMemory,
		unix.RLIMIT_CPU:    apartProcSecs,
		unix.RLIMIT_FSIZE:  0,
		unix.RLIMIT_CORE:   0,
		unix.RLIMIT_NOFILE: 16,
	} {
		if err := unix.Setrlimit(resource, &unix.Rlimit{Cur: most, Max: most}); err != nil {
			return fmt.Errorf("xlsx: a bound on the child was refused: %w", err)
		}
	}
	return nil
}
