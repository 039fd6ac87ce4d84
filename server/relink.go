package server

import (
	"context"
	"errors"
	"maps"
	"math"
	"slices"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// A new estimate is an event with a version: it is proposed with what it would
// change, a supervisor takes it over, and then the follower compares every pair
// again, a part at a time. Until the last part is done some pairs weigh what
// they weighed before.

const (
	bucketRelink    = "relink"           // one cell: how far the follower is with comparing again
	relinkParts     = 256                // parts: records by the first byte of their id
	estimateEvery   = 30 * 24 * 3600_000 // milliseconds between two estimates
	falseLinkBudget = 0.005              // of links made without a person (linkage study, thresholds)
	oneSided95      = 0.05               // chance that the true share is above the bound
)

var relinkKey = []byte("part")

// EstimateLinking estimates the shares of the classes from this office's own
// candidates, with a threshold for links without a person where that is wanted
// and the decisions bear it, and says what it would change. Saves go on beside it.
func (o *Office) EstimateLinking(ctx context.Context, automatic bool) (s casefile.LinkSetting, _ error) {
	err := o.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		s, err = o.estimate(tx, automatic)
		return err
	})
	return s, err
}

// ProposeLinking keeps an estimate as a proposal, and gives its record.
func (o *Office) ProposeLinking(tx syncengine.Tx, by syncengine.PersonID, s casefile.LinkSetting) (syncengine.RecordID, error) {
	id, commit, err := o.newRecord(tx)
	if err != nil {
		return id, err
	}
	draft, err := casefile.LinkSettingDraft(id, by, s)
	if err != nil {
		return id, err
	}
	draft.Commit = commit
	if _, err := o.save(tx, draft); err != nil {
		return id, err
	}
	return id, o.followSetting(tx, id)
}

// TakeLinking puts a proposal into force, signed by a supervisor. An earlier one
// comes back by being taken over again.
func (o *Office) TakeLinking(tx syncengine.Tx, id syncengine.RecordID, by syncengine.PersonID, sign func([]byte) ([]byte, error)) error {
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	if _, _, err := casefile.OpenLinkSetting(rec); err != nil {
		return err
	}
	draft := casefile.LinkSettingTaken(rec, by)
	draft.Sign = sign
	if _, err := o.save(tx, draft); err != nil {
		return err
	}
	if err := o.followSetting(tx, id); err != nil {
		return err
	}
	return o.audit(tx, Leaf{What: "linking", Person: by.String(), Record: id.String()})
}

// followSetting brings the table of settings up to date, and has everything
// compared again where another one is in force now.
func (o *Office) followSetting(tx syncengine.Tx, id syncengine.RecordID) error {
	rec, err := o.read(tx, id)
	if err != nil {
		return err
	}
	s, taken, err := casefile.OpenLinkSetting(rec)
	var other *casefile.NotOfKind
	if errors.As(err, &other) {
		return nil
	}
	if err != nil {
		return err
	}
	before, err := o.linking(tx)
	if err != nil {
		return err
	}
	row := settingRow{Setting: s, Taken: taken.Stamp}
	if taken.Stamp != 0 {
		row.By = taken.By.String()
	}
	if err := settings.Put(tx, id[:], row); err != nil {
		return err
	}
	after, err := o.linking(tx)
	if err != nil || after.version == before.version {
		return err
	}
	return tx.Put(bucketRelink, relinkKey, []byte{0})
}

// relinkSome compares the pairs of one part of the records again.
func (o *Office) relinkSome(tx syncengine.Tx) (more bool, err error) {
	raw, err := tx.Get(bucketRelink, relinkKey)
	if err != nil || len(raw) != 1 {
		return false, err
	}
	m, err := o.matching(tx)
	if err != nil {
		return false, err
	}
	var records []syncengine.RecordID
	err = tx.Scan(bucketProfile, raw, func(key, _ []byte) error {
		records = append(records, syncengine.RecordID(key))
		return nil
	})
	for _, id := range records {
		if err == nil {
			err = m.again(id)
		}
	}
	if err == nil {
		err = m.regroup()
	}
	if err != nil {
		return false, err
	}
	if int(raw[0])+1 == relinkParts {
		return false, tx.Delete(bucketRelink, relinkKey)
	}
	return true, tx.Put(bucketRelink, relinkKey, []byte{raw[0] + 1})
}

// again compares a record with every candidate of a lesser id.
func (m *matching) again(id syncengine.RecordID) error {
	m.touched[id] = true
	candidates, err := m.candidates(id)
	if err != nil {
		return err
	}
	for other := range candidates {
		if compareIDs(other, id) >= 0 {
			continue
		}
		pair := casefile.PairOf(id, other)
		if err := errors.Join(m.dropScore(pair), m.score(pair)); err != nil {
			return err
		}
		m.touched.pair(pair)
	}
	return nil
}

// candidates gives the records that a record is compared with.
func (m *matching) candidates(id syncengine.RecordID) (touched, error) {
	hashes, err := m.tx.Get(bucketBlocks, id[:])
	if err != nil {
		return nil, err
	}
	found := touched{}
	for hash := range slices.Chunk(hashes, hashLen) {
		block, err := m.block(hash)
		if err != nil {
			return nil, err
		}
		if len(block) <= m.blockMax {
			for _, other := range block {
				found[other] = true
			}
		}
	}
	delete(found, id)
	return found, nil
}

// estimate fits the shares of the classes to the pairs that are compared here
// and says what that would change. m, h and u stay those of the table.
func (o *Office) estimate(tx syncengine.Tx, automatic bool) (s casefile.LinkSetting, _ error) {
	m, err := o.matching(tx)
	if err != nil {
		return s, err
	}
	pairs, err := m.allCandidates()
	if err != nil {
		return s, err
	}
	var patterns [][]linkage.Agreement
	for _, pair := range pairs {
		a, errA := m.open(pair.A)
		b, errB := m.open(pair.B)
		if err := errors.Join(errA, errB); err != nil {
			return s, err
		}
		patterns = append(patterns, linkage.Pattern(a, b, nil))
	}
	table := linkage.DefaultModel()
	s = casefile.LinkSetting{Base: table.Version(), Shares: table.Reweighed(patterns).Shares()}
	s.Change.Pairs = len(pairs)
	judged, err := m.judged(linkingOf(s).model)
	if err != nil {
		return s, err
	}
	s.Change.Decisions = len(judged)
	if automatic {
		bits, bears := threshold(judged)
		if !bears {
			return s, errTooFewDecisions
		}
		s.LinkBits = bits
	}
	return s, m.difference(&s, pairs)
}

// allCandidates lists every pair that shares a block, in order.
func (m *matching) allCandidates() (pairs []casefile.Pair, _ error) {
	blocks := map[[hashLen]byte][]syncengine.RecordID{}
	err := m.tx.Scan(bucketBlocking, nil, func(cell, _ []byte) error {
		hash := [hashLen]byte(cell)
		blocks[hash] = append(blocks[hash], syncengine.RecordID(cell[hashLen:]))
		return nil
	})
	seen := map[casefile.Pair]bool{}
	for _, members := range blocks {
		if len(members) > m.blockMax {
			continue
		}
		for i, a := range members {
			for _, b := range members[:i] {
				seen[casefile.PairOf(a, b)] = true
			}
		}
	}
	pairs = slices.SortedFunc(maps.Keys(seen), func(a, b casefile.Pair) int { return slices.Compare(a.Key(), b.Key()) })
	return pairs, err
}

// judged is a pair that somebody decided, and nobody contradicted.
type judged struct {
	bits float64
	same bool
}

// judged lists the decided pairs of two records that are still there, with what
// they weigh under a model.
func (m *matching) judged(model *linkage.Model) (all []judged, _ error) {
	err := verdictOf.Each(m.tx, nil, func(key []byte, _ string) error {
		view, err := m.PairOf(m.tx, pairFromKey(key))
		if err != nil || view.Disputed || !view.decided() {
			return err
		}
		a, errA := m.open(view.Pair.A)
		b, errB := m.open(view.Pair.B)
		if err := errors.Join(errA, errB); err != nil {
			if errors.Is(err, syncengine.ErrUnknownChange) {
				return nil
			}
			return err
		}
		all = append(all, judged{bits: model.Compare(a, b, nil).Weight, same: view.says(casefile.SamePerson)})
		return nil
	})
	return all, err
}

// threshold gives the least weight above which the decided pairs leave no more
// than falseLinkBudget of wrong links, by the upper end of a one-sided 95 %
// interval. It needs 600 decided pairs above it when none of them is wrong.
func threshold(decided []judged) (bits float64, bears bool) {
	decided = slices.Clone(decided)
	slices.SortFunc(decided, func(a, b judged) int {
		switch {
		case a.bits > b.bits:
			return -1
		case a.bits < b.bits:
			return 1
		}
		return 0
	})
	wrong := 0
	for i, d := range decided {
		if !d.same {
			wrong++
		}
		last := i+1 == len(decided) || decided[i+1].bits < d.bits
		if last && wrongAtMost(wrong)/float64(i+1) <= falseLinkBudget {
			bits, bears = max(d.bits, 0.001), true
		}
	}
	return bits, bears
}

// wrongAtMost is the upper end of a one-sided 95 % interval of a Poisson mean
// after k were seen: 3.0 for none.
func wrongAtMost(k int) float64 {
	low, high := float64(k), float64(k)*2+10
	for range 60 {
		mean := (low + high) / 2
		term, sum := math.Exp(-mean), 0.0
		for i := 0; i <= k; i++ {
			sum += term
			term *= mean / float64(i+1)
		}
		if sum > oneSided95 {
			low = mean
		} else {
			high = mean
		}
	}
	return high
}

// difference says what a setting would change: which pairs would come into the
// queue or leave it, and how many persons there would be.
func (m *matching) difference(s *casefile.LinkSetting, pairs []casefile.Pair) error {
	after := linkingOf(*s)
	var scored []linkage.Pair
	members := map[syncengine.RecordID]bool{}
	for _, pair := range pairs {
		a, b := m.profiles[pair.A], m.profiles[pair.B]
		before, now := m.by.model.Compare(a, b, nil).Weight, after.model.Compare(a, b, nil).Weight
		switch {
		case before < queueFromBits && now >= queueFromBits:
			s.Change.Enter++
		case before >= queueFromBits && now < queueFromBits:
			s.Change.Leave++
		}
		if now >= keepFromBits {
			scored = append(scored, linkage.Pair{A: pair.A.String(), B: pair.B.String(), Weight: now})
		}
	}
	persons := map[string]bool{}
	var own []linkage.Member
	err := cases.Each(m.tx, nil, func(key []byte, row casefile.Summary) error {
		id := syncengine.RecordID(key)
		members[id] = true
		person, err := m.PersonOf(m.tx, id)
		persons[person.String()] = true
		own = append(own, linkage.Member{ID: id.String(), RecordedDay: int(row.Day)})
		return err
	})
	if err != nil {
		return err
	}
	var decisions []linkage.Decision
	err = verdictOf.Each(m.tx, nil, func(key []byte, _ string) error {
		view, err := m.PairOf(m.tx, pairFromKey(key))
		if err != nil {
			return err
		}
		for _, id := range []syncengine.RecordID{view.Pair.A, view.Pair.B} {
			if !members[id] { // erased: an id stub, and no person of its own
				members[id] = true
				own = append(own, linkage.Member{ID: id.String()})
			}
		}
		_, said := toLinkage([]PairView{view})
		decisions = append(decisions, said...)
		if len(view.Comparison.Parts) == 0 {
			scored = append(scored, linkage.Pair{A: view.Pair.A.String(), B: view.Pair.B.String(), Weight: keepFromBits})
		}
		return nil
	})
	s.Change.PersonsBefore = len(persons)
	for _, cluster := range linkage.Cluster(own, scored, decisions, after.policy()).Clusters {
		for _, id := range cluster.Members {
			record, errID := syncengine.ParseRecordID(id)
			_, here, errCase := cases.Get(m.tx, record[:])
			if err = errors.Join(err, errID, errCase); here {
				s.Change.PersonsAfter++
				break
			}
		}
	}
	return err
}

// lastEstimate remembers when the shares were last estimated; one cell.
const lastEstimate syncengine.Table[int64] = "last-estimate"

// estimateWhenDue proposes a new estimate once in a while, where it differs from
// what is in force. Nobody has to take it over.
func (o *Office) estimateWhenDue(ctx context.Context) error {
	now := o.Now().UnixMilli()
	var last int64
	err := o.Store.View(ctx, func(tx syncengine.Tx) (err error) {
		last, _, err = lastEstimate.Get(tx, relinkKey)
		return err
	})
	if err != nil || now-last < estimateEvery {
		return err
	}
	s, err := o.EstimateLinking(ctx, false)
	if err != nil {
		return err
	}
	return o.Store.Update(ctx, func(tx syncengine.Tx) error {
		if err := lastEstimate.Put(tx, relinkKey, now); err != nil {
			return err
		}
		force, err := o.linking(tx)
		if err != nil || s.Shares == force.model.Shares() {
			return err
		}
		_, err = o.ProposeLinking(tx, officeHand, s)
		return err
	})
}
