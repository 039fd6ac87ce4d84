package syncengine

// Pack and Unpack are what stands between writes and the sealed bytes.
func (c Codec) Pack(form string, class Class, writes []Write) []byte {
	return c.pack(form, class, writes)
}

func (c Codec) Unpack(form string, packed []byte) ([]Write, error) { return c.unpack(form, packed) }

// FoldAnew is the slow way that stored state must equal.
func (e *Engine) FoldAnew(tx Tx, id RecordID, class Class) (Folded, error) {
	changes, err := tx.Record(id)
	if err != nil {
		return nil, err
	}
	base, err := loadCovering(tx, id)
	if err != nil {
		return nil, err
	}
	folded, _, err := e.foldAnew(tx, id, changes, base, class)
	return folded, err
}

// KeepLostAfter is what Take does before it cuts a stream back to a position.
func KeepLostAfter(cells Cells, stream string, to uint64) error { return keepLost(cells, stream, to) }
