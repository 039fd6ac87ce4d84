package syncengine

// opWait stands where an order of quarantine would: the change is in the log and
// nobody has looked at it yet, so no fold takes it in. No control change says
// so, and any real order takes its place.
const opWait Op = "wait"

// ReceiveWaiting does what Receive does, and leaves looking at the changes and
// folding them for later: each waits until the host calls Admit with it, in
// chain order. It takes only a page that plainly continues its chain, where
// nothing that is here can be known twice or forked; for any other page it does
// nothing and says so.
func (e *Engine) ReceiveWaiting(tx Tx, p *Page, wallMillis int64) (receipt Receipt, taken bool, err error) {
	if err := p.check(); err != nil {
		return receipt, false, err
	}
	if len(p.Changes) == 0 {
		return receipt, false, &Refused{Code: RefusedBytes}
	}
	known, err := knownBase(tx, p.Changes[0])
	if err != nil || !known {
		return receipt, false, err
	}
	if plain, err := continues(tx, p); err != nil || !plain {
		return receipt, false, err
	}
	if err := recordsAhead(tx, p.Changes, bucketRecord); err != nil {
		return receipt, false, err
	}
	for _, c := range p.Changes {
		if _, err := tx.Append(c); err != nil {
			return receipt, false, err
		}
		id := c.ID()
		if err := tx.Put(bucketQuarantine, id[:], QuarantineState{Op: opWait}.encode()); err != nil {
			return receipt, false, err
		}
		if err := noteRecord(tx, &c.Envelope, true); err != nil {
			return receipt, false, err
		}
		if err := meetStamp(tx, c.Stamp, wallMillis); err != nil {
			return receipt, false, err
		}
		receipt.Head = Mark{Seq: c.Seq, ID: id}
	}
	receipt.New = p.Changes
	if receipt.Known, err = noteFurthest(tx, p.Node, receipt.Head); err != nil {
		return receipt, false, err
	}
	return receipt, true, storeMark(tx, bucketHead, p.Node, receipt.Head)
}

// continues reports whether nothing of the node is in the log beyond what the
// page follows: then none of its changes is here, and none has a twin.
func continues(tx Tx, p *Page) (bool, error) {
	beyond, err := tx.Chain(p.Node, p.Changes[0].Seq-1, 1)
	return len(beyond) == 0, err
}

// Waits reports whether a change waits for Admit.
func Waits(cells Cells, id ChangeID) (bool, error) {
	held, err := Quarantine(cells, id)
	return held.Op == opWait, err
}

// Admit ends the waiting of a change and folds it in, unless an order that came
// meanwhile holds it back.
func (e *Engine) Admit(tx Tx, id ChangeID) (*Change, error) {
	c, err := tx.Change(id)
	if err != nil {
		return nil, err
	}
	if waits, err := Waits(tx, id); err != nil {
		return nil, err
	} else if waits {
		if err := tx.Delete(bucketQuarantine, id[:]); err != nil {
			return nil, err
		}
	}
	if err := noteChange(tx, c); err != nil {
		return nil, err
	}
	return c, e.foldIn(tx, c)
}
