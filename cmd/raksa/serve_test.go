//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/storetest"
)

var startMegabytes = flag.Int("start-mb", 8, "size of the log with which a killed office comes back")

// served is the real program, serving.
type served struct {
	cmd  *exec.Cmd
	desk string
	took time.Duration // from its start to the first answer at its desk
}

var deskLine = regexp.MustCompile(`the desk is at (\S+),`)

// serve starts the program and waits until its desk answers.
func serve(t *testing.T, args ...string) *served {
	t.Helper()
	s := &served{cmd: exec.Command("raksa", append([]string{"serve", "--sync=127.0.0.1:0", "--desk=127.0.0.1:0"}, args...)...)}
	out, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	var said bytes.Buffer
	lines := bufio.NewScanner(out)
	for s.desk == "" && lines.Scan() {
		said.Write(append(lines.Bytes(), '\n'))
		if found := deskLine.FindSubmatch(lines.Bytes()); found != nil {
			s.desk = string(found[1])
		}
	}
	if s.desk == "" {
		t.Fatalf("it does not serve:\n%s", said.Bytes())
	}
	go io.Copy(io.Discard, out)
	answer, err := http.Get(s.desk + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if s.took = time.Since(began); answer.StatusCode != http.StatusOK {
		t.Fatalf("it serves, and is not well: %s", answer.Status)
	}
	return s
}

func (s *served) kill() {
	s.cmd.Process.Kill()
	s.cmd.Wait()
}

// An office that is killed comes back without a person, and at once: nothing of
// the log is walked at a start, and the identity costs nothing to use.
//
//	go test ./cmd/raksa -run KilledServiceComesBack -v -args -start-mb 1100
func TestAKilledServiceComesBackByItself(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(in("passphrase"), []byte("made up\n2468 1357 9024\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	serve(t, "--db="+in("office.db"), "--key="+in("office.key.age"), "--passphrase="+in("passphrase"), "--first=Load (made up)").kill()
	if out, err := exec.Command("raksa", "tool", "service-key", "--key="+in("office.key.age"), "--passphrase="+in("passphrase"),
		"--identity="+in("identity"), in("service.key")).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fill(t, in("office.db"), *startMegabytes<<20)
	var took []time.Duration
	for range 4 {
		s := serve(t, "--db="+in("office.db"), "--key="+in("service.key"), "--identity="+in("identity"))
		took = append(took, s.took.Round(time.Millisecond))
		s.kill()
	}
	info, err := os.Stat(in("office.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("a database of %d MB: from kill -9 to an answer at the desk %v", info.Size()>>20, took)
}

// fill grows the log by changes of a node that nobody is.
func fill(t *testing.T, db string, bytesMost int) {
	t.Helper()
	store, err := sqlstore.Open(db)
	if err != nil {
		t.Fatal(err)
	}
	block := string(bytes.Repeat([]byte("made up."), 1<<10))
	prev, seq := syncengine.ChangeID{}, uint64(0)
	for written := 0; written < bytesMost; {
		err = errors.Join(err, store.Update(context.Background(), func(tx syncengine.Tx) error {
			for range 500 {
				seq++
				written += len(block)
				c := storetest.Make(0xee, seq, prev, byte(seq), map[syncengine.Class]string{3: block})
				if _, err := tx.Append(c); err != nil {
					return err
				}
				prev = c.ID()
			}
			return nil
		}))
	}
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
}
