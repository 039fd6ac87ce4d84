package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
)

// The follower works behind the log, from its own position in every center's
// stream: it makes profiles, proposes pairs, groups
// records into persons and releases referrals. Nothing
// waits for it, and thrown away, all that it made is made again.

const (
	bucketFollowed = "followed" // stream: position up to which the follower has worked
	followedAtOnce = 200        // records a transaction: others get their turn in between
	followedAhead  = 50         // of them are read ahead at a time
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
			if more, err = o.relinkNext(ctx); err != nil {
				return fmt.Errorf("server: compare again: %w", err)
			}
		}
		if !more {
			break
		}
	}
	return errors.Join(o.followPostponed(ctx), o.estimateWhenDue(ctx))
}

func (o *Office) followSome(ctx context.Context, work func(syncengine.Tx, syncengine.RecordID) error) (more bool, err error) {
	err = o.Store.Update(ctx, func(tx syncengine.Tx) (err error) {
		more, err = o.lead(tx, func() (bool, error) { return o.follow(tx, work) })
		return err
	})
	return more, err
}

func (o *Office) relinkNext(ctx context.Context) (more bool, err error) {
	err = o.Store.Update(ctx, func(tx syncengine.Tx) (err error) {
		more, err = o.lead(tx, func() (bool, error) { return o.relinkSome(tx) })
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
		if !strings.HasPrefix(stream, streamCenter("")) && stream != streamVerdicts {
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
		return errors.Join(o.followVerdict(tx, id), o.followSetting(tx, id))
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

// ForgetFollowed throws away all that the follower made of records and verdicts.
// The next CatchUp works through the log from its beginning, with the same
// result.
func (o *Office) ForgetFollowed(tx syncengine.Tx) error {
	for _, bucket := range []string{
		bucketFollowed, bucketProfile, bucketBlocking, bucketBlocks, bucketScore, bucketScored,
		string(verdictOf), string(personOf), string(disputes), membersOf, spokenOf, string(settings), bucketRelink,
	} {
		var keys [][]byte
		err := tx.Scan(bucket, nil, func(key, _ []byte) error {
			keys = append(keys, slices.Clone(key))
			return nil
		})
		for _, key := range keys {
			err = errors.Join(err, tx.Delete(bucket, key))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
