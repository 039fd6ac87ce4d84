package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"raksa/casefile"
	"raksa/screening"
	"raksa/syncengine"
)

// admitWaiting looks at what waits, in the order in which it came, until nothing
// does or enough says so. One change that cannot be worked on is quarantined,
// and stops none of the others. A patient one lets devices go first.
func (o *Office) admitWaiting(ctx context.Context, patient bool, enough func(syncengine.Tx) (bool, error)) error {
	rows := 1
	for more := true; more; {
		patient = patient && o.untilQuiet(ctx)
		step := func(most int, work func(syncengine.Tx, *deviceRow, *syncengine.Page) error) error {
			return o.Store.Update(ctx, func(tx syncengine.Tx) (err error) {
				if done, err := enough(tx); err != nil || done {
					more = false
					return err
				}
				for range rows {
					if more, err = o.admitNext(tx, most, work); err != nil || !more {
						return err
					}
					if done, err := enough(tx); err != nil || done {
						return err
					}
				}
				return nil
			})
		}
		if rows = 1; patient {
			rows = rowsWhenQuiet
		}
		err := step(backlogStep, o.admitPage)
		rows = 1
		if err != nil && !storeFails(ctx, err) {
			err = step(1, o.admitPage)
		}
		if err != nil && !storeFails(ctx, err) {
			o.Log.Error().Str("code", "backlog").Msg("a change could not be looked at and is held back")
			err = step(1, o.holdBack)
		}
		if err != nil {
			return fmt.Errorf("server: look at what waits: %w", err)
		}
	}
	return nil
}

// storeFails tells trouble with the store, after which the same is tried again,
// from trouble with what was to be done.
func storeFails(ctx context.Context, err error) bool {
	for _, trouble := range []error{
		syncengine.ErrDisk, syncengine.ErrNoRoom, syncengine.ErrReadOnly, syncengine.ErrFile,
		syncengine.ErrUnavailable, syncengine.ErrBusy, syncengine.ErrOutcomeUnknown,
	} {
		if errors.Is(err, trouble) {
			return true
		}
	}
	return ctx.Err() != nil
}

// admitNext does the work for the next changes of the first row, at most so
// many. The row and the work stand or fall together: nothing is done twice and
// nothing is left out, whoever is killed and however many processes work.
func (o *Office) admitNext(tx syncengine.Tx, most int, work func(syncengine.Tx, *deviceRow, *syncengine.Page) error) (more bool, err error) {
	first, next, err := backlogEnds(tx)
	if err != nil || first == next {
		o.calls.none()
		return false, err
	}
	row, here, err := backlog.Get(tx, number(int64(first)))
	if err != nil {
		return false, err
	}
	count := min(most, len(row.Changes)/32)
	if here && count > 0 {
		if err := o.admitRow(tx, row, count, work); err != nil {
			return false, err
		}
	}
	if row.Changes = row.Changes[32*count:]; len(row.Changes) > 0 {
		return true, backlog.Put(tx, number(int64(first)), row)
	}
	if err := backlog.Delete(tx, number(int64(first))); err != nil {
		return false, err
	}
	if node, err := syncengine.ParseNodeID(row.Node); err == nil {
		rows, err := rowsOf(tx, node)
		if err != nil {
			return false, err
		}
		if err := setRows(tx, node, max(rows, 1)-1); err != nil {
			return false, err
		}
	}
	return first+1 < next, setBacklogEnds(tx, first+1, next)
}

func (o *Office) admitRow(tx syncengine.Tx, row backlogRow, count int, work func(syncengine.Tx, *deviceRow, *syncengine.Page) error) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("server: look at what waits: panic") // its own text may hold an answer
		}
	}()
	page := &syncengine.Page{}
	if page.Node, err = syncengine.ParseNodeID(row.Node); err != nil {
		return err
	}
	id, err := syncengine.ParseRecordID(row.Device)
	if err != nil {
		return err
	}
	device, err := loadDevice(tx, id)
	if err != nil {
		return err
	}
	device.Entry.Revoked = false // it was not when this came in
	var ids []syncengine.ChangeID
	for i := range count {
		ids = append(ids, syncengine.ChangeID(row.Changes[32*i:32*i+32]))
	}
	if err := syncengine.ChangesAhead(tx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		c, err := tx.Change(id)
		if errors.Is(err, syncengine.ErrDamaged) {
			// It goes on waiting, outside every fold, and the scrub names it.
			o.Log.Error().Str("code", "backlog").Str("change", id.String()).Msg("a change that waits is damaged")
			continue
		}
		if err != nil {
			return err
		}
		page.Changes = append(page.Changes, c)
	}
	for _, wrap := range row.Wraps {
		record, err := syncengine.ParseRecordID(wrap.Record)
		if err != nil {
			return err
		}
		page.Wraps = append(page.Wraps, syncengine.Wrap{Record: record, Step: wrap.Step, Sealed: wrap.Sealed})
	}
	return work(tx, device, page)
}

// admitPage does for waiting changes what an exchange does at once.
func (o *Office) admitPage(tx syncengine.Tx, device *deviceRow, page *syncengine.Page) error {
	if _, err := o.takeWraps(tx, page); err != nil {
		return err
	}
	if err := o.admitAhead(tx, device, page.Changes); err != nil {
		return err
	}
	for _, c := range page.Changes {
		if _, err := o.engine.Admit(tx, c.ID()); err != nil {
			return err
		}
	}
	return o.admit(tx, device, page.Changes, &syncengine.Answer{})
}

// admitAhead reads ahead what looking at some changes asks for.
func (o *Office) admitAhead(tx syncengine.Tx, device *deviceRow, changes []*syncengine.Change) error {
	if err := syncengine.AdmitAhead(tx, changes); err != nil {
		return err
	}
	records := syncengine.RecordKeys(changes)
	for _, bucket := range []string{string(scope), string(cases)} {
		if err := syncengine.CellsAhead(tx, bucket, records); err != nil {
			return err
		}
	}
	stream := home(device.Entry, casefile.KindInterview)
	var entered, placed, withdrawn [][]byte
	for _, record := range records {
		entered = append(entered, firstKey(stream, syncengine.RecordID(record)))
		for _, taken := range screening.Scopes() {
			withdrawn = append(withdrawn, append(bytes.Clone(record), taken...))
		}
	}
	for _, c := range changes {
		id := c.ID()
		placed = append(placed, id[:])
	}
	return errors.Join(
		syncengine.CellsAhead(tx, string(firstIn), entered),
		syncengine.CellsAhead(tx, string(withdrawals), withdrawn),
		syncengine.StreamHasAhead(tx, stream, placed),
	)
}

// holdBack quarantines what could not be looked at, and looks no further: even
// reading its record may be what fails.
func (o *Office) holdBack(tx syncengine.Tx, _ *deviceRow, page *syncengine.Page) error {
	for _, c := range page.Changes {
		id := c.ID()
		order, err := o.engine.Save(tx, syncengine.Draft{
			Record: c.Record, Kind: syncengine.KindControl, Author: officeHand,
			Writes: syncengine.Control{Op: syncengine.OpQuarantine, Change: id, Reason: heldUnreadable}.Writes(),
		}, syncengine.Moment{WallMillis: o.Now().UnixMilli(), Random: o.Random})
		if err != nil {
			return err
		}
		if err := o.route(tx, order); err != nil {
			return err
		}
		o.metrics.quarantined.WithLabelValues(heldUnreadable).Inc()
		if err := o.audit(tx, Leaf{What: "quarantine", Record: c.Record.String(), Change: id.String(), Reason: heldUnreadable}); err != nil {
			return err
		}
	}
	return nil
}

// admitNode looks at everything of a node that waits.
func (o *Office) admitNode(ctx context.Context, node syncengine.NodeID) error {
	return o.admitWaiting(ctx, false, func(tx syncengine.Tx) (bool, error) {
		rows, err := rowsOf(tx, node)
		return rows == 0, err
	})
}
