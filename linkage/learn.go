package linkage

import "maps"

// Learned gives the model with m and u learned on a list's own candidate pairs
// by EM, for lists that the table was not counted on: other names, other columns.
// The table stands in as so many pairs that were seen before. A return is then
// no class of its own, and what the list leaves out keeps the table's figures.
func (m *Model) Learned(patterns [][]Agreement) *Model {
	if len(patterns) < reweighPairsMin {
		return m
	}
	const rounds, seenBefore = 15, 20.0
	out := *m.Reweighed(patterns)
	table := m.table
	for range rounds {
		same, unrelated := map[Agreement]float64{}, map[Agreement]float64{}
		for _, pattern := range patterns {
			p := out.posterior(pattern)
			for _, g := range pattern {
				same[g] += p.Same + p.Returned
				unrelated[g] += p.Unrelated
			}
		}
		bits := maps.Clone(m.bits)
		for _, f := range table.Fields {
			var sameAll, unrelatedAll float64
			for _, l := range f.Levels {
				sameAll += same[Agreement{f.Field, l.Level}]
				unrelatedAll += unrelated[Agreement{f.Field, l.Level}]
			}
			for _, l := range f.Levels {
				g := Agreement{f.Field, l.Level}
				learned := l
				learned.M = (seenBefore*l.M + same[g]) / (seenBefore + sameAll)
				learned.U = (seenBefore*l.U + unrelated[g]) / (seenBefore + unrelatedAll)
				learned.R = learned.M
				bits[g] = bitsOf(learned)
			}
		}
		out.bits = bits
		out = *out.Reweighed(patterns)
	}
	out.version = m.version + "+learned"
	return &out
}

// posterior is the share of each class, given a pattern.
func (m *Model) posterior(pattern []Agreement) Shares {
	o := m.odds(pattern)
	s, r, h := m.shares.Same*o[0], m.shares.Returned*o[1], m.shares.Household*o[2]
	all := s + r + h + m.shares.Unrelated
	return Shares{s / all, r / all, h / all, m.shares.Unrelated / all}
}
