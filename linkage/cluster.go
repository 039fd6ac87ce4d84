package linkage

import (
	"cmp"
	"math"
	"slices"
)

// A Member is a record to be clustered.
type Member struct {
	ID          string
	RecordedDay int // days since 1970-01-01; the oldest names the cluster
}

// A Pair is a scored candidate pair.
type Pair struct {
	A, B   string
	Weight float64 // bits, as Comparison.Weight
}

// Policy is what an office sets about linking.
type Policy struct {
	// LinkBits is the weight above which a pair pulls two records together.
	LinkBits float64
	// UnscoredBits is what a pair that blocking never brought together adds
	// when its records meet in one cluster.
	UnscoredBits float64
	// OpenFromBits to OpenToBits is the band in which a person should decide.
	OpenFromBits, OpenToBits float64
	// DecisionBits is what each side of a dispute weighs.
	DecisionBits float64
	// LearnTable lets Link learn m and u on the list, instead of the table alone.
	LearnTable bool
	// ReviewOverRecords: a bigger cluster is to be looked at.
	ReviewOverRecords int
}

// DefaultPolicy was chosen on the labelled development set.
func DefaultPolicy() Policy {
	return Policy{LinkBits: 0, UnscoredBits: -1, OpenFromBits: -3, OpenToBits: 4, DecisionBits: 4, ReviewOverRecords: 8}
}

// A Partition puts every member into exactly one cluster.
type Partition struct {
	Clusters []RecordCluster // by ID
	Disputed []Dispute       // by pair
	Open     []Pair          // pairs that a person should decide, by pair
	Persons  CountRange
}

// A RecordCluster is one person. Its ID is the oldest record's.
type RecordCluster struct {
	ID      string
	Members []string // oldest first
	Review  bool     // more records than the policy finds likely
}

// Cluster groups members by weighted correlation clustering: clusters are
// joined greedily while the sum of weights between two of them is positive,
// then single records move where they fit better. An uncontradicted decision
// binds; contradictory ones count as weights and come back as Disputed. Pairs
// and decisions that name other records are left out. The result does not
// depend on the order of any argument.
func Cluster(members []Member, pairs []Pair, decisions []Decision, policy Policy) Partition {
	return cluster(graphParts(members, pairs, decisions, policy))
}

// EstimateCount counts the persons among members as Cluster groups them, with a
// 95 % interval; version names the model that the pairs were weighed with.
func EstimateCount(members []Member, pairs []Pair, decisions []Decision, policy Policy, version string) CountEstimate {
	g := newGraph(graphParts(members, pairs, decisions, policy))
	return g.estimate(g.partition(), version)
}

func graphParts(members []Member, pairs []Pair, decisions []Decision, policy Policy) ([]Member, []link, rulings, Policy) {
	members, position := ordered(members)
	links := make([]link, 0, len(pairs))
	for _, p := range pairs {
		a, okA := position[p.A]
		b, okB := position[p.B]
		if okA && okB && a != b {
			links = append(links, link{edge: newEdge(a, b), scored: steps(p.Weight - policy.LinkBits)})
		}
	}
	return members, links, rule(decisions, position), policy
}

// ordered sorts members, the oldest first, leaves out repeats and numbers the rest.
func ordered(members []Member) ([]Member, map[string]int) {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b Member) int {
		return cmp.Or(cmp.Compare(a.RecordedDay, b.RecordedDay), cmp.Compare(a.ID, b.ID))
	})
	position := make(map[string]int, len(members))
	members = slices.DeleteFunc(members, func(m Member) bool {
		_, twice := position[m.ID]
		if !twice {
			position[m.ID] = len(position)
		}
		return twice
	})
	return members, position
}

// cluster works on positions: links may repeat an edge and come in any order.
func cluster(members []Member, links []link, rulings rulings, policy Policy) Partition {
	g := newGraph(members, links, rulings, policy)
	return g.report(g.partition())
}

// graph holds records by position, oldest first, and weights in grid steps, so
// that every sum is exact.
type graph struct {
	members  []Member
	policy   Policy
	rulings  rulings
	links    []link // sorted, each edge once
	unscored int64
}

// A link is a scored or disputed pair.
type link struct {
	edge
	scored int64 // relative to LinkBits; 0 where only supervisors brought the two together
	pull   int64 // scored, as decisions leave it
}

func steps(bits float64) int64 {
	const limit = 1 << 30 // An infinite or absurd weight must not overflow a sum.
	if math.IsNaN(bits) {
		return 0
	}
	return int64(math.Round(min(max(bits*gridSteps, -limit), limit)))
}

func newGraph(members []Member, links []link, rulings rulings, policy Policy) *graph {
	// Of an edge that is given twice the higher score counts.
	slices.SortFunc(links, func(x, y link) int { return cmp.Or(compareEdges(x.edge, y.edge), cmp.Compare(y.scored, x.scored)) })
	links = slices.CompactFunc(links, func(x, y link) bool { return x.edge == y.edge })
	g := &graph{members: members, policy: policy, rulings: rulings, links: links, unscored: min(steps(policy.UnscoredBits), 0)}
	for i := range links {
		links[i].pull = links[i].scored
		if rulings.unsure[links[i].edge] {
			links[i].pull = min(links[i].pull, 0)
		}
	}
	var added []link // disputed pairs that blocking never brought together
	for e, lean := range rulings.leaning {
		pull := lean * steps(policy.DecisionBits)
		if at, known := g.find(e); known {
			links[at].pull += pull
		} else {
			added = append(added, link{edge: e, pull: pull})
		}
	}
	g.links = append(g.links, added...)
	if len(added) > 0 {
		slices.SortFunc(g.links, func(x, y link) int { return compareEdges(x.edge, y.edge) })
	}
	return g
}

func (g *graph) find(e edge) (at int, known bool) {
	return slices.BinarySearchFunc(g.links, e, func(l link, e edge) int { return compareEdges(l.edge, e) })
}

// partition labels each position with the smallest position of its cluster.
func (g *graph) partition() []int {
	bound := newForest(len(g.members)) // what "same" decisions tie together
	for _, e := range g.rulings.same {
		bound.join(e.a, e.b)
	}
	result := slices.Clone(bound)
	linked := slices.Clone(bound)
	for _, l := range g.links {
		if l.pull > 0 {
			linked.join(l.a, l.b)
		}
	}
	s := solver{graph: g, bound: bound, result: result}
	for _, part := range groups(linked, g.positions()) {
		s.part(part, 0)
	}
	labels := make([]int, len(g.members))
	for i := range labels {
		labels[i] = result.root(i)
	}
	return labels
}

func (g *graph) positions() []int {
	all := make([]int, len(g.members))
	for i := range all {
		all[i] = i
	}
	return all
}

// groups gives the positions of each tree that holds more than one.
func groups(f forest, positions []int) [][]int {
	size := make(map[int]int, len(positions)/2)
	for _, p := range positions {
		size[f.root(p)]++
	}
	at := map[int]int{}
	var parts [][]int
	for _, p := range positions {
		root := f.root(p)
		if size[root] < 2 {
			continue
		}
		i, known := at[root]
		if !known {
			i = len(parts)
			at[root] = i
			parts = append(parts, make([]int, 0, size[root]))
		}
		parts[i] = append(parts[i], p)
	}
	return parts
}

// componentMax bounds the matrix of one component. A component above it is cut
// at a higher weight: it is a chain of weak links, and no person has so many
// records.
const componentMax = 400

// report says who is together, what is open, and what the count is.
func (g *graph) report(label []int) Partition {
	var p Partition
	at := map[int]int{}
	for i, m := range g.members {
		c, known := at[label[i]]
		if !known {
			c = len(p.Clusters)
			at[label[i]] = c
			p.Clusters = append(p.Clusters, RecordCluster{ID: m.ID})
		}
		p.Clusters[c].Members = append(p.Clusters[c].Members, m.ID)
	}
	for i := range p.Clusters {
		p.Clusters[i].Review = g.policy.ReviewOverRecords > 0 && len(p.Clusters[i].Members) > g.policy.ReviewOverRecords
	}
	slices.SortFunc(p.Clusters, func(a, b RecordCluster) int { return cmp.Compare(a.ID, b.ID) })
	for e, reason := range g.rulings.disputes {
		a, b := g.ids(e)
		p.Disputed = append(p.Disputed, Dispute{a, b, reason})
	}
	slices.SortFunc(p.Disputed, func(x, y Dispute) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	open := g.open()
	for _, e := range open {
		a, b := g.ids(e.edge)
		p.Open = append(p.Open, Pair{a, b, float64(e.scored)/gridSteps + g.policy.LinkBits})
	}
	slices.SortFunc(p.Open, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	p.Persons = g.countRange(label, open)
	return p
}

func (g *graph) ids(e edge) (a, b string) {
	a, b = g.members[e.a].ID, g.members[e.b].ID
	return min(a, b), max(a, b)
}
