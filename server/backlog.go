package server

import (
	"encoding/binary"
	"errors"
	"slices"

	"raksa/casefile"
	"raksa/syncengine"
)

// A large page of new interviews is appended, acknowledged and looked at later:
// whether each change may count, whose streams it enters, what follows from it.
// Until then nobody is shown anything of it. What concerns a record that
// somebody may have seen never waits, so neither does a withdrawal: there is
// nothing yet that one could stop.

// backlogRow is a part of a page that waits: ids of changes in chain order, and
// the wraps of the records that are begun in it.
type backlogRow struct {
	Device  string       `json:"device"`
	Node    string       `json:"node"`
	Changes []byte       `json:"changes"` // 32 bytes each
	Wraps   []backlogKey `json:"wraps,omitempty"`
}

type backlogKey struct {
	Record string `json:"record"`
	Step   uint64 `json:"step"`
	Sealed []byte `json:"sealed"`
}

const (
	backlog syncengine.Table[backlogRow] = "backlog" // number

	bucketBacklog = "backlog-ends" // "": number of the first row ‖ of the next; node id: how many rows are the node's

	// waitFrom is the least number of changes that wait, of a page with what is
	// said to follow it: what a person saves while connected goes through at once.
	// A short page of records that all begin in it waits where what it follows
	// does, so that the last page of a large push is not held up by all before it.
	waitFrom = 150
	// backlogStep changes are looked at in one transaction, so that others get
	// their turn in between.
	backlogStep = 50
	// rowsWhenQuiet such parts share one where no device is there to be held up.
	rowsWhenQuiet = 4
	// backlogMax rows wait at most; then pages are looked at as they come.
	backlogMax = 1000
)

// earlierWaits ends an exchange that must not wait while what it follows does:
// that is looked at first, and the exchange begins again. Nobody is told.
type earlierWaits struct{}

func (earlierWaits) Error() string { return "server: earlier pages of the node wait" }

// mayWait reports whether all of a page may be looked at later.
func (v *visit) mayWait(page *syncengine.Page) (bool, error) {
	if v.device.Entry.Revoked {
		return false, nil
	}
	if len(page.Changes) < waitFrom {
		rows, err := rowsOf(v.tx, page.Node)
		edits := func(c *syncengine.Change) bool { return len(c.Commit) == 0 }
		first := rows == 0 && len(page.Changes)+v.request.Following < waitFrom
		if err != nil || first || slices.ContainsFunc(page.Changes, edits) {
			return false, err
		}
	}
	if first, next, err := backlogEnds(v.tx); err != nil || next-first >= backlogMax {
		return false, err
	}
	records := syncengine.RecordKeys(page.Changes)
	if err := syncengine.CellsAhead(v.tx, string(scope), records); err != nil {
		return false, err
	}
	for _, c := range page.Changes {
		if c.Kind != casefile.KindInterview || officeOnly(c) {
			return false, nil
		}
	}
	for _, record := range records {
		// One that is in a stream has been looked at, and perhaps seen.
		if _, seen, err := scope.Get(v.tx, record); err != nil || seen {
			return false, err
		}
	}
	return true, nil
}

// queue notes a page that was appended among what waits.
func (o *Office) queue(tx syncengine.Tx, d *deviceRow, page *syncengine.Page) error {
	first, next, err := backlogEnds(tx)
	if err != nil {
		return err
	}
	wraps := map[syncengine.RecordID]syncengine.Wrap{}
	for _, wrap := range page.Wraps {
		wraps[wrap.Record] = wrap
	}
	rows, err := rowsOf(tx, page.Node)
	if err != nil {
		return err
	}
	for from := 0; from < len(page.Changes); from += backlogStep {
		row := backlogRow{Device: d.ID.String(), Node: page.Node.String()}
		for _, c := range page.Changes[from:min(from+backlogStep, len(page.Changes))] {
			id := c.ID()
			row.Changes = append(row.Changes, id[:]...)
			if wrap, here := wraps[c.Record]; here && len(c.Commit) > 0 {
				row.Wraps = append(row.Wraps, backlogKey{Record: c.Record.String(), Step: wrap.Step, Sealed: wrap.Sealed})
			}
		}
		if err := backlog.Put(tx, number(int64(next)), row); err != nil {
			return err
		}
		next, rows = next+1, rows+1
	}
	o.calls.wait(o.Now())
	return errors.Join(setRows(tx, page.Node, rows), setBacklogEnds(tx, first, next))
}

func backlogEnds(cells syncengine.Cells) (first, next uint64, err error) {
	raw, err := cells.Get(bucketBacklog, nil)
	if err != nil || len(raw) != 16 {
		return 0, 0, err
	}
	return binary.BigEndian.Uint64(raw[:8]), binary.BigEndian.Uint64(raw[8:]), nil
}

func setBacklogEnds(cells syncengine.Cells, first, next uint64) error {
	return cells.Put(bucketBacklog, nil, binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, first), next))
}

// rowsOf counts the rows of a node that wait.
func rowsOf(cells syncengine.Cells, node syncengine.NodeID) (uint64, error) {
	raw, err := cells.Get(bucketBacklog, node[:])
	if err != nil || len(raw) != 8 {
		return 0, err
	}
	return binary.BigEndian.Uint64(raw), nil
}

func setRows(cells syncengine.Cells, node syncengine.NodeID, rows uint64) error {
	if rows == 0 {
		return cells.Delete(bucketBacklog, node[:])
	}
	return cells.Put(bucketBacklog, node[:], binary.BigEndian.AppendUint64(nil, rows))
}

// Backlog counts the parts of pages that wait to be looked at, of at most
// fifty changes each.
func Backlog(cells syncengine.Cells) (int, error) {
	first, next, err := backlogEnds(cells)
	return int(next - first), err
}

// dropWaiting forgets the wraps of an erased record that wait.
func dropWaiting(tx syncengine.Tx, record syncengine.RecordID) error {
	return backlog.Each(tx, nil, func(key []byte, row backlogRow) error {
		kept := row.Wraps[:0]
		for _, wrap := range row.Wraps {
			if wrap.Record != record.String() {
				kept = append(kept, wrap)
			}
		}
		if len(kept) == len(row.Wraps) {
			return nil
		}
		row.Wraps = kept
		return backlog.Put(tx, key, row)
	})
}
