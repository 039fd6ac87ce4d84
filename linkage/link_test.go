package linkage

import (
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"testing"
)

// crowd is made-up people: 400 persons, some alike, with three records each.
func crowd() []Record {
	family, given := []string{"សុខ", "ជួន", "ហេង", "លី", "ចាន់"}, []string{"ពេជ្រ", "ដារ៉ា", "សុភា", "វណ្ណា", "ចន្ធី", "បូផា", "រតនា"}
	var all []Record
	for i := range 400 {
		for j := range 3 {
			all = append(all, Record{
				ID: fmt.Sprintf("r%04d-%d", i, j), FamilyKhmer: family[i%5], GivenKhmer: given[i%7], Sex: []Sex{Female, Male}[i%2],
				BirthYear: fmt.Sprint(1970 + i%40), BirthPlace: fmt.Sprintf("%02d%02d%02d01", 1+i%24, 1+i%6, 1+i%11),
				RecordedDay: 20000 + i%9 + 40*j,
			})
		}
	}
	return all
}

func TestLinkIsTheSameInAnyOrderOnAnyNumberOfCores(t *testing.T) {
	all := crowd()
	want := Link(all, DefaultModel(), nil, DefaultPolicy())
	if n := len(want.Partition.Clusters); n < 200 || n > 600 {
		t.Fatalf("%d clusters of some 300 distinct persons: the case shows nothing", n)
	}
	turned := slices.Clone(all)
	slices.Reverse(turned)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	got := Link(turned, DefaultModel(), nil, DefaultPolicy())
	if !reflect.DeepEqual(got.Partition, want.Partition) || !slices.Equal(got.weights, want.weights) {
		t.Error("another order or another number of cores gave another result")
	}
}

// Link must be what the pieces give one by one, as the follower uses them.
func TestLinkIsWhatThePiecesGive(t *testing.T) {
	all := crowd()
	index := NewIndex(BlockMaxDefault)
	var profiles []Profile
	byID := map[string]Profile{}
	var members []Member
	for _, r := range all {
		p := NewProfile(r)
		index.Add(p)
		profiles = append(profiles, p)
		byID[r.ID] = p
		members = append(members, Member{r.ID, r.RecordedDay})
	}
	terms := CountTerms(profiles)
	candidates, skipped := index.Pairs()
	var patterns [][]Agreement
	for _, c := range candidates {
		patterns = append(patterns, Pattern(byID[c[0]], byID[c[1]], terms))
	}
	model := DefaultModel().Reweighed(patterns)
	var pairs []Pair
	for _, c := range candidates {
		pairs = append(pairs, Pair{c[0], c[1], model.Compare(byID[c[0]], byID[c[1]], terms).Weight})
	}
	got := Link(all, DefaultModel(), nil, DefaultPolicy())
	if want := Cluster(members, pairs, nil, DefaultPolicy()); !reflect.DeepEqual(got.Partition, want) {
		t.Errorf("Link gives %d clusters, the pieces %d", len(got.Partition.Clusters), len(want.Clusters))
	}
	if got.Compared != len(pairs) || !reflect.DeepEqual(got.Skipped, skipped) {
		t.Errorf("Link compares %d pairs and skips %v, the pieces %d and %v", got.Compared, got.Skipped, len(pairs), skipped)
	}
}
