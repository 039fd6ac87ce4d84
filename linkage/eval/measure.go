package eval

import "raksa/linkage"

// Measures compare a partition with the truth. Pair measures are over
// unordered record pairs; B-cubed measures are averaged over records (Bagga and
// Baldwin 1998).
type Measures struct {
	Records, Persons, Clusters  int
	Precision, Recall, F1       float64
	BCubedF1                    float64
	CountError                  float64 // clusters against persons, as a share of persons
	MergedPersons               int     // persons who share a cluster with somebody else
	PersonsLost                 int     // persons that false merges take from the count
	PersonsInvented             int     // persons that missed links add to it
	SiblingPairs, SiblingsMixed int     // record pairs of one household, and those put together
	KinPairs, KinMixed          int     // person pairs of one household, and those who share a cluster
	ReturnPairs, ReturnFound    int     // record pairs of one person across episodes, and those put together
	Returned, ReturnedLinked    int     // persons of several episodes, and those with any two episodes together
}

// Measure scores a partition of the set's records. Precision is 1 when nothing
// was linked, recall is 1 when nothing was to be found.
func Measure(s Set, p linkage.Partition) Measures {
	type cell struct{ person, cluster string }
	m := Measures{Records: len(s.Records), Clusters: len(p.Clusters)}
	personSize, cells := map[string]int{}, map[cell]int{}
	clusterSize, clusterOf, personsIn := map[string]int{}, map[string]string{}, map[string]int{}
	for _, c := range p.Clusters {
		clusterSize[c.ID] = len(c.Members)
		for _, id := range c.Members {
			clusterOf[id] = c.ID
			personSize[s.Person[id]]++
			if cells[cell{s.Person[id], c.ID}]++; cells[cell{s.Person[id], c.ID}] == 1 {
				personsIn[c.ID]++
			}
		}
	}
	m.Persons = len(personSize)
	var both, linked, truth int
	for _, n := range cells {
		both += pairsOf(n)
	}
	for _, n := range clusterSize {
		linked += pairsOf(n)
	}
	for _, n := range personSize {
		truth += pairsOf(n)
	}
	m.Precision, m.Recall = ratio(both, linked), ratio(both, truth)
	m.F1 = harmonic(m.Precision, m.Recall)
	var bPrecision, bRecall float64
	merged := map[string]bool{}
	for _, c := range p.Clusters {
		for _, id := range c.Members {
			n := float64(cells[cell{s.Person[id], c.ID}])
			bPrecision += n / float64(len(c.Members))
			bRecall += n / float64(personSize[s.Person[id]])
			if personsIn[c.ID] > 1 {
				merged[s.Person[id]] = true
			}
		}
	}
	m.BCubedF1 = harmonic(bPrecision/float64(max(m.Records, 1)), bRecall/float64(max(m.Records, 1)))
	m.CountError = float64(m.Clusters-m.Persons) / float64(max(m.Persons, 1))
	m.MergedPersons = len(merged)
	for _, n := range personsIn {
		m.PersonsLost += n - 1
	}
	m.PersonsInvented = len(cells) - m.Persons
	m.siblings(s, clusterOf)
	m.returns(s, clusterOf)
	return m
}

func (m *Measures) siblings(s Set, clusterOf map[string]string) {
	households := map[string][]string{}
	for _, r := range s.Records {
		if h := s.Household[r.ID]; h != "" {
			households[h] = append(households[h], r.ID)
		}
	}
	for _, ids := range households {
		kin := map[[2]string]bool{} // by person pair: put together
		for i, a := range ids {
			for _, b := range ids[:i] {
				if s.Person[a] == s.Person[b] {
					continue
				}
				mixed := clusterOf[a] == clusterOf[b]
				m.SiblingPairs++
				if mixed {
					m.SiblingsMixed++
				}
				pair := [2]string{min(s.Person[a], s.Person[b]), max(s.Person[a], s.Person[b])}
				kin[pair] = kin[pair] || mixed
			}
		}
		m.KinPairs += len(kin)
		for _, mixed := range kin {
			if mixed {
				m.KinMixed++
			}
		}
	}
}

// returns measures persons who came back: one person with several episodes.
func (m *Measures) returns(s Set, clusterOf map[string]string) {
	records := map[string][]string{}
	for _, r := range s.Records {
		records[s.Person[r.ID]] = append(records[s.Person[r.ID]], r.ID)
	}
	for _, ids := range records {
		across, found := 0, 0
		for i, a := range ids {
			for _, b := range ids[:i] {
				if s.Episode[a] == "" || s.Episode[b] == "" || s.Episode[a] == s.Episode[b] {
					continue
				}
				across++
				if clusterOf[a] == clusterOf[b] {
					found++
				}
			}
		}
		m.ReturnPairs += across
		m.ReturnFound += found
		if across > 0 {
			m.Returned++
		}
		if found > 0 {
			m.ReturnedLinked++
		}
	}
}

func pairsOf(n int) int { return n * (n - 1) / 2 }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

func harmonic(a, b float64) float64 {
	if a+b == 0 {
		return 0
	}
	return 2 * a * b / (a + b)
}
