package linkage

import (
	"fmt"
	"math/rand"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// members makes one member for each letter, each a day younger than the last.
func members(letters string) []Member {
	var all []Member
	for i, r := range letters {
		all = append(all, Member{ID: string(r), RecordedDay: 20000 + i})
	}
	return all
}

// pairs reads "ab+5 bc-2".
func pairs(text string) []Pair {
	var all []Pair
	for _, word := range strings.Fields(text) {
		p := Pair{A: word[:1], B: word[1:2]}
		if _, err := fmt.Sscanf(word[2:], "%f", &p.Weight); err != nil {
			panic(err)
		}
		all = append(all, p)
	}
	return all
}

// decisions reads "ab=p ac/q ad?p": same, different, cannot tell, by p or q.
func decisions(text string) []Decision {
	verdict := map[byte]Verdict{'=': Same, '/': Different, '?': CannotTell}
	var all []Decision
	for i, word := range strings.Fields(text) {
		all = append(all, Decision{A: word[:1], B: word[1:2], Verdict: verdict[word[2]], By: word[3:], Order: int64(i)})
	}
	return all
}

func shown(p Partition) string {
	var words []string
	for _, c := range p.Clusters {
		words = append(words, strings.Join(c.Members, ""))
	}
	return strings.Join(words, " ")
}

func disputes(p Partition) string {
	var words []string
	for _, d := range p.Disputed {
		words = append(words, d.A+d.B+":"+string(d.Reason))
	}
	return strings.Join(words, " ")
}

func TestCluster(t *testing.T) {
	for _, c := range []struct {
		name, members, pairs, decisions string
		want, disputed                  string
	}{
		{"no pairs: everybody alone", "abc", "", "", "a b c", ""},
		{"a strong pair", "abc", "ab+9", "", "ab c", ""},
		{"even odds do not link", "ab", "ab+0", "", "a b", ""},
		{"a chain holds together when its ends were never compared", "abc", "ab+9 bc+8", "", "abc", ""},
		{"a chain breaks at its weak link when its ends disagree", "abc", "ab+9 bc+2 ac-7", "", "ab c", ""},
		{"a weak link to two strangers does not carry them", "abcd", "ab+9 cd+9 bc+2", "", "ab cd", ""},
		{"decided same, whatever the score", "ab", "ab-20", "ab=p", "ab", ""},
		{"decided same without a score", "ab", "", "ab=p", "ab", ""},
		{"decided different, whatever the score", "ab", "ab+30", "ab/p", "a b", ""},
		{"different is not overridden through a third record", "abc", "ab+9 bc+9", "ac/p", "ab c", ""},
		{"different holds for all who are decided same", "abcd", "bd+30 ad+30 ac+30", "ab=p cd=p bc/p", "ab cd", ""},
		{"cannot tell does not link", "ab", "ab+9", "ab?p", "a b", ""},
		{"same beside another's cannot tell stands", "ab", "ab-1", "ab=p ab?q", "ab", ""},
		{"a later decision of one person replaces", "ab", "ab+9", "ab=p ab/p", "a b", ""},
		{"two persons disagree: the score decides, the pair returns", "ab", "ab+9", "ab=p ab/q", "ab", "ab:persons_disagree"},
		{"two persons disagree: a low score separates", "ab", "ab-1", "ab=p ab/q", "a b", "ab:persons_disagree"},
		{"A=B, B=C, A≠C goes to the queue", "abc", "ab+9 bc+1 ac-9", "ab=p bc=p ac/p", "ab c", "ab:chain_disagrees ac:chain_disagrees bc:chain_disagrees"},
		{"what only hangs on the chain stays bound", "abcd", "ab+9 bc+1 ac-9 cd-20", "ab=p bc=p ac/p cd=p", "ab cd", "ab:chain_disagrees ac:chain_disagrees bc:chain_disagrees"},
		{"a decision about an erased record is left out", "ab", "ab+9", "az=p zb/p", "ab", ""},
		{"a pair of a record with itself is left out", "a", "aa+9", "aa/p", "a", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Cluster(members(c.members), pairs(c.pairs), decisions(c.decisions), DefaultPolicy())
			if shown(got) != c.want || disputes(got) != c.disputed {
				t.Errorf("clusters %q, disputed %q; want %q, %q", shown(got), disputes(got), c.want, c.disputed)
			}
		})
	}
}

func TestAClusterKeepsTheOldestRecordsID(t *testing.T) {
	before := []Member{{"m", 20001}, {"z", 20000}}
	after := append(slices.Clone(before), Member{"a", 20005})
	for _, c := range [][]Member{before, after} {
		if got := Cluster(c, pairs("mz+9 az+9 am+9"), nil, DefaultPolicy()); got.Clusters[0].ID != "z" || len(got.Clusters) != 1 {
			t.Errorf("clusters are %+v", got.Clusters)
		}
	}
}

func TestABigClusterIsMarkedForReview(t *testing.T) {
	policy := DefaultPolicy()
	policy.ReviewOverRecords = 2
	got := Cluster(members("abcde"), pairs("ab+9 bc+9 ac+9 de+9"), nil, policy).Clusters
	if !got[0].Review || got[1].Review {
		t.Errorf("clusters are %+v", got)
	}
}

func TestCountRangeIsWhatOpenPairsLeave(t *testing.T) {
	for _, c := range []struct {
		name, members, pairs, decisions string
		want                            CountRange
		open                            int
	}{
		{"nothing open", "abc", "ab+9 ac-9", "", CountRange{2, 2, 2}, 0},
		{"an open pair that is linked", "abc", "ab+2", "", CountRange{2, 2, 3}, 1},
		{"an open pair that is not", "abc", "ab-2", "", CountRange{2, 3, 3}, 1},
		{"a decision closes the pair", "abc", "ab+2 bc-2", "ab=p bc/p", CountRange{2, 2, 2}, 0},
		{"cannot tell leaves it open", "ab", "ab+9", "ab?p", CountRange{1, 2, 2}, 1},
		{"a dispute is open", "ab", "ab+20", "ab=p ab/q", CountRange{1, 1, 2}, 1},
		{"a sure path keeps together what an open pair joins too", "abc", "ab+9 bc+9 ac+1", "", CountRange{1, 1, 1}, 1},
	} {
		got := Cluster(members(c.members), pairs(c.pairs), decisions(c.decisions), DefaultPolicy())
		if got.Persons != c.want || len(got.Open) != c.open {
			t.Errorf("%s: %+v with %d open, want %+v with %d", c.name, got.Persons, len(got.Open), c.want, c.open)
		}
	}
}

func TestAHugeComponentIsCutAtItsWeakLinks(t *testing.T) {
	var all []Member
	var chain []Pair
	id := func(i int) string { return fmt.Sprintf("%04d", i) }
	for i := range componentMax + 50 {
		all = append(all, Member{ID: id(i), RecordedDay: i})
		if i > 0 {
			chain = append(chain, Pair{A: id(i - 1), B: id(i), Weight: []float64{0.5, 12}[i%2]})
		}
	}
	for _, c := range Cluster(all, chain, nil, DefaultPolicy()).Clusters {
		if len(c.Members) != 2 {
			t.Fatalf("cluster %s has %d records", c.ID, len(c.Members))
		}
	}
}

// drawn is any small case: scores, and decisions of three persons.
func drawn(t *rapid.T) ([]Member, []Pair, []Decision) {
	letters := "abcdefghij"[:rapid.IntRange(1, 10).Draw(t, "records")]
	one := rapid.SampledFrom(strings.Split(letters, ""))
	var all []Member
	for _, r := range letters {
		all = append(all, Member{string(r), rapid.IntRange(1, 4).Draw(t, "day")})
	}
	scores := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pair {
		return Pair{one.Draw(t, "a"), one.Draw(t, "b"), rapid.Float64Range(-12, 12).Draw(t, "weight")}
	}), 0, 30).Draw(t, "pairs")
	decided := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Decision {
		return Decision{
			one.Draw(t, "a"), one.Draw(t, "b"),
			rapid.SampledFrom([]Verdict{Same, Different, CannotTell}).Draw(t, "verdict"),
			rapid.SampledFrom([]string{"p", "q", "s"}).Draw(t, "by"), int64(rapid.IntRange(0, 3).Draw(t, "order")),
		}
	}), 0, 12).Draw(t, "decisions")
	return all, scores, decided
}

func TestTheOrderOfArgumentsDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, scores, decided := drawn(t)
		want := Cluster(all, scores, decided, DefaultPolicy())
		random := rand.New(rand.NewSource(rapid.Int64().Draw(t, "shuffle")))
		random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		random.Shuffle(len(scores), func(i, j int) { scores[i], scores[j] = scores[j], scores[i] })
		random.Shuffle(len(decided), func(i, j int) { decided[i], decided[j] = decided[j], decided[i] })
		for i := range scores {
			scores[i].A, scores[i].B = scores[i].B, scores[i].A
		}
		if got := Cluster(all, scores, decided, DefaultPolicy()); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestDecisionsBind(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all, scores, decided := drawn(t)
		got := Cluster(all, scores, decided, DefaultPolicy())
		cluster := map[string]string{}
		for _, c := range got.Clusters {
			for _, id := range c.Members {
				if cluster[id] != "" {
					t.Fatalf("%s is in two clusters", id)
				}
				cluster[id] = c.ID
			}
		}
		if len(cluster) != len(all) {
			t.Fatalf("%d of %d records are in a cluster", len(cluster), len(all))
		}
		disputed := map[[2]string]bool{}
		for _, d := range got.Disputed {
			disputed[[2]string{d.A, d.B}] = true
		}
		for pair, verdicts := range standing(decided) {
			together := cluster[pair[0]] == cluster[pair[1]]
			switch {
			case disputed[pair]:
			case verdicts[Same] && verdicts[Different]:
				t.Fatalf("%v is contradicted and not disputed", pair)
			case verdicts[Same] && !together, verdicts[Different] && together:
				t.Fatalf("%v was decided %v, together: %v", pair, verdicts, together)
			}
		}
		if p := got.Persons; !(1 <= p.Low && p.Low <= p.Best && p.Best <= p.High && p.High <= len(all) && p.Best == len(got.Clusters)) {
			t.Fatalf("count range is %+v", p)
		}
	})
}

// standing is the slow way to find each person's last word on each pair. Ties
// of order go to the verdict that is later in the alphabet.
func standing(decided []Decision) map[[2]string]map[Verdict]bool {
	out := map[[2]string]map[Verdict]bool{}
	for _, d := range decided {
		if d.A == d.B || slices.ContainsFunc(decided, func(o Decision) bool {
			samePair := min(o.A, o.B) == min(d.A, d.B) && max(o.A, o.B) == max(d.A, d.B)
			return samePair && o.By == d.By && (o.Order > d.Order || o.Order == d.Order && o.Verdict > d.Verdict)
		}) {
			continue
		}
		pair := [2]string{min(d.A, d.B), max(d.A, d.B)}
		if out[pair] == nil {
			out[pair] = map[Verdict]bool{}
		}
		out[pair][d.Verdict] = true
	}
	return out
}
