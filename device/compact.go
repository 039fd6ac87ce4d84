package device

import (
	"context"
	"errors"
	"time"

	"raksa/casefile"
	"raksa/syncengine"
)

// Limits of compaction: an interview that is closed and that nobody touched for
// a month is kept as its folded state; a few at a time, so that nobody waits.
const (
	compactAfter  = 30 * 24 * time.Hour
	compactAtOnce = 20
)

// Compact takes settled changes of a few closed interviews out of this device's
// log. The office keeps them; nothing that is shown changes. It gives how many
// changes went. A locked device leaves all as it is.
func (d *Device) Compact(ctx context.Context) (went int, err error) {
	s, err := d.open()
	if err != nil {
		return 0, nil
	}
	due, err := d.dueToCompact(ctx, s)
	if err != nil || len(due) == 0 {
		return 0, err
	}
	return went, d.Store.Update(ctx, func(tx syncengine.Tx) error {
		went = 0
		stable := map[string]uint64{}
		err := stableTable.Each(tx, nil, func(key []byte, at uint64) error { stable[string(key)] = at; return nil })
		if err != nil {
			return err
		}
		for _, id := range due {
			gone, err := s.engine.Compact(tx, id, syncengine.Settled(tx, stable))
			if err != nil {
				return err
			}
			went += gone
		}
		return nil
	})
}

// dueToCompact gives the next records in turn that are closed and long untouched.
func (d *Device) dueToCompact(ctx context.Context, s *session) (due []syncengine.RecordID, err error) {
	enough := errors.New("enough")
	d.mu.Lock()
	after := d.compacted
	d.mu.Unlock()
	last := syncengine.RecordID{}
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		return syncengine.Records(tx, func(id syncengine.RecordID, kind syncengine.Kind) error {
			if kind != casefile.KindInterview || string(id[:]) <= string(after[:]) {
				return nil
			}
			changes, err := tx.Record(id)
			if err != nil || len(changes) == 0 {
				return err
			}
			iv, err := d.interview(tx, s, id)
			if err != nil || !iv.Closed || d.now().Sub(lastTouched(iv)) < compactAfter {
				return nil // what does not read here is left as it is
			}
			due, last = append(due, id), id
			if len(due) >= compactAtOnce {
				return enough
			}
			return nil
		})
	})
	if errors.Is(err, enough) {
		err = nil
	} else {
		last = syncengine.RecordID{} // all were looked at: the next time begins anew
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.compacted = last
	return due, err
}

// lastTouched is when somebody last wrote in an interview.
func lastTouched(iv *casefile.Interview) time.Time {
	last := syncengine.Stamp(0)
	for _, folded := range iv.Record.Classes {
		for _, reg := range folded {
			for _, v := range reg.Live() {
				last = max(last, v.Stamp)
			}
		}
	}
	return time.UnixMilli(last.Millis())
}
