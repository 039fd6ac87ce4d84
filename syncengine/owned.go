package syncengine

import "errors"

// Owned says which changes of the node's own chains both sides should have.
type Owned interface {
	// has reports one change, ahead reads what it takes to report several.
	has(c *Change) (bool, error)
	ahead(changes []*Change) error
}

// OwnConfirmed is Shared.Own on a node: its own changes that the office confirmed.
func OwnConfirmed(tx Tx) Owned { return confirmed{tx} }

type confirmed struct{ tx Tx }

func (o confirmed) has(c *Change) (bool, error) { return AtOffice(o.tx, &c.Envelope) }

func (o confirmed) ahead(changes []*Change) error {
	var keys [][]byte
	for _, c := range changes {
		acked, err := Acked(o.tx, c.Node)
		if err != nil {
			return err
		}
		if c.Seq <= acked.Seq {
			keys = append(keys, mineKey(c.Node, c.Seq))
		}
	}
	return CellsAhead(o.tx, bucketMine, keys)
}

// OnBranches is Shared.Own at the office: the changes that lead to a claim. A
// chain that has a twin is walked back from the claim.
func OnBranches(tx Tx, claims []Claim) Owned {
	o := &branches{tx: tx, marks: map[NodeID]Mark{}, walked: map[NodeID]map[ChangeID]bool{}}
	for _, claim := range claims {
		o.marks[claim.Node] = claim.Mark
	}
	return o
}

type branches struct {
	tx     Tx
	marks  map[NodeID]Mark
	walked map[NodeID]map[ChangeID]bool
	// alone: of the changes that were read ahead last, those that no other change
	// shares its seq with.
	alone map[ChangeID]bool
}

func (o *branches) has(c *Change) (bool, error) {
	mark, id := o.marks[c.Node], c.ID()
	if c.Seq > mark.Seq {
		return false, nil
	}
	if unproven, err := isUnproven(o.tx, id); err != nil || unproven {
		return false, err
	}
	if o.alone[id] {
		return true, nil
	}
	if twin, err := hasTwin(o.tx, c); err != nil || !twin {
		return err == nil, err
	}
	if o.walked[c.Node] == nil {
		ids, err := walkBack(o.tx, mark.ID)
		if err != nil {
			return false, err
		}
		o.walked[c.Node] = ids
	}
	return o.walked[c.Node][id], nil
}

func (o *branches) ahead(changes []*Change) error {
	o.alone = map[ChangeID]bool{}
	ahead, can := o.tx.(Ahead)
	if !can {
		return nil
	}
	chains := map[NodeID][]*Change{}
	var names [][]byte
	for _, c := range changes {
		if c.Seq <= o.marks[c.Node].Seq {
			id := c.ID()
			chains[c.Node], names = append(chains[c.Node], c), append(names, id[:])
		}
	}
	for node, chain := range chains {
		var seqs []uint64
		for _, c := range chain {
			seqs = append(seqs, c.Seq)
		}
		shared, err := ahead.SeqsShared(node, seqs)
		if err != nil {
			return err
		}
		for _, c := range chain {
			o.alone[c.ID()] = !shared[c.Seq]
		}
	}
	return CellsAhead(o.tx, bucketUnproven, names)
}

func walkBack(tx Tx, id ChangeID) (map[ChangeID]bool, error) {
	ids := map[ChangeID]bool{}
	for !id.Zero() {
		ids[id] = true
		c, err := tx.Change(id)
		if errors.Is(err, ErrUnknownChange) || errors.Is(err, ErrDamaged) {
			break
		}
		if err != nil {
			return nil, err
		}
		id = c.Prev
	}
	return ids, nil
}
