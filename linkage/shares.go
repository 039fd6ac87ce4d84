package linkage

import "math"

// Reweighed gives the model with class shares fitted to a host's own candidate
// pairs (EM over the shares alone; m, h and u stay). A bigger office has more
// strangers among its candidates than the set that the table comes from, and
// the prior must say so. The order of patterns does not matter beyond rounding,
// and shares are rounded to a thousandth; with fewer than reweighPairsMin pairs
// the model stays as it is.
func (m *Model) Reweighed(patterns [][]Agreement) *Model {
	if len(patterns) < reweighPairsMin {
		return m
	}
	odds := make([][3]float64, len(patterns)) // of same, returned and household against unrelated
	for i, pattern := range patterns {
		odds[i] = m.odds(pattern)
	}
	shares := m.shares
	for range reweighRounds {
		same, returned, household := 0.0, 0.0, 0.0
		for _, o := range odds {
			s, r, h := shares.Same*o[0], shares.Returned*o[1], shares.Household*o[2]
			all := s + r + h + shares.Unrelated
			same += s / all
			returned += r / all
			household += h / all
		}
		n := float64(len(odds))
		shares = wholeShares(same/n, returned/n, household/n)
	}
	out := *m
	out.setShares(wholeShares(thousandth(shares.Same), thousandth(shares.Returned), thousandth(shares.Household)))
	return &out
}

// odds of a pattern: same, returned and household against unrelated.
func (m *Model) odds(pattern []Agreement) [3]float64 {
	same, returned, household := 0.0, 0.0, 0.0
	for _, g := range pattern {
		same += m.bits[g].same
		returned += m.bits[g].same + m.bits[g].returned
		household += m.bits[g].household
	}
	return [3]float64{math.Exp2(same), math.Exp2(returned), math.Exp2(household)}
}

const (
	reweighPairsMin = 500
	reweighRounds   = 40
	shareMin        = 0.001 // no class may die out: then nothing could revive it
)

func wholeShares(same, returned, household float64) Shares {
	same, returned, household = max(same, shareMin), max(returned, shareMin), max(household, shareMin)
	return Shares{same, returned, household, max(1-same-returned-household, shareMin)}
}

func thousandth(share float64) float64 { return math.Round(share*1000) / 1000 }

func (m *Model) setShares(s Shares) {
	m.shares = s
	m.prior = grid(math.Log2((s.Same + s.Returned) / (s.Household + s.Unrelated)))
}

// WithShares gives the model with class shares that were fitted earlier, as
// Reweighed gave them.
func (m *Model) WithShares(s Shares) *Model {
	out := *m
	out.setShares(s)
	return &out
}

// Shares gives the class shares in force, to be stored with a run.
func (m *Model) Shares() Shares { return m.shares }
