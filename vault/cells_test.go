package vault

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
)

// memoryCells are cells in a map, in the place of a store's transaction.
type memoryCells map[string][]byte

func (c memoryCells) Get(bucket string, key []byte) ([]byte, error) {
	return c[bucket+"\x00"+string(key)], nil
}

func (c memoryCells) Put(bucket string, key, value []byte) error {
	c[bucket+"\x00"+string(key)] = bytes.Clone(value)
	return nil
}

func (c memoryCells) Delete(bucket string, key []byte) error {
	delete(c, bucket+"\x00"+string(key))
	return nil
}

func (c memoryCells) Scan(bucket string, prefix []byte, fn func(key, value []byte) error) error {
	start := bucket + "\x00" + string(prefix)
	for _, name := range slices.Sorted(maps.Keys(c)) {
		if !strings.HasPrefix(name, start) {
			continue
		}
		// The slices die after fn, as a real store's would.
		key, value := []byte(name[len(bucket)+1:]), bytes.Clone(c[name])
		if err := fn(key, value); err != nil {
			return err
		}
		clear(key)
		clear(value)
	}
	return nil
}

// count says how many cells of a bucket belong to a record.
func (c memoryCells) count(bucket string, record ID) (n int) {
	for name := range c {
		if strings.HasPrefix(name, bucket+"\x00"+string(record[:])) {
			n++
		}
	}
	return n
}

// replay is a random source that gives the same bytes for the same label, so
// that golden vectors replay: SHA-256(label ‖ counter), block after block.
func replay(label string) io.Reader { return &replayed{label: label} }

type replayed struct {
	label string
	count uint64
	rest  []byte
}

func (r *replayed) Read(p []byte) (int, error) {
	for len(r.rest) < len(p) {
		sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(r.label), r.count))
		r.rest = append(r.rest, sum[:]...)
		r.count++
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// must returns v and ends the test on an error.
func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// testID makes an id whose bytes are all b; made up, like all of them here.
func testID(b byte) (id ID) {
	for i := range id {
		id[i] = b
	}
	return id
}

// cheap are parameters that only tests use.
var cheap = Params{Passes: 1, MemoryKiB: 64, Threads: 1}

func testVault(t testing.TB) *Unlocked { return must(NewVault(replay("vault")))(t) }
func testOffice(t testing.TB) *Office  { return must(NewOffice(replay("office")))(t) }

func testReceiver(t testing.TB, label string) *ReceivingKey {
	return must(NewReceivingKey(replay(label)))(t)
}
