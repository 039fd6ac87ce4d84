package clk

import (
	"compress/gzip"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"testing"

	"raksa/linkage"
	"raksa/linkage/eval"
)

// The figures of docs/without-names.md, on a folder with records.csv.gz and
// truth.csv.gz:
//
//	RAKSA_LINKAGE_DATA=folder go test -v -run Labelled ./linkage/clk
func TestLabelledListsMeetWithoutNames(t *testing.T) {
	folder := os.Getenv("RAKSA_LINKAGE_DATA")
	if folder == "" {
		t.Skip("RAKSA_LINKAGE_DATA names no folder with labelled records")
	}
	set, err := eval.Read(packed(t, folder, "records.csv.gz"), packed(t, folder, "truth.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	for _, agency := range []string{"NGO", "POSVY", "POLICE"} {
		for half := range uint32(2) {
			for _, percent := range []uint32{100, 50, 25, 10} {
				meet(t, set.Half(half), agency, percent)
			}
		}
	}
}

func packed(t *testing.T, folder, name string) io.Reader {
	t.Helper()
	file, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	text, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// labelled is a list with the person behind each filter.
type labelled struct {
	filters []Filter
	persons []string
}

func (l *labelled) add(e *Encoder, r linkage.Record, person string, seen map[string]bool) {
	if f, ok := e.Encode(linkage.NewProfile(r)); ok && !seen[person] {
		seen[person] = true
		l.filters, l.persons = append(l.filters, f), append(l.persons, person)
	}
}

// meet compares an agency's list with a percentage of the persons of the rest.
func meet(t *testing.T, set eval.Set, agency string, percent uint32) {
	partner, office := encoder(t, 1, 2), encoder(t, 1, 3)
	var a, b labelled
	seenA, seenB := map[string]bool{}, map[string]bool{}
	for _, r := range set.Records {
		person := set.Person[r.ID]
		h := fnv.New32a()
		_, _ = io.WriteString(h, person) // A hash never fails to write.
		switch {
		case r.Source == agency:
			a.add(partner, r, person, seenA)
		case h.Sum32()>>9%100 < percent:
			b.add(office, r, person, seenB)
		}
	}
	both := 0
	for person := range seenA {
		if seenB[person] {
			both++
		}
	}
	if len(a.filters) > len(b.filters) {
		a, b = b, a
	}
	matches, err := compare(a.filters, b.filters, func(int) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	right, pairs := 0, oneToOne(matches, len(a.filters), len(b.filters))
	for _, m := range pairs {
		if a.persons[m.a] == b.persons[m.b] {
			right++
		}
	}
	precision, recall := float64(right)/float64(len(pairs)), float64(right)/float64(both)
	f1 := 2 * precision * recall / (precision + recall)
	got := estimate(len(pairs), chance(matches, len(a.filters)), len(a.filters))
	t.Logf("%-6s %d against %d: F1 %.3f, precision %.3f, recall %.3f; %d on both, counted %d (%d to %d)",
		agency, len(a.filters), len(b.filters), f1, precision, recall, both, got.Best, got.Low, got.High)
	if f1 < 0.85 {
		t.Errorf("F1 %.3f is under the study's target of 0.85", f1)
	}
	if both < got.Low || both > got.High {
		t.Errorf("%d are on both lists, outside the range %d to %d", both, got.Low, got.High)
	}
}
