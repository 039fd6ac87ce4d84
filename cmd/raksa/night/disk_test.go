package night

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"raksa/device"
	"raksa/syncengine"
)

// childLimit is how far a file of the child may grow, in bytes beyond what the
// database has now, until the first save is refused.
const childLimit = "RAKSA_TEST_LIMIT"

// diskChild saves until a save was refused and then five more were kept, or two
// hundred were kept without a refusal. Each save is told after it was kept or
// refused, by id or by the code that the page would show.
func diskChild(ctx context.Context) error {
	person, err := syncengine.ParsePersonID(os.Getenv(childPerson))
	if err != nil {
		return err
	}
	dir := os.Getenv(childDir)
	d, err := device.Open(ctx, device.Config{
		Dir: dir, Now: time.Now, Random: rand.Reader, Log: zerolog.Nop(), Forms: forms, SecretCost: cheap,
	})
	if err != nil {
		fmt.Println("closed", device.Code(err))
		return err
	}
	if err := d.SignIn(ctx, person, []byte(Secret)); err != nil {
		fmt.Println("closed", device.Code(err))
		return err
	}
	id, err := d.NewInterview(ctx, device.Opening{})
	if err != nil {
		fmt.Println("closed", device.Code(err))
		return err
	}
	unlimit, err := limitFiles(dir)
	if err != nil {
		return err
	}
	refused, after := 0, 0
	for hours := 1; hours <= 200 && after < 5; {
		kept, err := saveHours(ctx, d, id, 1+hours%20)
		if err != nil {
			if refused++; refused == 3 {
				unlimit()
			}
			fmt.Println("refused", device.Code(err))
			continue
		}
		if hours++; refused > 0 {
			after++
		}
		fmt.Println("kept", kept)
	}
	fmt.Println("well")
	return d.Close()
}

// limitFiles lets no file of this process grow beyond a limit, as a quota does.
func limitFiles(dir string) (unlimit func(), err error) {
	more, err := strconv.ParseUint(os.Getenv(childLimit), 10, 63)
	if err != nil {
		return func() {}, nil // none was asked for
	}
	signal.Ignore(syscall.SIGXFSZ)
	info, err := os.Stat(filepath.Join(dir, "raksa.db-wal"))
	if err != nil {
		return nil, err
	}
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		return nil, err
	}
	now := syscall.Rlimit{Cur: uint64(info.Size()) + more, Max: before.Max}
	return func() { _ = syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before) }, syscall.Setrlimit(syscall.RLIMIT_FSIZE, &now)
}

// told is what a child said.
type told struct {
	kept    []syncengine.ChangeID
	refused map[string]int
	well    bool
}

func (s *told) take(t *testing.T, line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "kept":
		id, err := syncengine.ParseChangeID(rest)
		must(t, err)
		s.kept = append(s.kept, id)
	case "refused", "closed":
		s.refused[rest]++
	case "well":
		s.well = true
	}
}

// stands holds the tablet against what its child said: every save that was kept
// is there and gets to the office, nothing is half there, and it has been one
// node all along.
func (n *Night) stands(t *testing.T, dir string, said *told) {
	t.Helper()
	n.PTC1 = n.open(t, dir)
	nothingWrong(t, "the tablet", n.PTC1.Store, nil)
	n.signIn(t, n.PTC1, hallOfficer)
	n.meet(t)
	for _, id := range said.kept {
		if err := errors.Join(hasChange(n.PTC1.Store, id), hasChange(n.store, id)); err != nil {
			t.Errorf("kept on the tablet, and gone: %v", err)
		}
	}
	n.nothingDoubled(t, n.PTC1)
}

func TestAFileThatMayNotGrowRefusesSavesAndLosesNone(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	dir := n.folder("PTC-1")
	must(t, n.PTC1.Close())
	for _, more := range []string{"0", "30000", "120000"} {
		said := &told{refused: map[string]int{}}
		c := spawn(t, "disk", childDir+"="+dir, childPerson+"="+n.Staff[hallOfficer].ID.String(), childLimit+"="+more)
		for _, line := range c.end() {
			said.take(t, line)
		}
		if !said.well || said.refused["not_saved"]+said.refused["disk_full"] < 3 || len(said.refused) != 1 {
			t.Fatalf("with %s bytes of room it refused %v, and ended well: %v", more, said.refused, said.well)
		}
		t.Logf("%s bytes of room: %d kept, refused %v", more, len(said.kept), said.refused)
		n.stands(t, dir, said)
		must(t, n.PTC1.Close())
	}
}

// smallDisk is a file system of a few megabytes in memory.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("SKIPPED: a small disk cannot be mounted here (%v): run as root", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// moveTo copies a device's folder onto another disk.
func moveTo(t *testing.T, from, to string) {
	t.Helper()
	must(t, os.CopyFS(to, os.DirFS(from)))
}

func TestAFullDiskRefusesSavesAndTakesThemAgainWhenThereIsRoom(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	must(t, n.PTC1.Close())
	disk := smallDisk(t, "16m")
	moveTo(t, n.folder("PTC-1"), disk)
	c := spawn(t, "disk", childDir+"="+disk, childPerson+"="+n.Staff[hallOfficer].ID.String())
	said, ballast := &told{refused: map[string]int{}}, filepath.Join(disk, "films")
	full := false
	for c.lines.Scan() {
		said.take(t, c.lines.Text())
		switch {
		case len(said.kept) == 3 && len(said.refused) == 0:
			if err := os.WriteFile(ballast, make([]byte, 64<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
				t.Fatalf("the disk is not full: %v", err)
			}
			full = true
		case full && said.refused["disk_full"] >= 20: // what is kept from now on leaves the count at 20
			must(t, os.Remove(ballast))
			full = false
		}
	}
	c.end()
	if !said.well || said.refused["disk_full"] < 20 || len(said.refused) != 1 {
		t.Fatalf("it refused %v, and ended well: %v", said.refused, said.well)
	}
	t.Logf("%d kept, refused %v", len(said.kept), said.refused)
	n.stands(t, disk, said)
	must(t, n.PTC1.Close())
}

func TestADiskThatMayOnlyBeReadIsSaid(t *testing.T) {
	t.Parallel()
	n, _ := begin(t)
	must(t, n.PTC1.Close())
	disk := smallDisk(t, "16m")
	moveTo(t, n.folder("PTC-1"), disk)
	must(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=16m"))
	run := func() *told {
		said := &told{refused: map[string]int{}}
		for _, line := range spawn(t, "disk", childDir+"="+disk, childPerson+"="+n.Staff[hallOfficer].ID.String()).end() {
			said.take(t, line)
		}
		return said
	}
	if said := run(); said.well || said.refused["disk_readonly"] != 1 {
		t.Fatalf("it said %v", said.refused)
	}
	must(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=16m"))
	said := run()
	if !said.well || len(said.refused) != 0 {
		t.Fatalf("it may be written to again, and refuses %v", said.refused)
	}
	n.stands(t, disk, said)
	must(t, n.PTC1.Close())
}

// A failed fsync says that nobody knows what reached the disk. The save is
// refused, the file is opened anew, and what is acknowledged after it stands.
func TestAnFsyncThatFailsOnceRefusesOneSaveAndLosesNone(t *testing.T) {
	t.Parallel()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("SKIPPED: no strace here to let an fsync fail")
	}
	probe := exec.Command(strace, "-f", "-o", os.DevNull, "-e", "trace=fsync", "true")
	if out, err := probe.CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: strace may not trace here: %s", out)
	}
	n, _ := begin(t)
	dir := n.folder("PTC-1")
	must(t, n.PTC1.Close())
	refusals := 0
	for _, when := range []string{"8", "11", "15", "24"} {
		said := &told{refused: map[string]int{}}
		c := spawnUnder(t, []string{strace, "-f", "-o", os.DevNull, "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO:when=" + when},
			"disk", childDir+"="+dir, childPerson+"="+n.Staff[hallOfficer].ID.String())
		for _, line := range c.end() {
			said.take(t, line)
		}
		for code := range said.refused {
			if code != "not_saved" {
				t.Errorf("fsync %s: refused as %s", when, code)
			}
		}
		refusals += said.refused["not_saved"]
		t.Logf("fsync %s fails: %d kept, refused %v", when, len(said.kept), said.refused)
		n.stands(t, dir, said)
		must(t, n.PTC1.Close())
	}
	if refusals == 0 {
		t.Error("no save was refused: the failure fell on nothing")
	}
}
