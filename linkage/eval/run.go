package eval

import (
	"raksa/linkage"
)

// A Result is what one run over a set gave.
type Result struct {
	*linkage.Linked
	BlockingRecall float64 // share of true pairs among the candidates
}

// Run links a set from nothing.
func Run(s Set, model *linkage.Model, policy linkage.Policy) Result {
	return Of(s, linkage.Link(s.Records, model, nil, policy))
}

// Of holds a list that was linked against the truth about it.
func Of(s Set, linked *linkage.Linked) Result {
	found := 0
	linked.Pairs(func(p linkage.Pair) {
		if s.Person[p.A] == s.Person[p.B] {
			found++
		}
	})
	return Result{Linked: linked, BlockingRecall: ratio(found, s.truePairs())}
}

// Label gives every candidate pair's agreement pattern with its true class.
func Label(s Set) []linkage.LabelledPattern {
	profiles, terms, candidates := prepare(s)
	labelled := make([]linkage.LabelledPattern, 0, len(candidates))
	for _, c := range candidates {
		class := linkage.Unrelated
		switch a, b := c[0], c[1]; {
		case s.Person[a] == s.Person[b] && s.Episode[a] != s.Episode[b]:
			class = linkage.Returned
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

func prepare(s Set) (profiles map[string]linkage.Profile, terms *linkage.Terms, candidates [][2]string) {
	profiles = make(map[string]linkage.Profile, len(s.Records))
	list := make([]linkage.Profile, 0, len(s.Records))
	index := linkage.NewIndex(linkage.BlockMaxDefault)
	for _, r := range s.Records {
		p := linkage.NewProfile(r)
		profiles[r.ID] = p
		list = append(list, p)
		index.Add(p)
	}
	candidates, _ = index.Pairs()
	return profiles, linkage.CountTerms(list), candidates
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
