package syncengine

// Ahead is what a Tx may offer besides: it reads many cells or changes in a few
// statements, so that asking for each afterwards costs next to nothing. It
// changes no answer, and a Tx without it is only slower.
type Ahead interface {
	CellsAhead(bucket string, keys [][]byte) error
	ChangesAhead(ids []ChangeID) error
	// RecordsAhead also gives the changes that it read. The first Record of each
	// of them after it is what was read; whoever asks again reads again.
	RecordsAhead(ids []RecordID) ([]*Change, error)
	// SeqsShared gives those of some seqs of a node that several changes have.
	SeqsShared(node NodeID, seqs []uint64) (map[uint64]bool, error)
}

// CellsAhead reads cells of one bucket ahead, where the transaction can.
func CellsAhead(cells Cells, bucket string, keys [][]byte) error {
	if ahead, can := cells.(Ahead); can && len(keys) > 1 {
		return ahead.CellsAhead(bucket, keys)
	}
	return nil
}

// ChangesAhead reads changes ahead, where the transaction can.
func ChangesAhead(tx Tx, ids []ChangeID) error { return changesAhead(tx, ids) }

// AdmitAhead reads ahead what admitting some changes and reading their records
// asks for.
func AdmitAhead(tx Tx, changes []*Change) error {
	if _, can := tx.(Ahead); !can {
		return nil
	}
	var names, states [][]byte
	for _, c := range changes {
		id := c.ID()
		names = append(names, id[:])
		for _, d := range c.Digests {
			states = append(states, stateKey(c.Record, d.Class))
		}
	}
	if err := CellsAhead(tx, bucketQuarantine, names); err != nil {
		return err
	}
	if err := CellsAhead(tx, bucketState, states); err != nil {
		return err
	}
	return recordsAhead(tx, changes, bucketRecord, bucketStale, bucketErased, bucketBase)
}

// ReadAhead reads ahead what reading some records asks for, but their keys. Each
// may be read once.
func ReadAhead(tx Tx, ids []RecordID) error {
	ahead, can := tx.(Ahead)
	if !can || len(ids) < 2 {
		return nil
	}
	changes, err := ahead.RecordsAhead(ids)
	if err != nil {
		return err
	}
	var states [][]byte
	for _, c := range changes {
		for _, d := range c.Digests {
			states = append(states, stateKey(c.Record, d.Class))
		}
	}
	if err := CellsAhead(tx, bucketState, states); err != nil {
		return err
	}
	return recordsAhead(tx, changes, bucketRecord, bucketStale, bucketErased, bucketBase)
}

// StreamHasAhead reads ahead whether a stream holds changes, by their ids.
func StreamHasAhead(cells Cells, stream string, ids [][]byte) error {
	var places [][]byte
	for _, id := range ids {
		places = append(places, concat([]byte(stream), []byte{0}, id))
	}
	return CellsAhead(cells, bucketStreamHas, places)
}

func changesAhead(cells Cells, ids []ChangeID) error {
	if ahead, can := cells.(Ahead); can && len(ids) > 1 {
		return ahead.ChangesAhead(ids)
	}
	return nil
}

// aheadMost is how many are read ahead at a time: a page of a good link takes a
// few such reads, and that of a bad one does not pay for much that it leaves.
const aheadMost = 64

// recordsAhead reads the cells of several buckets ahead for the records of some changes.
func recordsAhead(cells Cells, changes []*Change, buckets ...string) error {
	if _, can := cells.(Ahead); !can {
		return nil
	}
	keys := RecordKeys(changes)
	for _, bucket := range buckets {
		if err := CellsAhead(cells, bucket, keys); err != nil {
			return err
		}
	}
	return nil
}

// RecordKeys gives the ids of the records that changes are about, each once.
func RecordKeys(changes []*Change) [][]byte {
	var keys [][]byte
	seen := map[RecordID]bool{}
	for _, c := range changes {
		if !seen[c.Record] {
			seen[c.Record] = true
			keys = append(keys, c.Record[:])
		}
	}
	return keys
}

// streamAhead reads the next places of a stream and their changes ahead.
func streamAhead(tx Tx, stream string, from, to uint64) error {
	if _, can := tx.(Ahead); !can {
		return nil
	}
	var keys [][]byte
	for at := from; at <= to; at++ {
		keys = append(keys, streamKey(stream, at))
	}
	if err := CellsAhead(tx, bucketStream, keys); err != nil {
		return err
	}
	var ids []ChangeID
	for at := from; at <= to; at++ {
		id, here, err := streamID(tx, stream, at)
		if err != nil {
			return err
		}
		if here {
			ids = append(ids, id)
		}
	}
	return changesAhead(tx, ids)
}

// chainAhead reads the next of this database's own changes ahead.
func chainAhead(tx Tx, node NodeID, from uint64) error {
	if _, can := tx.(Ahead); !can {
		return nil
	}
	var keys [][]byte
	for seq := from; seq < from+aheadMost; seq++ {
		keys = append(keys, mineKey(node, seq))
	}
	if err := CellsAhead(tx, bucketMine, keys); err != nil {
		return err
	}
	var ids []ChangeID
	for seq := from; seq < from+aheadMost; seq++ {
		mark, here, err := ownMark(tx, node, seq)
		if err != nil {
			return err
		}
		if here {
			ids = append(ids, mark.ID)
		}
	}
	return changesAhead(tx, ids)
}

// takeAhead reads ahead what taking news asks for.
func takeAhead(tx Tx, news News) error {
	if _, can := tx.(Ahead); !can {
		return nil
	}
	var ids []ChangeID
	var names, places [][]byte
	var changes []*Change
	for _, entry := range news.Entries {
		id := entry.Change.ID()
		ids, changes = append(ids, id), append(changes, entry.Change)
		names = append(names, id[:])
		places = append(places, concat([]byte(news.Stream), []byte{0}, id[:]))
	}
	if err := changesAhead(tx, ids); err != nil {
		return err
	}
	if err := CellsAhead(tx, bucketQuarantine, names); err != nil {
		return err
	}
	if err := CellsAhead(tx, bucketStreamHas, places); err != nil {
		return err
	}
	return recordsAhead(tx, changes, bucketRecord, bucketStale, bucketErased, bucketBase)
}
