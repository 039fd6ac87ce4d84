package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/screening"
	"raksa/syncengine"
)

// keepFromBits is the weight below which a scored pair is not kept: about 30 to
// 1 against. The queue shows pairs from queueFromBits up.
const (
	keepFromBits  = -5
	queueFromBits = -2
)

// policy of the office: no link is made automatically until the ministry has
// measured a threshold and switched it on. A pair that looks like one person is
// open until a supervisor has spoken, and widens the range of every count.
func policy() linkage.Policy {
	p := linkage.DefaultPolicy()
	p.LinkBits, p.OpenFromBits, p.OpenToBits = never, queueFromBits, never
	return p
}

const never = 1e9 // more bits than any comparison reaches

// verdictOf finds the record that holds the verdicts about a pair.
const verdictOf syncengine.Table[string] = "verdict-of" // pair key: record id

// PairView is a pair of records with why they may be one person, and what was
// said about them.
type PairView struct {
	Pair       casefile.Pair
	Comparison linkage.Comparison
	Said       []casefile.Said
	Record     syncengine.RecordID // of the verdicts; zero before the first
	Linked     bool                // decided to be one person, uncontradicted
	Disputed   bool                // supervisors disagree
	Automatic  bool                // linked by policy, without a person
}

// SayVerdict keeps what a supervisor says about a pair, signed; the empty
// verdict takes back what they said. It can always be undone.
func (o *Office) SayVerdict(tx syncengine.Tx, p casefile.Pair, by syncengine.PersonID, v casefile.Verdict, reason string, sign func([]byte) ([]byte, error)) error {
	view, err := o.PairOf(tx, p)
	if err != nil {
		return err
	}
	var rec *syncengine.Record
	var commit []byte
	id := view.Record
	if id.Zero() {
		if id, commit, err = o.newRecord(tx); err != nil {
			return err
		}
		if err := verdictOf.Put(tx, p.Key(), id.String()); err != nil {
			return err
		}
	} else if rec, err = o.read(tx, id); err != nil {
		return err
	}
	draft, err := casefile.VerdictDraft(id, rec, p, by, v, reason)
	if err != nil {
		return err
	}
	draft.Commit, draft.Sign, draft.SignClass = commit, sign, syncengine.Class(screening.Admin)
	if _, err := o.save(tx, draft); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "verdict", Person: by.String(), Record: id.String(), Reason: string(v)})
}

// PairOf gives one pair, scored or not.
func (o *Office) PairOf(tx syncengine.Tx, p casefile.Pair) (PairView, error) {
	view := PairView{Pair: p}
	sealed, err := tx.Get(bucketScore, p.Key())
	if err != nil {
		return view, err
	}
	if sealed != nil {
		if view.Comparison, err = o.openScore(p.Key(), sealed); err != nil {
			return view, err
		}
	}
	return view, o.addSaid(tx, &view)
}

func (o *Office) openScore(key, sealed []byte) (linkage.Comparison, error) {
	var comparison linkage.Comparison
	text, err := o.Keys.Open("score", key, sealed)
	if err != nil {
		return comparison, err
	}
	return comparison, json.Unmarshal(text, &comparison)
}

func (o *Office) addSaid(tx syncengine.Tx, view *PairView) error {
	text, here, err := verdictOf.Get(tx, view.Pair.Key())
	if err != nil || !here {
		return err
	}
	if view.Record, err = syncengine.ParseRecordID(text); err != nil {
		return err
	}
	rec, err := o.read(tx, view.Record)
	if errors.Is(err, syncengine.ErrUnknownChange) {
		return nil
	}
	if err != nil {
		return err
	}
	_, said, err := casefile.OpenVerdict(rec)
	if err != nil {
		return err
	}
	view.Said = said
	same := slices.ContainsFunc(said, func(s casefile.Said) bool { return s.Verdict == casefile.SamePerson })
	different := slices.ContainsFunc(said, func(s casefile.Said) bool { return s.Verdict == casefile.DifferentPeople })
	view.Linked, view.Disputed = same && !different, same && different
	return nil
}

// Pairs gives every pair that is scored or was spoken about, best first.
func (o *Office) Pairs(tx syncengine.Tx) ([]PairView, error) {
	var views []PairView
	seen := map[string]bool{}
	err := tx.Scan(bucketScore, nil, func(key, sealed []byte) error {
		comparison, err := o.openScore(key, sealed)
		if err != nil {
			return err
		}
		view := PairView{Pair: pairFromKey(key), Comparison: comparison}
		seen[string(key)] = true
		if err := o.addSaid(tx, &view); err != nil {
			return err
		}
		views = append(views, view)
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = verdictOf.Each(tx, nil, func(key []byte, _ string) error {
		if seen[string(key)] {
			return nil
		}
		view := PairView{Pair: pairFromKey(key)}
		views = append(views, view)
		return o.addSaid(tx, &views[len(views)-1])
	})
	slices.SortStableFunc(views, func(a, b PairView) int { return cmp.Compare(b.Comparison.Weight, a.Comparison.Weight) })
	return views, err
}

// OpenPairs gives the queue: pairs that look like one person and nobody has
// decided, and those on which supervisors disagree.
func (o *Office) OpenPairs(tx syncengine.Tx) ([]PairView, error) {
	views, err := o.Pairs(tx)
	return slices.DeleteFunc(views, func(v PairView) bool {
		decided := slices.ContainsFunc(v.Said, func(s casefile.Said) bool { return s.Verdict != casefile.CannotTell })
		return !v.Disputed && (decided || v.Comparison.Weight < queueFromBits)
	}), err
}

func pairFromKey(key []byte) casefile.Pair {
	return casefile.Pair{A: syncengine.RecordID(key[:16]), B: syncengine.RecordID(key[16:])}
}
