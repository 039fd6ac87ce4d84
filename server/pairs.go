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

// verdictOf finds the record that holds the verdicts about a pair.
const verdictOf syncengine.Table[string] = "verdict-of" // pair key: record id

// PairView is a pair of records with why they may be one person, and what was
// said about them.
type PairView struct {
	Pair       casefile.Pair
	Comparison linkage.Comparison
	Said       []casefile.Said
	Record     syncengine.RecordID    // of the verdicts; zero before the first
	Linked     bool                   // decided to be one person, uncontradicted
	Disputed   bool                   // supervisors disagree, or a chain of decisions does
	Persons    [2]syncengine.RecordID // that the two records are counted as, the lesser id first
	Together   bool                   // counted as one person
	Automatic  bool                   // linked by policy, without a person
}

func (v PairView) says(verdict casefile.Verdict) bool {
	return slices.ContainsFunc(v.Said, func(s casefile.Said) bool { return s.Verdict == verdict })
}

// decided reports whether anybody said something that binds.
func (v PairView) decided() bool {
	return v.says(casefile.SamePerson) || v.says(casefile.DifferentPeople)
}

// SayVerdict keeps what a supervisor says about a pair, signed; the empty
// verdict takes back all that they said. It can always be undone.
func (o *Office) SayVerdict(tx syncengine.Tx, p casefile.Pair, by syncengine.PersonID, v casefile.Verdict, reason string, sign func([]byte) ([]byte, error)) error {
	view, err := o.PairOf(tx, p)
	if err != nil {
		return err
	}
	said := casefile.Said{By: by, Verdict: v, Reason: reason}
	force, err := o.linking(tx)
	if err != nil {
		return err
	}
	said.Weighed = force.weighed(view.Comparison)
	return o.say(tx, view, said, sign)
}

func (o *Office) say(tx syncengine.Tx, view PairView, said casefile.Said, sign func([]byte) ([]byte, error)) (err error) {
	var rec *syncengine.Record
	var commit []byte
	id, p := view.Record, view.Pair
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
	draft, err := casefile.VerdictDraft(id, rec, p, said.By, said.Verdict, said.Reason, said.Weighed)
	if err != nil {
		return err
	}
	draft.Commit, draft.Sign, draft.SignClass = commit, sign, syncengine.Class(screening.Admin)
	if _, err := o.save(tx, draft); err != nil {
		return err
	}
	if err := o.spoken(tx, p); err != nil { // the count falls at once, not when the follower comes by
		return err
	}
	return o.audit(tx, Leaf{What: "verdict", Person: said.By.String(), Record: id.String(), Reason: string(said.Verdict)})
}

// UndoVerdict takes back the last word of a supervisor about a pair: what they
// had said before it stands again, or nothing. It fails with
// casefile.ErrNothing where they say nothing.
func (o *Office) UndoVerdict(tx syncengine.Tx, p casefile.Pair, by syncengine.PersonID, sign func([]byte) ([]byte, error)) error {
	view, err := o.PairOf(tx, p)
	if err != nil {
		return err
	}
	if view.Record.Zero() {
		return casefile.ErrNothing
	}
	all, err := o.history(tx, view.Record)
	if err != nil {
		return err
	}
	standing := all.standing(by)
	if len(standing) == 0 {
		return casefile.ErrNothing
	}
	before := casefile.Said{By: by}
	if len(standing) > 1 {
		before = standing[len(standing)-2]
	}
	return o.say(tx, view, before, sign)
}

// standing gives the words of one person that were not taken back, the last one
// in force. Saying again what stood before the last word is taking that back.
func (h history) standing(by syncengine.PersonID) (words []casefile.Said) {
	for _, p := range h[prefixVerdict+by.String()] {
		word := casefile.Said{By: by, Verdict: casefile.Verdict(p.Value), Stamp: p.Stamp}
		if reason, here := h.at(prefixReason+by.String(), p.ID); here {
			word.Reason = string(reason.Value)
		}
		if weighed, here := h.at(prefixWeighed+by.String(), p.ID); here {
			word.Weighed = string(weighed.Value)
		}
		switch n := len(words); {
		case p.State == syncengine.Struck:
			words = nil
		case n > 1 && words[n-2].Verdict == word.Verdict:
			words = append(words[:n-2], word)
		case n > 0 && words[n-1].Verdict == word.Verdict:
			words[n-1] = word
		default:
			words = append(words, word)
		}
	}
	return words
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
	if err := o.addSaid(tx, &view); err != nil {
		return view, err
	}
	return view, o.addPerson(tx, &view)
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
	return nil
}

// addPerson says whether the pair is counted as one person, and why.
func (o *Office) addPerson(tx syncengine.Tx, view *PairView) error {
	a, err := o.PersonOf(tx, view.Pair.A)
	if err != nil {
		return err
	}
	b, err := o.PersonOf(tx, view.Pair.B)
	if err != nil {
		return err
	}
	_, contradicted, err := disputes.Get(tx, view.Pair.Key())
	same, different := view.says(casefile.SamePerson), view.says(casefile.DifferentPeople)
	view.Together = a == b
	ordered := casefile.PairOf(a, b)
	view.Persons = [2]syncengine.RecordID{ordered.A, ordered.B}
	view.Disputed = contradicted || same && different
	view.Linked = same && !view.Disputed
	view.Automatic = view.Together && !same && len(view.Comparison.Parts) > 0
	return err
}

// Pairs gives every pair that is scored or was spoken about, best first.
func (o *Office) Pairs(tx syncengine.Tx) ([]PairView, error) {
	var keys [][]byte
	seen := map[string]bool{}
	collect := func(key []byte) {
		if !seen[string(key)] {
			seen[string(key)] = true
			keys = append(keys, slices.Clone(key))
		}
	}
	err := tx.Scan(bucketScore, nil, func(key, _ []byte) error { collect(key); return nil })
	if err == nil {
		err = verdictOf.Each(tx, nil, func(key []byte, _ string) error { collect(key); return nil })
	}
	if err != nil {
		return nil, err
	}
	views := make([]PairView, 0, len(keys))
	for _, key := range keys {
		view, err := o.PairOf(tx, pairFromKey(key))
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	slices.SortStableFunc(views, func(a, b PairView) int {
		return cmp.Or(cmp.Compare(b.Comparison.Weight, a.Comparison.Weight), slices.Compare(a.Pair.Key(), b.Pair.Key()))
	})
	return views, nil
}

// OpenPairs gives the pairs whose answer is open, whoever is asked: the count's
// range is what they may change. Of several pairs between two persons it is the
// one that is asked.
func (o *Office) OpenPairs(tx syncengine.Tx) (open []PairView, _ error) {
	queue, err := o.Queue(tx, syncengine.PersonID{})
	for _, one := range queue {
		open = append(open, one.PairView)
	}
	return open, err
}

func pairFromKey(key []byte) casefile.Pair {
	return casefile.Pair{A: syncengine.RecordID(key[:16]), B: syncengine.RecordID(key[16:])}
}
