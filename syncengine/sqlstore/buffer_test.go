package sqlstore

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"raksa/syncengine"
)

// sendNow sends what waits in the buffer of a transaction to the database.
func sendNow(tx syncengine.Tx) error {
	_, err := tx.(syncengine.Ahead).SeqsShared(syncengine.NodeID{}, nil)
	return err
}

// However a transaction mixes writing, reading, scanning and sending, small
// buckets and large ones, it finds what it wrote, and so does the next.
func TestATransactionReadsWhatItWrote(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	fill := map[string]string{}
	if err := s.Update(t.Context(), func(tx syncengine.Tx) error {
		for i := range wholeMost + 50 {
			key := fmt.Sprintf("large/%c%03d", "abc"[i%3], i)
			fill[key] = "old"
			if err := tx.Put("large", []byte(key[6:]), []byte("old")); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(fill)
	rapid.Check(t, func(t *rapid.T) {
		rounds := rapid.IntRange(1, 40).Draw(t, "operations")
		if err := s.Update(t.Context(), func(tx syncengine.Tx) error {
			for range rounds {
				if err := step(t, tx, want); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := s.View(t.Context(), func(tx syncengine.Tx) error {
			for _, bucket := range []string{"small", "large"} {
				if err := scanned(t, tx, want, bucket, ""); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// step does one thing to a transaction and to what it should then hold.
func step(t *rapid.T, tx syncengine.Tx, want map[string]string) error {
	bucket := rapid.SampledFrom([]string{"small", "large"}).Draw(t, "bucket")
	key := rapid.StringMatching(`[abc][0-9]{0,3}`).Draw(t, "key")
	switch rapid.SampledFrom([]string{"put", "delete", "get", "scan", "scan", "send"}).Draw(t, "operation") {
	case "put":
		value := rapid.StringMatching(`[xyz]?`).Draw(t, "value")
		want[bucket+"/"+key] = value
		return tx.Put(bucket, []byte(key), []byte(value))
	case "delete":
		delete(want, bucket+"/"+key)
		return tx.Delete(bucket, []byte(key))
	case "get":
		value, err := tx.Get(bucket, []byte(key))
		if held, here := want[bucket+"/"+key]; err == nil && (string(value) != held || (value != nil) != here) {
			t.Fatalf("%s/%s is %q, want %q (%v)", bucket, key, value, held, here)
		}
		return err
	case "scan":
		return scanned(t, tx, want, bucket, rapid.SampledFrom([]string{"", "a", "b", key}).Draw(t, "prefix"))
	}
	return sendNow(tx)
}

func scanned(t *rapid.T, tx syncengine.Tx, want map[string]string, bucket, prefix string) error {
	var all, found []string
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if strings.HasPrefix(key, bucket+"/"+prefix) {
			all = append(all, key+"="+want[key])
		}
	}
	err := tx.Scan(bucket, []byte(prefix), func(key, value []byte) error {
		found = append(found, bucket+"/"+string(key)+"="+string(value))
		return nil
	})
	if err == nil && !slices.Equal(found, all) {
		t.Fatalf("%s with prefix %q gives\n%v, want\n%v", bucket, prefix, found, all)
	}
	return err
}
