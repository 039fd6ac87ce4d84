package linkage

import "slices"

// forbidden is far below every sum of weights that a component can reach.
const forbidden = -1 << 50

// solver works through the components of a graph.
type solver struct {
	*graph
	bound, result forest
}

// part solves a component that pulls above the threshold connect, or cuts it
// at a higher one until it is small enough.
func (s *solver) part(component []int, threshold int64) {
	units, unitOf := unitsOf(component, s.bound)
	switch {
	case len(units) < 2:
	case len(units) <= componentMax:
		s.solve(component, units, unitOf)
	default:
		threshold = 2*threshold + gridSteps
		cut := newForest(len(component)) // by place in component
		place := make(map[int]int, len(component))
		for i, p := range component {
			place[p] = i
		}
		for _, e := range s.rulings.same {
			if a, here := place[e.a]; here {
				cut.join(a, place[e.b])
			}
		}
		s.within(component, func(l *link) {
			if b, here := place[l.b]; here && l.pull > threshold {
				cut.join(place[l.a], b)
			}
		})
		all := make([]int, len(component))
		for i := range all {
			all[i] = i
		}
		for _, group := range groups(cut, all) {
			for i, at := range group {
				group[i] = component[at]
			}
			s.part(group, threshold)
		}
	}
}

// solve clusters one component and writes it into result.
//
// Units (records that "same" decisions tie together move as one) are contracted
// greedily, the pair with the largest sum first (greedy additive edge
// contraction), and then moved one by one while that helps.
func (s *solver) solve(component []int, units [][]int, unitOf map[int]int) {
	between := s.matrix(component, units, unitOf)
	cluster := contract(between)
	move(between, cluster)
	first := make([]int, len(units))
	for i := range first {
		first[i] = -1
	}
	for u, c := range cluster {
		if first[c] < 0 {
			first[c] = units[u][0]
		}
		s.result.join(first[c], units[u][0])
	}
}

func unitsOf(component []int, bound forest) (units [][]int, unitOf map[int]int) {
	unitOf = make(map[int]int, len(component))
	at := make(map[int]int, len(component))
	for _, p := range component {
		u, known := at[bound.root(p)]
		if !known {
			u = len(units)
			at[bound.root(p)] = u
			units = append(units, nil)
		}
		units[u] = append(units[u], p)
		unitOf[p] = u
	}
	return units, unitOf
}

// matrix sums the weights between units; a pair without a score costs the
// policy's UnscoredBits.
func (s *solver) matrix(component []int, units [][]int, unitOf map[int]int) [][]int64 {
	between := make([][]int64, len(units))
	cells := make([]int64, len(units)*len(units))
	for i := range between {
		between[i] = cells[i*len(units) : (i+1)*len(units)]
		for j := range between[i] {
			between[i][j] = int64(len(units[i])) * int64(len(units[j])) * s.unscored
		}
	}
	add := func(e edge, weight int64) {
		i, okA := unitOf[e.a]
		j, okB := unitOf[e.b]
		if okA && okB && i != j {
			between[i][j] += weight
			between[j][i] += weight
		}
	}
	s.within(component, func(l *link) { add(l.edge, l.pull-s.unscored) })
	different := s.rulings.different // sorted
	for _, p := range component {
		at, _ := slices.BinarySearchFunc(different, edge{p, 0}, compareEdges)
		for ; at < len(different) && different[at].a == p; at++ {
			add(different[at], forbidden)
		}
	}
	return between
}

// within visits the links whose first end is in the component. Order does not
// matter to callers: their sums are of whole numbers.
func (g *graph) within(component []int, visit func(*link)) {
	for _, p := range component {
		for at, _ := g.find(edge{p, 0}); at < len(g.links) && g.links[at].a == p; at++ {
			visit(&g.links[at])
		}
	}
}

// contract joins clusters while the best sum between two is positive. Ties go
// to the older records. It returns each unit's cluster.
func contract(between [][]int64) []int {
	n := len(between)
	sum := make([][]int64, n)
	cluster := make([]int, n)
	for i := range sum {
		sum[i] = slices.Clone(between[i])
		cluster[i] = i
	}
	alive := make([]bool, n)
	best := make([]int, n) // the best later partner of each cluster, or -1
	refresh := func(i int) {
		best[i] = -1
		for j := i + 1; j < n; j++ {
			if alive[j] && sum[i][j] > 0 && (best[i] < 0 || sum[i][j] > sum[i][best[i]]) {
				best[i] = j
			}
		}
	}
	for i := range alive {
		alive[i] = true
	}
	for i := range best {
		refresh(i)
	}
	for {
		a := -1
		for i := range best {
			if alive[i] && best[i] >= 0 && (a < 0 || sum[i][best[i]] > sum[a][best[a]]) {
				a = i
			}
		}
		if a < 0 {
			return cluster
		}
		b := best[a]
		alive[b] = false
		for u := range cluster {
			if cluster[u] == b {
				cluster[u] = a
			}
		}
		for j := range n {
			if j != a && alive[j] {
				sum[a][j] += sum[b][j]
				sum[j][a] = sum[a][j]
			}
		}
		for i := range n {
			if alive[i] && (i == a || best[i] == a || best[i] == b || i < a) {
				refresh(i)
			}
		}
	}
}

// moveRoundsMax bounds the local search; it has always ended far earlier.
const moveRoundsMax = 20

// move lets each unit go to the cluster, or to a place of its own, where the
// sum of its weights is largest, until nothing moves.
func move(between [][]int64, cluster []int) {
	n := len(cluster)
	pull := make([]int64, n)
	for range moveRoundsMax {
		moved := false
		for u := range n {
			clear(pull)
			size := make([]int, n)
			for v, c := range cluster {
				size[c]++
				if v != u {
					pull[c] += between[u][v]
				}
			}
			home := cluster[u]
			target := home
			for c := range n {
				switch {
				case c == home || pull[c] <= pull[target]:
				case size[c] > 0:
					target = c
				case size[home] > 1 && pull[target] < 0: // an empty place pulls 0
					target = c
				}
			}
			if target != home {
				cluster[u], moved = target, true
			}
		}
		if !moved {
			return
		}
	}
}
