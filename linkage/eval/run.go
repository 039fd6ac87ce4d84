package eval

import (
	"raksa/linkage"
)

// A Result is what one run over a set gave.
type Result struct {
	Partition      linkage.Partition
	CandidatePairs int
	BlockingRecall float64 // share of true pairs among the candidates
	SkippedBlocks  map[linkage.KeyRule]int
}

// Run links a set from nothing: profiles, blocking, comparison, clusters.
func Run(s Set, model *linkage.Model, policy linkage.Policy) Result {
	profiles, terms, candidates, skipped := prepare(s)
	pairs := make([]linkage.Pair, 0, len(candidates))
	found := 0
	for _, c := range candidates {
		pairs = append(pairs, linkage.Pair{A: c[0], B: c[1], Weight: model.Compare(profiles[c[0]], profiles[c[1]], terms).Weight})
		if s.Person[c[0]] == s.Person[c[1]] {
			found++
		}
	}
	members := make([]linkage.Member, len(s.Records))
	for i, r := range s.Records {
		members[i] = linkage.Member{ID: r.ID, RecordedDay: r.RecordedDay}
	}
	return Result{
		Partition:      linkage.Cluster(members, pairs, nil, policy),
		CandidatePairs: len(candidates),
		BlockingRecall: ratio(found, s.truePairs()),
		SkippedBlocks:  skipped,
	}
}

// Label gives every candidate pair's agreement pattern with its true class.
func Label(s Set) []linkage.LabelledPattern {
	profiles, terms, candidates, _ := prepare(s)
	labelled := make([]linkage.LabelledPattern, 0, len(candidates))
	for _, c := range candidates {
		class := linkage.Unrelated
		switch a, b := c[0], c[1]; {
		case s.Person[a] == s.Person[b]:
			class = linkage.SamePerson
		case s.Household[a] != "" && s.Household[a] == s.Household[b]:
			class = linkage.SameHousehold
		}
		labelled = append(labelled, linkage.LabelledPattern{
			Pattern: linkage.Pattern(profiles[c[0]], profiles[c[1]], terms), Class: class,
		})
	}
	return labelled
}

func prepare(s Set) (profiles map[string]linkage.Profile, terms *linkage.Terms, candidates [][2]string, skipped map[linkage.KeyRule]int) {
	profiles = make(map[string]linkage.Profile, len(s.Records))
	list := make([]linkage.Profile, 0, len(s.Records))
	index := linkage.NewIndex(linkage.BlockMaxDefault)
	for _, r := range s.Records {
		p := linkage.NewProfile(r)
		profiles[r.ID] = p
		list = append(list, p)
		index.Add(p)
	}
	candidates, skipped = index.Pairs()
	return profiles, linkage.CountTerms(list), candidates, skipped
}

func (s Set) truePairs() int {
	records := map[string]int{}
	for _, r := range s.Records {
		records[s.Person[r.ID]]++
	}
	pairs := 0
	for _, n := range records {
		pairs += pairsOf(n)
	}
	return pairs
}
