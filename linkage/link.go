package linkage

import (
	"runtime"
	"sync"
)

// A Linked is a whole list linked in one pass.
type Linked struct {
	Partition Partition
	Compared  int             // candidate pairs
	Skipped   map[KeyRule]int // blocks left out because they were too big
	Model     *Model          // with class shares fitted to this list
	Count     CountEstimate

	members  []Member
	position map[string]int
	profiles []Profile // by position, as weights
	terms    *Terms
	pairs    []uint64 // candidate pairs, sorted
	weights  []int32  // of pairs, in grid steps
}

// Link links a list from nothing: profiles, blocking, comparison, clusters.
// The order of records and decisions and the number of cores do not matter; of
// an id that is given twice the first record counts. It uses every core.
func Link(records []Record, model *Model, decisions []Decision, policy Policy) *Linked {
	l := &Linked{}
	members := make([]Member, len(records))
	for i, r := range records {
		members[i] = Member{ID: r.ID, RecordedDay: r.RecordedDay}
	}
	l.members, l.position = ordered(members)
	l.profiles = profilesOf(records, l.position)
	l.terms = CountTerms(l.profiles)
	l.pairs, l.Skipped = candidatePairs(l.profiles, BlockMaxDefault)
	l.Compared = len(l.pairs)
	if policy.LearnTable {
		l.Model = model.Learned(l.sample())
	} else {
		l.Model = model.Reweighed(l.sample())
	}
	l.weights = make([]int32, len(l.pairs))
	inParallel(len(l.pairs), func(from, to int) {
		for i := from; i < to; i++ {
			a, b := unpack(l.pairs[i])
			l.weights[i] = int32(steps(l.Model.weigh(&l.profiles[a], &l.profiles[b], l.terms)))
		}
	})
	links := make([]link, len(l.pairs))
	threshold := steps(policy.LinkBits)
	for i, pair := range l.pairs {
		a, b := unpack(pair)
		links[i] = link{edge: edge{a, b}, scored: int64(l.weights[i]) - threshold}
	}
	g := newGraph(l.members, links, rule(decisions, l.position), policy)
	label := g.partition()
	l.Partition = g.report(label)
	l.Count = g.estimate(label, model.Version())
	return l
}

// samplePairsMax is how many pairs are enough to fit the class shares.
const samplePairsMax = 100_000

// sample gives the patterns of candidate pairs, evenly spread.
func (l *Linked) sample() [][]Agreement {
	var patterns [][]Agreement
	for i := 0; i < len(l.pairs); i += len(l.pairs)/samplePairsMax + 1 {
		a, b := unpack(l.pairs[i])
		patterns = append(patterns, Pattern(l.profiles[a], l.profiles[b], l.terms))
	}
	return patterns
}

// Pairs visits every candidate pair, by the age of its records, with its weight in bits.
func (l *Linked) Pairs(visit func(Pair)) {
	for i, pair := range l.pairs {
		a, b := unpack(pair)
		visit(Pair{l.members[a].ID, l.members[b].ID, float64(l.weights[i]) / gridSteps})
	}
}

// Explain compares any two records of the list, whether or not blocking
// brought them together. It is false if the list lacks one of them.
func (l *Linked) Explain(a, b string) (c Comparison, known bool) {
	i, knownA := l.position[a]
	j, knownB := l.position[b]
	if !knownA || !knownB {
		return Comparison{}, false
	}
	return l.Model.Compare(l.profiles[i], l.profiles[j], l.terms), true
}

// profilesOf makes the profiles in the order of positions.
func profilesOf(records []Record, position map[string]int) []Profile {
	at := make([]int, len(position)) // position: place in records
	for i := len(records) - 1; i >= 0; i-- {
		at[position[records[i].ID]] = i
	}
	profiles := make([]Profile, len(position))
	inParallel(len(profiles), func(from, to int) {
		known := map[string]NamePart{} // Names repeat: reading one is the slow part.
		for p := from; p < to; p++ {
			profiles[p] = newProfile(records[at[p]], known)
			profiles[p].Original = Record{} // The caller has it.
		}
	})
	return profiles
}

// inParallel cuts 0 to n into runs and works on them on every core. Runs must
// not depend on each other; then the result does not depend on the cores.
func inParallel(n int, work func(from, to int)) {
	const run = 1 << 14
	var all sync.WaitGroup
	starts := make(chan int)
	for range max(min(runtime.GOMAXPROCS(0), n/run+1), 1) {
		all.Go(func() {
			for from := range starts {
				work(from, min(from+run, n))
			}
		})
	}
	for from := 0; from < n; from += run {
		starts <- from
	}
	close(starts)
	all.Wait()
}
