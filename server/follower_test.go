package server

import (
	"os"
	"path/filepath"
	"testing"

	"raksa/casefile"
	"raksa/syncengine"
)

func TestOneRecordThatFailsDoesNotHoldTheOthers(t *testing.T) {
	d := newDesk(t)
	to := d.ngo("Home")
	poisoned := d.interviewOf(agreesToNeed)
	d.do(func(tx syncengine.Tx) error { // a row that cannot be read
		return tx.Put(string(releases), releaseKey(poisoned, "r1"), []byte("{"))
	})
	d.requests(poisoned, "r1", to)
	behind := d.interviewOf(agreesToNeed)
	d.requests(behind, "r2", to)
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(behind); len(sent) != 1 || sent[0].State != casefile.Sent {
		t.Fatalf("what is behind it: %v", sent)
	}
	d.do(func(tx syncengine.Tx) error { return releases.Delete(tx, releaseKey(poisoned, "r1")) })
	d.now = d.now.Add(2 * 60 * 1e9)
	must(t, d.CatchUp(t.Context()))
	if sent := d.sent(poisoned); len(sent) != 1 || sent[0].State != casefile.Sent {
		t.Errorf("tried again: %v", sent)
	}
}

// An erased key must not lie on in the store's write-ahead log.
func TestErasureScoursTheStore(t *testing.T) {
	if postgresStore != nil {
		t.Skip("PostgreSQL has no such file; sqlstore has its own test")
	}
	d := newDesk(t)
	id := d.interviewOf(somebody("Sreymom"))
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, id, d.staff["Dara"].ID) })
	must(t, d.CatchUp(t.Context()))
	logs, err := filepath.Glob(filepath.Join(filepath.Dir(t.TempDir()), "*", "office.db-wal"))
	must(t, err)
	if len(logs) != 1 {
		t.Fatalf("the store has %d logs", len(logs))
	}
	if info, err := os.Stat(logs[0]); err != nil || info.Size() != 0 {
		t.Errorf("the log holds %d bytes (%v)", info.Size(), err)
	}
}
