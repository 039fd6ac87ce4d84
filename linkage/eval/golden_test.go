package eval

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"raksa/linkage"
	"raksa/linkage/sheet"
)

// golden is what the built-in model gives on the sample. A change here is a
// change of what the office sees: look at the pairs before writing new figures.
const golden = `records 291, persons 107, clusters 112
precision 0.9837, recall 0.9730, F1 0.9783, B3 0.9835
merged persons 2, household pairs mixed 6 of 458
707 pairs, blocking recall 0.9704`

func TestSampleKeepsItsGoldenFigures(t *testing.T) {
	set := readSet(t, "testdata")
	result := Run(set, linkage.DefaultModel(), linkage.DefaultPolicy())
	m := Measure(set, result.Partition)
	got := fmt.Sprintf("records %d, persons %d, clusters %d\nprecision %.4f, recall %.4f, F1 %.4f, B3 %.4f\nmerged persons %d, household pairs mixed %d of %d\n%d pairs, blocking recall %.4f",
		m.Records, m.Persons, m.Clusters, m.Precision, m.Recall, m.F1, m.BCubedF1,
		m.MergedPersons, m.SiblingsMixed, m.SiblingPairs, result.Compared, result.BlockingRecall)
	if got != golden {
		t.Errorf("got\n%s\nwant\n%s", got, golden)
	}
}

// The golden figures prove something only if a worse linker misses them.
func TestWorseLinkersScoreWorse(t *testing.T) {
	set := readSet(t, "testdata")
	full := Measure(set, Run(set, linkage.DefaultModel(), linkage.DefaultPolicy()).Partition)

	latinOnly := set
	latinOnly.Records = nil
	for _, r := range set.Records {
		r.FamilyKhmer, r.GivenKhmer = "", ""
		latinOnly.Records = append(latinOnly.Records, r)
	}
	greedy := linkage.DefaultPolicy()
	greedy.LinkBits = -12

	for name, m := range map[string]Measures{
		"without Khmer names":      Measure(set, Run(latinOnly, linkage.DefaultModel(), linkage.DefaultPolicy()).Partition),
		"linking what is unlikely": Measure(set, Run(set, linkage.DefaultModel(), greedy).Partition),
	} {
		if m.F1 >= full.F1-0.05 {
			t.Errorf("%s F1 is %.4f, the full linker's %.4f", name, m.F1, full.F1)
		}
	}
	twoClasses := Measure(set, Run(set, withoutHousehold(t), linkage.DefaultPolicy()).Partition)
	if twoClasses.SiblingsMixed <= full.SiblingsMixed {
		t.Errorf("without the household class %d household pairs are mixed, with it %d", twoClasses.SiblingsMixed, full.SiblingsMixed)
	}
}

// withoutHousehold is the built-in table for a world where kin are as unlike as
// strangers.
func withoutHousehold(t *testing.T) *linkage.Model {
	text, err := os.ReadFile("../model/model.json")
	if err != nil {
		t.Fatal(err)
	}
	var table linkage.ModelTable
	if err := json.Unmarshal(text, &table); err != nil {
		t.Fatal(err)
	}
	for _, f := range table.Fields {
		for i := range f.Levels {
			f.Levels[i].H = f.Levels[i].U
		}
	}
	if text, err = json.Marshal(table); err != nil {
		t.Fatal(err)
	}
	model, err := linkage.ParseModel("two classes", text)
	if err != nil {
		t.Fatal(err)
	}
	return model
}

func TestReweighedFindsTheSharesOfTheSample(t *testing.T) {
	var patterns [][]linkage.Agreement
	var truth linkage.Shares
	labelled := Label(readSet(t, "testdata"))
	one := 1 / float64(len(labelled))
	for _, l := range labelled {
		patterns = append(patterns, l.Pattern)
		switch l.Class {
		case linkage.SamePerson:
			truth.Same += one
		case linkage.Returned:
			truth.Returned += one
		case linkage.SameHousehold:
			truth.Household += one
		}
	}
	model := linkage.DefaultModel()
	before, after := model.Shares(), model.Reweighed(patterns).Shares()
	if math.Abs(before.Same-truth.Same) < 0.05 {
		t.Fatal("the sample's shares are the table's: it cannot show anything")
	}
	if math.Abs(after.Same-truth.Same) > 0.03 || math.Abs(after.Returned-truth.Returned) > 0.03 || math.Abs(after.Household-truth.Household) > 0.05 {
		t.Errorf("shares are %+v, truly %+v, before %+v", after, truth, before)
	}
	if few := model.Reweighed(patterns[:100]); few != model {
		t.Error("100 pairs were enough to change the model")
	}
}

// The example of the evaluator that the study used: A = a1 a2 a3, B = b1 b2,
// D = d1; clusters {a1 a2} {a3 b1} {b2} {d1}.
func TestMeasureByHand(t *testing.T) {
	set := Set{Truth: sheet.Truth{
		Person:    map[string]string{},
		Household: map[string]string{"a3": "h", "b1": "h", "b2": "h"},
		Episode:   map[string]string{"a1": "first", "a2": "second", "a3": "second"},
	}}
	for _, id := range strings.Fields("a1 a2 a3 b1 b2 d1") {
		set.Person[id] = id[:1]
		set.Records = append(set.Records, linkage.Record{ID: id})
	}
	partition := linkage.Partition{}
	for _, members := range []string{"a1 a2", "a3 b1", "b2", "d1"} {
		ids := strings.Fields(members)
		partition.Clusters = append(partition.Clusters, linkage.RecordCluster{ID: ids[0], Members: ids})
	}
	got := Measure(set, partition)
	bPrecision, bRecall := 5.0/6, (2.0/3+2.0/3+1.0/3+.5+.5+1)/6
	want := Measures{
		Records: 6, Persons: 3, Clusters: 4, Precision: .5, Recall: .25, F1: 1.0 / 3,
		BCubedF1: 2 * bPrecision * bRecall / (bPrecision + bRecall), CountError: 1.0 / 3,
		MergedPersons: 2, PersonsLost: 1, PersonsInvented: 2, SiblingPairs: 2, SiblingsMixed: 1,
		KinPairs: 1, KinMixed: 1, ReturnPairs: 2, ReturnFound: 1, Returned: 1, ReturnedLinked: 1,
	}
	if math.Abs(got.BCubedF1-want.BCubedF1) > 1e-12 || math.Abs(got.F1-want.F1) > 1e-12 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	got.BCubedF1, got.F1 = want.BCubedF1, want.F1
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestReadNamesTheLineOrRecordThatIsBroken(t *testing.T) {
	for _, c := range []struct{ name, records, truth, want string }{
		{"no date", "rec_id,recorded_at\nr1,soon\n", "rec_id,person_id\nr1,p1\n", "people: line 2: recorded_at is no date"},
		{"no truth", "rec_id,recorded_at\nr1,2025-01-02\n", "rec_id,person_id\n", "record r1 has no truth"},
	} {
		_, err := Read(strings.NewReader(c.records), strings.NewReader(c.truth))
		if err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
}
