package server

import (
	"cmp"
	"errors"
	"slices"

	"raksa/syncengine"
)

// past is one write of a field, whether it still stands or not.
type past struct {
	syncengine.Version
	Supersedes []syncengine.ChangeID // what its author had on the screen
}

// history holds every readable write of a record by field, oldest first. What
// is in quarantine is not in it.
type history map[string][]past

// history reads the whole log of a record, past and present.
func (o *Office) history(tx syncengine.Tx, id syncengine.RecordID) (history, error) {
	changes, err := tx.Record(id)
	if err != nil {
		return nil, err
	}
	all := history{}
	for _, c := range changes {
		held, err := syncengine.Quarantine(tx, c.ID())
		if err != nil {
			return nil, err
		}
		if c.Kind == syncengine.KindControl || held.Held() {
			continue
		}
		for _, digest := range c.Digests {
			writes, err := o.engine.Open(tx, c, digest.Class)
			if unreadable(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			all.add(c, writes)
		}
	}
	for _, writes := range all {
		slices.SortFunc(writes, func(a, b past) int { return cmp.Compare(a.Stamp, b.Stamp) })
	}
	return all, nil
}

func (h history) add(c *syncengine.Change, writes []syncengine.Write) {
	id := c.ID()
	for _, w := range writes {
		h[w.Field] = append(h[w.Field], past{
			Version: syncengine.Version{
				ID: id, State: w.State, Value: w.Value, Author: c.Author, Node: c.Node,
				DeviceMillis: c.DeviceMillis, Stamp: c.Stamp, Form: c.Form,
			},
			Supersedes: w.Supersedes,
		})
	}
}

// at gives the write of a field that one change made.
func (h history) at(field string, change syncengine.ChangeID) (past, bool) {
	for _, p := range h[field] {
		if p.ID == change {
			return p, true
		}
	}
	return past{}, false
}

// unreadable reports a block that no key here opens; it is listed elsewhere.
func unreadable(err error) bool {
	var malformed *syncengine.Malformed
	return errors.Is(err, syncengine.ErrNoKey) || errors.Is(err, syncengine.ErrErased) ||
		errors.Is(err, syncengine.ErrBroken) || errors.As(err, &malformed)
}
