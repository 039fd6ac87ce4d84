package linkage

// A CountRange is a count of persons with the range that open pairs leave.
type CountRange struct {
	Low  int // if every open pair were one person
	Best int // as clustered
	High int // if no open pair were
}

// open lists the edges that a person should decide: undecided scores in the
// band, every dispute, and every "cannot tell".
func (g *graph) open() []edge {
	decided := map[edge]bool{}
	for _, e := range g.rulings.same {
		decided[e] = true
	}
	for _, e := range g.rulings.different {
		decided[e] = true
	}
	from, to := steps(g.policy.OpenFromBits-g.policy.LinkBits), steps(g.policy.OpenToBits-g.policy.LinkBits)
	var open []edge
	for _, e := range g.edges {
		_, disputed := g.rulings.disputes[e]
		weight := g.scored[e]
		if !decided[e] && (disputed || g.rulings.unsure[e] || weight >= from && weight <= to) {
			open = append(open, e)
		}
	}
	return open
}

// countRange counts clusters three ways: as they are, with every open pair
// joined, and with open pairs holding nothing together. It is a range over
// open pairs only; missed blocking and a wrong model are not in it.
func (g *graph) countRange(label []int, open []edge) CountRange {
	isOpen := make(map[edge]bool, len(open))
	for _, e := range open {
		isOpen[e] = true
	}
	best, low, high := newForest(len(label)), newForest(len(label)), newForest(len(label))
	for i, first := range label {
		best.join(i, first)
		low.join(i, first)
	}
	for _, e := range open {
		low.join(e.a, e.b)
	}
	for _, e := range g.rulings.same {
		high.join(e.a, e.b)
	}
	for _, e := range g.edges {
		if !isOpen[e] && g.pull[e] > 0 && label[e.a] == label[e.b] {
			high.join(e.a, e.b)
		}
	}
	return CountRange{Low: low.trees(), Best: best.trees(), High: high.trees()}
}

func (f forest) trees() int {
	n := 0
	for i := range f {
		if f.root(i) == i {
			n++
		}
	}
	return n
}
