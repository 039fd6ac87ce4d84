//go:build linux

package sqlstore_test

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"raksa/syncengine"
	"raksa/syncengine/sqlstore"
	"raksa/syncengine/sqlstore/pgtest"
	"raksa/syncengine/storetest"
)

var (
	killSeed = flag.Uint64("kill-seed", 0, "what is killed, and when; 0 draws one")
	kills    = flag.Int("kills", 8, "how often a writing process, its connection or the server is killed")
)

// childURL in the environment makes this test binary a process that writes.
const childURL = "RAKSA_TEST_DATABASE"

// writeForEver appends changes in four goroutines, and says which were
// acknowledged. What fails is repeated.
func writeForEver(url string) {
	p, err := sqlstore.OpenPostgres(context.Background(), url)
	if errors.Is(err, syncengine.ErrUnavailable) {
		os.Exit(0) // the server was killed just now
	}
	if err != nil {
		fmt.Println("odd", err)
		os.Exit(1)
	}
	var said sync.Mutex
	for writer := range 4 {
		go func() {
			for n := uint64(2); ; n++ { // a first change has none before it
				c := storetest.Make(byte(writer), n, syncengine.ChangeID{byte(os.Getpid()), byte(os.Getpid() >> 8)}, byte(n), map[syncengine.Class]string{1: "made up"})
				err := p.Update(context.Background(), func(tx syncengine.Tx) error {
					if _, err := tx.Append(c); err != nil {
						return err
					}
					_, err := syncengine.AppendStream(tx, stream, c.ID())
					return err
				})
				said.Lock()
				switch {
				case err == nil:
					fmt.Println("acked", c.ID())
				case errors.Is(err, syncengine.ErrOutcomeUnknown), errors.Is(err, syncengine.ErrUnavailable), errors.Is(err, syncengine.ErrBusy):
					fmt.Println("refused")
				default:
					fmt.Println("odd", err)
				}
				said.Unlock()
			}
		}()
	}
	select {}
}

// writer is a child that writes, and what it has said.
type writer struct {
	cmd   *exec.Cmd
	first chan struct{} // closed when something was acknowledged
	ended chan struct{}

	mu    sync.Mutex
	acked []string
	odd   []string
}

func spawnWriter(t *testing.T, url string) *writer {
	t.Helper()
	w := &writer{cmd: exec.Command(os.Args[0]), first: make(chan struct{}), ended: make(chan struct{})}
	w.cmd.Env = append(os.Environ(), childURL+"="+url)
	out, err := w.cmd.StdoutPipe()
	if err == nil {
		err = w.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(w.ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, rest, _ := strings.Cut(lines.Text(), " ")
			w.mu.Lock()
			switch {
			case word == "acked" && len(rest) == 64: // the last line may be cut
				if w.acked = append(w.acked, rest); len(w.acked) == 1 {
					close(w.first)
				}
			case word == "odd":
				w.odd = append(w.odd, rest)
			}
			w.mu.Unlock()
		}
		w.cmd.Wait()
	}()
	return w
}

// A process that writes, the connections that it writes through, and the server
// are killed at random. What was acknowledged is there.
func TestNothingAcknowledgedIsLostToAKill(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill-seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	server := pgtest.Start(t)
	url := server.Database(t)
	openPostgres(t, url).Close()
	acked, counts := []string{}, map[string]int{}
	for n := range *kills {
		w := spawnWriter(t, url)
		select {
		case <-w.first:
		case <-w.ended:
		}
		what := []string{"process", "backend", "server"}[n%3]
		counts[what]++
		moment := time.NewTimer(time.Duration(random.IntN(30_000)) * time.Microsecond)
		<-moment.C
		var err error
		switch what {
		case "backend": // the server restarts all of its connections
			err = server.KillBackend(url)
		case "server":
			err = server.Stop("immediate")
		}
		if end := w.cmd.Process.Kill(); !errors.Is(end, os.ErrProcessDone) {
			err = errors.Join(err, end)
		}
		<-w.ended
		if what == "server" {
			err = errors.Join(err, server.Run())
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, odd := range w.odd {
			t.Errorf("an error that says nothing: %s", odd)
		}
		acked = append(acked, w.acked...)
		server.Await(t, url)
		if n%100 == 99 {
			t.Logf("%d kills, %d acknowledged", n+1, len(acked))
		}
	}
	holdsAll(t, openPostgres(t, url), acked)
	if len(acked) < *kills {
		t.Errorf("only %d acknowledged in %d lives: the kills came too early to prove anything", len(acked), *kills)
	}
	t.Logf("%d acknowledged, 0 may be missing; killed: %v", len(acked), counts)
}

func holdsAll(t *testing.T, p *sqlstore.Postgres, acked []string) {
	t.Helper()
	o := &office{t: t}
	err := p.View(t.Context(), func(tx syncengine.Tx) error {
		for _, text := range acked {
			id, err := syncengine.ParseChangeID(text)
			if err != nil {
				return err
			}
			if _, err := tx.Change(id); err != nil {
				t.Errorf("acknowledged, and gone: %v", err)
			}
		}
		head, _, err := syncengine.StreamHead(tx, stream)
		return errors.Join(err, o.dense(tx, head.Position))
	})
	if err != nil {
		t.Error(err)
	}
	for _, fault := range o.faults {
		t.Error(fault)
	}
}
