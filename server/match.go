package server

import (
	"encoding/json"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// What the follower keeps of the comparison of records. All of it is derived:
// it depends on the profiles and the model in force only, never on the order in
// which records came.
const (
	bucketProfile  = "profile"   // record id: sealed linkage.Record
	bucketBlocking = "blocking"  // keyed hash ‖ record id
	bucketBlocks   = "blocks-of" // record id: its keyed hashes
	bucketScore    = "score"     // pair key: sealed comparison
	bucketScored   = "scored"    // record id ‖ pair key: a score that the record is part of
)

// hashLen is the length of a keyed hash of a blocking key, in bytes.
const hashLen = 16

// touched are records whose person may be another one now.
type touched map[syncengine.RecordID]bool

func (t touched) pair(p casefile.Pair) { t[p.A], t[p.B] = true, true }

// matchRecord makes the record's profile and scores it against every record
// that shares a blocking key.
func (o *Office) matchRecord(tx syncengine.Tx, iv *casefile.Interview) error {
	summary, _, err := cases.Get(tx, iv.ID[:])
	if err != nil {
		return err
	}
	given := iv.Profile(int(summary.Day))
	text, err := json.Marshal(given)
	if err != nil {
		return err
	}
	before, err := o.profile(tx, iv.ID)
	if err == nil && before == given {
		return nil // nothing that is compared has changed
	}
	m, err := o.matching(tx)
	if err != nil {
		return err
	}
	if err := m.forget(iv.ID); err != nil {
		return err
	}
	sealed, err := o.Keys.Seal(o.Random, "profile", iv.ID[:], text)
	if err != nil {
		return err
	}
	if err := tx.Put(bucketProfile, iv.ID[:], sealed); err != nil {
		return err
	}
	if err := m.enter(iv.ID, linkage.NewProfile(given)); err != nil {
		return err
	}
	return m.regroup()
}

// matching is one piece of work on profiles, blocks and scores.
type matching struct {
	*Office
	tx       syncengine.Tx
	by       linking
	profiles map[syncengine.RecordID]linkage.Profile // opened for this piece of work
	touched  touched
}

func (o *Office) matching(tx syncengine.Tx) (*matching, error) {
	by, err := o.linking(tx)
	return &matching{Office: o, tx: tx, by: by, profiles: map[syncengine.RecordID]linkage.Profile{}, touched: touched{}}, err
}

// enter files a record under its blocking keys and scores it against what is
// found there. A key that more than blockMax records share tells nobody apart:
// it is skipped, and the pairs that only it had brought together go, so that
// the last record to come changes nothing about who was first.
func (m *matching) enter(id syncengine.RecordID, own linkage.Profile) error {
	m.profiles[id] = own
	candidates := touched{}
	var hashes []byte
	for _, key := range linkage.Keys(own) {
		hash := m.Keys.BlockingHash(string(key.Rule), []byte(key.Value))
		hashes = append(hashes, hash[:]...)
	}
	if err := m.tx.Put(bucketBlocks, id[:], hashes); err != nil {
		return err
	}
	for hash := range slices.Chunk(hashes, hashLen) {
		found, err := m.block(hash)
		if err != nil {
			return err
		}
		if err := m.tx.Put(bucketBlocking, slices.Concat(hash, id[:]), []byte{}); err != nil {
			return err
		}
		switch {
		case len(found) < m.blockMax:
			for _, other := range found {
				candidates[other] = true
			}
		case len(found) == m.blockMax:
			if err := m.closeBlock(found); err != nil {
				return err
			}
			m.metrics.blocksSkipped.Inc()
		default:
			m.metrics.blocksSkipped.Inc()
		}
	}
	delete(candidates, id)
	for other := range candidates {
		if err := m.score(casefile.PairOf(id, other)); err != nil {
			return err
		}
	}
	m.touched[id] = true
	return nil
}

// forget takes a record out of everything that was derived from it, and back
// into being compared come those whose block is small enough without it.
func (m *matching) forget(id syncengine.RecordID) error {
	m.touched[id] = true
	delete(m.profiles, id)
	hashes, err := m.tx.Get(bucketBlocks, id[:])
	if err != nil {
		return err
	}
	for _, bucket := range []string{bucketBlocks, bucketProfile} {
		if err := m.tx.Delete(bucket, id[:]); err != nil {
			return err
		}
	}
	for hash := range slices.Chunk(hashes, hashLen) {
		if err := m.tx.Delete(bucketBlocking, slices.Concat(hash, id[:])); err != nil {
			return err
		}
	}
	pairs, err := scoredPairs(m.tx, id)
	if err != nil {
		return err
	}
	for _, pair := range pairs {
		if err := m.dropScore(pair); err != nil {
			return err
		}
	}
	for hash := range slices.Chunk(hashes, hashLen) {
		left, err := m.block(hash)
		if err != nil {
			return err
		}
		if len(left) != m.blockMax {
			continue
		}
		for i, a := range left {
			for _, b := range left[:i] {
				if err := m.score(casefile.PairOf(a, b)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// block gives the records under a key, and no more than tell that it is skipped.
func (m *matching) block(hash []byte) (found []syncengine.RecordID, _ error) {
	err := m.tx.Scan(bucketBlocking, hash, func(cell, _ []byte) error {
		if len(found) > m.blockMax {
			return enough{}
		}
		found = append(found, syncengine.RecordID(cell[hashLen:]))
		return nil
	})
	if errors.Is(err, enough{}) {
		err = nil
	}
	return found, err
}

// enough ends a scan early.
type enough struct{}

func (enough) Error() string { return "server: enough was read" }

// closeBlock takes out the scores of pairs that no smaller block holds together.
func (m *matching) closeBlock(members []syncengine.RecordID) error {
	open := map[[hashLen]byte]bool{}
	keys := make([]map[[hashLen]byte]bool, len(members))
	for i, id := range members {
		hashes, err := m.tx.Get(bucketBlocks, id[:])
		if err != nil {
			return err
		}
		keys[i] = map[[hashLen]byte]bool{}
		for hash := range slices.Chunk(hashes, hashLen) {
			keys[i][[hashLen]byte(hash)] = true
		}
	}
	isOpen := func(hash [hashLen]byte) (bool, error) {
		if known, here := open[hash]; here {
			return known, nil
		}
		found, err := m.block(hash[:])
		open[hash] = len(found) <= m.blockMax
		return open[hash], err
	}
	for i, a := range members {
		for j, b := range members[:i] {
			together := false
			for hash := range keys[i] {
				if !keys[j][hash] {
					continue
				}
				holds, err := isOpen(hash)
				if err != nil {
					return err
				}
				together = together || holds
			}
			if !together {
				if err := m.dropScore(casefile.PairOf(a, b)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// score compares two records and keeps the parts of the weight, sealed, when
// the pair is not plainly two people.
func (m *matching) score(pair casefile.Pair) error {
	a, err := m.open(pair.A)
	if err != nil {
		return err
	}
	b, err := m.open(pair.B)
	if err != nil {
		return err
	}
	comparison := m.by.model.Compare(a, b, nil)
	if comparison.Weight < keepFromBits {
		return nil
	}
	text, err := json.Marshal(comparison)
	if err != nil {
		return err
	}
	sealed, err := m.Keys.Seal(m.Random, "score", pair.Key(), text)
	if err != nil {
		return err
	}
	for _, one := range [][]byte{pair.A[:], pair.B[:]} {
		if err := m.tx.Put(bucketScored, slices.Concat(one, pair.Key()), []byte{}); err != nil {
			return err
		}
	}
	if m.by.automatic() {
		m.touched.pair(pair)
	}
	return m.tx.Put(bucketScore, pair.Key(), sealed)
}

func (m *matching) dropScore(pair casefile.Pair) error {
	if m.by.automatic() {
		m.touched.pair(pair)
	}
	for _, one := range [][]byte{pair.A[:], pair.B[:]} {
		if err := m.tx.Delete(bucketScored, slices.Concat(one, pair.Key())); err != nil {
			return err
		}
	}
	return m.tx.Delete(bucketScore, pair.Key())
}

// scoredPairs lists the pairs with a score that a record is part of.
func scoredPairs(tx syncengine.Tx, id syncengine.RecordID) (pairs []casefile.Pair, _ error) {
	err := tx.Scan(bucketScored, id[:], func(key, _ []byte) error {
		pairs = append(pairs, pairFromKey(key[len(id):]))
		return nil
	})
	return pairs, err
}

func (m *matching) open(id syncengine.RecordID) (linkage.Profile, error) {
	if p, here := m.profiles[id]; here {
		return p, nil
	}
	given, err := m.profile(m.tx, id)
	if err != nil {
		return linkage.Profile{}, err
	}
	m.profiles[id] = linkage.NewProfile(given)
	return m.profiles[id], nil
}

// profile opens the profile of a record; vault.ErrNoKey is never its answer,
// syncengine.ErrUnknownChange is when there is none.
func (o *Office) profile(tx syncengine.Tx, id syncengine.RecordID) (linkage.Record, error) {
	var given linkage.Record
	sealed, err := tx.Get(bucketProfile, id[:])
	if err != nil {
		return given, err
	}
	if sealed == nil {
		return given, syncengine.ErrUnknownChange
	}
	text, err := o.Keys.Open("profile", id[:], sealed)
	if err != nil {
		return given, err
	}
	return given, json.Unmarshal(text, &given)
}

// forgetDerived takes out everything that was derived from a record. Verdicts
// about it stay: they are changes, and what it was linked to keeps an id stub.
func (o *Office) forgetDerived(tx syncengine.Tx, id syncengine.RecordID) error {
	m, err := o.matching(tx)
	if err != nil {
		return err
	}
	if err := m.forget(id); err != nil {
		return err
	}
	return m.regroup()
}
