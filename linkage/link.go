package linkage

import "slices"

// A Linked is a whole list linked in one pass.
type Linked struct {
	Partition Partition
	Pairs     []Pair          // every candidate pair, sorted, with its weight
	Skipped   map[KeyRule]int // blocks left out because they were too big
	Model     *Model

	profiles map[string]Profile
	terms    *Terms
}

// Link links a list from nothing: profiles, blocking, comparison, clusters.
// The order of records and decisions does not matter.
func Link(records []Record, model *Model, decisions []Decision, policy Policy) *Linked {
	l := &Linked{Model: model, profiles: make(map[string]Profile, len(records))}
	list := make([]Profile, 0, len(records))
	members := make([]Member, 0, len(records))
	index := NewIndex(BlockMaxDefault)
	for _, r := range records {
		p := NewProfile(r)
		l.profiles[r.ID] = p
		list = append(list, p)
		members = append(members, Member{ID: r.ID, RecordedDay: r.RecordedDay})
		index.Add(p)
	}
	l.terms = CountTerms(list)
	candidates, skipped := index.Pairs()
	l.Skipped = skipped
	l.Pairs = make([]Pair, 0, len(candidates))
	for _, c := range candidates {
		l.Pairs = append(l.Pairs, Pair{A: c[0], B: c[1], Weight: l.compare(c[0], c[1]).Weight})
	}
	l.Partition = Cluster(members, slices.Clone(l.Pairs), decisions, policy)
	return l
}

func (l *Linked) compare(a, b string) Comparison {
	return l.Model.Compare(l.profiles[a], l.profiles[b], l.terms)
}

// Explain compares any two records of the list, whether or not blocking
// brought them together. It is false if the list lacks one of them.
func (l *Linked) Explain(a, b string) (c Comparison, known bool) {
	_, knownA := l.profiles[a]
	_, knownB := l.profiles[b]
	if !knownA || !knownB {
		return Comparison{}, false
	}
	return l.compare(a, b), true
}
