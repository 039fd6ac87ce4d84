package server

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
)

// derivedTables are all that the follower makes of records and verdicts.
var derivedTables = []string{
	bucketProfile, bucketBlocking, bucketBlocks, bucketScore, bucketScored,
	string(verdictOf), string(personOf), string(disputes), membersOf, spokenOf, string(settings), bucketRelink,
}

// derived reads every derived table in the clear: what is sealed is sealed anew
// each time.
func (d *testDesk) derived() map[string]string {
	d.t.Helper()
	all := map[string]string{}
	d.do(func(tx syncengine.Tx) error {
		for _, table := range derivedTables {
			err := tx.Scan(table, nil, func(key, value []byte) (err error) {
				switch table {
				case bucketProfile:
					value, err = d.Keys.Open("profile", key, value)
				case bucketScore:
					value, err = d.Keys.Open("score", key, value)
				}
				all[fmt.Sprintf("%s %x", table, key)] = string(value)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return all
}

// fromNothing throws away what was derived, lets the follower work through the
// log again, and reads the result.
func (d *testDesk) fromNothing() map[string]string {
	d.t.Helper()
	d.do(d.ForgetFollowed)
	must(d.t, d.CatchUp(d.t.Context()))
	return d.derived()
}

// inAnotherOrder works through the same records in an order of chance.
func (d *testDesk) inAnotherOrder(rng *rand.Rand) map[string]string {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) error {
		seen := map[syncengine.RecordID]bool{}
		for _, stream := range []string{streamCenter("PTC"), streamVerdicts} {
			ids, _, err := syncengine.RecordsAfter(tx, stream, 0, 1000)
			must(d.t, err)
			for _, id := range ids {
				seen[id] = true
			}
		}
		order := slices.SortedFunc(maps.Keys(seen), compareIDs)
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		must(d.t, d.ForgetFollowed(tx))
		for _, id := range order {
			must(d.t, d.followRecord(tx, id))
		}
		return nil
	})
	return d.derived()
}

func TestEveryDerivedTableIsAsFromNothing(t *testing.T) {
	histories := 12
	if testing.Short() {
		histories = 3
	}
	for seed := range histories {
		t.Run(fmt.Sprint("history ", seed), func(t *testing.T) {
			d := newHouse(t)
			d.blockMax = 3 // so that blocks fill up and empty again
			h := handlings{testDesk: d, rng: rand.New(rand.NewPCG(uint64(seed), 11))}
			for range 40 {
				h.step()
				if h.rng.IntN(5) == 0 {
					must(t, d.CatchUp(t.Context()))
				}
			}
			must(t, d.CatchUp(t.Context()))
			left := d.derived()
			if diff := cmp.Diff(d.fromNothing(), left); diff != "" {
				t.Fatalf("computed from nothing (-) and as left by the history (+):\n%s", diff)
			}
			if diff := cmp.Diff(d.inAnotherOrder(h.rng), left); diff != "" {
				t.Fatalf("computed in another order (-) and as left by the history (+):\n%s", diff)
			}
			h.undoAll()
			if undone := d.derived(); len(tableOf(undone, string(personOf))) > 0 || len(tableOf(undone, string(disputes))) > 0 {
				t.Errorf("with everything undone there are still persons of several records: %v", tableOf(undone, string(personOf)))
			}
		})
	}
}

func tableOf(all map[string]string, table string) map[string]string {
	own := maps.Clone(all)
	maps.DeleteFunc(own, func(key, _ string) bool { return len(key) <= len(table) || key[:len(table)+1] != table+" " })
	return own
}

// handlings is a random history of an office: people come, supervisors decide,
// change their minds and take back, records are erased.
type handlings struct {
	*testDesk
	rng     *rand.Rand
	records []syncengine.RecordID
	erased  map[syncengine.RecordID]bool
}

func (h *handlings) step() {
	h.t.Helper()
	h.now = h.now.Add(1e9)
	switch roll := h.rng.IntN(10); {
	case roll < 3 || len(h.records) < 3:
		answers := somebody([]string{"Sreymom", "Sreymum", "Dara", "Bopha"}[h.rng.IntN(4)])
		if h.rng.IntN(2) == 0 {
			answers["idn_phone"] = text(fmt.Sprintf("+8551234567%d", h.rng.IntN(2)))
		}
		if h.rng.IntN(3) == 0 {
			answers["idn_doc_number"] = text(fmt.Sprintf("01020304%d", h.rng.IntN(2)))
		}
		h.records = append(h.records, h.interviewOf(answers))
	case roll < 7:
		h.decide([]casefile.Verdict{casefile.SamePerson, casefile.SamePerson, casefile.DifferentPeople, casefile.CannotTell}[h.rng.IntN(4)])
	case roll < 9:
		h.undo(h.pair(), h.supervisor())
	case len(h.erased) < 3:
		id := h.records[h.rng.IntN(len(h.records))]
		if h.erased == nil {
			h.erased = map[syncengine.RecordID]bool{}
		}
		if !h.erased[id] {
			h.erased[id] = true
			h.do(func(tx syncengine.Tx) error { return h.Erase(tx, id, h.staff["Dara"].ID) })
		}
	}
}

func (h *handlings) supervisor() syncengine.PersonID {
	return h.staff[[]string{"Dara", "Bopha"}[h.rng.IntN(2)]].ID
}

func (h *handlings) pair() casefile.Pair {
	a := h.rng.IntN(len(h.records))
	b := (a + 1 + h.rng.IntN(len(h.records)-1)) % len(h.records)
	return casefile.PairOf(h.records[a], h.records[b])
}

func (h *handlings) decide(verdict casefile.Verdict) {
	h.t.Helper()
	by, pair := h.supervisor(), h.pair()
	h.do(func(tx syncengine.Tx) error { return h.SayVerdict(tx, pair, by, verdict, "made up", nil) })
}

func (h *handlings) undo(pair casefile.Pair, by syncengine.PersonID) (undone bool) {
	h.t.Helper()
	h.do(func(tx syncengine.Tx) error {
		err := h.UndoVerdict(tx, pair, by, nil)
		undone = err == nil
		if errors.Is(err, casefile.ErrNothing) {
			return nil
		}
		return err
	})
	return undone
}

func (h *handlings) undoAll() {
	h.t.Helper()
	for i, a := range h.records {
		for _, b := range h.records[:i] {
			for _, who := range []string{"Dara", "Bopha"} {
				for h.undo(casefile.PairOf(a, b), h.staff[who].ID) {
					h.now = h.now.Add(1e9)
				}
			}
		}
	}
}

func TestAnErasedRecordLeavesAnIDAndNoIndexRow(t *testing.T) {
	d := newHouse(t)
	gone, left := d.twins()
	d.samePerson(gone, left)
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, gone, d.staff["Dara"].ID) })
	must(t, d.CatchUp(t.Context()))
	d.do(func(tx syncengine.Tx) error {
		for _, table := range []string{bucketProfile, bucketBlocks, bucketScored} {
			must(t, tx.Scan(table, gone[:], func([]byte, []byte) error { t.Errorf("a row in %s", table); return nil }))
		}
		must(t, tx.Scan(bucketBlocking, nil, func(key, _ []byte) error {
			if syncengine.RecordID(key[hashLen:]) == gone {
				t.Error("it is in the index")
			}
			return nil
		}))
		together, err := d.PersonRecords(tx, left)
		if len(together) != 2 {
			t.Errorf("the id stub is gone: %v", together)
		}
		return err
	})
}

// A key that many share finds nobody, whoever came first.
func TestAFullBlockKeepsNoPairOfItsOwn(t *testing.T) {
	d := newHouse(t)
	d.blockMax = 3
	pairs := func() (n int) { return len(tableOf(d.derived(), bucketScore)) }
	var ids []syncengine.RecordID
	for i := range 4 {
		if i == 3 && pairs() != 3 {
			t.Fatalf("three alike have %d pairs", pairs())
		}
		ids = append(ids, d.interviewOf(somebody("Sreymom")))
		must(t, d.CatchUp(t.Context()))
	}
	if n := pairs(); n != 0 {
		t.Errorf("four alike have %d pairs", n)
	}
	d.do(func(tx syncengine.Tx) error { return d.Erase(tx, ids[0], d.staff["Dara"].ID) })
	must(t, d.CatchUp(t.Context()))
	if n := pairs(); n != 3 {
		t.Errorf("after one was erased the other three have %d pairs", n)
	}
}

func TestUndoGivesBackWhatStoodBefore(t *testing.T) {
	d := newHouse(t)
	a, b := d.twins()
	pair, dara := casefile.PairOf(a, b), d.staff["Dara"].ID
	h := handlings{testDesk: d}
	for _, verdict := range []casefile.Verdict{casefile.SamePerson, casefile.DifferentPeople, casefile.CannotTell} {
		d.now = d.now.Add(1e9)
		d.do(func(tx syncengine.Tx) error {
			return d.SayVerdict(tx, pair, dara, verdict, "because "+string(verdict), nil)
		})
	}
	for _, want := range []casefile.Verdict{casefile.DifferentPeople, casefile.SamePerson, ""} {
		d.now = d.now.Add(1e9)
		if !h.undo(pair, dara) {
			t.Fatalf("nothing to undo before %q", want)
		}
		said := d.pairView(a, b).Said
		switch {
		case want == "" && len(said) == 0:
		case len(said) != 1 || said[0].Verdict != want || said[0].Reason != "because "+string(want):
			t.Errorf("%v stands, want %q", said, want)
		}
	}
	if h.undo(pair, dara) {
		t.Error("there was something left to undo")
	}
}

// A=B, B=C, A≠C: none of it binds, and all of it is asked again.
func TestAChainThatContradictsItselfComesBack(t *testing.T) {
	d := newHouse(t)
	var ids []syncengine.RecordID
	for _, name := range []string{"One", "Two", "Three"} {
		ids = append(ids, d.interviewOf(screening.Answers{"con_interview": code("yes"), itemGivenLatin: text(name)}))
	}
	must(t, d.CatchUp(t.Context()))
	say := func(a, b int, v casefile.Verdict) {
		d.do(func(tx syncengine.Tx) error {
			return d.SayVerdict(tx, casefile.PairOf(ids[a], ids[b]), d.staff["Dara"].ID, v, "", nil)
		})
	}
	say(0, 1, casefile.SamePerson)
	say(1, 2, casefile.SamePerson)
	say(0, 2, casefile.DifferentPeople)
	queue, report := d.queueAndCount()
	if len(queue) != 3 || report.Persons != 3 {
		t.Errorf("%d pairs are asked and %d persons counted", len(queue), report.Persons)
	}
	for _, reason := range tableOf(d.derived(), string(disputes)) {
		if reason != `"`+string(linkage.ChainDisagrees)+`"` {
			t.Errorf("the reason is %s", reason)
		}
	}
	say(0, 2, "")
	if queue, report := d.queueAndCount(); len(queue) != 0 || report.Persons != 1 {
		t.Errorf("taken back: %d pairs, %d persons", len(queue), report.Persons)
	}
}

func (d *testDesk) queueAndCount() (queue []PairView, report CountReport) {
	d.t.Helper()
	d.do(func(tx syncengine.Tx) (err error) {
		queue, err = d.OpenPairs(tx)
		if err == nil {
			report, err = d.Count(tx, CountQuery{})
		}
		return err
	})
	return queue, report
}
