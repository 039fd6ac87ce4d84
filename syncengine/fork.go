package syncengine

// A chain has one writer. A database that was cloned, restored from a backup, or
// that lost the acknowledged end of its log, breaks this: what it saves next has
// a seq that is taken. Both branches stay, for ids are hashes; but it must save
// under a new node id from then on, and a person must be told.
//
// The office sees a fork when both branches have come in (Receipt.Fork). The node
// sees it earlier, even before it saves anything: the office knows more of its
// chain than it wrote itself (Receipt.Known).

// Forked reports whether a receipt shows that this database is not the only one
// that wrote, or once was, node: it then takes a new node id.
func Forked(cells Cells, node NodeID, r Receipt) (bool, error) {
	if r.Fork || r.Known.Seq == 0 {
		return r.Fork, nil
	}
	own, here, err := ownMark(cells, node, r.Known.Seq)
	return err == nil && (!here || own != r.Known), err
}

// noteFurthest keeps how far a chain is known, on its longest branch, and gives it.
func noteFurthest(cells Cells, node NodeID, head Mark) (Mark, error) {
	known, err := loadMark(cells, bucketHead, node)
	if err != nil || known.Seq > head.Seq || known == head {
		return known, err
	}
	return head, storeMark(cells, bucketHead, node, head)
}

// hasTwin reports another change of the same node and seq: the mark of a clone
// or of a tablet restored from a backup. What others brought without proof is none.
func hasTwin(tx Tx, c *Change) (bool, error) {
	same, err := tx.Chain(c.Node, c.Seq-1, twinsMax)
	if err != nil {
		return false, err
	}
	id := c.ID()
	for _, other := range same {
		if other.Seq != c.Seq || other.ID() == id {
			continue
		}
		if unproven, err := isUnproven(tx, other.ID()); err != nil || !unproven {
			return err == nil, err
		}
	}
	return false, nil
}

// twinsMax bounds how many changes of one seq are looked at.
const twinsMax = 16
