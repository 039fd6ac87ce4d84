package eval

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"raksa/linkage"
)

var update = flag.Bool("update", false, "write model/model.json from the set that RAKSA_LINKAGE_DATA names")

// labelledSet reads the big set, or skips the test saying what it needs.
func labelledSet(t *testing.T) Set {
	folder := os.Getenv("RAKSA_LINKAGE_DATA")
	if folder == "" {
		t.Skip("NOT MEASURED: set RAKSA_LINKAGE_DATA to a folder with records.csv(.gz) and truth.csv(.gz)")
	}
	return readSet(t, folder)
}

func readSet(t *testing.T, folder string) Set {
	t.Helper()
	set, err := Read(open(t, folder, "records.csv"), open(t, folder, "truth.csv"))
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func open(t *testing.T, folder, name string) io.Reader {
	t.Helper()
	if text, err := os.ReadFile(filepath.Join(folder, name)); err == nil {
		return bytes.NewReader(text)
	}
	packed, err := os.ReadFile(filepath.Join(folder, name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func modelOf(t *testing.T, version, source string, s Set) (*linkage.Model, []byte) {
	t.Helper()
	text, err := json.MarshalIndent(linkage.EstimateModel(version, source, Label(s)), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	model, err := linkage.ParseModel(version, text)
	if err != nil {
		t.Fatal(err)
	}
	return model, append(text, '\n')
}

// TestEstimateModel is the tool that writes the table, and without -update a
// check that the table is what the set gives.
func TestEstimateModel(t *testing.T) {
	set := labelledSet(t)
	_, text := modelOf(t, "khmer-dev-3",
		fmt.Sprintf("m, r, h and u counted on the candidate pairs of the generated set khmer-dev (%d records, wholly invented people), blocking as in key.go; half a pair added to each level", len(set.Records)), set)
	if *update {
		if err := os.WriteFile("../model/model.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	inUse, err := os.ReadFile("../model/model.json")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, inUse) {
		t.Error("model/model.json is not what this set gives: another set, or changed levels; run with -update to write it")
	}
}

// f1Floor is below what every half reaches, and far above what names compared
// letter by letter reach on the same records (0.59 in the linkage study).
const f1Floor = 0.95

func TestLabelledSet(t *testing.T) {
	set := labelledSet(t)
	show := func(name string, s Set, model *linkage.Model) {
		r := Run(s, model, linkage.DefaultPolicy())
		m := Measure(s, r.Partition)
		t.Logf("%s: %+v", name, m)
		if r.Count.Low > m.Persons || r.Count.High < m.Persons {
			t.Errorf("%s: the interval %d to %d misses the %d persons", name, r.Count.Low, r.Count.High, m.Persons)
		}
		if m.F1 < f1Floor {
			t.Errorf("%s: F1 is %.4f, want %.2f or more", name, m.F1, f1Floor)
		}
		t.Logf("  blocking: %d pairs, %.2f per record, recall %.4f, skipped %v", r.Compared,
			float64(r.Compared)/float64(len(s.Records)), r.BlockingRecall, r.Skipped)
		t.Logf("  count %+v, shares %+v", r.Count, r.Model.Shares())
		t.Logf("  persons %+v, open %d", r.Partition.Persons, len(r.Partition.Open))
	}
	whole, _ := modelOf(t, "whole", "the set itself", set)
	show("whole set with its own model", set, whole)
	for part := range uint32(2) {
		other, _ := modelOf(t, "half", "the other half", set.Half(1-part))
		show("one half with the other half's model", set.Half(part), other)
	}
}
