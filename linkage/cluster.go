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
	// ReviewOverRecords: a bigger cluster is to be looked at.
	ReviewOverRecords int
}

// DefaultPolicy was chosen on the labelled development set.
func DefaultPolicy() Policy {
	return Policy{LinkBits: 0, UnscoredBits: -3, OpenFromBits: -3, OpenToBits: 4, DecisionBits: 4, ReviewOverRecords: 8}
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
	g := newGraph(members, position, pairs, decisions, policy)
	label := g.partition()
	return g.report(label)
}

// graph holds records by position, oldest first, and weights in grid steps, so
// that every sum is exact.
type graph struct {
	members  []Member
	policy   Policy
	rulings  rulings
	scored   map[edge]int64 // relative to LinkBits, as scored
	pull     map[edge]int64 // scored, as decisions leave it
	edges    []edge         // the keys of pull, sorted
	unscored int64
}

func steps(bits float64) int64 {
	const limit = 1 << 30 // An infinite or absurd weight must not overflow a sum.
	if math.IsNaN(bits) {
		return 0
	}
	return int64(math.Round(min(max(bits*gridSteps, -limit), limit)))
}

func newGraph(members []Member, position map[string]int, pairs []Pair, decisions []Decision, policy Policy) *graph {
	g := &graph{
		members: members, policy: policy, rulings: rule(decisions, position),
		scored: map[edge]int64{}, pull: map[edge]int64{}, unscored: min(steps(policy.UnscoredBits), 0),
	}
	for _, p := range pairs {
		a, okA := position[p.A]
		b, okB := position[p.B]
		if !okA || !okB || a == b {
			continue
		}
		e, weight := newEdge(a, b), steps(p.Weight-policy.LinkBits)
		if old, twice := g.scored[e]; !twice || weight > old {
			g.scored[e] = weight
		}
	}
	for e, weight := range g.scored {
		if g.rulings.unsure[e] {
			weight = min(weight, 0)
		}
		g.pull[e] = weight
	}
	for e, lean := range g.rulings.leaning {
		g.pull[e] += lean * steps(policy.DecisionBits)
	}
	for e := range g.pull {
		g.edges = append(g.edges, e)
	}
	slices.SortFunc(g.edges, compareEdges)
	return g
}

// partition labels each position with the smallest position of its cluster.
func (g *graph) partition() []int {
	bound := newForest(len(g.members)) // what "same" decisions tie together
	for _, e := range g.rulings.same {
		bound.join(e.a, e.b)
	}
	result := slices.Clone(bound)
	for _, part := range g.components(g.positions(), bound, 0) {
		g.solve(part, bound, result)
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

// componentMax bounds the matrix of one component. A component above it is cut
// at a higher weight: it is a chain of weak links, and no person has so many
// records.
const componentMax = 400

// components cuts positions into groups that pulls above the threshold
// connect, each small enough to solve, and leaves out groups with nothing to
// solve.
func (g *graph) components(positions []int, bound forest, threshold int64) [][]int {
	inside := make(map[int]bool, len(positions))
	for _, p := range positions {
		inside[p] = true
	}
	linked := slices.Clone(bound)
	for _, e := range g.edges {
		if g.pull[e] > threshold && inside[e.a] && inside[e.b] {
			linked.join(e.a, e.b)
		}
	}
	groups := map[int][]int{}
	for _, p := range positions {
		groups[linked.root(p)] = append(groups[linked.root(p)], p)
	}
	var parts [][]int
	for _, p := range positions {
		group := groups[p]
		units := 0
		for _, member := range group {
			if bound.root(member) == member {
				units++
			}
		}
		switch {
		case units < 2:
		case units > componentMax:
			parts = append(parts, g.components(group, bound, 2*threshold+gridSteps)...)
		default:
			parts = append(parts, group)
		}
	}
	return parts
}

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
		a, b := g.ids(e)
		p.Open = append(p.Open, Pair{a, b, float64(g.scored[e])/gridSteps + g.policy.LinkBits})
	}
	slices.SortFunc(p.Open, func(x, y Pair) int { return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B)) })
	p.Persons = g.countRange(label, open)
	return p
}

func (g *graph) ids(e edge) (a, b string) {
	a, b = g.members[e.a].ID, g.members[e.b].ID
	return min(a, b), max(a, b)
}
