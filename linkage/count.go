package linkage

// A CountRange is a count of persons with the range that open pairs leave.
type CountRange struct {
	Low  int // if every open pair were one person
	Best int // as clustered
	High int // if no open pair were
}

// open lists the edges that a person should decide: undecided scores in the
// band, every dispute, and every "cannot tell".
func (g *graph) open() []link {
	decided := map[edge]bool{}
	for _, e := range g.rulings.same {
		decided[e] = true
	}
	for _, e := range g.rulings.different {
		decided[e] = true
	}
	from, to := steps(g.policy.OpenFromBits-g.policy.LinkBits), steps(g.policy.OpenToBits-g.policy.LinkBits)
	var open []link
	for _, l := range g.links {
		_, disputed := g.rulings.disputes[l.edge]
		if !decided[l.edge] && (disputed || g.rulings.unsure[l.edge] || l.scored >= from && l.scored <= to) {
			open = append(open, l)
		}
	}
	return open
}

// countRange counts clusters three ways: as they are, with every open pair
// joined, and with open pairs holding nothing together. It is a range over
// open pairs only; missed blocking and a wrong model are not in it.
func (g *graph) countRange(label []int, open []link) CountRange {
	isOpen := make(map[edge]bool, len(open))
	for _, l := range open {
		isOpen[l.edge] = true
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
	for _, l := range g.links {
		if !isOpen[l.edge] && l.pull > 0 && label[l.a] == label[l.b] {
			high.join(l.a, l.b)
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
