package linkage

import (
	"cmp"
	"slices"
)

// A Decision is what a supervisor said about a record pair. Only standing
// decisions belong here: a host leaves out what was taken back.
type Decision struct {
	A, B    string
	Verdict Verdict
	By      string // opaque id of the person who decided
	// Order is the decision's place in the office's log. A person's later
	// decision on a pair replaces the earlier one.
	Order int64
}

// Verdict is what was decided.
type Verdict string

// The verdicts. CannotTell never links by itself and leaves the pair open.
const (
	Same       Verdict = "same"
	Different  Verdict = "different"
	CannotTell Verdict = "cannot_tell"
)

// A Dispute is a pair whose decisions contradict others. None of them binds:
// they count as weights, and the pair belongs in the queue.
type Dispute struct {
	A, B   string
	Reason DisputeReason
}

// DisputeReason is a stable code.
type DisputeReason string

// Two persons disagree on one pair, or a chain does: A=B, B=C, A≠C.
const (
	PersonsDisagree DisputeReason = "persons_disagree"
	ChainDisagrees  DisputeReason = "chain_disagrees"
)

// edge is a pair of member positions, the smaller first.
type edge struct{ a, b int }

func newEdge(a, b int) edge { return edge{min(a, b), max(a, b)} }

func compareEdges(x, y edge) int { return cmp.Or(cmp.Compare(x.a, y.a), cmp.Compare(x.b, y.b)) }

// rulings is what all decisions together come to.
type rulings struct {
	same, different []edge         // binding, sorted
	leaning         map[edge]int64 // disputed: net votes for same
	unsure          map[edge]bool
	disputes        map[edge]DisputeReason
}

func rule(decisions []Decision, position map[string]int) rulings {
	r := rulings{leaning: map[edge]int64{}, unsure: map[edge]bool{}, disputes: map[edge]DisputeReason{}}
	for e, votes := range standingVotes(decisions, position) {
		switch {
		case votes.same > 0 && votes.different > 0:
			r.disputes[e], r.leaning[e] = PersonsDisagree, int64(votes.same-votes.different)
		case votes.same > 0:
			r.same = append(r.same, e)
		case votes.different > 0:
			r.different = append(r.different, e)
		default:
			r.unsure[e] = true
		}
	}
	slices.SortFunc(r.same, compareEdges)
	slices.SortFunc(r.different, compareEdges)
	r.softenChains(len(position))
	return r
}

type votes struct{ same, different int }

// standingVotes counts one vote for each person and pair, the latest.
func standingVotes(decisions []Decision, position map[string]int) map[edge]votes {
	type ballot struct {
		pair edge
		by   string
	}
	latest := map[ballot]Decision{}
	for _, d := range decisions {
		a, okA := position[d.A]
		b, okB := position[d.B]
		if !okA || !okB || a == b {
			continue // The record is erased, or not in this run.
		}
		key := ballot{newEdge(a, b), d.By}
		if old, ok := latest[key]; !ok || cmp.Or(cmp.Compare(old.Order, d.Order), cmp.Compare(old.Verdict, d.Verdict)) < 0 {
			latest[key] = d
		}
	}
	counted := map[edge]votes{}
	for key, d := range latest {
		v := counted[key.pair]
		switch d.Verdict {
		case Same:
			v.same++
		case Different:
			v.different++
		}
		counted[key.pair] = v
	}
	return counted
}

// softenChains finds every "different" whose ends are joined by a chain of
// "same". That decision and the chain's become disputed; decisions that only
// hang on the chain stay binding.
func (r *rulings) softenChains(members int) {
	joined := newForest(members)
	for _, e := range r.same {
		joined.join(e.a, e.b)
	}
	onChain := map[edge]bool{}
	for _, d := range r.different {
		if joined.root(d.a) != joined.root(d.b) {
			continue
		}
		onChain[d] = true
		for _, e := range chainBetween(r.same, d) {
			onChain[e] = true
		}
	}
	if len(onChain) == 0 {
		return
	}
	soften := func(edges []edge, lean int64) []edge {
		return slices.DeleteFunc(edges, func(e edge) bool {
			if onChain[e] {
				r.disputes[e], r.leaning[e] = ChainDisagrees, lean
			}
			return onChain[e]
		})
	}
	r.same, r.different = soften(r.same, 1), soften(r.different, -1)
}

// chainBetween gives the edges that remain when dead ends other than the two
// ends of d are cut away, again and again: all chains between them.
func chainBetween(same []edge, d edge) []edge {
	degree := map[int]int{}
	for _, e := range same {
		degree[e.a]++
		degree[e.b]++
	}
	left := slices.Clone(same)
	for {
		before := len(left)
		left = slices.DeleteFunc(left, func(e edge) bool {
			for _, end := range []int{e.a, e.b} {
				if degree[end] == 1 && end != d.a && end != d.b {
					degree[e.a]--
					degree[e.b]--
					return true
				}
			}
			return false
		})
		if len(left) == before {
			break
		}
	}
	// Other components may hold rings of their own.
	reach := map[int]bool{d.a: true}
	for grown := true; grown; {
		grown = false
		for _, e := range left {
			if reach[e.a] != reach[e.b] {
				reach[e.a], reach[e.b], grown = true, true, true
			}
		}
	}
	return slices.DeleteFunc(left, func(e edge) bool { return !reach[e.a] })
}

// forest is a union-find over positions; a tree's root is its smallest.
type forest []int

func newForest(n int) forest {
	f := make(forest, n)
	for i := range f {
		f[i] = i
	}
	return f
}

func (f forest) root(i int) int {
	for f[i] != i {
		f[i] = f[f[i]]
		i = f[i]
	}
	return i
}

func (f forest) join(a, b int) {
	a, b = f.root(a), f.root(b)
	f[max(a, b)] = min(a, b)
}
