//go:build linux

package sqlstore

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"

	"raksa/syncengine"
)

// diskChild in the environment makes this test binary a process whose files may
// not grow, as on a disk that fails; its value says what becomes of the error.
const diskChild = "RAKSA_TEST_DISK"

// A member whose disk fails takes all with it who share its transaction, even
// when it swallows the error or panics over it: SQLite may have dropped what the
// others wrote, and nothing of the file is trusted until it is opened anew.
func TestADiskThatFailsUnderOneFailsAllThatShareTheTransaction(t *testing.T) {
	if how := os.Getenv(diskChild); how != "" {
		shareFailingDisk(t, how)
		return
	}
	for _, how := range []string{"told", "swallowed", "another", "panic"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			child := exec.Command(os.Args[0], "-test.run=^TestADiskThatFailsUnderOneFailsAllThatShareTheTransaction$", "-test.count=1")
			child.Env = append(os.Environ(), diskChild+"="+how)
			if out, err := child.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
}

// fillBytes is more than SQLite keeps in memory before it writes.
const fillBytes = 6 << 20

func shareFailingDisk(t *testing.T, how string) {
	signal.Ignore(syscall.SIGXFSZ)
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	limit := before
	limit.Cur = 1 << 20
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	const hungry = 2
	s, failed, transactions := crowded(t, 5, func(tx syncengine.Tx, i int) error {
		if err := tx.Put("b", []byte{byte(i)}, []byte("v")); err != nil || i != hungry {
			return err
		}
		err := errors.Join(tx.Put("b", []byte("large"), make([]byte, fillBytes)),
			sendNow(tx))
		if !errors.Is(err, syncengine.ErrDisk) {
			return fmt.Errorf("the disk has not failed: %v", err)
		}
		switch how {
		case "swallowed":
			return nil
		case "another":
			return errors.New("something of its own")
		case "panic":
			panic("over a disk")
		}
		return err
	})
	if transactions != 2 {
		t.Fatalf("%d transactions", transactions)
	}
	for i, err := range failed {
		if how == "panic" && i == hungry {
			if err == nil || err.Error() != "panic over a disk" {
				t.Errorf("the one that panicked: %v", err)
			}
			continue
		}
		if !errors.Is(err, syncengine.ErrDisk) {
			t.Errorf("member %d was told %v", i, err)
		}
	}
	if !s.failed.Load() {
		t.Error("the file is not marked as failed")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		t.Fatal(err)
	}
	opened := s.now()
	if err := s.Update(t.Context(), func(tx syncengine.Tx) error {
		return tx.Scan("b", nil, func(key, _ []byte) error { return fmt.Errorf("cell %x is there", key) })
	}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if s.now() == opened || s.failed.Load() {
		t.Error("the file was not opened anew")
	}
}
