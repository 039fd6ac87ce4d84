package trial_test

import (
	"slices"
	"testing"

	"raksa/cmd/raksa/trial"
	"raksa/syncengine"
)

// lieSeeds is how many seeds a lie may go unseen before the judge counts as blind.
const lieSeeds = 40

// lies are faults of the hosts. The first is told in every run of the tests, the
// others with -lies.
var lies = []struct {
	name  string
	hands trial.Hands
}{
	{"the office says that it holds what it threw away", trial.Hands{Request: throwAway, Answer: claimAll}},
	{"the office answers before it has committed", trial.Hands{AckBeforeCommit: true}},
	{"a tablet says kept before it has committed", trial.Hands{KeptBeforeCommit: true}},
	{"a tablet marks what it sends as being at the office", trial.Hands{MarkByClaim: true}},
	{"a tablet never goes back to an older position", trial.Hands{Answer: neverBack}},
	{"a tablet takes an order to erase and keeps the keys", trial.Hands{KeepKeys: true}},
	{"orders do not arrive", trial.Hands{Answer: forgetOrders}},
	{"nobody gives a restored office anything back", trial.Hands{Request: keepBack}},
}

// A trial that stays green when a host lies proves nothing.
func TestTheJudgeSeesWhenAHostLies(t *testing.T) {
	for i, lie := range lies {
		t.Run(lie.name, func(t *testing.T) {
			if i > 0 && !*liesFlag {
				t.Skip("told with -lies")
			}
			for seed := range uint64(lieSeeds) {
				if result := play(t, seed+1, lie.hands); len(result.Violations) > 0 {
					t.Logf("seen at seed %d: %s", result.Seed, result.Violations[0])
					return
				}
			}
			t.Errorf("not seen in %d seeds", lieSeeds)
		})
	}
}

// The page of the request goes, and the mark is moved as if it had come.
var thrown = map[syncengine.NodeID]syncengine.Mark{}

func throwAway(r *syncengine.Request) {
	delete(thrown, r.Node)
	if r.Page != nil {
		last := r.Page.Changes[len(r.Page.Changes)-1]
		thrown[r.Node] = syncengine.Mark{Seq: last.Seq, ID: last.ID()}
		r.Page = nil
	} else if r.Claim.Seq > 0 {
		thrown[r.Node] = r.Claim
	}
}

func claimAll(r *syncengine.Request, a *syncengine.Answer) {
	if mark, here := thrown[r.Node]; here {
		a.Receipt = syncengine.Receipt{Head: mark}
	}
}

func neverBack(_ *syncengine.Request, a *syncengine.Answer) {
	a.News = slices.DeleteFunc(a.News, func(news syncengine.News) bool { return news.Reset })
}

func forgetOrders(_ *syncengine.Request, a *syncengine.Answer) {
	a.News = slices.DeleteFunc(a.News, func(news syncengine.News) bool { return news.Stream == "control" })
}

func keepBack(r *syncengine.Request) { r.Lost, r.Returned = nil, nil }
