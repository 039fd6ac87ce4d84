package syncengine

import (
	"encoding/binary"
	"errors"
)

// Cells of the push.
const (
	bucketAcked = "acked" // node: seq ‖ id that the office is known to hold (on the node)
	bucketHead  = "head"  // node: seq ‖ id furthest received, on any branch (at the office)
)

// Mark is a place in a node's chain: everything up to Seq, which has the id.
// Because each id names the one before it, an equal mark is an equal chain.
type Mark struct {
	Seq uint64
	ID  ChangeID
}

// Receipt is what the office answers about one node's chain.
type Receipt struct {
	Head Mark
	// UnknownBase: what was pushed, or the mark that was claimed, follows nothing
	// that is known here. The node goes back and sends again.
	UnknownBase bool
	// Fork: another change with a seq of this page is known. Both branches stay.
	Fork bool
	// Known is the furthest that the office knows of the chain, on any branch:
	// Head, or further.
	Known Mark
	// New are the changes that were not known before, in chain order.
	New []*Change
}

// Receive takes a page whose signature the host has checked into the office's
// log. A repeat is harmless. Control changes and clear blocks from nodes are
// kept and not obeyed: the host quarantines them.
func (e *Engine) Receive(tx Tx, p *Page, wallMillis int64) (Receipt, error) {
	if err := p.check(); err != nil {
		return Receipt{}, err
	}
	if len(p.Changes) == 0 {
		return Receipt{}, &Refused{Code: RefusedBytes}
	}
	receipt := Receipt{}
	known, err := knownBase(tx, p.Changes[0])
	if err != nil {
		return Receipt{}, err
	}
	if !known {
		receipt.UnknownBase = true
		receipt.Head, err = loadMark(tx, bucketHead, p.Node)
		receipt.Known = receipt.Head
		return receipt, err
	}
	plain, err := continues(tx, p)
	if err != nil {
		return Receipt{}, err
	}
	for _, c := range p.Changes {
		twin := false
		if !plain {
			if twin, err = hasTwin(tx, c); err != nil {
				return Receipt{}, err
			}
		}
		added, err := e.keep(tx, c)
		if err != nil {
			return Receipt{}, err
		}
		// What somebody else brought before without proof is new as its author's.
		unproven, err := prove(tx, c.ID())
		if err != nil {
			return Receipt{}, err
		}
		if added || unproven {
			receipt.New = append(receipt.New, c)
		}
		// Said again for a repeat: the first answer may have been lost.
		receipt.Fork = receipt.Fork || twin
		receipt.Head = Mark{Seq: c.Seq, ID: c.ID()}
		if err := meetStamp(tx, c.Stamp, wallMillis); err != nil {
			return Receipt{}, err
		}
	}
	if err := fasten(tx, p); err != nil {
		return Receipt{}, err
	}
	receipt.Known, err = noteFurthest(tx, p.Node, receipt.Head)
	return receipt, err
}

// Confirm answers a node that pushes nothing: whether its mark is held here.
func Confirm(tx Tx, node NodeID, claim Mark) (Receipt, error) {
	known, err := loadMark(tx, bucketHead, node)
	if err != nil || claim.Seq == 0 {
		return Receipt{Known: known}, err
	}
	c, err := tx.Change(claim.ID)
	switch {
	case err == nil && c.Node == node && c.Seq == claim.Seq:
		if loose, err := isLoose(tx, node, claim.ID); err != nil || !loose {
			if known.Seq < claim.Seq {
				known = claim
			}
			return Receipt{Head: claim, Known: known}, err
		}
	case err != nil && !errors.Is(err, ErrUnknownChange):
		return Receipt{}, err
	}
	return Receipt{Head: known, Known: known, UnknownBase: true}, nil
}

// knownBase reports whether the change that c follows is here, on any branch.
func knownBase(tx Tx, c *Change) (bool, error) {
	if c.Prev.Zero() {
		return true, nil
	}
	prev, err := tx.Change(c.Prev)
	if errors.Is(err, ErrUnknownChange) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if prev.Node != c.Node || prev.Seq+1 != c.Seq {
		return false, &Refused{Code: RefusedChain, Seq: c.Seq}
	}
	return rootedBase(tx, c)
}

// Acked gives what the office is known to hold of one of this database's chains.
func Acked(cells Cells, node NodeID) (Mark, error) { return loadMark(cells, bucketAcked, node) }

// Acknowledge takes the office's receipt into account. The mark may also go
// back: an office restored from a backup holds less than it once did, and what
// it lost is sent again.
func Acknowledge(tx Tx, node NodeID, r Receipt) error {
	own, here, err := ownMark(tx, node, r.Head.Seq)
	if err != nil {
		return err
	}
	if here && own == r.Head {
		return storeMark(tx, bucketAcked, node, r.Head)
	}
	// The office's head is on another branch: go back half way and ask again.
	acked, err := Acked(tx, node)
	if err != nil {
		return err
	}
	back, _, err := ownMark(tx, node, acked.Seq/2)
	if err != nil {
		return err
	}
	return storeMark(tx, bucketAcked, node, back)
}

// Unconfirm takes one of this database's own changes, and those after it, to be
// unsent again: the office turned out to lack it.
func Unconfirm(tx Tx, c *Change) error {
	at, err := AtOffice(tx, &c.Envelope)
	if err != nil || !at {
		return err
	}
	back, _, err := ownMark(tx, c.Node, c.Seq-1)
	if err != nil {
		return err
	}
	return storeMark(tx, bucketAcked, c.Node, back)
}

// Waiting counts this database's own changes that the office is not known to hold.
func Waiting(tx Tx) (int, error) {
	nodes, err := OwnNodes(tx)
	if err != nil {
		return 0, err
	}
	waiting := 0
	for _, node := range nodes {
		acked, err := Acked(tx, node)
		if err != nil {
			return 0, err
		}
		last, err := ownSeq(tx, node)
		if err != nil {
			return 0, err
		}
		waiting += int(last - acked.Seq)
	}
	return waiting, nil
}

// Following counts this database's own changes that follow a page.
func Following(cells Cells, p *Page) (int, error) {
	if p == nil {
		return 0, nil
	}
	last, err := ownSeq(cells, p.Node)
	return int(last - p.Changes[len(p.Changes)-1].Seq), err
}

// AtOffice reports whether the office holds a change that this database saved.
func AtOffice(cells Cells, e *Envelope) (bool, error) {
	acked, err := Acked(cells, e.Node)
	if err != nil || acked.Seq < e.Seq {
		return false, err
	}
	own, here, err := ownMark(cells, e.Node, e.Seq)
	return here && own.ID == e.ID(), err
}

func loadMark(cells Cells, bucket string, node NodeID) (Mark, error) {
	raw, err := cells.Get(bucket, node[:])
	if err != nil || len(raw) != 40 {
		return Mark{}, err
	}
	return Mark{Seq: binary.BigEndian.Uint64(raw[:8]), ID: ChangeID(raw[8:])}, nil
}

func storeMark(cells Cells, bucket string, node NodeID, m Mark) error {
	return cells.Put(bucket, node[:], append(binary.BigEndian.AppendUint64(nil, m.Seq), m.ID[:]...))
}
