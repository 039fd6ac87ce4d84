package syncengine

import (
	"context"
	"errors"
	"fmt"
)

// Own is how far one of a database's own chains has come.
type Own struct {
	Node NodeID
	Mark
}

// Loss is a run of saves that were acknowledged and are no longer in the
// database: the tail of its file was dropped, or an older file was put in its
// place. From equals To when only that one is known to be another; the run is
// empty when the database has forgotten a node id under which it had saved nothing.
type Loss struct {
	Node     NodeID
	From, To uint64
}

// Empty reports a loss without saves.
func (l Loss) Empty() bool { return l.To < l.From }

// LostSaves is the answer to a save into a database that has lost others before
// it: the host must take a new node id first.
type LostSaves struct{ Losses []Loss }

func (e *LostSaves) Error() string {
	l := e.Losses[0]
	return fmt.Sprintf("syncengine: saves %d to %d of node %s are lost", l.From, l.To, l.Node)
}

// OwnMarks gives the last mark of every node that this database has been, the
// present one last.
func OwnMarks(cells Cells) ([]Own, error) {
	nodes, err := OwnNodes(cells)
	if err != nil {
		return nil, err
	}
	marks := make([]Own, len(nodes))
	for i, node := range nodes {
		seq, err := ownSeq(cells, node)
		if err != nil {
			return nil, err
		}
		mark, _, err := ownMark(cells, node, seq)
		if err != nil {
			return nil, err
		}
		marks[i] = Own{Node: node, Mark: mark}
	}
	return marks, nil
}

// Losses holds what was noted outside the database against what is in it. A
// change that is here and damaged is no loss: it has its own name elsewhere.
func Losses(tx Tx, noted []Own) ([]Loss, error) {
	var losses []Loss
	for _, own := range noted {
		if own.Seq == 0 {
			known, err := tx.Get(bucketSelf, concat([]byte("own"), own.Node[:]))
			if err != nil {
				return nil, err
			}
			if known == nil {
				losses = append(losses, Loss{Node: own.Node, From: 1})
			}
			continue
		}
		here, _, err := ownMark(tx, own.Node, own.Seq)
		if err == nil && here == own.Mark || errors.Is(err, ErrDamaged) {
			if _, err = tx.Change(own.ID); err == nil || errors.Is(err, ErrDamaged) {
				continue
			}
		}
		if err != nil && !errors.Is(err, ErrUnknownChange) && !errors.Is(err, ErrDamaged) {
			return nil, err
		}
		last, err := ownSeq(tx, own.Node)
		if err != nil {
			return nil, err
		}
		loss := Loss{Node: own.Node, From: last + 1, To: own.Seq}
		if last >= own.Seq {
			loss.From = own.Seq
		}
		losses = append(losses, loss)
	}
	return losses, nil
}

// Find gives the first of a store and the stores that it wraps that can do what
// T asks for, as scouring or verifying.
func Find[T any](store Store) (able T, found bool) {
	for store != nil {
		if able, found = store.(T); found {
			return able, true
		}
		wrapper, wraps := store.(interface{ Unwrap() Store })
		if !wraps {
			break
		}
		store = wrapper.Unwrap()
	}
	return able, false
}

// Scour lets a store forget older copies of deleted cells, if it keeps any.
func Scour(ctx context.Context, store Store) error {
	if scourer, can := Find[interface{ Scour(context.Context) error }](store); can {
		return scourer.Scour(ctx)
	}
	return nil
}
