package server

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/linkage"
	"raksa/syncengine"
)

// The follower works behind the log, from its own position in every center's
// stream: it makes profiles, proposes pairs and releases referrals. Nothing
// waits for it, and thrown away, all that it made is made again.

const (
	bucketFollowed = "followed"  // stream: position up to which the follower has worked
	bucketProfile  = "profile"   // record id: sealed linkage.Record
	bucketBlocking = "blocking"  // keyed hash ‖ record id
	bucketBlocks   = "blocks-of" // record id: its keyed hashes
	bucketScore    = "score"     // pair key: sealed comparison
	bucketScored   = "scored"    // record id ‖ pair key: a score that the record is part of
	followedAtOnce = 200         // records a transaction: others get their turn in between
	followedAhead  = 50          // of them are read ahead at a time
	blockRecords   = linkage.BlockMaxDefault
)

// CatchUp does all of the follower's work that is due, or answers OtherFollows
// when another process is at it.
func (o *Office) CatchUp(ctx context.Context) error {
	o.follower.Lock()
	defer o.follower.Unlock()
	defer o.scourErased(ctx)
	for {
		if err := o.admitWaiting(ctx, true, func(syncengine.Tx) (bool, error) { return false, nil }); err != nil {
			return err
		}
		o.untilQuiet(ctx)
		more, err := o.followSome(ctx, o.followRecord)
		var other *OtherFollows
		if err != nil && ctx.Err() == nil && !errors.As(err, &other) {
			// One record of these cannot be worked on. None waits for it: each
			// gets a transaction of its own.
			more, err = o.followSome(ctx, o.postpone)
		}
		if err != nil {
			return fmt.Errorf("server: follow the log: %w", err)
		}
		if !more {
			break
		}
	}
	return o.followPostponed(ctx)
}

func (o *Office) followSome(ctx context.Context, work func(syncengine.Tx, syncengine.RecordID) error) (more bool, err error) {
	err = o.Store.Update(ctx, func(tx syncengine.Tx) (err error) {
		more, err = o.lead(tx, func() (bool, error) { return o.follow(tx, work) })
		return err
	})
	return more, err
}

// postponed is a record that the follower works on apart from the streams.
type postponed struct {
	Tries      int   `json:"tries,omitempty"`
	NextMillis int64 `json:"next,omitempty"` // not before
}

const again syncengine.Table[postponed] = "follow-again" // record id

// Pauses between two tries of a record that fails: doubling, up to a day.
const (
	retryMillis  = 60 * 1000
	retryDoubles = 10
)

// postpone lets the follower work on a record by itself, soon.
func (o *Office) postpone(tx syncengine.Tx, id syncengine.RecordID) error {
	return again.Put(tx, id[:], postponed{})
}

// followPostponed works on every record that is due, each in its own
// transaction. One that fails is told, by its id, and tried again later.
func (o *Office) followPostponed(ctx context.Context) error {
	now := o.Now().UnixMilli()
	due := map[syncengine.RecordID]postponed{}
	err := o.Store.View(ctx, func(tx syncengine.Tx) error {
		return again.Each(tx, nil, func(key []byte, row postponed) error {
			if row.NextMillis <= now {
				due[syncengine.RecordID(key)] = row
			}
			return nil
		})
	})
	for id, row := range due {
		if err != nil || ctx.Err() != nil {
			break
		}
		failed := o.Store.Update(ctx, func(tx syncengine.Tx) error {
			_, err := o.lead(tx, func() (bool, error) {
				return false, errors.Join(o.followRecord(tx, id), again.Delete(tx, id[:]))
			})
			return err
		})
		if failed == nil {
			continue
		}
		var other *OtherFollows
		if errors.As(failed, &other) {
			return failed
		}
		o.Log.Error().Str("code", "follower").Str("record", id.String()).Msg("a record could not be followed and is tried again later")
		o.metrics.followerFailures.Inc()
		row.NextMillis = now + retryMillis<<min(row.Tries, retryDoubles)
		row.Tries++
		err = o.Store.Update(ctx, func(tx syncengine.Tx) error { return again.Put(tx, id[:], row) })
	}
	return err
}

// Follow runs CatchUp whenever something came in, until ctx ends. Where other
// processes serve the same store it also looks by itself: what came in through
// one that was killed has woken nobody.
func (o *Office) Follow(ctx context.Context) {
	var look <-chan time.Time
	if o.shared() {
		ticker := time.NewTicker(turnLife)
		defer ticker.Stop()
		look = ticker.C
	}
	for {
		var other *OtherFollows
		if err := o.CatchUp(ctx); err != nil && ctx.Err() == nil && !errors.As(err, &other) {
			o.Log.Error().Str("code", "follower").Msg("the follower stopped early and will try again")
			o.metrics.followerFailures.Inc()
		}
		select {
		case <-ctx.Done():
			return
		case <-o.wake:
		case <-look:
		}
	}
}

// follow works through the next records of every center's stream.
func (o *Office) follow(tx syncengine.Tx, work func(syncengine.Tx, syncengine.RecordID) error) (more bool, err error) {
	// It never works ahead of what waits: a withdrawal may be among that.
	if waiting, err := Backlog(tx); err != nil || waiting > 0 {
		return true, err
	}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return false, err
	}
	for _, stream := range streams {
		if !strings.HasPrefix(stream, streamCenter("")) {
			continue
		}
		raw, err := tx.Get(bucketFollowed, []byte(stream))
		if err != nil {
			return false, err
		}
		var done uint64
		if len(raw) == 8 {
			done = binary.BigEndian.Uint64(raw)
		}
		records, last, err := syncengine.RecordsAfter(tx, stream, done, followedAtOnce)
		if err != nil {
			return false, err
		}
		for some := range slices.Chunk(records, followedAhead) {
			if err := followAhead(tx, some); err != nil {
				return false, err
			}
			for _, id := range some {
				if err := work(tx, id); err != nil {
					return false, err
				}
			}
		}
		if last == done {
			continue
		}
		more = true
		if err := tx.Put(bucketFollowed, []byte(stream), binary.BigEndian.AppendUint64(nil, last)); err != nil {
			return false, err
		}
	}
	return more, nil
}

// followAhead reads ahead what following some records asks for.
func followAhead(tx syncengine.Tx, ids []syncengine.RecordID) error {
	if err := syncengine.ReadAhead(tx, ids); err != nil {
		return err
	}
	var records [][]byte
	for i := range ids {
		records = append(records, ids[i][:])
	}
	for _, bucket := range []string{string(cases), bucketProfile, bucketBlocks} {
		if err := syncengine.CellsAhead(tx, bucket, records); err != nil {
			return err
		}
	}
	return recordKeysAhead(tx, records)
}

// followRecord brings everything that is derived from one record up to date.
func (o *Office) followRecord(tx syncengine.Tx, id syncengine.RecordID) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("server: follow record %s: panic", id) // its own text may hold an answer
		}
	}()
	iv, err := o.interview(tx, id)
	var other *casefile.NotOfKind
	switch {
	case errors.As(err, &other):
		return nil
	case err != nil:
		return err
	case iv.Record.Erased:
		return o.forgetDerived(tx, id)
	}
	if err := o.matchRecord(tx, iv); err != nil {
		return err
	}
	return o.releaseReferrals(tx, iv)
}

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
	if !errors.Is(err, syncengine.ErrUnknownChange) { // without a profile there is no score
		if err := o.forgetDerived(tx, iv.ID); err != nil {
			return err
		}
	}
	sealed, err := o.Keys.Seal(o.Random, "profile", iv.ID[:], text)
	if err != nil {
		return err
	}
	if err := tx.Put(bucketProfile, iv.ID[:], sealed); err != nil {
		return err
	}
	own := linkage.NewProfile(given)
	candidates, err := o.block(tx, iv.ID, linkage.Keys(own))
	if err != nil {
		return err
	}
	for id := range candidates {
		if err := o.score(tx, iv.ID, own, id); err != nil {
			return err
		}
	}
	return nil
}

// block enters a record under its keyed hashes and gives the records found
// there. A key that more records share than tells people apart is skipped.
func (o *Office) block(tx syncengine.Tx, id syncengine.RecordID, keys []linkage.Key) (map[syncengine.RecordID]bool, error) {
	candidates := map[syncengine.RecordID]bool{}
	var hashes []byte
	for _, key := range keys {
		hash := o.Keys.BlockingHash(string(key.Rule), []byte(key.Value))
		hashes = append(hashes, hash[:]...)
		var found []syncengine.RecordID
		err := tx.Scan(bucketBlocking, hash[:], func(cell, _ []byte) error {
			found = append(found, syncengine.RecordID(cell[len(hash):]))
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(found) <= blockRecords {
			for _, other := range found {
				candidates[other] = true
			}
		} else {
			o.metrics.blocksSkipped.Inc()
		}
		if err := tx.Put(bucketBlocking, append(hash[:], id[:]...), []byte{}); err != nil {
			return nil, err
		}
	}
	delete(candidates, id)
	return candidates, tx.Put(bucketBlocks, id[:], hashes)
}

// score compares two records and keeps the parts of the weight, sealed, when
// the pair is not plainly two people.
func (o *Office) score(tx syncengine.Tx, id syncengine.RecordID, own linkage.Profile, other syncengine.RecordID) error {
	given, err := o.profile(tx, other)
	if err != nil {
		return err
	}
	comparison := linkage.Compare(own, linkage.NewProfile(given))
	if comparison.Weight < keepFromBits {
		return nil
	}
	text, err := json.Marshal(comparison)
	if err != nil {
		return err
	}
	pair := casefile.PairOf(id, other).Key()
	sealed, err := o.Keys.Seal(o.Random, "score", pair, text)
	if err != nil {
		return err
	}
	for _, one := range [][]byte{id[:], other[:]} {
		if err := tx.Put(bucketScored, slices.Concat(one, pair), []byte{}); err != nil {
			return err
		}
	}
	return tx.Put(bucketScore, pair, sealed)
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
	hashes, err := tx.Get(bucketBlocks, id[:])
	if err != nil {
		return err
	}
	for len(hashes) >= 16 {
		if err := tx.Delete(bucketBlocking, append(hashes[:16:16], id[:]...)); err != nil {
			return err
		}
		hashes = hashes[16:]
	}
	for _, bucket := range []string{bucketBlocks, bucketProfile} {
		if err := tx.Delete(bucket, id[:]); err != nil {
			return err
		}
	}
	return tx.Scan(bucketScored, id[:], func(key, _ []byte) error {
		pair := pairFromKey(key[len(id):])
		for _, one := range [][]byte{pair.A[:], pair.B[:]} {
			if err := tx.Delete(bucketScored, slices.Concat(one, pair.Key())); err != nil {
				return err
			}
		}
		return tx.Delete(bucketScore, pair.Key())
	})
}
