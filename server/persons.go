package server

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// A person is a cluster of records; its id is the oldest record's. The tables
// below are derived from the verdicts and, where the policy links by itself,
// from the scores. A record without a row is a person by itself.
const (
	personOf  syncengine.Table[string] = "person-of"  // record id: id of its person
	disputes  syncengine.Table[string] = "disputes"   // pair key: linkage.DisputeReason
	membersOf                          = "members-of" // person id ‖ record id
	spokenOf                           = "spoken-of"  // record id ‖ pair key: somebody has spoken about the pair
)

// PersonOf gives the person that a record is counted as: the id of its oldest
// record. It may be the id of a record that was erased.
func (o *Office) PersonOf(tx syncengine.Tx, record syncengine.RecordID) (syncengine.RecordID, error) {
	text, here, err := personOf.Get(tx, record[:])
	if err != nil || !here {
		return record, err
	}
	return syncengine.ParseRecordID(text)
}

// PersonRecords lists the records of the person that a record is counted as,
// itself among them.
func (o *Office) PersonRecords(tx syncengine.Tx, record syncengine.RecordID) (records []syncengine.RecordID, _ error) {
	person, err := o.PersonOf(tx, record)
	if err != nil {
		return nil, err
	}
	err = tx.Scan(membersOf, person[:], func(key, _ []byte) error {
		records = append(records, syncengine.RecordID(key[len(person):]))
		return nil
	})
	if len(records) == 0 {
		records = []syncengine.RecordID{record}
	}
	return records, err
}

// followVerdict brings what is derived from a verdict record up to date.
func (o *Office) followVerdict(tx syncengine.Tx, id syncengine.RecordID) error {
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	pair, _, err := casefile.OpenVerdict(rec)
	var other *casefile.NotOfKind
	if errors.As(err, &other) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := verdictOf.Put(tx, pair.Key(), id.String()); err != nil {
		return err
	}
	return o.spoken(tx, pair)
}

// spoken groups the records of a pair anew after somebody spoke about it.
func (o *Office) spoken(tx syncengine.Tx, pair casefile.Pair) error {
	for _, one := range [][]byte{pair.A[:], pair.B[:]} {
		if err := tx.Put(spokenOf, slices.Concat(one, pair.Key()), []byte{}); err != nil {
			return err
		}
	}
	m, err := o.matching(tx)
	if err != nil {
		return err
	}
	m.touched.pair(pair)
	return m.regroup()
}

// regroup puts the touched records, and all that hang together with them, into
// persons. What nothing touched is not read.
func (m *matching) regroup() error {
	pairs := map[casefile.Pair]PairView{}
	done := touched{}
	for _, id := range slices.SortedFunc(maps.Keys(m.touched), compareIDs) {
		if done[id] {
			continue
		}
		members, err := m.component(id, pairs)
		if err != nil {
			return err
		}
		for _, member := range members {
			done[member] = true
		}
		if err := m.group(members, pairs); err != nil {
			return err
		}
	}
	clear(m.touched)
	return nil
}

func compareIDs(a, b syncengine.RecordID) int { return bytes.Compare(a[:], b[:]) }

// component finds every record that a record might be grouped with, over links
// said by somebody and links that the policy makes, and keeps the pairs it read.
func (m *matching) component(start syncengine.RecordID, pairs map[casefile.Pair]PairView) ([]syncengine.RecordID, error) {
	members, seen := []syncengine.RecordID{start}, touched{start: true}
	for at := 0; at < len(members); at++ {
		around, err := m.around(members[at])
		if err != nil {
			return nil, err
		}
		for _, pair := range around {
			view, here := pairs[pair]
			if !here {
				if view, err = m.PairOf(m.tx, pair); err != nil {
					return nil, err
				}
				pairs[pair] = view
			}
			if !view.says(casefile.SamePerson) && view.Comparison.Weight <= m.by.linkBits {
				continue
			}
			for _, next := range []syncengine.RecordID{pair.A, pair.B} {
				if !seen[next] {
					seen[next] = true
					members = append(members, next)
				}
			}
		}
	}
	return members, nil
}

// around lists the pairs of a record that somebody spoke about and, where scores
// may link, those with a score.
func (m *matching) around(id syncengine.RecordID) (pairs []casefile.Pair, err error) {
	if m.by.automatic() {
		if pairs, err = scoredPairs(m.tx, id); err != nil {
			return nil, err
		}
	}
	spoken, err := spokenPairs(m.tx, id)
	for _, pair := range spoken {
		if !slices.Contains(pairs, pair) {
			pairs = append(pairs, pair)
		}
	}
	return pairs, err
}

func spokenPairs(tx syncengine.Tx, id syncengine.RecordID) (pairs []casefile.Pair, _ error) {
	err := tx.Scan(spokenOf, id[:], func(key, _ []byte) error {
		pairs = append(pairs, pairFromKey(key[len(id):]))
		return nil
	})
	return pairs, err
}

// group clusters one component and writes who is whom.
func (m *matching) group(members []syncengine.RecordID, pairs map[casefile.Pair]PairView) error {
	inside := touched{}
	var own []linkage.Member
	for _, id := range members {
		inside[id] = true
		row, _, err := cases.Get(m.tx, id[:]) // an erased record has none: an id stub
		if err != nil {
			return err
		}
		own = append(own, linkage.Member{ID: id.String(), RecordedDay: int(row.Day)})
	}
	var views []PairView
	for pair, view := range pairs {
		if inside[pair.A] && inside[pair.B] {
			views = append(views, view)
		}
	}
	scored, decisions := toLinkage(views)
	partition := linkage.Cluster(own, scored, decisions, m.by.policy())
	for _, cluster := range partition.Clusters {
		if err := m.writePerson(cluster); err != nil {
			return err
		}
	}
	return m.writeDisputes(members, partition.Disputed)
}

// writePerson files the members of a cluster under its person, and takes them
// out from under another.
func (m *matching) writePerson(cluster linkage.RecordCluster) error {
	person, err := syncengine.ParseRecordID(cluster.ID)
	if err != nil {
		return err
	}
	for _, text := range cluster.Members {
		id, err := syncengine.ParseRecordID(text)
		if err != nil {
			return err
		}
		before, here, err := personOf.Get(m.tx, id[:])
		if err != nil {
			return err
		}
		alone := len(cluster.Members) == 1
		if here && before == cluster.ID && !alone || !here && alone {
			continue
		}
		if here {
			old, err := syncengine.ParseRecordID(before)
			if err != nil {
				return err
			}
			if err := m.tx.Delete(membersOf, slices.Concat(old[:], id[:])); err != nil {
				return err
			}
		}
		if alone {
			err = personOf.Delete(m.tx, id[:])
		} else {
			err = errors.Join(personOf.Put(m.tx, id[:], cluster.ID), m.tx.Put(membersOf, slices.Concat(person[:], id[:]), []byte{}))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// writeDisputes marks the pairs of some records that contradict others, and
// unmarks the rest.
func (m *matching) writeDisputes(members []syncengine.RecordID, found []linkage.Dispute) error {
	marked := map[casefile.Pair]linkage.DisputeReason{}
	for _, d := range found {
		a, errA := syncengine.ParseRecordID(d.A)
		b, errB := syncengine.ParseRecordID(d.B)
		if err := errors.Join(errA, errB); err != nil {
			return err
		}
		marked[casefile.PairOf(a, b)] = d.Reason
	}
	for _, id := range members {
		spoken, err := spokenPairs(m.tx, id)
		if err != nil {
			return err
		}
		for _, pair := range spoken {
			if reason, is := marked[pair]; is {
				err = disputes.Put(m.tx, pair.Key(), string(reason))
			} else {
				err = disputes.Delete(m.tx, pair.Key())
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
