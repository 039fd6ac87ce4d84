package linkage

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func drawnWeights(t *rapid.T) [][]int64 {
	n := rapid.IntRange(1, 9).Draw(t, "units")
	between := make([][]int64, n)
	for i := range between {
		between[i] = make([]int64, n)
	}
	for i := range between {
		for j := range i {
			between[i][j] = rapid.Int64Range(-20, 20).Draw(t, "weight")
			between[j][i] = between[i][j]
		}
	}
	return between
}

// naiveContract looks at all pairs of clusters before every step.
func naiveContract(between [][]int64) []int {
	cluster := make([]int, len(between))
	for i := range cluster {
		cluster[i] = i
	}
	for {
		bestA, bestB, best := -1, -1, int64(0)
		for a := range between {
			for b := a + 1; b < len(between); b++ {
				sum := int64(0)
				for u, c := range cluster {
					for v, d := range cluster {
						if c == a && d == b {
							sum += between[u][v]
						}
					}
				}
				if sum > best {
					bestA, bestB, best = a, b, sum
				}
			}
		}
		if bestA < 0 {
			return cluster
		}
		for u, c := range cluster {
			if c == bestB {
				cluster[u] = bestA
			}
		}
	}
}

func TestContractTakesTheBestPairEachTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		between := drawnWeights(t)
		if got, want := contract(between), naiveContract(between); !slices.Equal(got, want) {
			t.Fatalf("clusters %v, want %v", got, want)
		}
	})
}

// 2 and 3 join first; together they pull 0 harder than 1 does.
func TestContractSeesThatAJoinedPairPullsHarder(t *testing.T) {
	between := [][]int64{
		{0, 5, 4, 4},
		{5, 0, -20, 0},
		{4, -20, 0, 10},
		{4, 0, 10, 0},
	}
	if got, want := contract(between), []int{0, 1, 0, 0}; !slices.Equal(got, want) {
		t.Errorf("clusters %v, want %v", got, want)
	}
}

func TestAfterMovingNoRecordFitsBetterElsewhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		between := drawnWeights(t)
		cluster := contract(between)
		before := agreementWithin(between, cluster)
		move(between, cluster)
		after := agreementWithin(between, cluster)
		if after < before {
			t.Fatalf("moving made %d of %d", after, before)
		}
		for u := range cluster {
			for target := range cluster {
				tried := slices.Clone(cluster)
				tried[u] = target
				if got := agreementWithin(between, tried); got > after {
					t.Fatalf("%d in %d gives %d instead of %d: %v", u, target, got, after, cluster)
				}
			}
		}
	})
}

// agreementWithin is what correlation clustering maximises.
func agreementWithin(between [][]int64, cluster []int) int64 {
	sum := int64(0)
	for u, c := range cluster {
		for v := range u {
			if cluster[v] == c {
				sum += between[u][v]
			}
		}
	}
	return sum
}
