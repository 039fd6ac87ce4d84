package vault

import "bytes"

// Erase deletes every wrap of a record and refuses any wrap for it from then
// on, by whatever way it comes ("bytes and keys", §3). It works locked, and
// repeating it changes nothing. Folded state is the host's to delete in the
// same transaction. The sealed blocks stay, so that chains still verify; no
// key to them is left here.
func (k Keyring) Erase(cells Cells, record ID) error {
	if err := deleteCells(cells, record, wrapBuckets...); err != nil {
		return err
	}
	return cells.Put(BucketErased, record[:], []byte{1})
}

// IsErased says whether the record was erased on this node.
func (k Keyring) IsErased(cells Cells, record ID) (bool, error) {
	mark, err := cells.Get(BucketErased, record[:])
	return mark != nil, err
}

// Erased lists the erased records in ascending order, for a node that is about
// to restore a backup.
func (k Keyring) Erased(cells Cells) ([]ID, error) {
	var records []ID
	err := cells.Scan(BucketErased, nil, func(key, _ []byte) error {
		if len(key) != len(ID{}) {
			return &SealError{"erased list", ErrMalformed}
		}
		records = append(records, ID(key))
		return nil
	})
	return records, err
}

// EraseAll erases a list of records: after a store was restored from a backup,
// and before anything else is done with it.
func (k Keyring) EraseAll(cells Cells, records []ID) error {
	for _, record := range records {
		if err := k.Erase(cells, record); err != nil {
			return err
		}
	}
	return nil
}

// Restore copies the wraps of a backup's cells into the live ones. What either
// side knows as erased is erased in the live cells and its wraps are refused;
// a wrap that the live cells hold already is kept. It works locked: wraps are
// copied sealed, so the backup must be of the same Wrapper. It returns how
// many wraps came in and how many were refused.
func (k Keyring) Restore(live, backup Cells) (restored, refused int, err error) {
	gone, err := k.Erased(backup)
	if err != nil {
		return 0, 0, err
	}
	if err := k.EraseAll(live, gone); err != nil {
		return 0, 0, err
	}
	for _, bucket := range wrapBuckets {
		in, out, err := restoreBucket(live, backup, bucket)
		restored, refused = restored+in, refused+out
		if err != nil {
			return restored, refused, err
		}
	}
	return restored, refused, nil
}

func restoreBucket(live, backup Cells, bucket string) (restored, refused int, err error) {
	err = backup.Scan(bucket, nil, func(key, value []byte) error {
		if len(key) < len(ID{}) {
			return &SealError{"restored wrap", ErrMalformed}
		}
		gone, err := live.Get(BucketErased, key[:len(ID{})])
		if err != nil {
			return err
		}
		if gone != nil {
			refused++
			return nil
		}
		held, err := live.Get(bucket, key)
		if err != nil || held != nil {
			return err
		}
		restored++
		return live.Put(bucket, bytes.Clone(key), bytes.Clone(value))
	})
	return restored, refused, err
}

func refuseErased(cells Cells, record ID) error {
	mark, err := cells.Get(BucketErased, record[:])
	if err != nil {
		return err
	}
	if mark != nil {
		return &KeyError{record, 0, ErrErased}
	}
	return nil
}
