package device

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"raksa/syncengine"
)

// "At the office" is said of a record when the office confirmed all of its
// changes. Whether they are still there, on both sides, is counted now and then
// from the logs themselves: a few ranges of record ids with every quiet call, so
// that all of them come round. Where the sums differ, the record turns red until
// a later count agrees, and both sides send again what the other lacks.

// differTable lists the records that are not the same here and at the office.
const differTable syncengine.Table[differRow] = "device/differ" // record id

type differRow struct {
	Millis int64 `json:"ms"`    // since when
	Tries  int   `json:"tries"` // how often it was sent and fetched again
	Want   bool  `json:"want"`  // to be fetched with the next call
}

const (
	rangesAtOnce = 8 // of 256, besides those that are doubtful or just moved

	// recordsAtOnce is how many records a call compares before it leaves what
	// just moved to the next: all of a night, and a small part of a first sync,
	// which a comparison of everything would make half as long again.
	recordsAtOnce = 512
	healTriesMax  = 5 // after that, a person must look
	wantAtOnce    = 32
)

// check is the comparison that goes with a call in which nothing waits.
func (d *Device) check(tx syncengine.Tx) (*syncengine.Check, error) {
	shared, claims, err := shared(tx)
	if err != nil {
		return nil, err
	}
	check := &syncengine.Check{Claims: claims}
	for records, ranges := 0, d.nextRanges(tx); len(ranges) > 0 && records < recordsAtOnce; ranges = ranges[1:] {
		sums, err := shared.Records(tx, ranges[0])
		if err != nil {
			return nil, err
		}
		check.Ranges = append(check.Ranges, syncengine.RangeOf(ranges[0], sums))
		records += len(sums)
	}
	slices.SortFunc(check.Ranges, func(a, b syncengine.Range) int { return cmp.Compare(a.Prefix, b.Prefix) })
	return check, nil
}

// comes reports whether the office said that more of it follows.
func (d *Device) comes() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.coming
}

// shared says what both sides should have, by what is known here.
func shared(tx syncengine.Tx) (*syncengine.Shared, []syncengine.Claim, error) {
	all := &syncengine.Shared{Own: syncengine.OwnConfirmed(tx)}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return nil, nil, err
	}
	for _, stream := range streams {
		head, _, err := syncengine.StreamHead(tx, stream)
		if err != nil {
			return nil, nil, err
		}
		all.Positions = append(all.Positions, head)
	}
	nodes, err := syncengine.OwnNodes(tx)
	if err != nil {
		return nil, nil, err
	}
	var claims []syncengine.Claim
	for _, node := range nodes {
		acked, err := syncengine.Acked(tx, node)
		if err != nil {
			return nil, nil, err
		}
		if acked.Seq > 0 {
			claims = append(claims, syncengine.Claim{Node: node, Mark: acked})
		}
	}
	return all, claims, nil
}

// nextRanges gives the doubtful ranges, those of records that just moved, and
// the next in turn, in this order. A call may come through a part of them only:
// what moved stays remembered until it was compared, and the turn goes on.
func (d *Device) nextRanges(tx syncengine.Tx) []byte {
	var ranges []byte
	add := func(prefix byte) {
		if !slices.Contains(ranges, prefix) {
			ranges = append(ranges, prefix)
		}
	}
	_ = differTable.Each(tx, nil, func(key []byte, _ differRow) error { add(key[0]); return nil })
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, prefix := range slices.Sorted(maps.Keys(d.moved)) {
		add(prefix)
	}
	for n := range byte(rangesAtOnce) {
		add(d.turn + n)
	}
	return ranges
}

// touch remembers that records moved: they are compared at the end of this round.
func (d *Device) touch(changes ...*syncengine.Change) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.moved == nil {
		d.moved = map[byte]bool{}
	}
	for _, c := range changes {
		d.moved[c.Record[0]] = true
	}
}

// compared works in the office's answer to a check, and says whether something
// is to be healed at once.
func (d *Device) compared(ctx context.Context, check *syncengine.Check, reply *syncengine.CheckReply) (heal bool, _ error) {
	if check == nil || reply == nil {
		return false, nil
	}
	d.mu.Lock()
	counted := map[byte]bool{}
	for _, one := range check.Ranges {
		counted[one.Prefix] = true
		delete(d.moved, one.Prefix)
	}
	for range counted {
		if counted[d.turn] {
			d.turn++
		}
	}
	d.mu.Unlock()
	red, err := d.anyRed(ctx)
	if err != nil || len(reply.Differs) == 0 && !red {
		return false, err
	}
	return heal, d.Store.Update(ctx, func(tx syncengine.Tx) error {
		all, _, err := shared(tx)
		if err != nil {
			return err
		}
		differ, err := all.Differing(tx, reply)
		if err != nil {
			return err
		}
		if err := d.settle(tx, check, differ); err != nil {
			return err
		}
		for _, record := range differ {
			row, _, err := differTable.Get(tx, record[:])
			if err != nil {
				return err
			}
			if row.Millis == 0 {
				row.Millis = d.now().UnixMilli()
				d.Log.Error().Str("code", "scope_differs").Str("record", record.String()).Msg("this record is not the same here and at the office; both send again what the other lacks")
			}
			if row.Tries++; row.Tries <= healTriesMax {
				heal, row.Want = true, true
				if err := d.sendAgain(tx, record); err != nil {
					return err
				}
			}
			if err := differTable.Put(tx, record[:], row); err != nil {
				return err
			}
		}
		return nil
	})
}

func (d *Device) anyRed(ctx context.Context) (red bool, err error) {
	err = d.Store.View(ctx, func(tx syncengine.Tx) error {
		return differTable.Each(tx, nil, func([]byte, differRow) error { red = true; return nil })
	})
	return red, err
}

// settle takes the mark off records of the compared ranges that agree again.
func (d *Device) settle(tx syncengine.Tx, check *syncengine.Check, differ []syncengine.RecordID) error {
	return differTable.Each(tx, nil, func(key []byte, _ differRow) error {
		record := syncengine.RecordID(key)
		counted := slices.ContainsFunc(check.Ranges, func(one syncengine.Range) bool { return one.Prefix == record[0] })
		if !counted || slices.Contains(differ, record) {
			return nil
		}
		return differTable.Delete(tx, key)
	})
}

// sendAgain lets the office have what this device holds of a record: its own
// changes by going back in its chain, others by a list of their stream.
func (d *Device) sendAgain(tx syncengine.Tx, record syncengine.RecordID) error {
	changes, err := tx.Record(record)
	if errors.Is(err, syncengine.ErrDamaged) {
		return nil
	}
	if err != nil {
		return err
	}
	streams, err := syncengine.Streams(tx)
	if err != nil {
		return err
	}
	for _, stream := range streams {
		lost := syncengine.Lost{Stream: stream}
		for _, c := range changes {
			in, err := syncengine.InStream(tx, stream, c.ID())
			if err != nil {
				return err
			}
			if in {
				lost.IDs = append(lost.IDs, c.ID())
			}
		}
		if len(lost.IDs) > 0 {
			if err := syncengine.KeepLost(tx, &lost); err != nil {
				return err
			}
		}
	}
	for _, c := range changes {
		if err := syncengine.Unconfirm(tx, c); err != nil {
			return err
		}
	}
	return nil
}

// wanted lists the records that are fetched again: those that differ, and those
// of which blocks are withheld that this device may now have.
func (d *Device) wanted(tx syncengine.Tx) ([]syncengine.RecordID, error) {
	var want []syncengine.RecordID
	err := differTable.Each(tx, nil, func(key []byte, row differRow) error {
		if row.Want && len(want) < wantAtOnce {
			want = append(want, syncengine.RecordID(key))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return want, widenTable.Each(tx, nil, func(key []byte, _ bool) error {
		if len(want) < wantAtOnce {
			want = append(want, syncengine.RecordID(key))
		}
		return nil
	})
}

// takeGiven takes the records in that were asked for. The office signed their ids.
func (d *Device) takeGiven(ctx context.Context, request *syncengine.Request, answer *syncengine.Answer) error {
	if len(request.Want) == 0 {
		return nil
	}
	var fresh []*syncengine.Change
	engine := d.engine()
	err := d.Store.Update(ctx, func(tx syncengine.Tx) error {
		for _, c := range answer.Given {
			if err := c.Verify(); err != nil {
				return err
			}
			added, err := engine.Ingest(tx, c)
			if err != nil {
				return err
			}
			if !added {
				continue
			}
			fresh = append(fresh, c)
			if err := d.obey(tx, engine, c, answer.OfficeMillis); err != nil {
				return err
			}
		}
		for _, record := range request.Want {
			row, here, err := differTable.Get(tx, record[:])
			if err != nil {
				return err
			}
			if row.Want = false; here {
				err = differTable.Put(tx, record[:], row)
			}
			if err := errors.Join(err, widenTable.Delete(tx, record[:])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	d.forgetFresh(fresh)
	return d.afterOrders(ctx, fresh)
}
